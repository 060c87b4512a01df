//! The append-only ledger engine over a storage contract.
//!
//! # Contract
//!
//! - An acknowledged record is never lost and a ledger never forks: [`Sequencer`] answers an append only after one
//!   atomic [`store::Store::commit`], and signs nothing that it did not hash back out of the bytes to be stored.
//! - [`Reader`] answers nothing that it did not hash again; what does not fit is `storage-corrupt`.
//! - Every refusal has a stable code ([`CODES`]), and then nothing of the request is stored.
//!
//! # What it will not do
//!
//! No HTTP, no platform, no file, no socket, no thread, no timer of its own: [`store::Store`], [`platform::KeptHead`] and
//! [`platform::Platform`] are given. It authenticates nobody: the caller says who asks ([`Caller`]).
//! Both stores rewound together cannot be noticed from here.
//!
//! # Shape
//!
//! ```text
//! let sequencer = Sequencer::new(ledger_id, host, secrets.for_sequencer(), store, kept_head, platform);
//! sequencer.create(rules).await        -> Result<Description, CreateError>
//! sequencer.append(request).await      -> Result<Appended, AppendError>      // AppendRequest by value
//!
//! let reader = Reader::new(secrets.for_reader(), store, platform);
//! reader.describe(&id, caller).await                      -> Result<Description, ReadError>
//! reader.record(&id, caller, index).await                 -> Result<RecordView, ReadError>
//! reader.receipt(&id, caller, index, Disclosure).await    -> Result<Receipt, ReadError>  // Disclosure::{WithPayload, WithoutPayload}
//! reader.list(&id, caller, &ListQuery).await              -> Result<Page, ReadError>     // Page { records: Vec<RecordView>, next_cursor: Option<String> }
//! reader.checkpoint(&id, caller).await                    -> Result<Vec<u8>, ReadError>  // the signed note
//! reader.tile(&id, caller, &TilePath).await               -> Result<TileBytes, ReadError>// hashes, or an entry bundle
//! ```

pub mod access;
mod calls;
mod checked;
pub mod database;
mod deadline;
pub mod error;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
mod form;
pub mod id;
pub mod limits;
mod mac;
pub mod platform;
pub mod reader;
pub mod request;
pub mod rules;
mod seal;
pub mod secrets;
pub mod sequencer;
pub mod sql;
pub mod store;

pub use access::Caller;
pub use error::{AppendError, CreateError, Halt, ReadError};
pub use id::{LedgerId, LedgerIdError};
pub use request::{
    AppendRequest, Appended, AppendedRecord, Description, IdempotencyKey, IdempotencyKeyError,
    NewRecord, Payload,
};
pub use reader::{Disclosure, ListQuery, Opening, Page, Reader, RecordView, TileBytes};
pub use rules::{Rules, RulesError, Visibility};
pub use secrets::{ReaderSecrets, Secrets, SequencerSecrets};
pub use sequencer::Sequencer;

/// Every code of this crate with its title (RFC 9457 `title`); core's codes are in core.
pub const CODES: &[(&str, &str)] = &[
    ("batch-too-large", "Batch too large"),
    ("empty-batch", "Empty batch"),
    ("expected-size-mismatch", "Expected size mismatch"),
    ("idempotency-conflict", "Idempotency key used with another body"),
    ("invalid-cursor", "Invalid cursor"),
    ("invalid-idempotency-key", "Invalid idempotency key"),
    ("invalid-ledger-id", "Invalid ledger id"),
    ("invalid-query", "Invalid query"),
    ("invalid-rules", "Invalid rules"),
    ("ledger-exists", "Ledger exists"),
    ("ledger-halted", "Ledger halted"),
    ("not-found", "Not found"),
    ("origin-unusable", "Origin unusable"),
    ("overloaded", "Overloaded"),
    ("payload-too-large", "Payload too large"),
    ("record-not-found", "Record not found"),
    ("rules-unsupported", "Rules unsupported"),
    ("salt-required", "Salt required"),
    ("storage-corrupt", "Storage corrupt"),
    ("storage-unavailable", "Storage unavailable"),
    ("type-reserved", "Type reserved"),
];
