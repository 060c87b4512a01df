//! A sequencer's router writes to its own ledger and to no other, whatever reaches it.
#![allow(clippy::expect_used, reason = "all of this file is tests")]

use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use futures_executor::block_on;
use futures_util::future::poll_immediate;
use http::Request;
use stateledger_api::{InFlight, MAX_BYTES_IN_FLIGHT, sequencer_router};
use stateledger_ledger::fake::{Faults, MemoryKept, MemoryStore};
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

#[test]
fn what_waits_for_its_commit_counts_as_in_flight() {
    let (faults, in_flight) = (Faults::default(), InFlight::default());
    let sequencer = Sequencer::new(
        LedgerId::parse("a").expect("an id"),
        "ledger.test",
        Secrets::from_seed([9; 32]).for_sequencer(),
        MemoryStore::new(faults.clone()),
        MemoryKept::default(),
        SystemPlatform,
    );
    let router = sequencer_router(Arc::new(sequencer), in_flight.clone());
    assert_eq!(post(&router, "/api/v1/ledgers", r#"{"ledger":"a"}"#), 201);
    let all_but = |bytes: usize| in_flight.count(MAX_BYTES_IN_FLIGHT - bytes).is_some();
    for (target, body) in [
        ("/log/a/add?type=t&source=s", "bytes"),
        ("/api/v1/ledgers/a/records", r#"{"type":"t","source":"s","payload":1}"#),
    ] {
        let commit = faults.hold_commit();
        let request = Request::post(target).header("content-type", "application/json");
        let request = request.body(Body::from(body)).expect("a request");
        let mut answer = pin!(router.clone().oneshot(request));
        assert!(block_on(poll_immediate(&mut answer)).is_none(), "{target} waits");
        assert!(all_but(body.len()) && !all_but(body.len() - 1), "{target}");
        drop(commit);
        let Ok(answer) = block_on(answer);
        assert!(answer.status().is_success(), "{target}");
        drop(answer);
        assert!(all_but(0), "{target}: every byte was given back");
    }
}
