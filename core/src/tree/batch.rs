//! Batch proofs: inclusion of many leaves at once, each hash given once.
//!
//! A row of the tree holds the nodes of one level, and the last one of an odd
//! row stands for itself in the next. Going up row by row, a known node is
//! hashed with its sibling: another known node, or the next hash of the proof.
//! For one leaf that is the inclusion proof of RFC 6962.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::{fmt, iter};

use super::prove::Range;
use super::{LeafIndex, NodeSource, TreeError, TreeSize, node_hashes};
use crate::hash::Hash;

/// Media type of [`BatchProof::to_bytes`].
pub const BATCH_PROOF_TYPE: &str = "application/vnd.stateledger.batch-proof";

/// Leaves in a batch proof.
pub const MAX_BATCH_LEAVES: usize = 1 << 20;

/// What begins the bytes of a batch proof.
const HEADER: &[u8] = b"stateledger/batch-proof/v1\n";

/// Hashes for one leaf: a tree of 2^48 leaves has 48 levels.
const MAX_HASHES_PER_LEAF: usize = 48;

/// Which leaves are proven, and the hashes that lead from them to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchProof {
    indexes: Vec<LeafIndex>,
    hashes: Vec<Hash>,
}

impl BatchProof {
    /// A proof for these leaves. `hashes` go from the row of the leaves up, and
    /// in each row from left to right.
    ///
    /// # Errors
    /// [`BatchError::Leaves`] unless there are 1 to [`MAX_BATCH_LEAVES`] leaves
    /// in strictly ascending order.
    pub fn new(indexes: Vec<LeafIndex>, hashes: Vec<Hash>) -> Result<Self, BatchError> {
        if is_batch(&indexes) { Ok(Self { indexes, hashes }) } else { Err(BatchError::Leaves) }
    }

    /// The leaves, in strictly ascending order.
    #[must_use]
    pub fn indexes(&self) -> &[LeafIndex] {
        &self.indexes
    }

    /// The hashes.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Reads a proof; `parse(b)?.to_bytes() == b`. Indexes are below 2^48.
    ///
    /// # Errors
    /// [`BatchError::Malformed`], [`BatchError::Leaves`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        let bytes = bytes.strip_prefix(HEADER).ok_or(BatchError::Malformed)?;
        let (count, bytes) = bytes.split_first_chunk::<8>().ok_or(BatchError::Malformed)?;
        let count = usize::try_from(u64::from_be_bytes(*count))
            .ok()
            .filter(|count| (1..=MAX_BATCH_LEAVES).contains(count))
            .ok_or(BatchError::Leaves)?;
        let (indexes, hashes) =
            bytes.split_at_checked(count.saturating_mul(8)).ok_or(BatchError::Malformed)?;
        let indexes: Vec<LeafIndex> = indexes
            .as_chunks::<8>()
            .0
            .iter()
            .map(|index| LeafIndex::new(u64::from_be_bytes(*index)))
            .collect();
        if indexes.last().is_some_and(|last| last.get() >= TreeSize::MAX_PARSED.get()) {
            return Err(BatchError::Malformed);
        }
        let hashes = Hash::split_flat(hashes).map_err(|_| BatchError::Malformed)?;
        if hashes.len() > count.saturating_mul(MAX_HASHES_PER_LEAF) {
            return Err(BatchError::Malformed);
        }
        Self::new(indexes, hashes)
    }

    /// The bytes: see FORMAT.md section 8. They can be read back if the tree
    /// has at most 2^48 leaves.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        bytes.extend((self.indexes.len() as u64).to_be_bytes());
        bytes.extend(self.indexes.iter().flat_map(|index| index.get().to_be_bytes()));
        bytes.extend(self.hashes.iter().flat_map(|hash| hash.0));
        bytes
    }
}

fn is_batch(indexes: &[LeafIndex]) -> bool {
    (1..=MAX_BATCH_LEAVES).contains(&indexes.len()) && indexes.is_sorted_by(|a, b| a < b)
}

/// The batch proof of these leaves in the tree of the first `size` leaves.
///
/// # Errors
/// [`TreeError::InvalidLeaves`] unless there are 1 to [`MAX_BATCH_LEAVES`] in
/// strictly ascending order; [`TreeError::IndexOutOfRange`] if the last one is
/// not below `size`; [`TreeError::MissingNode`].
pub fn prove_batch(
    indexes: &[LeafIndex],
    size: TreeSize,
    nodes: &impl NodeSource,
) -> Result<BatchProof, TreeError> {
    let last = indexes.last().filter(|_| is_batch(indexes)).ok_or(TreeError::InvalidLeaves)?;
    if last.get() >= size.get() {
        return Err(TreeError::IndexOutOfRange);
    }
    let missing = missing_nodes(Row::of_leaves(indexes, size));
    let hash = |(level, node)| leaves_under(level, node, size).root(nodes);
    let hashes = missing.into_iter().map(hash).collect::<Result<_, _>>()?;
    Ok(BatchProof { indexes: indexes.to_vec(), hashes })
}

/// The batch proof of leaves that have inclusion proofs in the tree of this
/// size, by ascending index. Verifies nothing: from proofs that lead to
/// different roots comes a proof that leads to neither.
///
/// # Errors
/// [`BatchError::Leaves`], [`BatchError::IndexOutOfRange`]; and
/// [`BatchError::Invalid`] if a proof has another number of hashes than its size
/// and index take.
pub fn merge_inclusions<'a>(
    size: TreeSize,
    proofs: impl IntoIterator<Item = (LeafIndex, &'a [Hash])>,
) -> Result<BatchProof, BatchError> {
    let mut indexes = Vec::new();
    let mut siblings = BTreeMap::new();
    for (index, proof) in proofs {
        if index.get() >= size.get() {
            return Err(BatchError::IndexOutOfRange);
        }
        let missing = missing_nodes(Row::of_leaves(&[index], size));
        if missing.len() != proof.len() {
            return Err(BatchError::Invalid);
        }
        siblings.extend(missing.into_iter().zip(proof));
        indexes.push(index);
    }
    let missing = missing_nodes(Row::of_leaves(&indexes, size));
    let hashes = missing.iter().map(|node| siblings.get(node).map(|hash| **hash));
    BatchProof::new(indexes, hashes.collect::<Option<_>>().ok_or(BatchError::Leaves)?)
}

/// Level and number of each node that a proof for this row gives, in its order.
fn missing_nodes(mut row: Row) -> Vec<(u8, u64)> {
    let mut missing = Vec::new();
    while row.width > 1 {
        missing.extend(row.places().filter_map(|place| match place {
            Place::SiblingLeft(node) | Place::SiblingRight(node) => Some((row.level, node)),
            Place::Pair | Place::Alone => None,
        }));
        row.go_up();
    }
    missing
}

/// The root that a batch proof leads to, without judging it; `leaves[i]` is the
/// hash of leaf number `proof.indexes()[i]`.
///
/// Hashes `leaves.len() - 1 + proof.hashes().len()` nodes, four at a time where
/// [`crate::sha256`] has lanes, in at most 64 steps for each leaf.
///
/// # Errors
/// [`BatchError::IndexOutOfRange`] if the last index is not below `size`;
/// [`BatchError::Invalid`] if the number of leaves or of hashes does not fit.
pub fn root_from_batch(
    leaves: &[Hash],
    size: TreeSize,
    proof: &BatchProof,
) -> Result<Hash, BatchError> {
    if proof.indexes.last().is_none_or(|last| last.get() >= size.get()) {
        return Err(BatchError::IndexOutOfRange);
    }
    if leaves.len() != proof.indexes.len() {
        return Err(BatchError::Invalid);
    }
    let mut row = Row::of_leaves(&proof.indexes, size);
    let mut nodes = leaves.to_vec();
    let mut hashes = proof.hashes.iter();
    while row.width > 1 {
        nodes = parents(&row, &nodes, &mut hashes).ok_or(BatchError::Invalid)?;
        row.go_up();
    }
    match (hashes.next(), nodes.first()) {
        (None, Some(root)) => Ok(*root),
        _ => Err(BatchError::Invalid),
    }
}

/// Verifies that `leaves` are the leaves `proof.indexes()` of the tree with this root.
///
/// # Errors
/// As [`root_from_batch`]; [`BatchError::Invalid`] for another root.
pub fn verify_batch(
    leaves: &[Hash],
    size: TreeSize,
    proof: &BatchProof,
    root: &Hash,
) -> Result<(), BatchError> {
    if root_from_batch(leaves, size, proof)? == *root { Ok(()) } else { Err(BatchError::Invalid) }
}

/// The known nodes of the next row, or none if the proof has too few hashes.
fn parents<'a>(
    row: &Row,
    nodes: &[Hash],
    hashes: &mut impl Iterator<Item = &'a Hash>,
) -> Option<Vec<Hash>> {
    let mut nodes = nodes.iter();
    let mut children = Vec::with_capacity(nodes.len().saturating_mul(2));
    let mut alone = None;
    for place in row.places() {
        let node = nodes.next()?;
        match place {
            Place::Pair => children.extend([*node, *nodes.next()?]),
            Place::SiblingLeft(_) => children.extend([*hashes.next()?, *node]),
            Place::SiblingRight(_) => children.extend([*node, *hashes.next()?]),
            // Only the last one of a row can be alone.
            Place::Alone => alone = Some(*node),
        }
    }
    let mut above = node_hashes(&children);
    above.extend(alone);
    Some(above)
}

/// One level of the tree: how many nodes it has, and which of them are known.
struct Row {
    level: u8,
    width: u64,
    known: Vec<u64>,
}

/// Where a known node stands, or two of them.
enum Place {
    /// It and the next known one are siblings.
    Pair,
    /// The last of an odd row.
    Alone,
    /// Its sibling is the missing node of this number, to its left.
    SiblingLeft(u64),
    /// Its sibling is the missing node of this number, to its right.
    SiblingRight(u64),
}

impl Row {
    fn of_leaves(indexes: &[LeafIndex], size: TreeSize) -> Self {
        let known = indexes.iter().map(|index| index.get()).collect();
        Self { level: 0, width: size.get(), known }
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        let last = self.width.saturating_sub(1);
        let mut known = self.known.iter().copied().peekable();
        iter::from_fn(move || {
            let node = known.next()?;
            let sibling = node ^ 1;
            Some(if sibling < node {
                Place::SiblingLeft(sibling)
            } else if known.next_if_eq(&sibling).is_some() {
                Place::Pair
            } else if node == last {
                Place::Alone
            } else {
                Place::SiblingRight(sibling)
            })
        })
    }

    fn go_up(&mut self) {
        for index in &mut self.known {
            *index >>= 1;
        }
        self.known.dedup();
        self.width = self.width.div_ceil(2);
        self.level = self.level.saturating_add(1);
    }
}

/// The leaves under a node of a row; those of the last one may be cut by the size.
fn leaves_under(level: u8, node: u64, size: TreeSize) -> Range {
    let start = node << level;
    Range::new(start, size.get().wrapping_sub(start).min(1 << level))
}

/// Why a batch proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// The bytes are not a batch proof.
    Malformed,
    /// No leaves, more than 2^20, or not in strictly ascending order.
    Leaves,
    /// An index is not below the size.
    IndexOutOfRange,
    /// Wrong number of leaves or hashes, or it leads to another root.
    Invalid,
}

impl BatchError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "batch-proof-malformed",
            Self::Leaves => "batch-leaves-invalid",
            Self::IndexOutOfRange => "index-out-of-range",
            Self::Invalid => "inclusion-invalid",
        }
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not the bytes of a batch proof",
            Self::Leaves => "a batch has 1 to 2^20 leaves in strictly ascending order",
            Self::IndexOutOfRange => "an index is not below the tree size",
            Self::Invalid => "the batch proof does not lead to the root",
        })
    }
}

impl core::error::Error for BatchError {}
