//! Verification of proofs: RFC 9162 sections 2.1.3.2 and 2.1.4.2.
//!
//! The second one's steps are in [`super::subtree`], which has the general case.

use core::fmt;
use core::slice;

use super::{LeafIndex, Subtree, TreeSize, empty_root, node_hash, roots_from_subtree_consistency};
use crate::hash::Hash;

/// The root that an inclusion proof leads to, without judging it.
///
/// `proof` runs from the leaf's sibling to the root's child, at most 64 hashes.
///
/// # Errors
/// [`InclusionError::IndexOutOfRange`] if `index >= size`;
/// [`InclusionError::Invalid`] if the number of hashes does not fit the size.
pub fn root_from_inclusion(
    leaf: &Hash,
    index: LeafIndex,
    size: TreeSize,
    proof: &[Hash],
) -> Result<Hash, InclusionError> {
    let mut climb = Climb::new(leaf, index, size, proof)?;
    while let Some([left, right]) = climb.step()? {
        climb.node = node_hash(&left, &right);
    }
    Ok(climb.node)
}

/// The algorithm of section 2.1.3.2 up to each hashing, which the caller does.
pub(super) struct Climb<'a> {
    path: Path,
    /// r: the leaf, then each hash of what [`Climb::step`] gave.
    pub(super) node: Hash,
    proof: slice::Iter<'a, Hash>,
}

impl<'a> Climb<'a> {
    pub(super) fn new(
        leaf: &Hash,
        index: LeafIndex,
        size: TreeSize,
        proof: &'a [Hash],
    ) -> Result<Self, InclusionError> {
        // 1. If leaf_index is greater than or equal to tree_size, fail.
        if index.get() >= size.get() {
            return Err(InclusionError::IndexOutOfRange);
        }
        // 2. Set fn to leaf_index and sn to tree_size - 1. 3. Set r to hash.
        let path = Path::new(index.get(), index.get(), size.get().saturating_sub(1));
        Ok(Self { path, node: *leaf, proof: proof.iter() })
    }

    /// The children of the next node, or none once `node` is the root.
    pub(super) fn step(&mut self) -> Result<Option<[Hash; 2]>, InclusionError> {
        // 4. For each value p: if sn is 0, fail. That bounds the climb by 64 steps.
        // 5. Compare sn to 0.
        match (self.proof.next(), self.path.t) {
            (None, 0) => Ok(None),
            (None, _) | (Some(_), 0) => Err(InclusionError::Invalid),
            (Some(p), _) => Ok(Some(match self.path.step() {
                Side::Left => [*p, self.node],
                Side::Right => [self.node, *p],
            })),
        }
    }
}

/// Verifies that `leaf` is leaf number `index` of the tree with this root.
///
/// # Errors
/// As [`root_from_inclusion`]; [`InclusionError::Invalid`] for another root.
pub fn verify_inclusion(
    leaf: &Hash,
    index: LeafIndex,
    size: TreeSize,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), InclusionError> {
    if root_from_inclusion(leaf, index, size, proof)? == *root {
        Ok(())
    } else {
        Err(InclusionError::Invalid)
    }
}

/// What a verified consistency proof says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// The new tree begins with the old one.
    Verified,
    /// The old tree was empty: nothing was proven.
    Trivial,
}

/// The two roots that a consistency proof leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roots {
    /// Root of the tree of the old size, or of the subtree.
    pub old: Hash,
    /// Root of the tree of the new size.
    pub new: Hash,
}

/// The roots that a consistency proof leads to, without judging them, for
/// `0 < old_size < new_size`.
///
/// `old_root` takes part where `old_size` is a power of two (step 2). The steps
/// are those of the subtree from 0: [`roots_from_subtree_consistency`].
///
/// # Errors
/// [`ConsistencyError::SizesReversed`] if `old_size > new_size`;
/// [`ConsistencyError::Invalid`] if the sizes are equal or the old one is 0 (no
/// such proof exists), or the number of hashes does not fit.
pub fn roots_from_consistency(
    old_size: TreeSize,
    old_root: &Hash,
    new_size: TreeSize,
    proof: &[Hash],
) -> Result<Roots, ConsistencyError> {
    if old_size > new_size {
        return Err(ConsistencyError::SizesReversed);
    }
    // 1. If consistency_path is an empty array, fail. Between equal sizes the walk takes no other.
    if proof.is_empty() {
        return Err(ConsistencyError::Invalid);
    }
    let old = Subtree::new(LeafIndex::new(0), old_size).map_err(|_| ConsistencyError::Invalid)?;
    roots_from_subtree_consistency(old, old_root, new_size, proof)
}

/// Verifies that the tree of `new_size` begins with the tree of `old_size`.
///
/// Equal sizes need equal roots and an empty proof. From size 0 the old root
/// is the empty tree's, the proof is empty, and the answer is
/// [`Consistency::Trivial`]: it says nothing about the new root.
///
/// # Errors
/// [`ConsistencyError::SizesReversed`] if `old_size > new_size`, else
/// [`ConsistencyError::Invalid`].
pub fn verify_consistency(
    old_size: TreeSize,
    old_root: &Hash,
    new_size: TreeSize,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<Consistency, ConsistencyError> {
    let holds =
        |claim: bool, answer| if claim { Ok(answer) } else { Err(ConsistencyError::Invalid) };
    if old_size.get() == 0 {
        let empty = empty_root();
        let new_is_possible = new_size.get() != 0 || *new_root == empty;
        let claim = proof.is_empty() && *old_root == empty && new_is_possible;
        return holds(claim, Consistency::Trivial);
    }
    if old_size == new_size {
        return holds(proof.is_empty() && old_root == new_root, Consistency::Verified);
    }
    let roots = roots_from_consistency(old_size, old_root, new_size, proof)?;
    holds(roots.old == *old_root && roots.new == *new_root, Consistency::Verified)
}

/// On which side of the running hash the next proof hash stands.
pub(super) enum Side {
    Left,
    Right,
}

/// The triple (fn, sn, tn) that all algorithms walk up the tree: the first and
/// the last leaf of a subtree, and the last leaf of the tree.
///
/// RFC 9162 knows subtrees of one leaf (inclusion) and from 0 (consistency):
/// its pair (fn, sn) is (sn, tn) here.
pub(super) struct Path {
    pub(super) f: u64,
    pub(super) s: u64,
    pub(super) t: u64,
}

impl Path {
    pub(super) const fn new(f: u64, s: u64, t: u64) -> Self {
        Self { f, s, t }
    }

    pub(super) fn shift(&mut self, levels: u32) {
        for number in [&mut self.f, &mut self.s, &mut self.t] {
            *number = number.checked_shr(levels).unwrap_or(0);
        }
    }

    /// One turn of the loop body, except for the hashing.
    pub(super) fn step(&mut self) -> Side {
        // If LSB(sn) is set, or if sn is equal to tn, the hash is a left one;
        // then, until LSB(sn) is set, shift.
        let side = if self.s & 1 == 1 || self.s == self.t {
            self.shift(self.s.trailing_zeros());
            Side::Left
        } else {
            Side::Right
        };
        self.shift(1);
        side
    }
}

/// Why an inclusion proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InclusionError {
    /// The index is not below the size.
    IndexOutOfRange,
    /// Wrong number of hashes for the size, or it leads to another root.
    Invalid,
}

impl InclusionError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::IndexOutOfRange => "index-out-of-range",
            Self::Invalid => "inclusion-invalid",
        }
    }
}

impl fmt::Display for InclusionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IndexOutOfRange => "the index is not below the tree size",
            Self::Invalid => "the inclusion proof does not lead to the root",
        })
    }
}

impl core::error::Error for InclusionError {}

/// Why a consistency proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsistencyError {
    /// The old size is above the new one.
    SizesReversed,
    /// Wrong number of hashes for the sizes, or it leads to other roots.
    Invalid,
}

impl ConsistencyError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SizesReversed => "sizes-reversed",
            Self::Invalid => "consistency-invalid",
        }
    }
}

impl fmt::Display for ConsistencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SizesReversed => "the old size is above the new size",
            Self::Invalid => "the consistency proof does not lead to both roots",
        })
    }
}

impl core::error::Error for ConsistencyError {}
