//! Lists of byte strings as they cross: joined, with their lengths beside.

use js_sys::TypeError;
use stateledger_core::Hash;
use stateledger_core::json::JsonError;
use wasm_bindgen::JsValue;

use crate::failure::Failure;

/// Splits joined byte strings again.
///
/// # Errors
/// A `TypeError` if the lengths do not add up to the bytes.
pub(crate) fn split<'a>(mut bytes: &'a [u8], lengths: &[u32]) -> Result<Vec<&'a [u8]>, JsValue> {
    let mut parts = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let length = usize::try_from(length).map_err(|_| misuse("lengths"))?;
        let (part, rest) = bytes.split_at_checked(length).ok_or_else(|| misuse("lengths"))?;
        parts.push(part);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(parts) } else { Err(misuse("lengths")) }
}

/// One hash that the caller holds.
///
/// # Errors
/// A `TypeError` if it is not 32 bytes.
pub(crate) fn hash(name: &str, bytes: &[u8]) -> Result<Hash, JsValue> {
    Hash::from_slice(bytes).map_err(|_| misuse(name))
}

/// 32 bytes that are no hash of a tree.
///
/// # Errors
/// A `TypeError` for another length.
pub(crate) fn word<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a [u8; 32], JsValue> {
    bytes.try_into().map_err(|_| misuse(name))
}

/// UTF-8 that a sender may have chosen.
///
/// # Errors
/// `invalid-utf8`: the package hands over such bytes for half of a surrogate pair.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Failure> {
    let error = JsonError::InvalidUtf8;
    str::from_utf8(bytes).map_err(|_| Failure::of_trust(error.code(), &error))
}

/// Joined 32-byte values.
///
/// # Errors
/// A `TypeError` if the length is no multiple of 32.
pub(crate) fn words<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a [[u8; 32]], JsValue> {
    let (chunks, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() { Ok(chunks) } else { Err(misuse(name)) }
}

/// Hashes joined for the way out.
pub(crate) fn join(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// What a caller gets who went round the package's own checks.
pub(crate) fn misuse(argument: &str) -> JsValue {
    TypeError::new(&format!("{argument}: not in the form that the module takes")).into()
}
