//! What shows one field to somebody who has the entry and not the payload.

use alloc::vec::Vec;
use core::fmt;

use super::{
    ALGORITHM, MAX_HEIGHT, MAX_PATH_BYTES, MAX_VALUE_BYTES, MIN_HEIGHT, Step, digest_of,
    field_leaf, is_field, path_bytes,
};
use crate::base64;
use crate::commitment::Salt;
use crate::hash::Hash;
use crate::json::{self, JsonError, MAX_DEPTH, MemberError, Members, Number, Value};
use crate::tree::{LeafIndex, TreeSize, root_from_inclusion};

/// The media type of a disclosure.
pub const MEDIA_TYPE: &str = "application/vnd.stateledger.disclosure+json";

/// Longest disclosure: a value of 8 MiB, a path of 1,024 bytes, 16 hashes of
/// 47 characters, and room for the rest.
pub const MAX_DISCLOSURE_BYTES: usize = MAX_VALUE_BYTES + 4096;

/// One field of a committed payload, with its own salt and the proof that it
/// is in the tree. The master salt is not in it and does not follow from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Disclosure {
    /// Where the field is: at most 64 steps, 1,024 bytes of canonical JSON.
    pub path: Vec<Step>,
    /// What is there: null, a boolean, a number, a string, `{}` or `[]`.
    pub value: Value,
    /// The field's own salt.
    pub salt: Salt,
    /// Position of its leaf among those of the tree, which are sorted by hash.
    pub index: LeafIndex,
    /// The inclusion proof, leaf's sibling first: [`MIN_HEIGHT`] to
    /// [`MAX_HEIGHT`] hashes.
    pub proof: Vec<Hash>,
}

impl Disclosure {
    /// Reads canonical JSON: `from_json(b)?.to_json() == b`.
    ///
    /// # Errors
    /// Every [`DisclosureError`] but [`DisclosureError::Invalid`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, DisclosureError> {
        if bytes.len() > MAX_DISCLOSURE_BYTES {
            return Err(DisclosureError::TooLarge);
        }
        let mut members = Members::of(json::parse(bytes)?, "disclosure")?;
        if members.string("alg")? != ALGORITHM {
            return Err(DisclosureError::Algorithm);
        }
        let index = LeafIndex::new(members.u64("index")?);
        let path = members.array("path")?.into_iter().map(step).collect::<Result<_, _>>()?;
        let proof = members.array("proof")?.iter().map(hash).collect::<Result<_, _>>()?;
        let Hash(salt) = hash_text(&members.string("salt")?)?;
        let value = members.required("value")?;
        members.finish()?;
        let disclosure = Self { path, value, salt, index, proof };
        disclosure.check()?;
        if disclosure.to_json() == bytes {
            Ok(disclosure)
        } else {
            Err(DisclosureError::NotCanonical)
        }
    }

    /// Writes canonical JSON. What is within the limits of the members can be
    /// read back.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let hash = |hash: &Hash| Value::string(hash.to_base64());
        // A position is below 2^16; a larger one is refused wherever it is read.
        let index = Number::from(u32::try_from(self.index.get()).unwrap_or(u32::MAX));
        Value::object([
            ("alg", Value::string(ALGORITHM)),
            ("index", Value::Number(index)),
            ("path", Value::Array(self.path.iter().map(Step::to_value).collect())),
            ("proof", Value::Array(self.proof.iter().map(hash).collect())),
            ("salt", Value::string(base64::encode(&self.salt))),
            ("value", self.value.clone()),
        ])
        .to_canonical()
    }

    /// The limits of the members, from which the height of the tree follows.
    fn check(&self) -> Result<u8, DisclosureError> {
        if self.path.len() > MAX_DEPTH || path_bytes(&self.path).len() > MAX_PATH_BYTES {
            return Err(DisclosureError::Path);
        }
        if !is_field(&self.value) || self.value.to_canonical().len() > MAX_VALUE_BYTES {
            return Err(DisclosureError::Value);
        }
        let height = u8::try_from(self.proof.len()).unwrap_or(u8::MAX);
        if !(MIN_HEIGHT..=MAX_HEIGHT).contains(&height) || self.index.get() >> height != 0 {
            return Err(DisclosureError::Proof);
        }
        Ok(height)
    }
}

fn step(value: Value) -> Result<Step, DisclosureError> {
    match value {
        Value::String(name) => Ok(Step::Name(name)),
        other => {
            let index = other.as_u64().and_then(|index| u32::try_from(index).ok());
            index.map(Step::Index).ok_or(DisclosureError::Path)
        }
    }
}

fn hash(value: &Value) -> Result<Hash, DisclosureError> {
    hash_text(value.as_str().ok_or(DisclosureError::Hash)?)
}

fn hash_text(text: &str) -> Result<Hash, DisclosureError> {
    Hash::from_base64(text).map_err(|_| DisclosureError::Hash)
}

/// Verifies that the payload behind `digest`, an entry's `commit.digest` with
/// the algorithm [`ALGORITHM`], has this field.
///
/// What it says is what the author of the digest put into the tree. That no
/// second value has the same path shows only in the whole payload
/// ([`super::verify`]).
///
/// # Errors
/// [`DisclosureError::Path`], [`DisclosureError::Value`] and
/// [`DisclosureError::Proof`] for what no parser answers, else
/// [`DisclosureError::Invalid`].
pub fn verify_disclosure(
    digest: &[u8; 32],
    disclosure: &Disclosure,
) -> Result<(), DisclosureError> {
    let height = disclosure.check()?;
    let path = path_bytes(&disclosure.path);
    let leaf = field_leaf(&disclosure.salt, &path, &disclosure.value.to_canonical());
    let size = TreeSize::new(1u64.checked_shl(height.into()).unwrap_or(0));
    let root = root_from_inclusion(&leaf, disclosure.index, size, &disclosure.proof)
        .map_err(|_| DisclosureError::Invalid)?;
    if digest_of(height, &root) == *digest { Ok(()) } else { Err(DisclosureError::Invalid) }
}

/// Why a disclosure was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisclosureError {
    /// More than [`MAX_DISCLOSURE_BYTES`].
    TooLarge,
    /// Not strict JSON.
    Json(JsonError),
    /// A member is missing, unknown or of another type.
    Member(MemberError),
    /// `alg` is not [`ALGORITHM`].
    Algorithm,
    /// A path of something else than names and positions, or too long or deep.
    Path,
    /// A value that holds others, or is too long.
    Value,
    /// Salt or hash is not standard base64 of 32 bytes.
    Hash,
    /// Too few or too many hashes, or an index beyond what they span.
    Proof,
    /// Right values in other bytes than the canonical ones.
    NotCanonical,
    /// It does not lead to the digest.
    Invalid,
}

impl DisclosureError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "disclosure-malformed",
            Self::Json(_) => "disclosure-malformed",
            Self::Member(_) => "disclosure-malformed",
            Self::Algorithm => "commitment-unsupported",
            Self::Path => "disclosure-malformed",
            Self::Value => "disclosure-malformed",
            Self::Hash => "disclosure-malformed",
            Self::Proof => "disclosure-malformed",
            Self::NotCanonical => "disclosure-malformed",
            Self::Invalid => "disclosure-invalid",
        }
    }
}

impl fmt::Display for DisclosureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "a disclosure has at most 8 MiB and 4,096 bytes",
            Self::Json(error) => return write!(f, "the disclosure: {error}"),
            Self::Member(error) => return write!(f, "the disclosure: {error}"),
            Self::Algorithm => "the commitment algorithm is not known",
            Self::Path => "a path is at most 64 names and positions of 1,024 bytes",
            Self::Value => "a field holds no other value and has at most 8 MiB",
            Self::Hash => "salt or hash is not standard base64 of 32 bytes",
            Self::Proof => "the proof has 4 to 16 hashes, which span the index",
            Self::NotCanonical => "the disclosure is not in its canonical form",
            Self::Invalid => "the disclosure does not lead to the committed digest",
        })
    }
}

impl core::error::Error for DisclosureError {}

impl From<JsonError> for DisclosureError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl From<MemberError> for DisclosureError {
    fn from(error: MemberError) -> Self {
        Self::Member(error)
    }
}
