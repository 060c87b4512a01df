//! Lists of byte strings as they cross: joined, with their lengths beside.

use js_sys::TypeError;
use stateledger_core::Hash;
use wasm_bindgen::JsValue;

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
