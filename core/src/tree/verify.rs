//! Verification of proofs: RFC 9162 sections 2.1.3.2 and 2.1.4.2.

use core::fmt;
use core::slice;

use super::{LeafIndex, TreeSize, empty_root, node_hash};
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
        let path = Path { f: index.get(), s: size.get().saturating_sub(1) };
        Ok(Self { path, node: *leaf, proof: proof.iter() })
    }

    /// The children of the next node, or none once `node` is the root.
    pub(super) fn step(&mut self) -> Result<Option<[Hash; 2]>, InclusionError> {
        // 4. For each value p: if sn is 0, fail. That bounds the climb by 64 steps.
        // 5. Compare sn to 0.
        match (self.proof.next(), self.path.s) {
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
    /// Root of the tree of the old size.
    pub old: Hash,
    /// Root of the tree of the new size.
    pub new: Hash,
}

/// The roots that a consistency proof leads to, without judging them, for
/// `0 < old_size < new_size`.
///
/// `old_root` takes part where `old_size` is a power of two (step 2).
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
    // 1. If consistency_path is an empty array, fail.
    if old_size.get() == 0 || old_size == new_size || proof.is_empty() {
        return Err(ConsistencyError::Invalid);
    }
    // 2. If first is an exact power of 2, prepend first_hash.
    let (seed, rest) = if old_size.get().is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(ConsistencyError::Invalid)?
    };
    // 3. Set fn to first - 1 and sn to second - 1. 4. Shift while LSB(fn).
    let mut path =
        Path { f: old_size.get().saturating_sub(1), s: new_size.get().saturating_sub(1) };
    path.shift(path.f.trailing_ones());
    // 5. Set both fr and sr to the first value. 6. For each subsequent value c:
    let mut roots = Roots { old: *seed, new: *seed };
    for c in rest {
        if path.s == 0 {
            return Err(ConsistencyError::Invalid);
        }
        match path.step() {
            Side::Left => {
                roots = Roots { old: node_hash(c, &roots.old), new: node_hash(c, &roots.new) };
            }
            Side::Right => roots.new = node_hash(&roots.new, c),
        }
    }
    // 7. Verify that sn is 0; the caller compares the roots.
    if path.s == 0 { Ok(roots) } else { Err(ConsistencyError::Invalid) }
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
enum Side {
    Left,
    Right,
}

/// The pair (fn, sn) that both algorithms walk up the tree.
struct Path {
    f: u64,
    s: u64,
}

impl Path {
    fn shift(&mut self, levels: u32) {
        self.f = self.f.checked_shr(levels).unwrap_or(0);
        self.s = self.s.checked_shr(levels).unwrap_or(0);
    }

    /// One turn of the loop body, steps b and c.
    fn step(&mut self) -> Side {
        // If LSB(fn) is set, or if fn is equal to sn, the hash is a left one;
        // then, if LSB(fn) is not set, shift until it is, or fn is 0.
        let side = if self.f & 1 == 1 || self.f == self.s {
            if self.f & 1 == 0 {
                self.shift(self.f.trailing_zeros());
            }
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
