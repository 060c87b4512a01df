//! WebAssembly bindings of `stateledger-core`, and nothing else.
//!
//! The npm package `stateledger` is the interface that applications use; this
//! is the boundary below it:
//!
//! - bytes cross flat: hashes joined, lists as one buffer and its lengths;
//! - `u64` crosses as `bigint`, **already checked**: wasm keeps the low 64 bits
//!   of whatever comes;
//! - a refusal is thrown as a plain object `{ code, message, step, index }`:
//!   without `step` where keys or a policy are refused, with `index` where one
//!   of many is, or the entry's `place` in its bundle; an argument that only
//!   the package's own code could get wrong, as `TypeError`;
//! - nothing panics, so no input ends the instance.
//!
//! What it does not do: fetch, store, look at a clock, draw randomness.

mod audit;
mod author;
mod bundle;
mod commitment;
mod failure;
mod flat;
mod legacy;
mod merkle_log;
mod policy;
mod receipt;
mod signature;
mod tile;
mod tree;
mod trust;

pub use audit::check_bundle;
pub use author::{
    decode_entry, encode_entry, encode_statement, public_key, sign, sign_statement,
    verify_statement,
};
pub use bundle::{bundle_receipts, encode_bundle, verify_bundle};
pub use commitment::{
    canonical_json, commit_payload, disclose_fields, open_commitment, verify_disclosure,
};
pub use legacy::verify_legacy_chain;
pub use merkle_log::MerkleLog;
pub use policy::parse_policy;
pub use receipt::{open_checkpoint, verify_receipt, verify_receipts};
pub use signature::{verify_signature, verify_signatures};
pub use tile::{
    TileSet, bundle_path, tile_path, tiles_for_consistency, tiles_for_inclusion, tiles_for_root,
};
pub use tree::{
    leaf_hash, verify_batch_proof, verify_consistency, verify_inclusion, verify_inclusions,
    verify_range, verify_subtree_consistency, verify_subtree_inclusion,
};
pub use trust::Trust;
