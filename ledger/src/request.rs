//! What an append asks and what it is answered.

use core::fmt;

use stateledger_core::entry::AuthorSignature;
use stateledger_core::hash::Hash;
use stateledger_core::json::Value;
use stateledger_core::receipt::Receipt;
use stateledger_core::time::Time;
use stateledger_core::tree::{LeafIndex, TreeSize};

use crate::id::LedgerId;

/// A key under which a request is answered once: 1 to 255 printable ASCII characters without space.
/// Scope: the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

/// The text is no idempotency key (`invalid-idempotency-key`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdempotencyKeyError {
    /// Empty, too long, or with another byte than `!` to `~`.
    Invalid,
}

impl IdempotencyKey {
    /// Longest key, in bytes.
    pub const MAX_BYTES: usize = 255;

    /// Checks the text.
    ///
    /// # Errors
    /// [`IdempotencyKeyError::Invalid`].
    pub fn parse(text: &str) -> Result<Self, IdempotencyKeyError> {
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdempotencyKeyError::Invalid)
        }
    }

    /// The key as it was parsed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl IdempotencyKeyError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "invalid-idempotency-key",
        }
    }
}

impl fmt::Display for IdempotencyKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => {
                f.write_str("an idempotency key is 1 to 255 printable ASCII characters, no space")
            }
        }
    }
}

impl core::error::Error for IdempotencyKeyError {}

/// The bytes that a record commits to, and how they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    bytes: Vec<u8>,
    is_json: bool,
}

impl Payload {
    /// A JSON value: commits to its RFC 8785 form; answered as `payload`.
    pub fn json(value: &Value) -> Self {
        Self { bytes: value.to_canonical(), is_json: true }
    }

    /// Bytes as they are; answered as `payloadBase64`.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, is_json: false }
    }

    /// Takes a payload back from storage.
    pub(crate) fn from_stored(bytes: Vec<u8>, is_json: bool) -> Self {
        Self { bytes, is_json }
    }

    /// The committed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The committed bytes, taken.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Whether the bytes are the RFC 8785 form of a JSON value that came as one.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// The content type where the record names none (design §10).
    pub fn default_content_type(&self) -> &'static str {
        if self.is_json { "application/json" } else { "application/octet-stream" }
    }
}

/// One record as its author sends it. Limits are not checked yet; the sequencer does, after the
/// replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// What kind of thing happened; 1 to 256 bytes.
    pub record_type: String,
    /// Who says so; 1 to 256 bytes.
    pub source: String,
    /// What it is about; 1 to 1,024 bytes.
    pub subject: Option<String>,
    /// Media type of the payload, 1 to 255 bytes; [`Payload::default_content_type`] if absent.
    pub content_type: Option<String>,
    /// The payload, at most 8 MiB.
    pub payload: Payload,
    /// The commitment's salt; the sequencer draws one if absent. Needed where there are signatures.
    pub salt: Option<[u8; 32]>,
    /// Signatures over the statement (whose `origin` is this ledger's), sorted by key, at most 16.
    pub sigs: Vec<AuthorSignature>,
    /// Name of the commitment algorithm; `sha256-salted-v1` if absent.
    pub commitment: Option<String>,
    /// Key of this record alone. Not together with the request's key.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// One append: all records are appended, next to each other and in this order, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendRequest {
    /// 1 to 1,000 records.
    pub records: Vec<NewRecord>,
    /// Key of the whole request. For one record it is the same as the record's own key.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The size that the ledger must have before the first new record.
    pub expected_size: Option<TreeSize>,
}

/// What an append is answered: every record is durable.
#[derive(Debug, Clone)]
pub struct Appended {
    /// The ledger.
    pub ledger: LedgerId,
    /// Size of the head that every receipt below is for.
    pub size: TreeSize,
    /// One for each record of the request, in its order.
    pub records: Vec<AppendedRecord>,
}

impl Appended {
    /// Whether every record was there before this request (answered 200 instead of 201).
    pub fn all_replayed(&self) -> bool {
        self.records.iter().all(|record| record.replayed)
    }
}

/// One record of [`Appended`].
#[derive(Debug, Clone)]
pub struct AppendedRecord {
    /// Position of the leaf.
    pub index: LeafIndex,
    /// Hash of the leaf.
    pub leaf_hash: Hash,
    /// The entry's time.
    pub time: Time,
    /// Entry, proof and, unless the payload was erased, salt; never the payload.
    pub receipt: Receipt,
    /// True if an idempotency key found the record instead of appending it.
    pub replayed: bool,
}

/// That a payload was destroyed, and where the ledger says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Position of the record `stateledger.erased`.
    pub by: LeafIndex,
    /// Its time, milliseconds since 1970.
    pub time: u64,
}

/// A ledger as everyone who may see it sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// The ledger.
    pub ledger: LedgerId,
    /// Its origin, `<host>/log/<ledger>`.
    pub origin: String,
    /// Its key as a signed-note verifier key.
    pub verifier_key: String,
    /// Current number of records.
    pub size: TreeSize,
    /// Current root.
    pub root: Hash,
    /// Its rules.
    pub rules: crate::rules::Rules,
}
