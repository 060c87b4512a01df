//! Payload commitments, single fields of them, and canonical JSON.

use serde::Serialize;
use stateledger_core::commitment::fields::{self, Disclosure, FieldTree};
use stateledger_core::entry::{Algorithm, Commitment};
use stateledger_core::json::{self, JsonError, Value};
use stateledger_core::receipt::Step;
use wasm_bindgen::prelude::*;

use crate::failure::{Bytes, Failure, to_js};
use crate::flat::{split, text, word};

/// The commitment to a payload; the salt is 32 bytes.
///
/// # Errors
/// Throws `{ code, message, step }`: `commitment-unsupported`, and for
/// `sha256-fields-v1` what is wrong with the payload.
#[wasm_bindgen]
pub fn commit_payload(algorithm: &[u8], salt: &[u8], payload: &[u8]) -> Result<JsValue, JsValue> {
    let commit = Commitment::make(algorithm_of(algorithm)?, word("salt", salt)?, payload)
        .map_err(|error| Failure::new(error.code(), &error, Step::Payload))?;
    to_js(&CommitView::of(&commit))
}

/// Verifies that a payload is the committed one; digest and salt are 32 bytes.
///
/// # Errors
/// Throws `{ code, message, step }`: `payload-mismatch`, and as
/// [`commit_payload`].
#[wasm_bindgen]
pub fn open_commitment(
    algorithm: &[u8],
    digest: &[u8],
    size: u64,
    salt: &[u8],
    payload: &[u8],
) -> Result<(), JsValue> {
    let algorithm = algorithm_of(algorithm)?;
    let commit = Commitment { algorithm, digest: *word("digest", digest)?, size };
    commit
        .open(word("salt", salt)?, payload)
        .map_err(|error| Failure::new(error.code(), &error, Step::Payload).into())
}

/// The disclosures, JSON text each, of the fields that these JSON pointers name.
///
/// # Errors
/// Throws `{ code, message, step }`: `pointer-malformed`, `field-missing`, and
/// what is wrong with the payload.
#[wasm_bindgen]
pub fn disclose_fields(
    salt: &[u8],
    payload: &[u8],
    pointers: &[u8],
    pointer_lengths: &[u32],
) -> Result<Vec<String>, JsValue> {
    let refusal = |error: fields::FieldsError| Failure::new(error.code(), &error, Step::Payload);
    let tree = FieldTree::new(word("salt", salt)?, payload).map_err(refusal)?;
    let disclose = |pointer: &[u8]| -> Result<String, JsValue> {
        let disclosure = tree.disclose(text(pointer)?).map_err(refusal)?;
        Ok(text(&disclosure.to_json())?.to_owned())
    };
    split(pointers, pointer_lengths)?.into_iter().map(disclose).collect()
}

/// Verifies a disclosure against a digest of 32 bytes; answers the JSON text of
/// `[path, value]`.
///
/// # Errors
/// Throws `{ code, message, step }`: `disclosure-malformed`,
/// `disclosure-invalid`, `commitment-unsupported`, and what is wrong as JSON.
#[wasm_bindgen]
pub fn verify_disclosure(disclosure: &[u8], digest: &[u8]) -> Result<String, JsValue> {
    let refusal =
        |error: fields::DisclosureError| Failure::new(error.code(), &error, Step::Payload);
    let disclosure = Disclosure::from_json(disclosure).map_err(refusal)?;
    fields::verify_disclosure(word("digest", digest)?, &disclosure).map_err(refusal)?;
    let path = disclosure.path.iter().map(fields::Step::to_value).collect();
    let shown = Value::Array(vec![Value::Array(path), disclosure.value]);
    Ok(text(&shown.to_canonical())?.to_owned())
}

/// The RFC 8785 form of a JSON text.
///
/// # Errors
/// Throws `{ code, message, step }` of a text that is no strict JSON.
#[wasm_bindgen]
pub fn canonical_json(text: &[u8]) -> Result<Vec<u8>, JsValue> {
    let value = json::parse(text)
        .map_err(|error: JsonError| Failure::new(error.code(), &error, Step::Payload))?;
    Ok(value.to_canonical())
}

/// The algorithm of this name.
pub(crate) fn algorithm_of(name: &[u8]) -> Result<Algorithm, JsValue> {
    Algorithm::from_name(text(name)?)
        .map_err(|error| Failure::new(error.code(), &error, Step::Payload).into())
}

/// A commitment as the package gives it.
#[derive(Debug, Serialize)]
pub(crate) struct CommitView<'a> {
    alg: &'static str,
    digest: Bytes<'a>,
    size: u64,
}

impl<'a> CommitView<'a> {
    pub(crate) fn of(commit: &'a Commitment) -> Self {
        Self { alg: commit.algorithm.name(), digest: Bytes(&commit.digest), size: commit.size }
    }
}
