//! The tree of a payload whose master salt is at hand.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::fmt;

use super::{
    Disclosure, FieldsError, MAX_FIELDS, MAX_PATH_BYTES, MAX_VALUE_BYTES, MIN_HEIGHT, digest_of,
    field_leaf, field_salt, path_bytes, pointer,
};
use crate::commitment::Salt;
use crate::hash::Hash;
use crate::json::{self, Value};
use crate::mac::hmac_sha256;
use crate::tree::{LeafIndex, empty_root, node_hashes};

const PADDING_DOMAIN: &[u8] = b"stateledger/field-padding/v1\0";

/// Every hash over one payload: makes its digest, and discloses its fields.
///
/// 64 bytes for each leaf, beside the payload as JSON values.
#[derive(Clone)]
pub struct FieldTree {
    master: Salt,
    payload: Value,
    /// Leaves first, the root's row last.
    rows: Vec<Vec<Hash>>,
}

impl FieldTree {
    /// Hashes a payload, which is canonical JSON.
    ///
    /// # Errors
    /// [`FieldsError`]: [`FieldsError::Json`], [`FieldsError::NotCanonical`],
    /// [`FieldsError::TooManyFields`], [`FieldsError::PathTooLong`],
    /// [`FieldsError::ValueTooLong`].
    pub fn new(master: &Salt, payload: &[u8]) -> Result<Self, FieldsError> {
        let value = json::parse(payload)?;
        if value.to_canonical() != payload {
            return Err(FieldsError::NotCanonical);
        }
        let mut walk = Walk { master, path: Vec::new(), leaves: Vec::new() };
        walk.visit(&value)?;
        let leaves = padded(master, walk.leaves);
        Ok(Self { master: *master, payload: value, rows: rows(leaves) })
    }

    /// The digest that goes into the entry.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let root = self.rows.last().and_then(|row| row.first());
        digest_of(self.height(), &root.copied().unwrap_or_else(empty_root))
    }

    /// Levels above the leaves, [`MIN_HEIGHT`] to [`super::MAX_HEIGHT`].
    #[must_use]
    pub fn height(&self) -> u8 {
        u8::try_from(self.rows.len().saturating_sub(1)).unwrap_or(u8::MAX)
    }

    /// What proves the field that an RFC 6901 pointer names, and tells nothing
    /// of the others. The empty pointer names a payload that is one field.
    ///
    /// # Errors
    /// [`FieldsError::Pointer`], [`FieldsError::Missing`],
    /// [`FieldsError::NotAField`].
    pub fn disclose(&self, pointer: &str) -> Result<Disclosure, FieldsError> {
        let (path, value) = pointer::resolve(&self.payload, pointer)?;
        let path_bytes = path_bytes(&path);
        let salt = field_salt(&self.master, &path_bytes);
        let leaf = field_leaf(&salt, &path_bytes, &value.to_canonical());
        let leaves = self.rows.first().ok_or(FieldsError::Missing)?;
        let place = leaves.binary_search(&leaf).map_err(|_| FieldsError::Missing)?;
        let siblings = self.rows.iter().zip(0u32..).filter_map(|(row, level)| {
            let sibling = place.checked_shr(level)? ^ 1;
            row.get(sibling).copied()
        });
        Ok(Disclosure {
            path,
            value: value.clone(),
            salt,
            index: LeafIndex::new(u64::try_from(place).map_err(|_| FieldsError::TooManyFields)?),
            proof: siblings.collect(),
        })
    }
}

/// Without the master salt and the payload.
impl fmt::Debug for FieldTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldTree").field("digest", &Hash(self.digest())).finish_non_exhaustive()
    }
}

/// A walk over all fields of a payload.
struct Walk<'a> {
    master: &'a Salt,
    /// The steps to here as canonical JSON, without the brackets around them.
    path: Vec<u8>,
    leaves: Vec<Hash>,
}

impl Walk<'_> {
    /// Recurses as deep as the payload is nested: [`json::MAX_DEPTH`] at most.
    fn visit(&mut self, value: &Value) -> Result<(), FieldsError> {
        match value {
            Value::Array(values) if !values.is_empty() => {
                for (index, value) in (0u32..).zip(values) {
                    self.step(&Value::Number(index.into()), value)?;
                }
                Ok(())
            }
            Value::Object(members) if !members.is_empty() => {
                for (name, value) in members {
                    self.step(&Value::string(name.as_str()), value)?;
                }
                Ok(())
            }
            field => self.field(&field.to_canonical()),
        }
    }

    fn step(&mut self, step: &Value, value: &Value) -> Result<(), FieldsError> {
        let before = self.path.len();
        if before > 0 {
            self.path.push(b',');
        }
        self.path.extend(step.to_canonical());
        if self.path.len().saturating_add(2) > MAX_PATH_BYTES {
            return Err(FieldsError::PathTooLong);
        }
        self.visit(value)?;
        self.path.truncate(before);
        Ok(())
    }

    fn field(&mut self, value: &[u8]) -> Result<(), FieldsError> {
        if self.leaves.len() >= MAX_FIELDS {
            return Err(FieldsError::TooManyFields);
        }
        if value.len() > MAX_VALUE_BYTES {
            return Err(FieldsError::ValueTooLong);
        }
        let path = [b"[".as_slice(), &self.path, b"]"].concat();
        self.leaves.push(field_leaf(&field_salt(self.master, &path), &path, value));
        Ok(())
    }
}

/// Fills the leaves to a power of two and sorts all of them.
fn padded(master: &Salt, mut leaves: Vec<Hash>) -> Vec<Hash> {
    let width = leaves.len().next_power_of_two().max(1 << MIN_HEIGHT);
    // Never seen as anything but a hash, so a pseudorandom one needs no message.
    let padding = |number: u64| Hash(hmac_sha256(master, &[PADDING_DOMAIN, &number.to_be_bytes()]));
    let missing = width.saturating_sub(leaves.len());
    leaves.extend((0u64..).map(padding).take(missing));
    // A heap sorts with a fraction of the code that a slice's sort is made of.
    BinaryHeap::from(leaves).into_sorted_vec()
}

fn rows(leaves: Vec<Hash>) -> Vec<Vec<Hash>> {
    let mut rows = Vec::new();
    let mut row = leaves;
    while row.len() > 1 {
        let above = node_hashes(&row);
        rows.push(row);
        row = above;
    }
    rows.push(row);
    rows
}
