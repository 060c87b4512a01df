//! WebAssembly bindings of `stateledger-core`, and nothing else.
//!
//! The npm package `stateledger` is the interface that applications use; this
//! is the boundary below it:
//!
//! - bytes cross flat: hashes joined, lists as one buffer and its lengths;
//! - `u64` crosses as `bigint`, **already checked**: wasm keeps the low 64 bits
//!   of whatever comes;
//! - a refusal is thrown as a plain object `{ code, message, step }`, without
//!   `step` where keys or a policy are refused, and with the entry's `place`
//!   where a bundle is; an argument that only the
//!   package's own code could get wrong, as `TypeError`;
//! - nothing panics, so no input ends the instance.
//!
//! What it does not do: fetch, store, look at a clock, draw randomness.

mod audit;
mod failure;
mod flat;
mod merkle_log;
mod receipt;
mod signature;
mod tile;
mod tree;
mod trust;

pub use audit::check_bundle;
pub use merkle_log::MerkleLog;
pub use receipt::{open_checkpoint, verify_receipt};
pub use signature::{verify_signature, verify_signatures};
pub use tile::{
    TileSet, bundle_path, tile_path, tiles_for_consistency, tiles_for_inclusion, tiles_for_root,
};
pub use tree::{leaf_hash, verify_consistency, verify_inclusion, verify_inclusions};
pub use trust::Trust;
