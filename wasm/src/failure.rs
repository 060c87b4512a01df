//! How answers and refusals leave the module.

use std::fmt::Display;

use serde::{Serialize, Serializer};
use stateledger_core::receipt::Step;
use wasm_bindgen::JsValue;

/// A refusal: becomes `VerificationError` in the package.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
}

impl Failure {
    pub(crate) fn new(code: &'static str, why: &impl Display, step: Step) -> Self {
        Self { step: Some(step.name()), ..Self::of_trust(code, why) }
    }

    /// Of what the caller trusts: it is read before the first step.
    pub(crate) fn of_trust(code: &'static str, why: &impl Display) -> Self {
        Self { code, message: why.to_string(), step: None, place: None, index: None }
    }

    /// Of one entry of a bundle, by its place in it.
    pub(crate) fn at(self, place: u16) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Which one of many was refused, from 0.
    pub(crate) fn about(self, index: u64) -> Self {
        Self { index: Some(index), ..self }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        // A few strings can't fail to cross; without them the code still does.
        to_js(&failure).unwrap_or_else(|_| Self::from_str(failure.code))
    }
}

/// A small structured answer: `u64` as `bigint`, [`Bytes`] as `Uint8Array`, an
/// absent member absent.
///
/// # Errors
/// What `serde-wasm-bindgen` throws; none of this crate's answers makes it.
pub(crate) fn to_js(answer: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer =
        serde_wasm_bindgen::Serializer::new().serialize_large_number_types_as_bigints(true);
    Ok(answer.serialize(&serializer)?)
}

/// Bytes that become a `Uint8Array` of their own.
#[derive(Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}
