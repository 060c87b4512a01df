//! Compact ranges: what is worth keeping of consecutive leaves, to go on
//! hashing after them. Ranges that touch can be made apart and merged.

use alloc::vec::Vec;
use core::fmt;

use super::{LeafIndex, Subtree, TreeSize, empty_root, node_hash};
use crate::hash::Hash;

/// The leaves `[start, end)` as the fewest complete subtrees, at most 126
/// hashes; a range from 0 has one for each 1 in the bits of its size.
///
/// ```
/// use stateledger_core::tree::{CompactRange, LeafIndex, leaf_hash, node_hash};
///
/// let mut range = CompactRange::new(LeafIndex::new(0));
/// range.append(&leaf_hash(b"first"))?;
/// range.append(&leaf_hash(b"second"))?;
/// assert_eq!(range.root()?, node_hash(&leaf_hash(b"first"), &leaf_hash(b"second")));
/// # Ok::<(), stateledger_core::tree::RangeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactRange {
    start: u64,
    end: u64,
    nodes: Vec<Hash>,
}

impl CompactRange {
    /// No leaves yet; the first will be number `start`.
    #[must_use]
    pub const fn new(start: LeafIndex) -> Self {
        Self { start: start.get(), end: start.get(), nodes: Vec::new() }
    }

    /// The range that had these [`CompactRange::nodes`].
    ///
    /// # Errors
    /// [`RangeError::NodeCount`] if another number of them makes up the range,
    /// or it ends before it starts.
    pub fn from_nodes(
        start: LeafIndex,
        end: TreeSize,
        nodes: Vec<Hash>,
    ) -> Result<Self, RangeError> {
        let range = Self { start: start.get(), end: end.get(), nodes };
        if range.start > range.end || range.levels().count() != range.nodes.len() {
            return Err(RangeError::NodeCount);
        }
        Ok(range)
    }

    /// The number of its first leaf.
    #[must_use]
    pub const fn start(&self) -> LeafIndex {
        LeafIndex::new(self.start)
    }

    /// The number of the next leaf.
    #[must_use]
    pub const fn end(&self) -> TreeSize {
        TreeSize::new(self.end)
    }

    /// The roots of its complete subtrees, in the order of their leaves.
    #[must_use]
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Adds the leaf number [`CompactRange::end`].
    ///
    /// # Errors
    /// [`RangeError::TooLarge`] after leaf `u64::MAX - 1`.
    pub fn append(&mut self, leaf: &Hash) -> Result<(), RangeError> {
        self.push(0, leaf)
    }

    /// Adds the leaves of the range that begins where this one ends.
    ///
    /// # Errors
    /// [`RangeError::NotAdjacent`] if it begins elsewhere.
    pub fn merge(&mut self, right: &Self) -> Result<(), RangeError> {
        if right.start != self.end {
            return Err(RangeError::NotAdjacent);
        }
        right.levels().zip(&right.nodes).try_for_each(|(level, node)| self.push(level, node))
    }

    /// The root of these leaves, if they are a tree (from 0) or a [`Subtree`].
    ///
    /// # Errors
    /// [`RangeError::NotASubtree`].
    pub fn root(&self) -> Result<Hash, RangeError> {
        let Some((last, before)) = self.nodes.split_last() else {
            return if self.start == 0 { Ok(empty_root()) } else { Err(RangeError::NotASubtree) };
        };
        Subtree::new(self.start(), self.end()).map_err(|_| RangeError::NotASubtree)?;
        Ok(before.iter().rfold(*last, |right, left| node_hash(left, &right)))
    }

    /// The levels of its nodes: each is the largest that can begin there.
    fn levels(&self) -> impl Iterator<Item = u32> {
        let (mut at, end) = (self.start, self.end);
        core::iter::from_fn(move || {
            let fitting = end.checked_sub(at)?.checked_ilog2()?;
            let level = fitting.min(at.trailing_zeros());
            at = at.checked_add(1u64.checked_shl(level)?)?;
            Some(level)
        })
    }

    /// Adds a complete subtree of `2^level` leaves, which may begin at the end.
    fn push(&mut self, level: u32, node: &Hash) -> Result<(), RangeError> {
        let width = 1u64.checked_shl(level).ok_or(RangeError::TooLarge)?;
        let end = self.end.checked_add(width).ok_or(RangeError::TooLarge)?;
        let (mut begin, mut width, mut node) = (self.end, width, *node);
        // A right child whose sibling is in the range becomes their parent.
        while begin & width != 0 && begin ^ width >= self.start {
            let Some(left) = self.nodes.pop() else { break };
            node = node_hash(&left, &node);
            begin ^= width;
            width = width.wrapping_shl(1);
        }
        self.nodes.push(node);
        self.end = end;
        Ok(())
    }
}

/// Why compact ranges could not be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RangeError {
    /// There is no number for another leaf.
    TooLarge,
    /// The ranges do not touch, or in the other order.
    NotAdjacent,
    /// The number of nodes is not the range's.
    NodeCount,
    /// The leaves have no common root: they are not a subtree.
    NotASubtree,
}

impl RangeError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "tree-too-large",
            Self::NotAdjacent => "range-not-adjacent",
            Self::NodeCount => "range-malformed",
            Self::NotASubtree => "subtree-invalid",
        }
    }
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "a tree has at most 2^64 - 1 leaves",
            Self::NotAdjacent => "the second range does not begin where the first one ends",
            Self::NodeCount => "the range is made up of another number of nodes",
            Self::NotASubtree => "the range is no subtree and has no root",
        })
    }
}

impl core::error::Error for RangeError {}
