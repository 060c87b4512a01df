//! A sequencer's router writes to its own ledger and to no other, whatever reaches it.
#![allow(clippy::expect_used, reason = "all of this file is tests")]

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use futures_executor::block_on;
use http::Request;
use stateledger_api::{InFlight, sequencer_router};
use stateledger_ledger::sql::SqlStore;
use stateledger_ledger::{LedgerId, Secrets, Sequencer};
use stateledger_tests::blobs::MemoryBlobs;
use stateledger_tests::platform::{MemoryKeptHead, SystemPlatform};
use stateledger_tests::sqlite::Sqlite;
use tower::ServiceExt;

fn sequencer(id: &str) -> Router {
    let database = Sqlite::in_memory().expect("a database");
    let sequencer = Sequencer::new(
        LedgerId::parse(id).expect("an id"),
        "ledger.test",
        Secrets::from_seed([9; 32]).for_sequencer(),
        SqlStore::new(database, MemoryBlobs::default()),
        MemoryKeptHead::default(),
        SystemPlatform,
    );
    sequencer_router(Arc::new(sequencer), InFlight::default())
}

fn post(router: &Router, target: &str, body: &'static str) -> u16 {
    let request = Request::post(target).header("content-type", "application/json");
    let request = request.body(Body::from(body)).expect("a request");
    let Ok(answer) = block_on(router.clone().oneshot(request));
    answer.status().as_u16()
}

#[test]
fn a_request_that_went_to_the_wrong_sequencer_is_refused() {
    const RECORD: &str = r#"{"type":"t","source":"s","payload":1}"#;
    let router = sequencer("a");
    assert_eq!(post(&router, "/api/v1/ledgers", r#"{"ledger":"b"}"#), 404);
    assert_eq!(post(&router, "/api/v1/ledgers", r#"{"ledger":"a"}"#), 201);
    assert_eq!(post(&router, "/api/v1/ledgers/b/records", RECORD), 404);
    assert_eq!(post(&router, "/api/v1/ledgers/a/records", RECORD), 201);
    assert_eq!(post(&router, "/log/a/checkpoint", RECORD), 404, "it has no read side");
}
