//! What clients are told when the storage or the sequencer fails: damage is done to the database itself, under a running host.
#![allow(clippy::expect_used, reason = "all of this file is tests")]

use std::io;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use stateledger_core::base64;
use stateledger_core::hash::Hash;
use stateledger_ledger::Secrets;
use stateledger_tests::blobs::MemoryBlobs;
use stateledger_tests::host::{NativeClient, NativeHost, TOKEN};
use stateledger_tests::sqlite::Sqlite;
use stateledger_tests::transcript::{Client, HttpRequest, HttpResponse};

struct Server {
    database: Sqlite,
    blobs: MemoryBlobs,
    client: NativeClient,
}

impl Server {
    fn start() -> Self {
        let database = Sqlite::in_memory().expect("a database");
        let host = NativeHost::new(database.clone(), Secrets::from_seed([9; 32]));
        let blobs = host.blobs();
        let server = Self { database, blobs, client: NativeClient::new(host) };
        let created =
            server.post("/api/v1/ledgers", r#"{"ledger":"a","rules":{"visibility":"public"}}"#);
        assert_eq!(created.status, 201);
        server
    }

    fn post(&self, target: &str, body: &str) -> HttpResponse {
        self.client.send(&HttpRequest {
            method: "POST".into(),
            target: target.into(),
            headers: vec![
                ("Authorization".into(), format!("Bearer {TOKEN}")),
                ("Content-Type".into(), "application/json".into()),
            ],
            body: body.as_bytes().to_vec(),
        })
    }

    fn append(&self, count: usize) -> HttpResponse {
        let record = r#"{"type":"t","source":"s","payload":"p"}"#;
        let records = vec![record; count].join(",");
        self.post("/api/v1/ledgers/a/records", &format!(r#"{{"records":[{records}]}}"#))
    }

    fn get(&self, target: &str) -> HttpResponse {
        self.client.send(&HttpRequest::get(target))
    }

    /// Runs SQL past the engine.
    fn damage(&self, sql: &str) {
        let connection = self.database.connection();
        connection.pragma_update(None, "foreign_keys", false).expect("a pragma");
        connection.execute_batch(sql).expect("damage");
        connection.pragma_update(None, "foreign_keys", true).expect("a pragma");
    }
}

/// Asserts status and code of a problem, and that exactly the answers that ask for it say when to come back.
fn refused(response: &HttpResponse, status: u16, code: &str) {
    let problem: Value = serde_json::from_slice(&response.body).expect("JSON");
    assert_eq!((response.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
    assert_eq!(response.headers["content-type"], "application/problem+json");
    assert_eq!(response.headers.contains_key("retry-after"), status == 503, "{code}");
}

/// One lost value is one payload that cannot be had: everything else is still told.
#[test]
fn a_lost_payload_hides_no_other_record() {
    let server = Server::start();
    let long = format!(r#"{{"type":"t","source":"s","payload":"{}"}}"#, "x".repeat(40_000));
    assert_eq!(server.append(1).status, 201);
    assert_eq!(server.post("/api/v1/ledgers/a/records", &long).status, 201);
    assert_eq!(server.append(1).status, 201);
    server.blobs.values().clear();
    refused(&server.get("/api/v1/ledgers/a/records/1"), 503, "payload-unavailable");
    let json = |target: &str| -> Value {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}");
        serde_json::from_slice(&answer.body).expect("JSON")
    };
    let page = json("/api/v1/ledgers/a/records");
    let told = |record: &Value| {
        ["payload", "salt", "entry", "payloadUnavailable"].map(|name| record.get(name).is_some())
    };
    let records = page["records"].as_array().expect("records");
    let whole = [true, true, true, false];
    assert_eq!(
        records.iter().map(told).collect::<Vec<_>>(),
        [whole, [false, false, true, true], whole]
    );
    assert_eq!(records[1]["payloadUnavailable"], true);
    let step = json("/api/v1/ledgers/a/verify");
    assert_eq!((&step["ok"], &step["to"]), (&true.into(), &"3".into()));
    assert_eq!(step["payloadsUnavailable"], serde_json::json!(["1"]));
}

#[test]
fn a_hundred_records_are_one_transaction() {
    let server = Server::start();
    let before = server.database.batches();
    assert_eq!(server.append(100).status, 201);
    assert_eq!(server.database.batches() - before, 1);
}

#[test]
fn a_database_that_does_not_answer_is_503() {
    let server = Server::start();
    server.damage("alter table ledgers rename to gone");
    refused(&server.get("/readyz"), 503, "database-schema-mismatch");
    refused(&server.get("/api/v1/ledgers/a"), 503, "storage-unavailable");
    refused(&server.get("/log/a/checkpoint"), 503, "storage-unavailable");
    assert_eq!(server.get("/livez").status, 200, "the process itself lives");
}

/// A sequencer looks before it signs for the first time: what the schema demands is part of what keeps a ledger from forking.
#[test]
fn nothing_is_written_to_a_database_with_another_schema() {
    let server = Server::start();
    server.damage("create index another on records (tenant)");
    let created = server.post("/api/v1/ledgers", r#"{"ledger":"b"}"#);
    refused(&created, 503, "database-schema-mismatch");
    // That of this ledger looked when it was created. A host that starts anew looks anew.
    assert_eq!(server.append(1).status, 201);
    let host = NativeHost::new(server.database.clone(), Secrets::from_seed([9; 32]));
    let again = Server { client: NativeClient::new(host), ..server };
    refused(&again.append(1), 503, "database-schema-mismatch");
    again.damage("drop index another");
    assert_eq!(again.append(1).status, 201);
}

#[test]
fn a_payload_that_is_not_the_committed_one_is_not_answered() {
    let server = Server::start();
    assert_eq!(server.append(2).status, 201);
    server.damage("update payloads set payload = x'227122' where idx = 1");
    assert_eq!(server.get("/api/v1/ledgers/a/records/0").status, 200);
    refused(&server.get("/api/v1/ledgers/a/records/1"), 500, "storage-corrupt");
    refused(&server.get("/api/v1/ledgers/a/records/1/receipt"), 500, "storage-corrupt");
    refused(&server.get("/api/v1/ledgers/a/records"), 500, "storage-corrupt");
}

#[test]
fn a_database_that_was_rewound_halts_the_ledger() {
    let server = Server::start();
    assert_eq!(server.append(1).status, 201);
    assert_eq!(server.append(1).status, 201);
    let kept: Value = serde_json::from_slice(&server.get("/api/v1/ledgers/a").body).expect("JSON");
    let root = base64::decode(kept["rootHash"].as_str().expect("a root")).expect("base64");
    let root = Hash::from_slice(&root).expect("32 bytes");
    server.damage(
        "delete from heads where size = 2; delete from records where idx = 1;
         delete from payloads where idx = 1",
    );
    for _ in 0..2 {
        let answer = server.append(1);
        refused(&answer, 503, "ledger-halted");
        // What has to be restored (SECURITY.md, "Recovery").
        let problem: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains(&format!("size 2 and root {root}")), "{detail}");
    }
}

#[test]
fn a_body_that_breaks_off_stores_nothing() {
    let server = Server::start();
    let frames = [
        Ok(r#"{"type":"t","source":"s","payload":1}"#.as_bytes().to_vec()),
        Err(io::Error::other("the client went away")),
    ];
    let body = Body::from_stream(futures_util::stream::iter(frames));
    let request = Request::post("/api/v1/ledgers/a/records")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/json")
        .body(body)
        .expect("a request");
    let (parts, body) = server.client.call(request).into_parts();
    let body = futures_executor::block_on(body.collect()).expect("a body").to_bytes();
    let problem: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((parts.status.as_u16(), &problem["code"]), (400, &"body-incomplete".into()));
    let ledger: Value =
        serde_json::from_slice(&server.get("/api/v1/ledgers/a").body).expect("JSON");
    assert_eq!(ledger["size"], "0");
}
