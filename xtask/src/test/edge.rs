//! The conformance tests over HTTP, against the built Worker in workerd.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::build;
use crate::dev::Secrets;
use crate::failure::{Outcome, While, could_not_run};
use crate::guard::Guarded;
use crate::process::{check, program};
use crate::setup::Tools;

/// A cold runtime on a busy machine takes a few seconds.
const START_LIMIT: Duration = Duration::from_secs(60);

pub(super) fn run(tools: &Tools) -> Outcome {
    build::all(tools)?;
    let state = tempfile::tempdir().or_could_not_run(|| "creating a folder".into())?;
    let ready = state.path().join("ready.json");
    let secrets = Secrets::load_or_create(state.path())?;
    let mut server = program("node");
    server.arg("tests/harness/serve.mjs").arg("--state").arg(state.path());
    server.arg("--env-file").arg(&secrets.env_file).arg("--ready-file").arg(&ready);
    let mut server = Guarded::start(&server)?;
    let ready = wait_for_file(&mut server, &ready, START_LIMIT)?;
    let mut cargo = program("cargo");
    cargo.args(["test", "--package", "stateledger-tests", "--features", "edge"]);
    cargo.args(["--test", "conformance_edge"]).env("STATELEDGER_URL", &ready.url);
    cargo.env("STATELEDGER_TOKEN_FILE", &secrets.admin_token_file);
    check(cargo)
}

/// What a server writes once it answers.
#[derive(Deserialize)]
struct Ready {
    url: String,
}

/// Waits for a ready file; a server that ends first could not run.
fn wait_for_file(server: &mut Guarded, path: &Path, limit: Duration) -> Outcome<Ready> {
    let started = Instant::now();
    while started.elapsed() < limit {
        if let Ok(text) = std::fs::read_to_string(path) {
            return serde_json::from_str(&text)
                .or_could_not_run(|| format!("reading {}", path.display()));
        }
        if let Some(status) = server.ended() {
            return could_not_run(format!("the server ended with {status}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    could_not_run(format!("the server was not ready within {} s", limit.as_secs()))
}
