//! What lies beside the tree: payloads, and what decides whether they may and may not be destroyed.

use core::future::Future;

use stateledger_core::hash::Hash;

use super::{KeyRow, StoreError};
use crate::blobs::Blobs;
use crate::id::LedgerId;
use crate::request::Payload;

/// Where a payload's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// In the row.
    Inline(Payload),
    /// In a value of [`Blobs`](crate::blobs::Blobs), encrypted.
    Sealed(Sealed),
}

/// What finds and opens the value of a long payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The value's name.
    pub name: String,
    /// The key that it was encrypted with, drawn for this record alone.
    pub key: [u8; 32],
    /// Length of the payload in bytes.
    pub size: u64,
    /// Whether the payload came as a JSON value.
    pub is_json: bool,
}

/// A payload with the salt that opens its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadRow {
    /// Position of the record.
    pub index: u64,
    /// The salt.
    pub salt: [u8; 32],
    /// The committed bytes, or where they are.
    pub body: Body,
}

/// A payload that was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureRow {
    /// Position of the record whose payload it was.
    pub index: u64,
    /// Position of the record `stateledger.erased` that says so.
    pub by: u64,
    /// That record's time, milliseconds since 1970.
    pub time: u64,
    /// MAC over everything above, under the ledger's row key.
    pub mac: [u8; 32],
}

/// A payload that may not be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldRow {
    /// Position of the record.
    pub index: u64,
    /// Since when, milliseconds since 1970.
    pub time: u64,
    /// MAC over everything above, under the ledger's row key.
    pub mac: [u8; 32],
}

/// What an erasure must know of a record beside its entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// That it was erased.
    pub erased: Option<ErasureRow>,
    /// That it is held.
    pub hold: Option<HoldRow>,
    /// The idempotency key with the greatest `first` at or below the record.
    pub key: Option<KeyRow>,
}

/// The part of a commit that destroys a payload: its rows go, its value's name is put down for
/// deletion, and the digest of the request that brought it is overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasing {
    /// The row that stays. The commit fails with a conflict if there is one, or a hold.
    pub row: ErasureRow,
    /// The idempotency key that stands for the record, with what replaces its digest.
    pub key: Option<KeyRow>,
}

/// Bytes that are kept under their own hash. It never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactRow {
    /// SHA-256 of the bytes.
    pub digest: Hash,
    /// Name of the value of [`Blobs`](crate::blobs::Blobs) that has them, encrypted.
    pub name: String,
    /// The key that it was encrypted with, drawn for this value alone.
    pub key: [u8; 32],
    /// Length in bytes.
    pub size: u64,
    /// Since when, milliseconds since 1970.
    pub time: u64,
    /// MAC over everything above, under the ledger's row key.
    pub mac: [u8; 32],
}

/// The part of a [`Store`](super::Store) that is not the tree.
pub trait Beside: Send + Sync {
    /// The place for long values.
    type Blobs: Blobs;

    /// Values beside the rows.
    fn blobs(&self) -> &Self::Blobs;

    /// What stands beside a record, whether there is such a record or not.
    fn standing(
        &self,
        ledger: &LedgerId,
        index: u64,
    ) -> impl Future<Output = Result<Standing, StoreError>> + Send;

    /// Holds a record; a hold that is there is replaced. [`StoreError::Conflict`] if it was erased.
    fn hold(
        &self,
        ledger: &LedgerId,
        hold: &HoldRow,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends this very hold; one that is not there is ended. A release that arrives late must not
    /// end a hold that came after it.
    fn release(
        &self,
        ledger: &LedgerId,
        hold: &HoldRow,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Names of values that erasures put down for deletion: at most 100.
    fn deletions(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Forgets names whose values are gone.
    fn forget_deletions(
        &self,
        names: &[String],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The artifact of this SHA-256.
    fn artifact(
        &self,
        ledger: &LedgerId,
        digest: &Hash,
    ) -> impl Future<Output = Result<Option<ArtifactRow>, StoreError>> + Send;

    /// Adds an artifact whose value is there. [`StoreError::Conflict`] if there is one of this hash.
    fn add_artifact(
        &self,
        ledger: &LedgerId,
        artifact: &ArtifactRow,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Where the last sweep of the names that begin so stopped, if it came to no end. A hint, which a store may lose.
    fn sweep_cursor(
        &self,
        prefix: &str,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// Says where the next sweep goes on; at the first name if that is `None`.
    fn set_sweep_cursor(
        &self,
        prefix: &str,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Those of these values' names that payloads or artifacts have, in any order.
    fn named(
        &self,
        names: &[String],
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;
}
