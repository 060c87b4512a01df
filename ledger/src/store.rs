//! The storage contract of the engine.
//!
//! A store keeps, for each ledger: one ledger row, heads, records, payloads, tiles and idempotency
//! keys. The engine trusts it to be atomic and durable, and nothing else: what it reads back is
//! hashed again.
//!
//! Contract, which the in-memory store of `fake` (feature `testing`) polices:
//! - [`Store::create`] and [`Store::commit`] are all-or-nothing and durable once they resolve with
//!   `Ok`.
//! - A commit fails with [`StoreError::Conflict`], without effect, if the ledger's newest head is
//!   not the one named as `previous`, if any of its record indexes exists, or if an idempotency key
//!   exists.
//! - Ledger rows, heads and records are never changed. A tile only grows: its old bytes stay a prefix.
//!   A payload goes only in a commit that erases it ([`Batch::erasing`]), and an idempotency key changes
//!   only there.
//! - An erasure and a hold of one record exclude each other: the later one is a conflict.
//! - [`Beside::blobs`] holds values that are no part of a commit. A value is written before the row that
//!   names it, and deleted after it.
//! - A call that was given up may still take effect later; it then obeys the rules above like any
//!   other.

mod beside;

use core::fmt;
use core::future::Future;

use stateledger_core::hash::Hash;
use stateledger_core::tile::TileId;
use stateledger_core::tree::TreeSize;

use crate::id::LedgerId;

pub use beside::{
    ArtifactRow, Beside, Body, Erasing, ErasureRow, HoldRow, PayloadRow, Sealed, Standing,
};

mod lookups;

pub use lookups::{
    ChangeQuery, ChangeRow, LedgerQuery, Listed, Lookups, PairQuery, PairRow, PrivateLedgers, Span,
};

/// The immutable row of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// 32 random bytes, drawn at creation.
    pub uid: [u8; 32],
    /// `<host>/log/<ledger>`.
    pub origin: String,
    /// The log key as a signed-note verifier key, so that a reader needs no secret to check a
    /// checkpoint.
    pub verifier_key: String,
    /// RFC 8785 bytes of the rules.
    pub rules: Vec<u8>,
    /// Milliseconds since 1970.
    pub created: u64,
    /// MAC over everything above and the id, under the ledger's row key.
    pub mac: [u8; 32],
}

/// A size and the root of the tree of that size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadId {
    /// Number of leaves.
    pub size: TreeSize,
    /// Root of the tree.
    pub root: Hash,
}

/// A stored head: size and root with the signed checkpoint that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Size and root.
    pub id: HeadId,
    /// The whole signed note.
    pub checkpoint: Vec<u8>,
    /// When it was signed, milliseconds since 1970.
    pub time: u64,
}

/// A ledger with its newest head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedLedger {
    /// The immutable row.
    pub row: LedgerRow,
    /// The head with the greatest size.
    pub head: Head,
}

/// A record's row. Everything beside `entry` is a copy of what the entry says, for queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Position of the leaf, from 0.
    pub index: u64,
    /// Hash of `entry` as a leaf.
    pub leaf_hash: Hash,
    /// The leaf's bytes, at most 65,535.
    pub entry: Vec<u8>,
    /// The statement's type.
    pub record_type: String,
    /// The statement's source.
    pub source: String,
    /// The statement's subject.
    pub subject: Option<String>,
    /// The entry's time, milliseconds since 1970.
    pub time: u64,
}

/// A tile's whole content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileRow {
    /// Level and index.
    pub id: TileId,
    /// 1 to 256 hashes of 32 bytes.
    pub hashes: Vec<u8>,
}

/// What an idempotency key was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// The key.
    pub key: String,
    /// Index of the first record of the request.
    pub first: u64,
    /// Number of records of the request, which follow each other.
    pub count: u32,
    /// HMAC-SHA256(salt of record `first`, canonical request).
    pub digest: [u8; 32],
    /// MAC over everything above, under the ledger's row key.
    pub mac: [u8; 32],
}

/// Everything that one commit writes, except the signed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The ledger.
    pub ledger: LedgerId,
    /// The head that this one follows.
    pub previous: HeadId,
    /// New records, `previous.size` and up without a gap.
    pub records: Vec<RecordRow>,
    /// One for each new record.
    pub payloads: Vec<PayloadRow>,
    /// Every tile that changes.
    pub tiles: Vec<TileRow>,
    /// Idempotency keys of the new records.
    pub keys: Vec<KeyRow>,
    /// Payloads of older records that this commit destroys.
    pub erasing: Vec<Erasing>,
}

/// The rows of a serialised batch, decoded out of the very bytes that will be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadBack {
    /// Every record row.
    pub records: Vec<RecordRow>,
    /// Every payload row.
    pub payloads: Vec<PayloadRow>,
    /// Every tile row.
    pub tiles: Vec<TileRow>,
    /// Every idempotency key.
    pub keys: Vec<KeyRow>,
    /// Every erasure.
    pub erasing: Vec<Erasing>,
}

/// The hashed columns of a record row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Position of the leaf.
    pub index: u64,
    /// The stored leaf hash.
    pub leaf_hash: Hash,
    /// The stored entry.
    pub entry: Vec<u8>,
}

/// A batch in the form in which it will be written.
pub trait Staged: Send {
    /// Decodes the serialised form, so that the engine can hash what will be stored and not what it
    /// meant to store.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the form does not decode.
    fn read_back(&self) -> Result<ReadBack, StoreError>;
}

/// A record as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// The record's row.
    pub row: RecordRow,
    /// The salt of its commitment, if it is there.
    pub salt: Option<[u8; 32]>,
    /// Its payload, if it is there and was asked for.
    pub body: Option<Body>,
    /// That it was erased.
    pub erased: Option<ErasureRow>,
}

/// Where a leaf was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundLeaf {
    /// Position of the leaf.
    pub index: u64,
    /// The stored leaf hash.
    pub leaf_hash: Hash,
}

/// What to read of a record beside its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch {
    /// Its salt.
    Salts,
    /// Its salt and its payload.
    Payloads,
}

/// Where tiles may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Anywhere.
    Nearest,
    /// The ledger's own rows.
    Rows,
}

/// Direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Oldest first. The default.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

/// One page's worth of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuery {
    /// Only this type.
    pub record_type: Option<String>,
    /// Only this source.
    pub source: Option<String>,
    /// Only this subject.
    pub subject: Option<String>,
    /// Only times at or after this, milliseconds since 1970.
    pub since: Option<u64>,
    /// Only times before this.
    pub until: Option<u64>,
    /// Direction by index.
    pub order: Order,
    /// Only indexes from this one on.
    pub start: u64,
    /// Only indexes below this one.
    pub end: u64,
    /// At most this many rows.
    pub limit: usize,
}

/// A row of a page before its content is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRow {
    /// Position of the record.
    pub index: u64,
    /// Bytes of its entry and payload together.
    pub bytes: u64,
}

/// Storage of ledgers; see the module for the contract.
pub trait Store: Lookups + Beside {
    /// A serialised batch.
    type Staged: Staged;

    /// Whether the database of the ledger has a schema that this version works with.
    fn schema_is_known(
        &self,
        ledger: &LedgerId,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The ledger's row and its newest head, read together, or `None` if there is no such ledger.
    fn open(
        &self,
        ledger: &LedgerId,
    ) -> impl Future<Output = Result<Option<OpenedLedger>, StoreError>> + Send;

    /// Writes the ledger row and its head of size 0, together. [`StoreError::Conflict`] if the
    /// ledger exists.
    fn create(
        &self,
        ledger: &LedgerId,
        row: &LedgerRow,
        head: &Head,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Serialises a batch without writing it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a row does not fit the store's limits.
    fn stage(&self, batch: Batch) -> Result<Self::Staged, StoreError>;

    /// Writes a staged batch and the head over it, together.
    fn commit(
        &self,
        staged: Self::Staged,
        head: &Head,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Those of the named tiles that exist, whole, in any order.
    fn tiles(
        &self,
        ledger: &LedgerId,
        ids: &[TileId],
        source: Source,
    ) -> impl Future<Output = Result<Vec<TileRow>, StoreError>> + Send;

    /// Those of the named records that exist, in the order of their names: as many as fit a few
    /// megabytes, at least one if there is one. At most 1,000 indexes.
    fn records(
        &self,
        ledger: &LedgerId,
        indexes: &[u64],
        fetch: Fetch,
    ) -> impl Future<Output = Result<Vec<StoredRecord>, StoreError>> + Send;

    /// Entries from `start` and below `end`, by rising index: as many as fit a few megabytes, at
    /// least one if there is one.
    fn entries(
        &self,
        ledger: &LedgerId,
        start: u64,
        end: u64,
    ) -> impl Future<Output = Result<Vec<EntryRow>, StoreError>> + Send;

    /// Those records at `from` or above whose leaf hash is among `leaves`, by rising index.
    fn find_leaves(
        &self,
        ledger: &LedgerId,
        from: u64,
        leaves: &[Hash],
    ) -> impl Future<Output = Result<Vec<FoundLeaf>, StoreError>> + Send;

    /// Those of the named idempotency keys that exist, in any order.
    fn keys(
        &self,
        ledger: &LedgerId,
        keys: &[&str],
    ) -> impl Future<Output = Result<Vec<KeyRow>, StoreError>> + Send;

    /// One page of matching records, in the order asked for.
    fn page(
        &self,
        ledger: &LedgerId,
        query: &PageQuery,
    ) -> impl Future<Output = Result<Vec<PageRow>, StoreError>> + Send;
}

/// How a store call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// Another commit came first; this one had no effect and never will.
    Conflict,
    /// The call surely had no effect.
    Unavailable,
    /// A write may have taken effect, or may take effect later.
    Unknown,
    /// Stored rows cannot be decoded, or a row cannot be encoded.
    Corrupt,
    /// A value that a row names is not there, or not yet.
    Absent,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "another commit came first",
            Self::Unavailable => "the store did not answer",
            Self::Unknown => "the outcome of the write is unknown",
            Self::Corrupt => "stored rows cannot be decoded",
            Self::Absent => "a value that a row names is not there yet",
        })
    }
}

impl core::error::Error for StoreError {}
