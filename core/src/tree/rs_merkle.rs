//! For users of the `rs_merkle` crate: its trees with the hashes of RFC 6962,
//! and its proofs as ours.
//!
//! Its proofs already have our order. It does not judge hostile proofs (an
//! index out of range, surplus hashes), so convert and verify here.

use alloc::vec::Vec;

use ::rs_merkle::{Hasher, MerkleProof};

use super::{BatchError, BatchProof, LeafIndex, leaf_hash, node_hash};
use crate::hash::Hash;

/// SHA-256 with the prefixes of RFC 6962, as a hasher of `rs_merkle`.
#[derive(Debug, Clone, Copy)]
pub struct Rfc6962;

impl Hasher for Rfc6962 {
    type Hash = [u8; 32];

    /// The hash of a leaf.
    fn hash(data: &[u8]) -> Self::Hash {
        leaf_hash(data).0
    }

    /// The hash of a node. One without a sibling goes up as it is.
    fn concat_and_hash(left: &Self::Hash, right: Option<&Self::Hash>) -> Self::Hash {
        right.map_or(*left, |right| node_hash(&Hash(*left), &Hash(*right)).0)
    }
}

impl BatchProof {
    /// The proof that `rs_merkle` made for these leaves. The hashes of a proof
    /// for one leaf are its inclusion proof.
    ///
    /// # Errors
    /// [`BatchError::Leaves`], as [`BatchProof::new`].
    pub fn from_rs_merkle(
        indexes: Vec<LeafIndex>,
        proof: &MerkleProof<Rfc6962>,
    ) -> Result<Self, BatchError> {
        Self::new(indexes, proof.proof_hashes().iter().map(|hash| Hash(*hash)).collect())
    }
}
