#![no_std]
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::string_slice, clippy::arithmetic_side_effects)
)]
//! The kernel of a verifiable ledger: bytes in, bytes out.
//!
//! # Contract
//!
//! - `no_std` with `alloc`; no I/O, and nothing is read from the surroundings:
//!   whatever varies (a time, a salt, a seed) is an argument.
//! - Parsers are strict: `to_bytes(parse(b)) == b`, or an error with a stable
//!   code ([`CODES`]). Only a receipt's JSON wrapper may hold white space.
//! - No input panics, loops without a bound, or allocates more than a small
//!   multiple of its own length.
//! - Indexes and sizes are `u64` and exact up to `u64::MAX`; parsers stop at
//!   2^48 ([`tree::TreeSize::MAX_PARSED`]).
//! - A module is named after its specification and quotes the clause it obeys.

extern crate alloc;

pub mod audit;
pub mod base64;
pub mod bundle;
pub mod checkpoint;
mod codes;
pub mod commitment;
pub mod cosignature;
pub mod dsse;
pub mod ed25519;
pub mod entry;
pub mod hash;
pub mod json;
pub mod kdf;
pub mod legacy;
pub mod mac;
pub mod note;
pub mod plan;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod sha256;
mod text;
pub mod tile;
pub mod time;
pub mod tree;
pub mod trust;
pub mod witness;

pub use codes::CODES;
pub use hash::Hash;

/// The examples of the crate's page, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
