//! The ledger's HTTP API as values: a request in, a response out.
//!
//! # Shape
//!
//! ```text
//! client -> front_router(host)  authorises, reads, bounds
//!              | reads:  Host::reader()                      -> answer
//!              | writes: Host::sequence(ledger, request)     -> sequencer_router(..) of that ledger
//!                                                               decodes, appends, answers
//! ```
//!
//! Both are [`axum::Router`]s and so [`tower::Service`]s: no socket, no runtime, any executor. Names, shapes, statuses and
//! headers are the project's interface; [`openapi`] describes them from the same code.
//!
//! # Contract
//!
//! - Every refusal is an RFC 9457 problem with a code of [`codes::table`], and then nothing was stored.
//! - A body is never read beyond [`MAX_BODY_BYTES`], and never left half read by a refusal.
//! - Who asks is decided from the headers before anything else, caches included.
//!
//! # What it will not do
//!
//! No platform, TLS, compression, sessions or cookies; no limits by address; no pages. It verifies nothing for the
//! client: answers carry what the client needs to do that.
//!
//! [`tower::Service`]: https://docs.rs/tower/latest/tower/trait.Service.html

pub mod codes;
pub mod problem;

mod add;
mod answers;
mod artifacts;
mod auth;
mod body;
mod decode;
mod erasure;
mod errors;
mod front;
mod headers;
mod host;
mod lines;
mod links;
mod log;
mod metrics;
mod moments;
mod openapi;
mod path;
mod probes;
mod proofs;
mod query;
mod rate;
mod reads;
mod record;
mod sequencer;
mod session;
mod settings;
mod tokens;
mod trace;
mod verify;
mod writes;

pub use auth::AdminToken;
pub use body::{Counted, InFlight, MAX_BODY_BYTES, MAX_BYTES_IN_FLIGHT};
pub use codes::CODES;
pub use front::FRONT_HEADERS;
pub use front::front_router;
pub use headers::{
    IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, JSON, NOTE_TEXT, RECEIPT_JSON, TILE_BYTES,
};
pub use host::{Host, ReadFrom, SequenceError};
pub use lines::{Level, event};
pub use log::may_shrink;
pub use openapi::openapi;
pub use rate::{Lease, WINDOW_MS, Window};
pub use sequencer::{STATUS, sequencer_router};
pub use settings::{Cors, DEFAULT_REQUESTS_PER_MINUTE, Settings};
