//! C2SP policies, read for people.

use serde::Serialize;
use stateledger_core::note::VerifierKey;
use stateledger_core::policy::{Policy, PolicyError};
use wasm_bindgen::prelude::*;

use crate::failure::{Bytes, Failure, to_js};

/// Reads a policy text; answers the package's `Policy`.
///
/// # Errors
/// Throws `{ code, message }`.
#[wasm_bindgen]
pub fn parse_policy(text: &[u8]) -> Result<JsValue, JsValue> {
    let policy = Policy::parse(text)
        .map_err(|error: PolicyError| Failure::of_trust(error.code(), &error))?;
    to_js(&PolicyView {
        logs: policy.logs().iter().map(KeyView::of).collect(),
        witnesses: policy.witnesses().iter().map(KeyView::of).collect(),
        has_quorum: policy.has_quorum(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PolicyView<'a> {
    logs: Vec<KeyView<'a>>,
    witnesses: Vec<KeyView<'a>>,
    has_quorum: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView<'a> {
    name: &'a str,
    public_key: Bytes<'a>,
    text: String,
}

impl<'a> KeyView<'a> {
    fn of(key: &'a VerifierKey) -> Self {
        Self { name: key.name(), public_key: Bytes(key.public_key()), text: key.to_text() }
    }
}
