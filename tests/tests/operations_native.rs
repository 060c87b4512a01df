//! Readiness, metrics, logs, traces, limits and cross-origin rules of a native host; tests/e2e/operations.test.mjs asks the edge.
#![allow(clippy::expect_used, clippy::panic, reason = "all of this file is tests")]

use std::sync::{Arc, Mutex};

use serde_json::Value;
use stateledger_api::{Cors, ReadFrom, Settings};
use stateledger_ledger::Secrets;
use stateledger_tests::host::{NativeClient, NativeHost, TOKEN};
use stateledger_tests::sqlite::Sqlite;
use stateledger_tests::transcript::{Client, HttpRequest, HttpResponse};

struct Server {
    database: Sqlite,
    client: NativeClient,
    lines: Arc<Mutex<Vec<String>>>,
    reads: Arc<Mutex<Vec<ReadFrom>>>,
}

impl Server {
    fn start(settings: Settings) -> Self {
        let database = Sqlite::in_memory().expect("a database");
        let host = NativeHost::new(database.clone(), Secrets::from_seed([9; 32]));
        let host = host.with_settings(settings);
        let (lines, reads) = (host.lines(), host.reads());
        Self { database, client: NativeClient::new(host), lines, reads }
    }

    fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> HttpResponse {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        self.client.send(&HttpRequest {
            method: method.into(),
            target: target.into(),
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
        })
    }

    fn get(&self, target: &str, token: Option<&str>) -> HttpResponse {
        let bearer = format!("Bearer {}", token.unwrap_or_default());
        let headers = [("Authorization", bearer.as_str())];
        self.send("GET", target, &headers[..usize::from(token.is_some())], "")
    }

    fn post(&self, target: &str, token: &str, body: &str) -> HttpResponse {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        self.send("POST", target, &headers, body)
    }

    fn token(&self, body: &str) -> String {
        let answer = json(&self.post("/api/v1/tokens", TOKEN, body));
        answer["token"].as_str().expect("a token").to_owned()
    }
}

fn json(response: &HttpResponse) -> Value {
    serde_json::from_slice(&response.body).expect("JSON")
}

#[test]
fn strangers_make_the_database_work_once_in_five_seconds() {
    let server = Server::start(Settings::default());
    assert_eq!(server.get("/readyz", None).status, 200);
    server.database.connection().execute_batch("drop table tokens").expect("SQL");
    assert_eq!(json(&server.get("/readyz", None))["status"], "ok", "the answer from before");
    let told = server.get("/readyz", Some(TOKEN));
    assert_eq!((told.status, told.headers["retry-after"].as_str()), (503, "1"));
    let checks = json(&told)["checks"].as_array().expect("checks").clone();
    let states: Vec<_> = checks.iter().map(|c| (c["name"].clone(), c["ok"].clone())).collect();
    assert_eq!(
        states,
        [("database", false), ("values", true), ("sequencer", true)]
            .map(|(name, ok)| (name.into(), ok.into()))
    );
    assert_eq!(checks[0]["code"], "database-schema-mismatch");
    assert!(checks.iter().all(|check| check["ms"].is_u64()));
}

#[test]
fn nothing_that_a_client_sent_and_no_secret_is_logged() {
    let server = Server::start(Settings::default());
    let secrets = [
        "payload-h1dden",
        "key-h1dden",
        "subject-h1dden",
        "source-h1dden",
        "name-h1dden",
        "query-h1dden",
    ];
    server.post("/api/v1/ledgers", TOKEN, r#"{"ledger":"logged"}"#);
    let token = server.token(r#"{"scopes":["append"],"name":"name-h1dden"}"#);
    let record = r#"{"type":"t","source":"source-h1dden","subject":"subject-h1dden","payload":"payload-h1dden","idempotencyKey":"key-h1dden"}"#;
    assert_eq!(server.post("/api/v1/ledgers/logged/records", &token, record).status, 201);
    server.post("/api/v1/ledgers/logged/records", &token, "{\"payload-h1dden\"");
    server.get("/api/v1/ledgers/logged/records?source=query-h1dden", None);
    server.get("/query-h1dden", None);
    server.get("/api/v1/ledgers/logged", Some("slt_h1dden"));
    let lines = server.lines.lock().expect("lines").clone();
    assert_eq!(lines.len(), 7);
    for line in &lines {
        let said: Value = serde_json::from_str(line).expect("a JSON object on one line");
        assert!(["info", "warn", "error"].contains(&said["level"].as_str().expect("a level")));
        assert_eq!(said["requestId"].as_str().map(str::len), Some(16), "{line}");
        let secret_part = token.rsplit('_').next().expect("a secret");
        for secret in secrets.iter().chain(&[TOKEN, secret_part, "h1dden"]) {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }
    let append: Value = serde_json::from_str(&lines[2]).expect("JSON");
    assert_eq!(append["route"], "/api/v1/ledgers/{ledger}/records");
    assert_eq!((&append["ledger"], &append["status"]), (&"logged".into(), &201.into()));
    let unknown: Value = serde_json::from_str(&lines[5]).expect("JSON");
    assert_eq!((&unknown["route"], &unknown["code"]), (&"none".into(), &"not-found".into()));
}

/// Strangers are served by whichever copy is near, once more by the primary before they hear that something is not there yet; who
/// has a token reads what it wrote.
#[test]
fn only_strangers_read_from_copies_and_never_hear_from_one_that_a_record_is_missing() {
    let server = Server::start(Settings::default());
    server.post("/api/v1/ledgers", TOKEN, r#"{"ledger":"near"}"#);
    let read_by = |target: &str, token: Option<&str>| {
        server.reads.lock().expect("reads").clear();
        let status = server.get(target, token).status;
        (status, server.reads.lock().expect("reads").clone())
    };
    let (there, missing) = ("/log/near/checkpoint", "/api/v1/ledgers/near/records/0");
    assert_eq!(read_by(there, None), (200, vec![ReadFrom::Nearest]));
    assert_eq!(read_by(missing, None), (404, vec![ReadFrom::Nearest, ReadFrom::Primary]));
    assert_eq!(read_by(there, Some(TOKEN)), (200, vec![ReadFrom::Primary]));
    assert_eq!(read_by(missing, Some(TOKEN)), (404, vec![ReadFrom::Primary]));
    for (proof, status, code) in [
        ("inclusion?index=7", 400, "index-out-of-range"),
        ("batch?indexes=6,7", 400, "index-out-of-range"),
        ("range?start=6&end=8", 400, "index-out-of-range"),
        ("consistency?from=8", 400, "sizes-reversed"),
        ("subtree?start=0&end=8", 400, "sizes-reversed"),
        ("inclusion?index=7&size=8", 404, "size-unknown"),
    ] {
        let target = format!("/api/v1/ledgers/near/proofs/{proof}");
        let copy_first = vec![ReadFrom::Nearest, ReadFrom::Primary];
        assert_eq!(read_by(&target, None), (status, copy_first), "{proof}");
        assert_eq!(read_by(&target, Some(TOKEN)), (status, vec![ReadFrom::Primary]), "{proof}");
        assert_eq!(json(&server.get(&target, None))["code"], code);
    }
    // What no record changes is refused at once.
    let never = "/api/v1/ledgers/near/proofs/subtree?start=1&end=8";
    assert_eq!(read_by(never, None), (400, vec![ReadFrom::Nearest]));
}

#[test]
fn a_token_has_its_limit_and_no_other_pays_for_it() {
    let server = Server::start(Settings { requests_per_minute: 3, ..Settings::default() });
    let one = server.token(r#"{"scopes":["read"]}"#);
    let other = server.token(r#"{"scopes":["read"]}"#);
    let asked = |token: &str| server.get("/livez", Some(token));
    for left in ["2", "1", "0"] {
        let answer = asked(&one);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["ratelimit-policy"], "\"requests\";q=3;w=60");
        let state = &answer.headers["ratelimit"];
        assert!(state.starts_with(&format!("\"requests\";r={left};t=")), "{state}");
    }
    let refused = asked(&one);
    assert_eq!((refused.status, &json(&refused)["code"]), (429, &"rate-limited".into()));
    let wait: u64 = refused.headers["retry-after"].parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(asked(&other).status, 200);
    assert_eq!(server.get("/livez", None).status, 200, "strangers hold no token");
    assert!(!server.get("/livez", None).headers.contains_key("ratelimit"));
}

#[test]
fn a_limit_of_nothing_is_no_limit() {
    let server = Server::start(Settings { requests_per_minute: 0, ..Settings::default() });
    let answer = server.get("/livez", Some(TOKEN));
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("ratelimit"));
}

#[test]
fn configured_origins_may_send_tokens_and_others_nothing() {
    let cors = Cors::Origins(vec!["https://app.example".into()]);
    let server = Server::start(Settings { cors, ..Settings::default() });
    let good = server.send("OPTIONS", "/api/v1/ledgers", &[("Origin", "https://app.example")], "");
    assert_eq!(good.status, 204);
    assert_eq!(good.headers["access-control-allow-origin"], "https://app.example");
    assert!(good.headers["access-control-allow-methods"].contains("POST"));
    assert!(good.headers["access-control-allow-headers"].contains("Authorization"));
    for headers in [&[("Origin", "https://evil.example")][..], &[]] {
        for method in ["OPTIONS", "GET"] {
            let answer = server.send(method, "/livez", headers, "");
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{headers:?}");
        }
    }
    let read = server.send("GET", "/livez", &[("Origin", "https://app.example")], "");
    assert!(read.headers["access-control-expose-headers"].contains("Idempotent-Replayed"));
}

#[test]
fn each_sequencer_that_is_asked_answers_for_itself() {
    let server = Server::start(Settings::default());
    for (ledger, records) in [("first", 2), ("second", 1)] {
        let created = format!(r#"{{"ledger":"{ledger}","rules":{{"visibility":"private"}}}}"#);
        assert_eq!(server.post("/api/v1/ledgers", TOKEN, &created).status, 201);
        for _ in 0..records {
            let record = r#"{"type":"t","source":"s","payload":1}"#;
            let records = format!("/api/v1/ledgers/{ledger}/records");
            assert_eq!(server.post(&records, TOKEN, record).status, 201);
        }
    }
    let metrics = |query: &str| {
        let answer = server.get(&format!("/metrics{query}"), Some(TOKEN));
        (answer.status, String::from_utf8(answer.body).expect("text"))
    };
    let (status, text) = metrics("?ledger=first,second,third");
    assert_eq!(status, 200);
    for line in [
        "# TYPE stateledger_records_appended_total counter",
        "stateledger_records_appended_total{ledger=\"first\"} 2",
        "stateledger_records_appended_total{ledger=\"second\"} 1",
        "stateledger_sequencer_halted{ledger=\"first\"} 0",
        "stateledger_sequencer_up{ledger=\"third\"} 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line} in {text}");
    }
    assert!(!text.contains("appended_total{ledger=\"third\"}"), "there is no such ledger: {text}");
    assert!(!metrics("").1.contains("sequencer"), "nobody is asked unless named");
    let many: Vec<String> = (0..33).map(|n| format!("l{n}")).collect();
    assert_eq!(metrics(&format!("?ledger={}", many[..32].join(","))).0, 200);
    for bad in [many.join(",").as_str(), "", "first,", "first,first", "A"] {
        assert_eq!(metrics(&format!("?ledger={bad}")).0, 400, "{bad}");
    }

    // A database that lost what a sequencer committed halts it, and takes nothing back.
    let lose = "pragma foreign_keys = off; delete from heads; delete from ledgers; pragma foreign_keys = on";
    server.database.connection().execute_batch(lose).expect("SQL");
    let record = r#"{"type":"t","source":"s","payload":1}"#;
    assert_eq!(server.post("/api/v1/ledgers/first/records", TOKEN, record).status, 503);
    let (_, text) = metrics("?ledger=first");
    for value in ["records_appended_total{ledger=\"first\"} 2", "halted{ledger=\"first\"} 1"] {
        assert!(text.contains(value), "{value} in {text}");
    }
}
