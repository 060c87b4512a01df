//! The Merkle tree of RFC 6962 section 2.1 and RFC 9162 section 2.1, SHA-256,
//! and the subtrees of draft-ietf-plants-merkle-tree-certs section 4.
//!
//! Every function is exact for sizes up to `u64::MAX`, and no loop takes more
//! than 64 steps per argument.

mod batch;
mod compact;
mod many;
mod parents;
mod prove;
mod range;
#[cfg(any(test, feature = "rs_merkle"))]
mod rs_merkle;
mod subtree;
mod verify;

use core::fmt;

use sha2::{Digest, Sha256};

use crate::hash::Hash;
use crate::sha256;

#[cfg(any(test, feature = "rs_merkle"))]
pub use self::rs_merkle::Rfc6962;
pub use batch::{
    BATCH_PROOF_TYPE, BatchError, BatchProof, MAX_BATCH_LEAVES, merge_inclusions, prove_batch,
    root_from_batch, verify_batch,
};
pub use compact::{CompactRange, RangeError};
pub use many::{InclusionClaim, leaf_hashes, node_hashes, root_of_leaves, verify_inclusions};
pub use prove::{NodeSource, Prover, TreeError, prove_consistency, prove_inclusion, root};
pub(crate) use prove::{Range, consistency_nodes, inclusion_nodes, subtree_consistency_nodes};
pub use range::{prove_range, verify_range};
pub use subtree::{
    Subtree, prove_subtree_consistency, prove_subtree_inclusion, root_from_subtree_inclusion,
    roots_from_subtree_consistency, subtree_root, verify_subtree_consistency,
    verify_subtree_inclusion,
};
pub use verify::{
    Consistency, ConsistencyError, InclusionError, Roots, root_from_inclusion,
    roots_from_consistency, verify_consistency, verify_inclusion,
};

/// The position of a leaf, from 0 to `u64::MAX - 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIndex(u64);

impl LeafIndex {
    /// Any `u64`; functions check it against the size they get.
    #[must_use]
    pub const fn new(index: u64) -> Self {
        Self(index)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A number of leaves, from 0 to `u64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TreeSize(u64);

impl TreeSize {
    /// The empty tree.
    pub const ZERO: Self = Self(0);

    /// The largest size that a parser accepts: 2^48 leaves, which at 1,000 a
    /// second take 8,900 years. It keeps every tile path under 30 characters.
    pub const MAX_PARSED: Self = Self(1 << 48);

    /// Any `u64`.
    #[must_use]
    pub const fn new(size: u64) -> Self {
        Self(size)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for TreeSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What begins the message of a leaf: RFC 6962 section 2.1.
const LEAF_PREFIX: u8 = 0;

/// What begins the message of a node, so that none can pass for a leaf.
const NODE_PREFIX: u8 = 1;

/// `MTH({d(0)}) = SHA-256(0x00 || d(0))`.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([LEAF_PREFIX]).chain_update(entry).finalize().into())
}

/// `SHA-256(0x01 || left || right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256::pair(NODE_PREFIX, [left, right])
}

/// `MTH({}) = SHA-256()`.
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

#[cfg(test)]
mod tests;
