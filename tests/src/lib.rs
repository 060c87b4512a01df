//! Everything that crosses rooms: hosts of the api, the suite that each of them must pass, and what both need.
//!
//! This crate is never published. Its functions panic where a test would.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "all of this crate is tests"
)]

pub mod blobs;
pub mod checks;
pub mod conformance;
pub mod host;
pub mod platform;
pub mod sqlite;
pub mod transcript;
