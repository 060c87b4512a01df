//! Roots and proofs from stored nodes: RFC 6962 sections 2.1, 2.1.1 and 2.1.2.
//!
//! The RFC's recursions, unrolled: each turn goes down one level, so 64 turns
//! are the most that any size takes.

use alloc::vec::Vec;
use core::fmt;

use super::{LeafIndex, Subtree, TreeSize, empty_root, node_hash};
use crate::hash::Hash;

/// Gives the roots of complete subtrees.
pub trait NodeSource {
    /// The root of the complete subtree of `2^level` leaves (`level` 0 to 63)
    /// that begins at leaf `index * 2^level`, or `None` if it is not at hand.
    fn node(&self, level: u8, index: u64) -> Option<Hash>;
}

/// One complete subtree, named as [`NodeSource::node`] wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) level: u8,
    pub(crate) index: u64,
}

/// `len` leaves from `start`; `start` is a multiple of the largest power of
/// two in `len`, as in every range of the RFC's recursions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    start: u64,
    len: u64,
}

impl Range {
    pub(super) const fn new(start: u64, len: u64) -> Self {
        Self { start, len }
    }

    /// The same range of a tree that begins at leaf `start`.
    pub(super) const fn moved(self, start: u64) -> Self {
        Self { start: self.start.wrapping_add(start), len: self.len }
    }

    /// The complete subtrees that make up the range, largest first.
    pub(crate) fn peaks(self) -> impl DoubleEndedIterator<Item = Node> {
        (0..64u8).rev().filter(move |bit| (self.len >> bit) & 1 == 1).map(move |level| {
            // Leaves of the range before this peak: the higher bits of `len`.
            let before = (self.len >> level) & !1;
            Node { level, index: (self.start >> level).wrapping_add(before) }
        })
    }

    #[cfg(test)]
    pub(crate) fn is_aligned(self) -> bool {
        self.start.trailing_zeros() >= self.len.checked_ilog2().unwrap_or(0)
    }

    pub(super) fn root(self, nodes: &impl NodeSource) -> Result<Hash, TreeError> {
        let mut peaks = self
            .peaks()
            .rev()
            .map(|node| nodes.node(node.level, node.index).ok_or(TreeError::MissingNode));
        let Some(smallest) = peaks.next() else { return Ok(empty_root()) };
        peaks.try_fold(smallest?, |right, left| Ok(node_hash(&left?, &right)))
    }
}

/// The largest power of two below `n`, for `n >= 2`.
fn split_point(n: u64) -> u64 {
    1u64.checked_shl(n.saturating_sub(1).checked_ilog2().unwrap_or(0)).unwrap_or(1)
}

/// `PATH(m, D[n])` as ranges, leaf's sibling first.
pub(crate) fn inclusion_nodes(index: LeafIndex, size: TreeSize) -> Result<Vec<Range>, TreeError> {
    if index.get() >= size.get() {
        return Err(TreeError::IndexOutOfRange);
    }
    let (mut start, mut n) = (0u64, size.get());
    let mut m = index.get();
    let mut path = Vec::new();
    while n > 1 {
        let k = split_point(n);
        let (left, right) = halves(start, n, k);
        if m < k {
            path.push(right);
            n = k;
        } else {
            path.push(left);
            m = m.wrapping_sub(k);
            start = start.wrapping_add(k);
            n = n.wrapping_sub(k);
        }
    }
    path.reverse();
    Ok(path)
}

/// `PROOF(m, D[n])` as ranges, in the order of the proof: that of the subtree
/// from 0.
pub(crate) fn consistency_nodes(old: TreeSize, new: TreeSize) -> Result<Vec<Range>, TreeError> {
    // From the empty tree there is nothing to prove.
    if old.get() == 0 {
        return Ok(Vec::new());
    }
    subtree_consistency_nodes(Subtree::new(LeafIndex::new(0), old)?, new)
}

/// `SUBTREE_PROOF(start, end, D[n])` of the subtree draft's section 4.4 as
/// ranges, in the order of the proof.
pub(crate) fn subtree_consistency_nodes(
    subtree: Subtree,
    size: TreeSize,
) -> Result<Vec<Range>, TreeError> {
    let (mut from, to) = (subtree.start().get(), subtree.end().get());
    if to > size.get() {
        return Err(TreeError::SizesReversed);
    }
    let (mut start, mut n) = (0u64, size.get());
    let mut path = Vec::new();
    // b is true while nothing of the subtree was cut off on the left.
    let mut b = true;
    // SUBTREE_SUBPROOF(0, n, D[n], b) ends the walk.
    while from != start || to.wrapping_sub(start) != n {
        let k = split_point(n);
        let (left, right) = halves(start, n, k);
        if to <= right.start {
            path.push(right);
            n = k;
        } else {
            path.push(left);
            start = right.start;
            n = right.len;
            // start < k < end: the rest of the subtree begins at k.
            b &= from >= start;
            from = from.max(start);
        }
    }
    // With b the verifier has the subtree's root already.
    if !b {
        path.push(Range { start, len: n });
    }
    path.reverse();
    Ok(path)
}

fn halves(start: u64, n: u64, k: u64) -> (Range, Range) {
    let left = Range { start, len: k };
    let right = Range { start: start.wrapping_add(k), len: n.wrapping_sub(k) };
    (left, right)
}

/// The root of the tree of the first `size` leaves.
///
/// # Errors
/// [`TreeError::MissingNode`] if `nodes` lacks one of at most 64 subtrees.
pub fn root(size: TreeSize, nodes: &impl NodeSource) -> Result<Hash, TreeError> {
    Range { start: 0, len: size.get() }.root(nodes)
}

/// The inclusion proof of leaf `index` in the tree of the first `size` leaves.
///
/// # Errors
/// [`TreeError::IndexOutOfRange`] if `index >= size`; [`TreeError::MissingNode`].
pub fn prove_inclusion(
    index: LeafIndex,
    size: TreeSize,
    nodes: &impl NodeSource,
) -> Result<Vec<Hash>, TreeError> {
    inclusion_nodes(index, size)?.into_iter().map(|range| range.root(nodes)).collect()
}

/// Makes many inclusion proofs in one tree.
///
/// Beside nodes that the source has, a path names ranges that end with the tree and are no
/// complete subtrees. There are at most 63 of them, named by most paths; each is hashed once.
#[derive(Debug)]
pub struct Prover<'a, N> {
    size: TreeSize,
    nodes: &'a N,
    /// Where each of those ranges begins, with its root.
    ragged: Vec<(u64, Hash)>,
}

impl<'a, N: NodeSource> Prover<'a, N> {
    /// A prover of the tree of the first `size` leaves.
    pub const fn new(size: TreeSize, nodes: &'a N) -> Self {
        Self { size, nodes, ragged: Vec::new() }
    }

    /// As [`prove_inclusion`].
    ///
    /// # Errors
    /// The same.
    pub fn prove_inclusion(&mut self, index: LeafIndex) -> Result<Vec<Hash>, TreeError> {
        let path = inclusion_nodes(index, self.size)?;
        path.into_iter().map(|range| self.root(range)).collect()
    }

    fn root(&mut self, range: Range) -> Result<Hash, TreeError> {
        if let Some(level) = range.len.checked_ilog2().filter(|_| range.len.is_power_of_two()) {
            let level = u8::try_from(level).map_err(|_| TreeError::MissingNode)?;
            let node = self.nodes.node(level, range.start >> level);
            return node.ok_or(TreeError::MissingNode);
        }
        if let Some((_, root)) = self.ragged.iter().find(|(start, _)| *start == range.start) {
            return Ok(*root);
        }
        let root = range.root(self.nodes)?;
        self.ragged.push((range.start, root));
        Ok(root)
    }
}

/// The proof that the tree of `new_size` begins with the tree of `old_size`;
/// empty for equal sizes and from size 0.
///
/// # Errors
/// [`TreeError::SizesReversed`] if `old_size > new_size`; [`TreeError::MissingNode`].
pub fn prove_consistency(
    old_size: TreeSize,
    new_size: TreeSize,
    nodes: &impl NodeSource,
) -> Result<Vec<Hash>, TreeError> {
    consistency_nodes(old_size, new_size)?.into_iter().map(|range| range.root(nodes)).collect()
}

/// Why a root or proof could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TreeError {
    /// The index is not below the size.
    IndexOutOfRange,
    /// The old size is above the new one.
    SizesReversed,
    /// The source lacks a subtree that is needed.
    MissingNode,
    /// The range of leaves is not a valid subtree.
    InvalidSubtree,
    /// No leaves, more than a batch holds, or not in strictly ascending order.
    InvalidLeaves,
}

impl TreeError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::IndexOutOfRange => "index-out-of-range",
            Self::SizesReversed => "sizes-reversed",
            Self::MissingNode => "node-missing",
            Self::InvalidSubtree => "subtree-invalid",
            Self::InvalidLeaves => "batch-leaves-invalid",
        }
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IndexOutOfRange => "the index is not below the tree size",
            Self::SizesReversed => "the old size is above the new size",
            Self::MissingNode => "a subtree that the answer needs is missing",
            Self::InvalidSubtree => {
                "the start is not a multiple of a power of two that holds the range"
            }
            Self::InvalidLeaves => "a batch has 1 to 2^20 leaves in strictly ascending order",
        })
    }
}

impl core::error::Error for TreeError {}
