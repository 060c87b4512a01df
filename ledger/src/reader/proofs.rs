//! Proofs for any leaves and sizes up to the head.
//!
//! Each is made from tiles that are chained to the signed root, and verified before it is answered.

use std::collections::BTreeSet;

use stateledger_core::hash::Hash;
use stateledger_core::tile::{
    TileId, tiles_for_consistency, tiles_for_inclusion, tiles_for_root, tiles_for_subtree,
};
use stateledger_core::tree::{self, LeafIndex, NodeSource, Subtree, TreeError, TreeSize};

use crate::access::Caller;
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::limits::{MAX_PAGE_RECORDS, MAX_PROOF_LEAVES};
use crate::platform::Platform;
use crate::store::Store;

use super::{Reader, Seen};

/// RFC 6962 section 2.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The leaf's position.
    pub index: LeafIndex,
    /// The leaf's hash.
    pub leaf: Hash,
    /// The tree's size.
    pub size: TreeSize,
    /// Its root.
    pub root: Hash,
    /// The audit path, the leaf's sibling first.
    pub hashes: Vec<Hash>,
}

/// RFC 6962 section 2.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The smaller size.
    pub from: TreeSize,
    /// Its root.
    pub from_root: Hash,
    /// The larger size.
    pub to: TreeSize,
    /// Its root.
    pub to_root: Hash,
    /// The proof; empty for equal sizes and from 0.
    pub hashes: Vec<Hash>,
}

/// Inclusion of many leaves; see [`tree::BatchProof`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchProof {
    /// The leaves' hashes, in the order of the proof's indexes.
    pub leaves: Vec<Hash>,
    /// The tree's size.
    pub size: TreeSize,
    /// Its root.
    pub root: Hash,
    /// Indexes and hashes.
    pub proof: tree::BatchProof,
}

/// Inclusion of leaves that follow each other; see [`tree::prove_range`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeProof {
    /// The first leaf's position.
    pub start: LeafIndex,
    /// The leaves' hashes.
    pub leaves: Vec<Hash>,
    /// The tree's size.
    pub size: TreeSize,
    /// Its root.
    pub root: Hash,
    /// The proof, at most two hashes for each level of the tree.
    pub hashes: Vec<Hash>,
}

/// A subtree's consistency with the tree: draft-ietf-plants-merkle-tree-certs section 4.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubtreeProof {
    /// The leaves.
    pub subtree: Subtree,
    /// `MTH(D[start:end])`.
    pub subtree_root: Hash,
    /// The tree's size.
    pub size: TreeSize,
    /// Its root.
    pub root: Hash,
    /// The proof.
    pub hashes: Vec<Hash>,
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// Inclusion of one leaf in the tree of this size, or of the current one.
    ///
    /// # Errors
    /// As [`Reader::describe`]; [`ReadError::SizeUnknown`];
    /// [`ReadError::Tree`] (`index-out-of-range`).
    pub async fn prove_inclusion(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        index: LeafIndex,
        size: Option<TreeSize>,
    ) -> Result<InclusionProof, ReadError> {
        let seen = self.see(ledger, caller).await?;
        let size = seen.size(size)?;
        let tiles = tiles_for_inclusion(index, size)?;
        let set = self.chained(&seen, tiles.into_iter().chain(tiles_for_root(size))).await?;
        let root = tree::root(size, &set)?;
        let leaf = set.node(0, index.get()).ok_or(ReadError::Corrupt)?;
        let hashes = tree::prove_inclusion(index, size, &set)?;
        tree::verify_inclusion(&leaf, index, size, &hashes, &root)
            .map_err(|_| ReadError::Corrupt)?;
        Ok(InclusionProof { index, leaf, size, root, hashes })
    }

    /// Consistency of two sizes; without a second one, with the current tree.
    ///
    /// # Errors
    /// As [`Reader::describe`]; [`ReadError::SizeUnknown`]; [`ReadError::Tree`] (`sizes-reversed`).
    pub async fn prove_consistency(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        from: TreeSize,
        to: Option<TreeSize>,
    ) -> Result<ConsistencyProof, ReadError> {
        let seen = self.see(ledger, caller).await?;
        let to = seen.size(to)?;
        self.consistency(&seen, from, to).await
    }

    /// Consistency of two sizes up to the current one.
    pub(super) async fn consistency(
        &self,
        seen: &Seen,
        from: TreeSize,
        to: TreeSize,
    ) -> Result<ConsistencyProof, ReadError> {
        let mut tiles = tiles_for_consistency(from, to)?;
        tiles.extend(tiles_for_root(from));
        tiles.extend(tiles_for_root(to));
        let set = self.chained(seen, tiles).await?;
        let (from_root, to_root) = (tree::root(from, &set)?, tree::root(to, &set)?);
        let hashes = tree::prove_consistency(from, to, &set)?;
        tree::verify_consistency(from, &from_root, to, &to_root, &hashes)
            .map_err(|_| ReadError::Corrupt)?;
        Ok(ConsistencyProof { from, from_root, to, to_root, hashes })
    }

    /// Inclusion of 1 to 256 leaves, in strictly ascending order, in the tree of this size, or of the
    /// current one.
    ///
    /// # Errors
    /// As [`Reader::prove_inclusion`]; [`ReadError::InvalidQuery`] for more leaves;
    /// [`ReadError::Tree`] (`batch-leaves-invalid`) for none and for any other order.
    pub async fn prove_batch(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        indexes: &[LeafIndex],
        size: Option<TreeSize>,
    ) -> Result<BatchProof, ReadError> {
        if indexes.len() > MAX_PROOF_LEAVES {
            return Err(ReadError::InvalidQuery);
        }
        let seen = self.see(ledger, caller).await?;
        let size = seen.size(size)?;
        if indexes.is_empty() || !indexes.is_sorted_by(|a, b| a < b) {
            return Err(ReadError::Tree(TreeError::InvalidLeaves));
        }
        let mut tiles = BTreeSet::from_iter(tiles_for_root(size));
        for index in indexes {
            tiles.extend(tiles_for_inclusion(*index, size)?);
        }
        let set = self.chained(&seen, tiles).await?;
        let root = tree::root(size, &set)?;
        let leaves = indexes.iter().map(|index| set.node(0, index.get()));
        let leaves: Vec<Hash> = leaves.collect::<Option<_>>().ok_or(ReadError::Corrupt)?;
        let proof = tree::prove_batch(indexes, size, &set)?;
        tree::verify_batch(&leaves, size, &proof, &root).map_err(|_| ReadError::Corrupt)?;
        Ok(BatchProof { leaves, size, root, proof })
    }

    /// Inclusion of the 1 to 1,000 leaves `[start, end)`, as many as a page of records has, in the
    /// tree of this size, or of the current one.
    ///
    /// # Errors
    /// As [`Reader::prove_inclusion`]; [`ReadError::InvalidQuery`] for more leaves;
    /// [`ReadError::Tree`] (`batch-leaves-invalid`) for none.
    pub async fn prove_range(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        start: LeafIndex,
        end: TreeSize,
        size: Option<TreeSize>,
    ) -> Result<RangeProof, ReadError> {
        let count = end.get().saturating_sub(start.get());
        if usize::try_from(count).map_or(true, |count| count > MAX_PAGE_RECORDS) {
            return Err(ReadError::InvalidQuery);
        }
        let seen = self.see(ledger, caller).await?;
        let size = seen.size(size)?;
        if count == 0 {
            return Err(ReadError::Tree(TreeError::InvalidLeaves));
        }
        let mut tiles = BTreeSet::from_iter(tiles_for_root(size));
        for index in start.get()..end.get() {
            tiles.extend(tiles_for_inclusion(LeafIndex::new(index), size)?);
        }
        let set = self.chained(&seen, tiles).await?;
        let root = tree::root(size, &set)?;
        let leaves = (start.get()..end.get()).map(|index| set.node(0, index));
        let leaves: Vec<Hash> = leaves.collect::<Option<_>>().ok_or(ReadError::Corrupt)?;
        let hashes = tree::prove_range(start, end, size, &set)?;
        tree::verify_range(&leaves, start, size, &hashes, &root).map_err(|_| ReadError::Corrupt)?;
        Ok(RangeProof { start, leaves, size, root, hashes })
    }

    /// Consistency of the subtree `[start, end)` with the tree of this size, or with the current one.
    ///
    /// # Errors
    /// As [`Reader::describe`]; [`ReadError::SizeUnknown`]; [`ReadError::Tree`]: `subtree-invalid`
    /// if the range is no subtree (its start a multiple of the smallest power of two that is not
    /// below its width), `sizes-reversed` if it ends after the size.
    pub async fn prove_subtree(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        start: LeafIndex,
        end: TreeSize,
        size: Option<TreeSize>,
    ) -> Result<SubtreeProof, ReadError> {
        let seen = self.see(ledger, caller).await?;
        let size = seen.size(size)?;
        let subtree = Subtree::new(start, end)?;
        let tiles: Vec<TileId> = tiles_for_subtree(subtree, size)?;
        let set = self.chained(&seen, tiles.into_iter().chain(tiles_for_root(size))).await?;
        let root = tree::root(size, &set)?;
        let subtree_root = tree::subtree_root(subtree, &set)?;
        let hashes = tree::prove_subtree_consistency(subtree, size, &set)?;
        tree::verify_subtree_consistency(subtree, &subtree_root, size, &root, &hashes)
            .map_err(|_| ReadError::Corrupt)?;
        Ok(SubtreeProof { subtree, subtree_root, size, root, hashes })
    }
}
