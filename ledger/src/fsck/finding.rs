//! What a check finds, and how it is named.

use core::fmt;

/// How a row does not fit. One cause, one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A row that must be there is not.
    RowMissing,
    /// A row that belongs to nothing: beyond the tree, or of no ledger.
    RowOrphaned,
    /// A row that does not have the form in which it is written.
    RowMalformed,
    /// The entry does not hash to the leaf hash beside it.
    LeafMismatch,
    /// Entry and leaf hash fit each other, but tile and signed head have another leaf there.
    RecordMismatch,
    /// The entry's bytes are no entry of this ledger.
    EntryMalformed,
    /// A column repeats something else than the entry says.
    ColumnMismatch,
    /// The entry's time is before the one of the entry before it.
    TimeDisorder,
    /// An author's signature in the entry does not verify.
    AuthorSignature,
    /// Payload and salt do not open the commitment in the entry.
    CommitmentMismatch,
    /// A tile is not the one that the entries give.
    TileMismatch,
    /// The checkpoint is malformed, not signed by the ledger's key, or says something else than its row.
    CheckpointMismatch,
    /// The entries give another root than the signed one.
    RootMismatch,
    /// A head does not name the one before it.
    HeadChain,
    /// A row does not carry the deployment's MAC.
    MacMismatch,
    /// The ledger's key is not the trusted one.
    KeyMismatch,
    /// The sequencer keeps a head that the database's history does not contain.
    KeptHead,
    /// A copy in KV differs from what it is a copy of.
    CopyMismatch,
}

/// Every code with what it says about the row.
pub const CODES: &[(&str, &str)] = &[
    ("author-signature-invalid", "An author's signature does not verify"),
    ("checkpoint-mismatch", "A checkpoint is not the ledger's over its head"),
    ("column-mismatch", "A column does not repeat its entry"),
    ("commitment-mismatch", "A payload does not open its commitment"),
    ("copy-mismatch", "A copy differs from its original"),
    ("entry-malformed", "An entry is none of this ledger's"),
    ("head-chain-broken", "A head does not follow the one before it"),
    ("kept-head-mismatch", "The sequencer keeps a head of another history"),
    ("key-mismatch", "The ledger's key is not the trusted one"),
    ("leaf-mismatch", "An entry does not hash to its leaf"),
    ("mac-mismatch", "A row does not carry the deployment's MAC"),
    ("record-mismatch", "A record is not the leaf that was signed for"),
    ("root-mismatch", "The entries do not give the signed root"),
    ("row-malformed", "A row has not the form in which it is written"),
    ("row-missing", "A row is missing"),
    ("row-orphaned", "A row belongs to nothing"),
    ("tile-mismatch", "A tile is not what the entries give"),
    ("time-disorder", "A time is before an earlier one"),
];

impl Fault {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::RowMissing => "row-missing",
            Self::RowOrphaned => "row-orphaned",
            Self::RowMalformed => "row-malformed",
            Self::LeafMismatch => "leaf-mismatch",
            Self::RecordMismatch => "record-mismatch",
            Self::EntryMalformed => "entry-malformed",
            Self::ColumnMismatch => "column-mismatch",
            Self::TimeDisorder => "time-disorder",
            Self::AuthorSignature => "author-signature-invalid",
            Self::CommitmentMismatch => "commitment-mismatch",
            Self::TileMismatch => "tile-mismatch",
            Self::CheckpointMismatch => "checkpoint-mismatch",
            Self::RootMismatch => "root-mismatch",
            Self::HeadChain => "head-chain-broken",
            Self::MacMismatch => "mac-mismatch",
            Self::KeyMismatch => "key-mismatch",
            Self::KeptHead => "kept-head-mismatch",
            Self::CopyMismatch => "copy-mismatch",
        }
    }
}

/// The first row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it does not fit.
    pub fault: Fault,
    /// The table: a name of `migrations/`, `kept_head`, or `kv`.
    pub table: &'static str,
    /// The row's key within its ledger, such as `7` or `1/256` (a tile's level and index).
    pub key: String,
    /// The record concerned, where there is one.
    pub index: Option<u64>,
    /// What does not fit what.
    pub message: String,
}

impl Finding {
    /// A finding about a row that is no single record's.
    pub fn new(
        fault: Fault,
        table: &'static str,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { fault, table, key: key.into(), index: None, message: message.into() }
    }

    /// The same, about the record `index`.
    pub(super) fn at(self, index: u64) -> Self {
        Self { index: Some(index), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, table, key, message, .. } = self;
        write!(f, "{} in {table}, row {key}: {message}", fault.code())
    }
}
