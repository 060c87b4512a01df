//! The payload commitment `sha256-fields-v1` of FORMAT.md: a JSON payload
//! committed to field by field, so that one field can be shown without the
//! others.
//!
//! A field is a value that holds no other: null, a boolean, a number, a string,
//! `{}` or `[]`. Each has a salt of its own, derived from the record's master
//! salt and the field's path, and becomes a leaf of a Merkle tree:
//!
//! ```text
//! salt  = HMAC-SHA256(master, "stateledger/field-salt/v1" || 0x00 || path)
//! leaf  = SHA-256(0x00 || "stateledger/field/v1" || 0x00 || salt || [path,value])
//! ```
//!
//! Leaves that stand for nothing fill the tree to a power of two, and all are
//! sorted by their hashes. To who does not know the salts every hash is
//! random, and so is each position: a proof names no neighbour, and counts none.

mod disclosure;
mod pointer;
mod tree;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use disclosure::{
    Disclosure, DisclosureError, MAX_DISCLOSURE_BYTES, MEDIA_TYPE, verify_disclosure,
};
pub use tree::FieldTree;

use super::Salt;
use crate::hash::Hash;
use crate::json::{JsonError, Value};
use crate::mac::hmac_sha256;
use crate::tree::leaf_hash;

/// Name of the algorithm in an entry's `commit.alg`.
pub const ALGORITHM: &str = "sha256-fields-v1";

/// Levels above the leaves of the smallest tree: up to 16 fields look alike.
pub const MIN_HEIGHT: u8 = 4;

/// Levels above the leaves of the largest tree, and hashes of its proofs.
pub const MAX_HEIGHT: u8 = 16;

/// Fields of one payload: what the largest tree holds, 65,536. The longest
/// path of [`MAX_PATH_BYTES`], hashed for the salt and for the leaf of each, is
/// 128 MiB: the most that paths can cost.
pub const MAX_FIELDS: usize = 1 << MAX_HEIGHT;

/// Longest path, in bytes of its canonical JSON. Without this bound one long
/// name above many fields would cost the product of both.
pub const MAX_PATH_BYTES: usize = 1024;

/// Longest value, in bytes of its canonical JSON: 8 MiB, as a payload.
pub const MAX_VALUE_BYTES: usize = 8 << 20;

const SALT_DOMAIN: &[u8] = b"stateledger/field-salt/v1\0";
const LEAF_DOMAIN: &[u8] = b"stateledger/field/v1\0";
const ROOT_DOMAIN: &[u8] = b"stateledger/fields/v1\0";

/// One step of a path: from a value into a value that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into an object's member of this name.
    Name(String),
    /// Into an array's element at this position, from 0.
    Index(u32),
}

impl Step {
    /// The step as an element of a canonical path.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Name(name) => Value::string(name.as_str()),
            Self::Index(index) => Value::Number((*index).into()),
        }
    }
}

/// The digest that goes into the entry. `payload` is canonical JSON; `master`
/// is the record's salt, and opens every field.
///
/// # Errors
/// [`FieldsError`]: of [`FieldTree::new`].
pub fn commit(master: &Salt, payload: &[u8]) -> Result<[u8; 32], FieldsError> {
    Ok(FieldTree::new(master, payload)?.digest())
}

/// Whether `digest` commits to this whole payload under this master salt;
/// constant time in the digest.
///
/// # Errors
/// [`FieldsError`]: such a payload has no digest at all.
pub fn verify(digest: &[u8; 32], master: &Salt, payload: &[u8]) -> Result<bool, FieldsError> {
    Ok(commit(master, payload)?.ct_eq(digest).into())
}

/// A field's own salt. That of another field does not follow from it.
fn field_salt(master: &Salt, path: &[u8]) -> Salt {
    hmac_sha256(master, &[SALT_DOMAIN, path])
}

/// The leaf of a field, from the canonical JSON of its path and value.
fn field_leaf(salt: &Salt, path: &[u8], value: &[u8]) -> Hash {
    leaf_hash(&[LEAF_DOMAIN, salt, b"[", path, b",", value, b"]"].concat())
}

/// The height is hashed too, so that no inner node passes for a root.
fn digest_of(height: u8, root: &Hash) -> [u8; 32] {
    let hasher = Sha256::new().chain_update(ROOT_DOMAIN).chain_update([height]);
    hasher.chain_update(root).finalize().into()
}

/// The canonical JSON of a path: an array of names and positions. A JSON
/// pointer would not do, because `/0` is both a name and a position.
fn path_bytes(path: &[Step]) -> Vec<u8> {
    Value::Array(path.iter().map(Step::to_value).collect()).to_canonical()
}

/// Whether this value holds no other.
fn is_field(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Why a payload cannot be committed to, or a field not be disclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldsError {
    /// The payload is not strict JSON.
    Json(JsonError),
    /// The payload is JSON in other bytes than the canonical ones.
    NotCanonical,
    /// More than [`MAX_FIELDS`] fields.
    TooManyFields,
    /// A path of more than [`MAX_PATH_BYTES`].
    PathTooLong,
    /// A value of more than [`MAX_VALUE_BYTES`].
    ValueTooLong,
    /// Not an RFC 6901 JSON pointer.
    Pointer,
    /// The pointer leads nowhere in this payload.
    Missing,
    /// The pointer leads to a value that holds others: each of these is a field.
    NotAField,
}

impl FieldsError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(error) => error.code(),
            Self::NotCanonical => "payload-not-canonical",
            Self::TooManyFields => "too-many-fields",
            Self::PathTooLong => "field-too-large",
            Self::ValueTooLong => "field-too-large",
            Self::Pointer => "pointer-malformed",
            Self::Missing => "field-missing",
            Self::NotAField => "field-missing",
        }
    }
}

impl fmt::Display for FieldsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json(error) => return write!(f, "the payload: {error}"),
            Self::NotCanonical => "the payload is not in its canonical form",
            Self::TooManyFields => "a payload has at most 65,536 fields",
            Self::PathTooLong => "the path of a field has at most 1,024 bytes",
            Self::ValueTooLong => "the value of a field has at most 8 MiB",
            Self::Pointer => "not a JSON pointer",
            Self::Missing => "the payload has nothing at this pointer",
            Self::NotAField => "what is at this pointer holds fields, and is none itself",
        })
    }
}

impl core::error::Error for FieldsError {}

impl From<JsonError> for FieldsError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

#[cfg(test)]
mod tests;
