//! Receipts, under the current head or an earlier one, and records by their leaf.

use stateledger_core::hash::Hash;
use stateledger_core::receipt::Receipt;
use stateledger_core::tile::{tiles_for_inclusion, tiles_for_root};
use stateledger_core::tree::{self, LeafIndex, TreeSize};

use crate::access::Caller;
use crate::checked::{self, CheckedRecord, ensure};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::request::Payload;
use crate::seal;
use crate::store::{Head, Store};

use super::{Disclosure, Reader, RecordView, Seen};

/// A record with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenRecord {
    /// The record.
    pub record: RecordView,
    /// Its receipt under the current head: with the salt, if the caller may see it, and without the
    /// payload, which the record has.
    pub receipt: Receipt,
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// The receipt of one record: under the current head, or under the head of this size. A caller
    /// who may not see payloads gets neither payload nor salt.
    ///
    /// # Errors
    /// As [`Reader::record`]; [`ReadError::SizeUnknown`] for a size above the current one;
    /// [`ReadError::CheckpointUnknown`] for a size between two heads;
    /// [`ReadError::Tree`] (`index-out-of-range`) if the record came after that size.
    pub async fn receipt(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        index: LeafIndex,
        size: Option<TreeSize>,
        disclosure: Disclosure,
    ) -> Result<Receipt, ReadError> {
        let seen = self.see(ledger, caller).await?;
        let size = seen.size(size)?;
        let shown = seen.payloads && disclosure == Disclosure::WithPayload;
        let (record, proof) = self.proven(&seen, index, shown).await?;
        let (head, proof) = if size == seen.head.id.size {
            (seen.head.clone(), proof)
        } else {
            self.proven_at(&seen, index, &record.leaf_hash, size).await?
        };
        let CheckedRecord { entry, salt, payload, .. } = record;
        let (salt, payload) = match disclosure {
            Disclosure::WithPayload if seen.payloads => (salt, payload.map(Payload::into_bytes)),
            Disclosure::WithPayload | Disclosure::WithoutPayload => (None, None),
        };
        Ok(seal::receipt(entry.to_bytes(), index, proof, &head, salt, payload))
    }

    /// The record with this leaf hash, the first one if there are several, and its receipt.
    ///
    /// # Errors
    /// As [`Reader::record`]; [`ReadError::LeafNotFound`] if there is none.
    pub async fn by_leaf(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        leaf: &Hash,
    ) -> Result<ProvenRecord, ReadError> {
        let seen = self.see(ledger, caller).await?;
        let found = self.calls.read(self.calls.store.leaf(ledger, leaf)).await?;
        let index = LeafIndex::new(found.ok_or(ReadError::LeafNotFound)?);
        let (record, proof) = self.proven(&seen, index, seen.payloads).await?;
        ensure(record.leaf_hash == *leaf)?;
        let salt = record.salt.filter(|_| seen.payloads);
        let receipt = seal::receipt(record.entry.to_bytes(), index, proof, &seen.head, salt, None);
        Ok(ProvenRecord { record: RecordView::new(record, seen.payloads), receipt })
    }

    /// The head of this size, and a proof of the leaf under it.
    async fn proven_at(
        &self,
        seen: &Seen,
        index: LeafIndex,
        leaf: &Hash,
        size: TreeSize,
    ) -> Result<(Head, Vec<Hash>), ReadError> {
        let mut tiles = tiles_for_inclusion(index, size)?;
        tiles.extend(tiles_for_root(size));
        let head = self.head_from(seen, size).await?;
        if head.id.size != size {
            return Err(ReadError::CheckpointUnknown { next: head.id.size });
        }
        let set = self.chained(seen, tiles).await?;
        ensure(tree::root(size, &set)? == head.id.root)?;
        Ok((head.clone(), checked::prove_in(&set, &head.id, index, leaf)?))
    }

    /// The smallest head of at least this size, whose signature is verified; its root is not.
    pub(super) async fn head_from(&self, seen: &Seen, size: TreeSize) -> Result<Head, ReadError> {
        if size == seen.head.id.size {
            return Ok(seen.head.clone());
        }
        let head = self.calls.read(self.calls.store.head_from(&seen.ledger, size)).await?;
        let head = head.ok_or(ReadError::Corrupt)?;
        ensure((size..=seen.head.id.size).contains(&head.id.size))?;
        seal::open(&head, &seen.origin, &seen.verifier_key).map_err(|()| ReadError::Corrupt)?;
        Ok(head)
    }
}
