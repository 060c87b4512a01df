//! Refusals of the engine, one enum for each operation.

use core::fmt;

use stateledger_core::commitment::fields::FieldsError;
use stateledger_core::entry::EntryError;
use stateledger_core::tree::{TreeError, TreeSize};

use crate::rules::RulesError;
use crate::store::HeadId;

/// Why a sequencer refuses to sign for a ledger until an operator has looked (`ledger-halted`).
///
/// Each carries the head that the sequencer committed last and keeps in its own storage: a store
/// that is restored has to contain it. `None` where nothing was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Halt {
    /// The store has no such ledger although the sequencer committed to it.
    Missing(HeadId),
    /// The store's ledger was created anew: another uid.
    OtherLedger(HeadId),
    /// The store's newest head is smaller than the one the sequencer committed.
    Behind(HeadId),
    /// The store has another root at the size that the sequencer committed.
    OtherRoot(HeadId),
    /// The store is ahead, but its tree does not begin with the tree that the sequencer committed.
    NotAnExtension(HeadId),
    /// The newest checkpoint is not one of this ledger's key for the stored tree.
    BadCheckpoint(Option<HeadId>),
    /// The ledger's row does not carry this deployment's MAC.
    BadLedgerRow(Option<HeadId>),
}

impl Halt {
    /// The head that the sequencer keeps.
    pub fn kept(&self) -> Option<HeadId> {
        match self {
            Self::Missing(kept)
            | Self::OtherLedger(kept)
            | Self::Behind(kept)
            | Self::OtherRoot(kept)
            | Self::NotAnExtension(kept) => Some(*kept),
            Self::BadCheckpoint(kept) | Self::BadLedgerRow(kept) => *kept,
        }
    }

    /// The kind of halt in one word, for records and metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::OtherLedger(_) => "other-ledger",
            Self::Behind(_) => "behind",
            Self::OtherRoot(_) => "other-root",
            Self::NotAnExtension(_) => "not-an-extension",
            Self::BadCheckpoint(_) => "bad-checkpoint",
            Self::BadLedgerRow(_) => "bad-ledger-row",
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Missing(_) => "the store lost a ledger that was committed to",
            Self::OtherLedger(_) => "the store holds another ledger under this name",
            Self::Behind(_) => "the store is behind the head that was committed",
            Self::OtherRoot(_) => "the store holds another root at the size that was committed",
            Self::NotAnExtension(_) => "the stored tree does not extend the one that was committed",
            Self::BadCheckpoint(_) => {
                "the stored checkpoint is not this ledger's for the stored tree"
            }
            Self::BadLedgerRow(_) => "the stored ledger row was not written by this deployment",
        }
    }
}

/// The reason, and size and root (64 hex digits) of the kept head.
impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason();
        match self.kept() {
            Some(HeadId { size, root }) => {
                write!(f, "{reason}; the kept head has size {size} and root {root}")
            }
            None => write!(f, "{reason}; no head is kept"),
        }
    }
}

const SCHEMA: &str = "the database has a schema that this version does not know";

/// Why a ledger was not created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreateError {
    /// There is one of this name (`ledger-exists`).
    Exists,
    /// The sequencer refuses to sign (`ledger-halted`).
    Halted(Halt),
    /// The database has a schema that this version does not know (`database-schema-mismatch`).
    Schema,
    /// The store or the host did not answer; asking again is safe (`storage-unavailable`).
    Unavailable,
    /// The configured host does not make a valid origin (`origin-unusable`).
    Origin,
    /// A rule cannot be enforced (`invalid-rules`).
    Rules(RulesError),
}

/// Why an append was refused. Nothing of the request is stored then, except that after
/// [`AppendError::Unavailable`] and [`AppendError::Corrupt`] it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendError {
    /// No such ledger (`not-found`).
    NotFound,
    /// The sequencer refuses to sign (`ledger-halted`).
    Halted(Halt),
    /// The database has a schema that this version does not know (`database-schema-mismatch`).
    Schema,
    /// No record in the request (`empty-batch`).
    EmptyBatch,
    /// More than 1,000 records, or more than 12 MiB (`batch-too-large`).
    BatchTooLarge,
    /// A payload above 8 MiB, or above the ledger's own limit (`payload-too-large`).
    PayloadTooLarge,
    /// A key for the request and one for a record (`invalid-idempotency-key`).
    TwoKeys,
    /// The key stands for another body (`idempotency-conflict`).
    IdempotencyConflict,
    /// The ledger has another size than the request expects (`expected-size-mismatch`).
    ExpectedSize {
        /// The size it has.
        size: TreeSize,
    },
    /// A type that begins with `stateledger.` (`type-reserved`).
    TypeReserved,
    /// A type that the ledger's rules do not list (`type-not-accepted`).
    TypeNotAccepted,
    /// Fewer of the ledger's authors signed than its rules demand (`author-threshold-not-met`).
    AuthorThreshold,
    /// The payload does not match the schema that the rules have for its type (`schema-mismatch`).
    SchemaMismatch {
        /// JSON pointer to the part that does not; empty for the whole, or where finding it would
        /// cost too much.
        at: String,
    },
    /// The payload is too long to be validated against the schema of its type
    /// (`schema-too-costly`).
    SchemaCost,
    /// Signatures without the salt that their statement commits to (`salt-required`).
    SaltRequired,
    /// A field outside its limits; the code is core's.
    Entry(EntryError),
    /// A payload that cannot be committed to field by field; the code is core's.
    Fields(FieldsError),
    /// An author signature does not verify over the record's statement
    /// (`author-signature-invalid`).
    AuthorSignature,
    /// Too much is waiting (`overloaded`).
    Overloaded,
    /// The store or the host did not answer (`storage-unavailable`). The records may be stored; a
    /// retry under the same idempotency keys finds them.
    Unavailable,
    /// Stored rows contradict each other (`storage-corrupt`).
    Corrupt,
}

/// Why a read was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// No such ledger for this caller (`not-found`).
    NotFound,
    /// The caller may know that the ledger exists, but not read it (`forbidden`).
    Forbidden,
    /// No record of this index (`record-not-found`).
    RecordNotFound,
    /// No record with this leaf hash (`record-not-found`).
    LeafNotFound,
    /// No such tile or bundle, or not that wide yet (`not-found`).
    TileNotFound,
    /// The cursor was not made by this ledger for this query (`invalid-cursor`).
    InvalidCursor,
    /// A filter outside its range (`invalid-query`).
    InvalidQuery,
    /// The ledger has fewer records than the size asked for (`size-unknown`).
    SizeUnknown {
        /// The current size.
        size: TreeSize,
    },
    /// No checkpoint of the size asked for was signed (`checkpoint-unknown`).
    CheckpointUnknown {
        /// The smallest larger size that has one.
        next: TreeSize,
    },
    /// An index, a range or two sizes that make no proof (`index-out-of-range`, `sizes-reversed`,
    /// `subtree-invalid`, `batch-leaves-invalid`).
    Tree(TreeError),
    /// The store did not answer (`storage-unavailable`).
    Unavailable,
    /// What is stored does not hash to what was signed (`storage-corrupt`).
    Corrupt,
    /// The payload's value has not come to this place yet (`payload-unavailable`).
    PayloadUnavailable,
    /// Reads hold too much in memory already (`overloaded`).
    Overloaded,
}

impl CreateError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists => "ledger-exists",
            Self::Halted(_) => "ledger-halted",
            Self::Schema => "database-schema-mismatch",
            Self::Unavailable => "storage-unavailable",
            Self::Origin => "origin-unusable",
            Self::Rules(error) => error.code(),
        }
    }
}

impl AppendError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Halted(_) => "ledger-halted",
            Self::Schema => "database-schema-mismatch",
            Self::EmptyBatch => "empty-batch",
            Self::BatchTooLarge => "batch-too-large",
            Self::PayloadTooLarge => "payload-too-large",
            Self::TwoKeys => "invalid-idempotency-key",
            Self::IdempotencyConflict => "idempotency-conflict",
            Self::ExpectedSize { .. } => "expected-size-mismatch",
            Self::TypeReserved => "type-reserved",
            Self::TypeNotAccepted => "type-not-accepted",
            Self::AuthorThreshold => "author-threshold-not-met",
            Self::SchemaMismatch { .. } => "schema-mismatch",
            Self::SchemaCost => "schema-too-costly",
            Self::SaltRequired => "salt-required",
            Self::Entry(error) => error.code(),
            Self::Fields(error) => error.code(),
            Self::AuthorSignature => "author-signature-invalid",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "storage-unavailable",
            Self::Corrupt => "storage-corrupt",
        }
    }
}

impl ReadError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Forbidden => "forbidden",
            Self::RecordNotFound | Self::LeafNotFound => "record-not-found",
            Self::TileNotFound => "not-found",
            Self::InvalidCursor => "invalid-cursor",
            Self::InvalidQuery => "invalid-query",
            Self::SizeUnknown { .. } => "size-unknown",
            Self::CheckpointUnknown { .. } => "checkpoint-unknown",
            Self::Tree(error) => error.code(),
            Self::Unavailable => "storage-unavailable",
            Self::Corrupt => "storage-corrupt",
            Self::PayloadUnavailable => "payload-unavailable",
            Self::Overloaded => "overloaded",
        }
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => f.write_str("a ledger of this name exists"),
            Self::Halted(halt) => halt.fmt(f),
            Self::Schema => f.write_str(SCHEMA),
            Self::Unavailable => f.write_str("the storage did not answer; try again"),
            Self::Origin => f.write_str("the configured host makes no valid origin"),
            Self::Rules(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is no such ledger",
            Self::Halted(halt) => return halt.fmt(f),
            Self::Schema => SCHEMA,
            Self::EmptyBatch => "the request has no record",
            Self::BatchTooLarge => "the request has more than 1,000 records or 12 MiB",
            Self::PayloadTooLarge => "a payload is longer than 8 MiB or the ledger's limit",
            Self::TwoKeys => "an idempotency key stands for the request or for a record, not both",
            Self::IdempotencyConflict => "the idempotency key was used with another body",
            Self::ExpectedSize { size } => return write!(f, "the ledger has {size} records"),
            Self::TypeReserved => "types that begin with stateledger. belong to the server",
            Self::TypeNotAccepted => "the ledger's rules do not list this type",
            Self::AuthorThreshold => "too few of the ledger's authors signed",
            Self::SchemaMismatch { at } if at.is_empty() => {
                "the payload does not match the schema of its type"
            }
            Self::SchemaMismatch { at } => {
                return write!(f, "the payload does not match the schema of its type at {at}");
            }
            Self::SchemaCost => "the payload is too long for the schema of its type",
            Self::SaltRequired => "signatures need the salt that their statement commits to",
            Self::Entry(error) => return error.fmt(f),
            Self::Fields(error) => return error.fmt(f),
            Self::AuthorSignature => "an author signature does not verify over the statement",
            Self::Overloaded => "too many requests are waiting; try again",
            Self::Unavailable => "the storage did not answer; retry under the same idempotency key",
            Self::Corrupt => "stored rows contradict each other",
        })
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is no such ledger",
            Self::Forbidden => "the token does not allow to read this ledger",
            Self::RecordNotFound => "there is no record of this index",
            Self::LeafNotFound => "there is no record with this leaf hash",
            Self::TileNotFound => "there is no such tile",
            Self::InvalidCursor => "the cursor does not belong to this query",
            Self::InvalidQuery => "a filter is outside its range",
            Self::SizeUnknown { size } => return write!(f, "the ledger has {size} records"),
            Self::CheckpointUnknown { next } => {
                return write!(f, "no checkpoint has this size; the next one has size {next}");
            }
            Self::Tree(error) => return error.fmt(f),
            Self::Unavailable => "the storage did not answer; try again",
            Self::Corrupt => "what is stored does not hash to what was signed",
            Self::Overloaded => "too many requests are in flight; try again",
            Self::PayloadUnavailable => "the payload has not come to this place yet; try again",
        })
    }
}

impl core::error::Error for CreateError {}
impl core::error::Error for AppendError {}
impl core::error::Error for ReadError {}
