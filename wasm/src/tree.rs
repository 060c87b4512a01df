//! RFC 9162 inclusion and consistency proofs.

use stateledger_core::Hash;
use stateledger_core::hash::HashError;
use stateledger_core::receipt::Step;
use stateledger_core::tree::{
    self, BatchError, BatchProof, Consistency, InclusionClaim, InclusionError, LeafIndex, Subtree,
    TreeError, TreeSize,
};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::flat::{hash, misuse, split, words};

/// The hash of a leaf.
#[wasm_bindgen]
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Vec<u8> {
    tree::leaf_hash(entry).0.to_vec()
}

/// Verifies one inclusion proof; hashes are 32 bytes, `proof` n * 32.
///
/// # Errors
/// Throws `{ code, message, step }`: `proof-ragged`, `index-out-of-range`,
/// `inclusion-invalid`.
#[wasm_bindgen]
pub fn verify_inclusion(
    leaf_hash: &[u8],
    index: u64,
    size: u64,
    root_hash: &[u8],
    proof: &[u8],
) -> Result<(), JsValue> {
    let leaf = hash("leafHash", leaf_hash)?;
    let root = hash("rootHash", root_hash)?;
    let proof = split_proof(proof)?;
    tree::verify_inclusion(&leaf, LeafIndex::new(index), TreeSize::new(size), &proof, &root)
        .map_err(|error: InclusionError| Failure::new(error.code(), &error, Step::Inclusion).into())
}

/// Judges many leaves of one tree: one byte a leaf, 1 = valid.
///
/// # Errors
/// Throws `TypeError` if the lists differ in length.
#[wasm_bindgen]
pub fn verify_inclusions(
    root_hash: &[u8],
    size: u64,
    indexes: &[u64],
    leaf_hashes: &[u8],
    proofs: &[u8],
    proof_lengths: &[u32],
) -> Result<Vec<u8>, JsValue> {
    let root = hash("rootHash", root_hash)?;
    let leaves = hashes("leafHashes", leaf_hashes)?;
    // A ragged proof is refused below, whatever an empty one in its place would prove.
    let proofs: Vec<Option<Vec<Hash>>> = split(proofs, proof_lengths)?
        .into_iter()
        .map(|proof| Hash::split_flat(proof).ok())
        .collect();
    if leaves.len() != indexes.len() || proofs.len() != indexes.len() {
        return Err(misuse("indexes"));
    }
    let claims =
        indexes.iter().zip(&leaves).zip(&proofs).map(|((&index, leaf), proof)| InclusionClaim {
            leaf,
            index: LeafIndex::new(index),
            proof: proof.as_deref().unwrap_or_default(),
        });
    let claims: Vec<_> = claims.collect();
    let judged = tree::verify_inclusions(TreeSize::new(size), &root, &claims);
    Ok(judged
        .iter()
        .zip(&proofs)
        .map(|(one, proof)| (one.is_ok() && proof.is_some()).into())
        .collect())
}

/// Verifies a consistency proof; answers whether it is trivial (from size 0).
///
/// # Errors
/// Throws `{ code, message, step }`: `proof-ragged`, `sizes-reversed`,
/// `consistency-invalid`.
#[wasm_bindgen]
pub fn verify_consistency(
    old_size: u64,
    old_root: &[u8],
    new_size: u64,
    new_root: &[u8],
    proof: &[u8],
) -> Result<bool, JsValue> {
    let old_root = hash("oldRoot", old_root)?;
    let new_root = hash("newRoot", new_root)?;
    let proof = split_proof(proof)?;
    let (old, new) = (TreeSize::new(old_size), TreeSize::new(new_size));
    match tree::verify_consistency(old, &old_root, new, &new_root, &proof) {
        Ok(Consistency::Verified) => Ok(false),
        Ok(Consistency::Trivial) => Ok(true),
        Err(error) => Err(Failure::new(error.code(), &error, Step::Inclusion).into()),
    }
}

/// Verifies a batch proof, given as its bytes; `leaf_hashes` are n * 32 bytes.
/// Answers which leaves they are, in their order.
///
/// # Errors
/// Throws `{ code, message, step }`: `batch-proof-malformed`,
/// `batch-leaves-invalid`, `index-out-of-range`, `inclusion-invalid`.
#[wasm_bindgen]
pub fn verify_batch_proof(
    root_hash: &[u8],
    size: u64,
    leaf_hashes: &[u8],
    proof: &[u8],
) -> Result<Vec<u64>, JsValue> {
    let root = hash("rootHash", root_hash)?;
    let leaves = hashes("leafHashes", leaf_hashes)?;
    let proof = BatchProof::parse(proof)
        .map_err(|error: BatchError| Failure::new(error.code(), &error, Step::Proof))?;
    tree::verify_batch(&leaves, TreeSize::new(size), &proof, &root)
        .map_err(|error| Failure::new(error.code(), &error, Step::Inclusion))?;
    Ok(proof.indexes().iter().map(|index| index.get()).collect())
}

/// Verifies leaves that follow each other; `leaf_hashes` are n * 32 bytes.
///
/// # Errors
/// Throws `{ code, message, step }`: `proof-ragged`, `batch-leaves-invalid`,
/// `index-out-of-range`, `inclusion-invalid`.
#[wasm_bindgen]
pub fn verify_range(
    root_hash: &[u8],
    size: u64,
    start: u64,
    leaf_hashes: &[u8],
    proof: &[u8],
) -> Result<(), JsValue> {
    let root = hash("rootHash", root_hash)?;
    let leaves = hashes("leafHashes", leaf_hashes)?;
    let proof = split_proof(proof)?;
    tree::verify_range(&leaves, LeafIndex::new(start), TreeSize::new(size), &proof, &root)
        .map_err(|error| Failure::new(error.code(), &error, Step::Inclusion).into())
}

/// Verifies that a leaf of a log is in the subtree of the leaves from `start` to before `end`.
///
/// # Errors
/// Throws `{ code, message, step }`: `proof-ragged`, `subtree-invalid`,
/// `index-out-of-range`, `inclusion-invalid`.
#[wasm_bindgen]
pub fn verify_subtree_inclusion(
    leaf_hash: &[u8],
    index: u64,
    start: u64,
    end: u64,
    subtree_root: &[u8],
    proof: &[u8],
) -> Result<(), JsValue> {
    let leaf = hash("leafHash", leaf_hash)?;
    let root = hash("subtreeRoot", subtree_root)?;
    let proof = split_proof(proof)?;
    tree::verify_subtree_inclusion(
        &leaf,
        LeafIndex::new(index),
        subtree(start, end)?,
        &proof,
        &root,
    )
    .map_err(|error: InclusionError| Failure::new(error.code(), &error, Step::Inclusion).into())
}

/// Verifies that the subtree of the leaves from `start` to before `end` is part of a tree.
///
/// # Errors
/// Throws `{ code, message, step }`: `proof-ragged`, `subtree-invalid`,
/// `sizes-reversed`, `consistency-invalid`.
#[wasm_bindgen]
pub fn verify_subtree_consistency(
    start: u64,
    end: u64,
    subtree_root: &[u8],
    size: u64,
    root_hash: &[u8],
    proof: &[u8],
) -> Result<(), JsValue> {
    let part = hash("subtreeRoot", subtree_root)?;
    let root = hash("rootHash", root_hash)?;
    let proof = split_proof(proof)?;
    tree::verify_subtree_consistency(
        subtree(start, end)?,
        &part,
        TreeSize::new(size),
        &root,
        &proof,
    )
    .map_err(|error| Failure::new(error.code(), &error, Step::Inclusion).into())
}

fn subtree(start: u64, end: u64) -> Result<Subtree, Failure> {
    Subtree::new(LeafIndex::new(start), TreeSize::new(end))
        .map_err(|error: TreeError| Failure::new(error.code(), &error, Step::Inclusion))
}

fn hashes(name: &str, flat: &[u8]) -> Result<Vec<Hash>, JsValue> {
    Ok(words(name, flat)?.iter().copied().map(Hash).collect())
}

fn split_proof(proof: &[u8]) -> Result<Vec<Hash>, Failure> {
    Hash::split_flat(proof)
        .map_err(|error: HashError| Failure::new(error.code(), &error, Step::Proof))
}
