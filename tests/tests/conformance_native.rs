//! The conformance suite in this process: the same routers as at the edge, over SQLite.
#![allow(clippy::expect_used, reason = "all of this file is tests")]

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http::Request;
use stateledger_ledger::Secrets;
use stateledger_tests::conformance;
use stateledger_tests::host::{NativeClient, NativeHost, TOKEN};
use stateledger_tests::sqlite::Sqlite;

fn client() -> NativeClient {
    let database = Sqlite::in_memory().expect("a database");
    NativeClient::new(NativeHost::new(database, Secrets::from_seed([9; 32])))
}

#[test]
fn the_native_host_conforms() {
    conformance::run("n", TOKEN, &client());
}

#[test]
fn a_host_over_two_databases_conforms() {
    let [first, second] = [(); 2].map(|()| Sqlite::in_memory().expect("a database"));
    let host = NativeHost::sharded(first, vec![second], Secrets::from_seed([9; 32]));
    conformance::run("two", TOKEN, &NativeClient::new(host));
}

/// Bytes of one frame of [`Counted`].
const CHUNK: usize = 64 * 1024;

/// A body that counts the bytes that were taken from it.
struct Counted {
    left: usize,
    taken: Arc<AtomicUsize>,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let bytes = self.left.min(CHUNK);
        self.left -= bytes;
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        let frame = http_body::Frame::data(Bytes::from(vec![b'x'; bytes]));
        Poll::Ready((bytes > 0).then_some(Ok(frame)))
    }
}

/// Posts `length` bytes and answers the status and how many of them were read.
fn post(target: &str, headers: &[(&str, &str)], length: usize) -> (u16, usize) {
    let taken = Arc::new(AtomicUsize::new(0));
    let mut request = Request::post(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Body::new(Counted { left: length, taken: taken.clone() });
    let response = client().call(request.body(body).expect("a request"));
    (response.status().as_u16(), taken.load(Ordering::Relaxed))
}

#[test]
fn a_refusal_reads_the_rest_of_the_body() {
    let bearer = format!("Bearer {TOKEN}");
    let json = ("content-type", "application/json");
    let admin = ("authorization", bearer.as_str());
    let records = "/api/v1/ledgers/a/records";
    let length = 300_000;
    let bad = ("authorization", "Bearer wrong");
    assert_eq!(post(records, &[json], length), (401, length), "no token");
    assert_eq!(post(records, &[json, bad], length), (401, length), "bad token");
    assert_eq!(post("/nothing", &[json, admin], length), (404, length), "no route");
    assert_eq!(post("/livez", &[json, admin], length), (405, length), "no method");
    assert_eq!(post(records, &[admin], length), (415, length), "no content type");
    assert_eq!(post(records, &[json, admin], length), (400, length), "no JSON");
}

#[test]
fn a_body_without_length_is_bounded_all_the_same() {
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    for target in ["/api/v1/ledgers", "/api/v1/ledgers/a/records"] {
        let (status, taken) = post(target, &headers, 100 * 1024 * 1024);
        assert_eq!(status, 413, "{target}");
        // Once the limit, once more for the rest that is read and forgotten, and the chunk at which each ends.
        let rest = stateledger_ledger::limits::MAX_ARTIFACT_BYTES;
        let most = stateledger_api::MAX_BODY_BYTES + rest + 2 * CHUNK;
        assert!(taken <= most, "{target}: {taken}");
    }
}

#[test]
fn a_declared_length_over_the_limit_is_refused_unread() {
    let bearer = format!("Bearer {TOKEN}");
    let length = (stateledger_api::MAX_BODY_BYTES + 1).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
        ("content-length", length.as_str()),
    ];
    let (status, taken) = post("/api/v1/ledgers/a/records", &headers, 10);
    assert_eq!((status, taken), (413, 10));
}
