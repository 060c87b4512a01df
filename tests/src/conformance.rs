//! The suite that every host of the api must pass: the transcripts of `conformance/`, found by their name, and what text cannot
//! say.

mod signatures;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde_json::Value;

use crate::transcript::{self, Client, HttpRequest, HttpResponse};

/// A client with its token and the part of names that makes this run's ledgers its own.
pub struct Session<'a> {
    /// Appended to the name of every ledger.
    pub run: &'a str,
    /// The admin token.
    pub token: &'a str,
    /// Whatever sends.
    pub client: &'a dyn Client,
}

/// Runs everything and panics with the names of what failed, after all has run.
pub fn run(run: &str, token: &str, client: &dyn Client) {
    let session = Session { run, token, client };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let mut failed = Vec::new();
    let names = names(&folder);
    assert!(!names.is_empty(), "no transcript in {}", folder.display());
    let mut run_one = |name: &str, body: &dyn Fn()| {
        let ran = catch_unwind(AssertUnwindSafe(body));
        println!("conformance {name} ... {}", if ran.is_ok() { "ok" } else { "FAILED" });
        if ran.is_err() {
            failed.push(name.to_owned());
        }
    };
    for name in &names {
        let text = std::fs::read_to_string(folder.join(name)).expect("a readable transcript");
        run_one(name, &|| transcript::run(name, &text, run, token, client));
    }
    run_one("signatures", &|| signatures::check(&session));
    run_one("openapi", &|| described_routes_exist(&session));
    assert!(failed.is_empty(), "failed: {failed:?}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder of transcripts");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("an ASCII name"));
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".http")).collect();
    names.sort_unstable();
    names
}

/// Every path that the served document describes is routed: with a method that none has, it answers 405 and not 404.
fn described_routes_exist(session: &Session<'_>) {
    let document = session.client.send(&HttpRequest::get("/openapi.json"));
    let document: Value = serde_json::from_slice(&document.body).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths.keys() {
        let target = path.replace(['{', '}'], "");
        let request = HttpRequest { method: "PATCH".into(), ..HttpRequest::get(target) };
        assert_eq!(session.client.send(&request).status, 405, "{path}");
    }
}

impl Session<'_> {
    /// The name of a ledger of this run.
    pub fn ledger(&self, stem: &str) -> String {
        format!("{stem}-{}", self.run)
    }

    /// Posts JSON with the token and reads the JSON answer, which must have this status.
    pub fn post(&self, target: &str, body: &Value, status: u16) -> Value {
        let request = HttpRequest {
            method: "POST".into(),
            target: target.into(),
            headers: vec![
                ("Authorization".into(), format!("Bearer {}", self.token)),
                ("Content-Type".into(), "application/json".into()),
            ],
            body: body.to_string().into_bytes(),
        };
        let HttpResponse { status: got, body, .. } = self.client.send(&request);
        assert_eq!(got, status, "{target}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("JSON")
    }
}
