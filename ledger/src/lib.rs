//! The append-only ledger engine over a storage contract.
//!
//! # Contract
//!
//! - An acknowledged record is never lost and a ledger never forks: [`Sequencer`] answers an append
//!   only after one atomic [`store::Store::commit`], and signs nothing that it did not hash back
//!   out of the bytes to be stored.
//! - [`Reader`] answers nothing that it did not hash again; what does not fit is `storage-corrupt`.
//! - Every refusal has a stable code ([`CODES`]), and then nothing of the request is stored.
//!
//! # What it will not do
//!
//! No HTTP, no platform, no file, no socket, no thread, no timer of its own: [`store::Store`],
//! [`platform::KeptHead`] and [`platform::Platform`] are given. It authenticates nobody: the caller
//! says who asks ([`Caller`]). Both stores rewound together cannot be noticed from here.
//!
//! # Shape
//!
//! A [`Sequencer`] is the only writer of one ledger: [`Sequencer::create`], [`Sequencer::append`].
//! A [`Reader`] reads all of a store's ledgers: description, checkpoint, records, receipts, lists,
//! proofs, snapshots and differences, tiles and entry bundles. [`Artifacts`] keeps bytes under their own
//! hashes. [`sql::SqlStore`] is the storage
//! contract on D1 and SQLite alike. [`fsck::check`] derives everything that is stored again.

pub mod access;
mod artifacts;
pub mod blobs;
mod calls;
mod checked;
pub mod database;
mod deadline;
pub mod error;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
mod form;
pub mod fsck;
pub mod id;
pub mod limits;
mod mac;
pub mod overview;
pub mod platform;
pub mod reader;
pub mod request;
pub mod rules;
mod seal;
mod sealed;
pub mod secrets;
pub mod sequencer;
pub mod sql;
pub mod store;
pub mod sweep;
pub mod tokens;

pub use access::{Caller, Grant, Scope};
pub use artifacts::{Artifact, ArtifactError, Artifacts, Kept};
pub use error::{AppendError, CreateError, Halt, ReadError};
pub use id::{LedgerId, LedgerIdError};
pub use reader::{
    BadRecord, BatchProof, Change, ConsistencyProof, Diff, DiffQuery, Disclosure, InclusionProof,
    LedgerPage, LedgerPageQuery, ListQuery, Moment, Opening, Page, ProvenRecord, RangeProof,
    Reader, RecordView, Snapshot, SnapshotQuery, SubtreeProof, TileBytes, TreeState, Verification,
    VerifyQuery,
};
pub use request::{
    AppendRequest, Appended, AppendedRecord, Description, Erased, IdempotencyKey,
    IdempotencyKeyError, NewRecord, Payload,
};
pub use rules::{Authors, Rules, RulesError, Visibility};
pub use secrets::{ReaderSecrets, Secrets, SequencerSecrets, TokenSecrets};
pub use sequencer::{EraseError, Erasure, Hold, RecoverError, Sequencer, Status};
pub use sweep::{Sweeper, Swept};
pub use tokens::TokenError;

#[cfg(test)]
mod tests;

/// Every code of this crate with its title (RFC 9457 `title`); core's codes are in core.
pub const CODES: &[(&str, &str)] = &[
    ("artifact-mismatch", "Artifact has another hash"),
    ("artifact-not-found", "Artifact not found"),
    ("artifact-unavailable", "Artifact not available yet"),
    ("batch-too-large", "Batch too large"),
    ("checkpoint-unknown", "No checkpoint of this size"),
    ("database-schema-mismatch", "The database has another schema"),
    ("empty-batch", "Empty batch"),
    ("expected-size-mismatch", "Expected size mismatch"),
    ("forbidden", "Forbidden"),
    ("idempotency-conflict", "Idempotency key used with another body"),
    ("invalid-cursor", "Invalid cursor"),
    ("invalid-idempotency-key", "Invalid idempotency key"),
    ("invalid-ledger-id", "Invalid ledger id"),
    ("invalid-query", "Invalid query"),
    ("invalid-rules", "Invalid rules"),
    ("invalid-token-request", "Invalid token request"),
    ("ledger-exists", "Ledger exists"),
    ("ledger-halted", "Ledger halted"),
    ("ledger-not-halted", "Ledger not halted"),
    ("legal-hold", "Payload is held"),
    ("not-erasable", "Record not erasable"),
    ("not-found", "Not found"),
    ("origin-unusable", "Origin unusable"),
    ("overloaded", "Overloaded"),
    ("payload-erased", "Payload was erased"),
    ("payload-too-large", "Payload too large"),
    ("payload-unavailable", "Payload not available yet"),
    ("record-not-found", "Record not found"),
    ("recovery-head-mismatch", "Recovery names another head"),
    ("salt-required", "Salt required"),
    ("schema-mismatch", "Payload does not match the schema of its type"),
    ("schema-too-costly", "Payload too large for the schema of its type"),
    ("size-unknown", "No tree of this size yet"),
    ("storage-corrupt", "Storage corrupt"),
    ("storage-unavailable", "Storage unavailable"),
    ("token-not-found", "Token not found"),
    ("type-not-accepted", "Type not accepted"),
    ("type-reserved", "Type reserved"),
];
