//! The conformance suite over HTTP, against a server that runs already.
//!
//! `STATELEDGER_URL=http://127.0.0.1:8787 STATELEDGER_TOKEN_FILE=... cargo test -p stateledger-tests --features edge
//! --test conformance_edge`. Without the variables the test fails: a suite that did not run proves nothing.
#![allow(clippy::expect_used, clippy::panic, reason = "all of this file is tests")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use stateledger_tests::conformance;
use stateledger_tests::transcript::{Client, HttpRequest, HttpResponse};

/// Longest answer that is read: the largest bundle is 256 entries of 65,537 bytes, 16 MiB.
const MAX_ANSWER_BYTES: u64 = 32 * 1024 * 1024;

/// One agent, so that connections are kept and used again: a refusal that left a body unread would break the next request.
struct Edge {
    url: String,
    agent: ureq::Agent,
}

impl Client for Edge {
    fn send(&self, request: &HttpRequest) -> HttpResponse {
        let mut builder = http::Request::builder()
            .method(request.method.as_str())
            .uri(format!("{}{}", self.url, request.target));
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let bodiless = ["GET", "HEAD", "DELETE", "OPTIONS"].contains(&request.method.as_str());
        let sent = if bodiless && request.body.is_empty() {
            self.agent.run(builder.body(()).expect("a request"))
        } else {
            self.agent.run(builder.body(request.body.as_slice()).expect("a request"))
        };
        let mut response = sent.unwrap_or_else(|error| {
            panic!("{} {}: {error}", request.method, request.target);
        });
        let headers = response.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers = headers.collect();
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        let body = body.expect("the whole answer");
        HttpResponse { status: response.status().as_u16(), headers, body }
    }
}

fn token() -> String {
    if let Ok(token) = std::env::var("STATELEDGER_TOKEN") {
        return token;
    }
    let file = std::env::var("STATELEDGER_TOKEN_FILE")
        .expect("set STATELEDGER_TOKEN or STATELEDGER_TOKEN_FILE to the server's admin token");
    std::fs::read_to_string(&file).expect("a readable token file").trim().to_owned()
}

#[test]
fn the_edge_conforms() {
    let url = std::env::var("STATELEDGER_URL")
        .expect("set STATELEDGER_URL to the server that is to be tested");
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        // The answer as the api made it: a runtime compresses for who asks, and the empty body of a HEAD is no gzip.
        .accept_encoding("identity")
        .timeout_global(Some(Duration::from_secs(120)))
        .build();
    let edge = Edge { url: url.trim_end_matches('/').to_owned(), agent: config.into() };
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    // Ledgers stay on a server that lives long, so each run names its own.
    conformance::run(&format!("{:x}", since_1970.as_millis()), &token(), &edge);
}
