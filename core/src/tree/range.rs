//! Range proofs: the batch proof of leaves that follow each other, so that
//! only the first of them needs a number. For one leaf it is the inclusion
//! proof of RFC 6962.

use alloc::vec::Vec;

use super::batch::{BatchError, BatchProof, prove_batch, verify_batch};
use super::{LeafIndex, MAX_BATCH_LEAVES, NodeSource, TreeError, TreeSize};
use crate::hash::Hash;

/// The hashes that lead from the leaves `[start, end)` to the root of the first
/// `size` leaves, in the order of [`BatchProof::hashes`]: at most two for each
/// level of the tree.
///
/// # Errors
/// [`TreeError::InvalidLeaves`] unless the range has 1 to [`MAX_BATCH_LEAVES`]
/// leaves, [`TreeError::IndexOutOfRange`] if it goes past `size`,
/// [`TreeError::MissingNode`].
pub fn prove_range(
    start: LeafIndex,
    end: TreeSize,
    size: TreeSize,
    nodes: &impl NodeSource,
) -> Result<Vec<Hash>, TreeError> {
    let indexes = indexes(start, end.get()).ok_or(TreeError::InvalidLeaves)?;
    prove_batch(&indexes, size, nodes).map(|proof| proof.hashes().to_vec())
}

/// Verifies that `leaves` are the leaves from number `start` on of the tree
/// with this size and root.
///
/// # Errors
/// [`BatchError::Leaves`] unless there are 1 to [`MAX_BATCH_LEAVES`],
/// [`BatchError::IndexOutOfRange`] if they go past `size`,
/// [`BatchError::Invalid`].
pub fn verify_range(
    leaves: &[Hash],
    start: LeafIndex,
    size: TreeSize,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), BatchError> {
    let count = u64::try_from(leaves.len()).map_err(|_| BatchError::Leaves)?;
    let end = start.get().checked_add(count).ok_or(BatchError::IndexOutOfRange)?;
    let indexes = indexes(start, end).ok_or(BatchError::Leaves)?;
    verify_batch(leaves, size, &BatchProof::new(indexes, proof.to_vec())?, root)
}

/// None unless there are 1 to [`MAX_BATCH_LEAVES`].
fn indexes(start: LeafIndex, end: u64) -> Option<Vec<LeafIndex>> {
    let count = usize::try_from(end.checked_sub(start.get())?).ok()?;
    let fits = (1..=MAX_BATCH_LEAVES).contains(&count);
    fits.then(|| (start.get()..end).map(LeafIndex::new).collect())
}
