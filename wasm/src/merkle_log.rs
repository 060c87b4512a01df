//! A tree in memory, to build proofs where there is no ledger.

use stateledger_core::Hash;
use stateledger_core::receipt::Step;
use stateledger_core::tree::{self, LeafIndex, NodeSource, TreeError, TreeSize};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::flat::{join, split, words};

/// The roots of all complete subtrees: level 0 holds the leaf hashes, and each
/// level above half as many nodes, so a leaf costs 64 bytes.
#[wasm_bindgen]
#[derive(Debug)]
pub struct MerkleLog {
    levels: Vec<Vec<Hash>>,
}

#[wasm_bindgen]
impl MerkleLog {
    /// A log of these entries.
    ///
    /// # Errors
    /// Throws `TypeError` if the lengths do not add up.
    pub fn from_entries(entries: &[u8], lengths: &[u32]) -> Result<Self, JsValue> {
        Ok(Self::of(tree::leaf_hashes(split(entries, lengths)?)))
    }

    /// A log of these leaf hashes, n * 32 bytes.
    ///
    /// # Errors
    /// Throws `TypeError` if the length is no multiple of 32.
    pub fn from_leaf_hashes(flat: &[u8]) -> Result<Self, JsValue> {
        Ok(Self::of(words("flat", flat)?.iter().copied().map(Hash).collect()))
    }

    /// Appends one entry and answers its index.
    pub fn append(&mut self, entry: &[u8]) -> u64 {
        let index = self.size();
        self.push(tree::leaf_hash(entry));
        index
    }

    /// The number of leaves.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The root of the first `size` leaves.
    ///
    /// # Errors
    /// Throws `{ code, message, step }`: `node-missing` above the log's size.
    pub fn root(&self, size: u64) -> Result<Vec<u8>, JsValue> {
        let root = self.held(size).and_then(|size| tree::root(size, self));
        Ok(root.map_err(refusal)?.0.to_vec())
    }

    /// The audit path of a leaf in the tree of the first `size` leaves.
    ///
    /// # Errors
    /// Throws `index-out-of-range`, `node-missing`.
    pub fn prove_inclusion(&self, index: u64, size: u64) -> Result<Vec<u8>, JsValue> {
        let index = LeafIndex::new(index);
        let proof = self.held(size).and_then(|size| tree::prove_inclusion(index, size, self));
        Ok(join(&proof.map_err(refusal)?))
    }

    /// The consistency path between the trees of the first `old_size` and
    /// `new_size` leaves.
    ///
    /// # Errors
    /// Throws `sizes-reversed`, `node-missing`.
    pub fn prove_consistency(&self, old_size: u64, new_size: u64) -> Result<Vec<u8>, JsValue> {
        let old = TreeSize::new(old_size);
        let proof = self.held(new_size).and_then(|new| tree::prove_consistency(old, new, self));
        Ok(join(&proof.map_err(refusal)?))
    }

    /// The batch proof, as bytes, of these leaves in the tree of the first
    /// `size` leaves.
    ///
    /// # Errors
    /// Throws `batch-leaves-invalid`, `index-out-of-range`, `node-missing`.
    pub fn prove_batch(&self, indexes: &[u64], size: u64) -> Result<Vec<u8>, JsValue> {
        let indexes: Vec<_> = indexes.iter().copied().map(LeafIndex::new).collect();
        let proof = self.held(size).and_then(|size| tree::prove_batch(&indexes, size, self));
        Ok(proof.map_err(refusal)?.to_bytes())
    }

    /// The range proof of the leaves from `start` to before `end` in the tree of
    /// the first `size` leaves.
    ///
    /// # Errors
    /// Throws `batch-leaves-invalid`, `index-out-of-range`, `node-missing`.
    pub fn prove_range(&self, start: u64, end: u64, size: u64) -> Result<Vec<u8>, JsValue> {
        let (start, end) = (LeafIndex::new(start), TreeSize::new(end));
        let proof = self.held(size).and_then(|size| tree::prove_range(start, end, size, self));
        Ok(join(&proof.map_err(refusal)?))
    }
}

impl MerkleLog {
    /// A log of these leaves, row by row.
    fn of(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(row) = levels.last().filter(|row| row.len() > 1) {
            levels.push(tree::node_hashes(row));
        }
        Self { levels }
    }

    /// Adds a leaf and every subtree that it completes.
    fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else { return };
            nodes.push(node);
            match nodes.as_slice() {
                [.., left, right] if nodes.len() % 2 == 0 => node = tree::node_hash(left, right),
                _ => return,
            }
        }
    }

    /// A size that the log has reached. A proof may need no node of the leaf
    /// it is about, so asking for nodes alone would prove leaves never added.
    fn held(&self, size: u64) -> Result<TreeSize, TreeError> {
        if size <= self.size() { Ok(TreeSize::new(size)) } else { Err(TreeError::MissingNode) }
    }
}

impl NodeSource for MerkleLog {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let index = usize::try_from(index).ok()?;
        self.levels.get(usize::from(level))?.get(index).copied()
    }
}

fn refusal(error: TreeError) -> Failure {
    Failure::new(error.code(), &error, Step::Inclusion)
}
