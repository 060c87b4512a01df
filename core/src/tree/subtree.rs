//! Subtrees of a tree: draft-ietf-plants-merkle-tree-certs section 4.
//!
//! A subtree is a range of leaves that hashes as a tree of its own: what a
//! cosignature of a part of a log speaks of, and a certificate's proof leads
//! to. The tree of an older size is the subtree from 0.

use alloc::vec::Vec;

use super::prove::{Range, inclusion_nodes, subtree_consistency_nodes};
use super::verify::{Path, Side};
use super::{
    ConsistencyError, InclusionError, LeafIndex, NodeSource, Roots, TreeError, TreeSize, node_hash,
    root_from_inclusion,
};
use crate::hash::Hash;

/// A valid subtree `[start, end)` of any tree of at least `end` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subtree {
    start: u64,
    end: u64,
}

impl Subtree {
    /// The subtree of the leaves from `start` to `end - 1`.
    ///
    /// # Errors
    /// [`TreeError::InvalidSubtree`] unless `start < end` and `start` is a
    /// multiple of the smallest power of two that is at least `end - start`.
    pub fn new(start: LeafIndex, end: TreeSize) -> Result<Self, TreeError> {
        let (start, end) = (start.get(), end.get());
        let width =
            end.checked_sub(start).filter(|width| *width > 0).ok_or(TreeError::InvalidSubtree)?;
        let aligned = match width.checked_next_power_of_two() {
            Some(power) => start.is_multiple_of(power),
            // The power is 2^64, and 0 its only multiple.
            None => start == 0,
        };
        if aligned { Ok(Self { start, end }) } else { Err(TreeError::InvalidSubtree) }
    }

    /// Its first leaf.
    #[must_use]
    pub const fn start(self) -> LeafIndex {
        LeafIndex::new(self.start)
    }

    /// The leaf after its last one: the size of the smallest tree that has it.
    #[must_use]
    pub const fn end(self) -> TreeSize {
        TreeSize::new(self.end)
    }

    /// The number of its leaves, at least 1.
    #[must_use]
    pub const fn width(self) -> TreeSize {
        TreeSize::new(self.end.wrapping_sub(self.start))
    }

    pub(crate) const fn range(self) -> Range {
        Range::new(self.start, self.width().get())
    }

    /// Where a leaf stands inside it, if it is at or after the start.
    fn inside(self, index: LeafIndex) -> Option<LeafIndex> {
        index.get().checked_sub(self.start).map(LeafIndex::new)
    }
}

/// `MTH(D[start:end])`.
///
/// # Errors
/// [`TreeError::MissingNode`] if `nodes` lacks one of at most 64 subtrees.
pub fn subtree_root(subtree: Subtree, nodes: &impl NodeSource) -> Result<Hash, TreeError> {
    subtree.range().root(nodes)
}

/// The proof that leaf `index` of the log is in the subtree (section 4.3.1),
/// leaf's sibling first.
///
/// # Errors
/// [`TreeError::IndexOutOfRange`] for a leaf outside; [`TreeError::MissingNode`].
pub fn prove_subtree_inclusion(
    index: LeafIndex,
    subtree: Subtree,
    nodes: &impl NodeSource,
) -> Result<Vec<Hash>, TreeError> {
    let inside = subtree.inside(index).ok_or(TreeError::IndexOutOfRange)?;
    let path = inclusion_nodes(inside, subtree.width())?;
    path.into_iter().map(|range| range.moved(subtree.start).root(nodes)).collect()
}

/// The subtree's root that an inclusion proof leads to, without judging it
/// (section 4.3.2).
///
/// # Errors
/// [`InclusionError::IndexOutOfRange`] for a leaf outside the subtree;
/// [`InclusionError::Invalid`] if the number of hashes does not fit.
pub fn root_from_subtree_inclusion(
    leaf: &Hash,
    index: LeafIndex,
    subtree: Subtree,
    proof: &[Hash],
) -> Result<Hash, InclusionError> {
    // Set fn to index - start and sn to end - start - 1; all the rest is RFC 9162.
    let inside = subtree.inside(index).ok_or(InclusionError::IndexOutOfRange)?;
    root_from_inclusion(leaf, inside, subtree.width(), proof)
}

/// Verifies that `leaf` is leaf number `index` of the log, inside the subtree
/// with this root (section 4.3.3).
///
/// # Errors
/// As [`root_from_subtree_inclusion`]; [`InclusionError::Invalid`] for another root.
pub fn verify_subtree_inclusion(
    leaf: &Hash,
    index: LeafIndex,
    subtree: Subtree,
    proof: &[Hash],
    subtree_root: &Hash,
) -> Result<(), InclusionError> {
    if root_from_subtree_inclusion(leaf, index, subtree, proof)? == *subtree_root {
        Ok(())
    } else {
        Err(InclusionError::Invalid)
    }
}

/// The proof that the subtree is part of the tree of the first `size` leaves
/// (section 4.4); empty for the whole tree.
///
/// # Errors
/// [`TreeError::SizesReversed`] if the subtree ends after `size`;
/// [`TreeError::MissingNode`].
pub fn prove_subtree_consistency(
    subtree: Subtree,
    size: TreeSize,
    nodes: &impl NodeSource,
) -> Result<Vec<Hash>, TreeError> {
    subtree_consistency_nodes(subtree, size)?.into_iter().map(|range| range.root(nodes)).collect()
}

/// The roots that a subtree consistency proof leads to, without judging them.
///
/// `subtree_root` takes part where the proof does not bring the subtree's last
/// complete part itself. At most 65 hashes.
///
/// # Errors
/// [`ConsistencyError::SizesReversed`] if the subtree ends after `size`;
/// [`ConsistencyError::Invalid`] if the number of hashes does not fit.
pub fn roots_from_subtree_consistency(
    subtree: Subtree,
    subtree_root: &Hash,
    size: TreeSize,
    proof: &[Hash],
) -> Result<Roots, ConsistencyError> {
    // Check that [start, end) is a valid subtree, and that end <= n.
    if subtree.end > size.get() {
        return Err(ConsistencyError::SizesReversed);
    }
    // Set fn to start, sn to end - 1, and tn to n - 1.
    let [s, t] = [subtree.end, size.get()].map(|end| end.saturating_sub(1));
    let mut path = Path::new(subtree.start, s, t);
    // Until fn is sn, or, if sn is not tn, LSB(sn) is not set: shift.
    let to_equal = 64u32.saturating_sub((path.f ^ path.s).leading_zeros());
    path.shift(if s == t { to_equal } else { to_equal.min(s.trailing_ones()) });
    // If fn is sn, set fr and sr to node_hash; otherwise take both from the proof.
    let (seed, rest) = if path.f == path.s {
        (subtree_root, proof)
    } else {
        proof.split_first().ok_or(ConsistencyError::Invalid)?
    };
    let mut roots = Roots { old: *seed, new: *seed };
    // For each value c of the rest: if tn is 0, fail. That bounds the walk by 64 steps.
    for c in rest {
        if path.t == 0 {
            return Err(ConsistencyError::Invalid);
        }
        let inside = path.f < path.s;
        match path.step() {
            Side::Left => {
                if inside {
                    roots.old = node_hash(c, &roots.old);
                }
                roots.new = node_hash(c, &roots.new);
            }
            Side::Right => roots.new = node_hash(&roots.new, c),
        }
    }
    // Compare tn to 0; the caller compares the roots.
    if path.t == 0 { Ok(roots) } else { Err(ConsistencyError::Invalid) }
}

/// Verifies that the subtree with this root is part of the tree with that one
/// (section 4.4).
///
/// # Errors
/// As [`roots_from_subtree_consistency`]; [`ConsistencyError::Invalid`] for
/// other roots.
pub fn verify_subtree_consistency(
    subtree: Subtree,
    subtree_root: &Hash,
    size: TreeSize,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), ConsistencyError> {
    let roots = roots_from_subtree_consistency(subtree, subtree_root, size, proof)?;
    if roots.old == *subtree_root && roots.new == *root {
        Ok(())
    } else {
        Err(ConsistencyError::Invalid)
    }
}
