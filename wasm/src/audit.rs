//! One entry bundle of an audit.

use serde::Serialize;
use stateledger_core::Hash;
use stateledger_core::audit::{self, AuditError, Content};
use stateledger_core::receipt::Step;
use stateledger_core::tree::root_of_leaves;
use wasm_bindgen::prelude::*;

use crate::failure::{Bytes, Failure, to_js};
use crate::flat::words;

/// Checks a bundle of `width` entries against its tile (width * 32 bytes), as
/// entries of the ledger with this origin, or as opaque ones without. Answers
/// `{ root, firstTime, lastTime }`: the root over the bundle's leaves, and
/// milliseconds since 1970 that opaque entries do not have.
///
/// # Errors
/// Throws `{ code, message, step, place }` of the first entry that does not
/// hold, `TypeError` for a tile that is no multiple of 32 bytes.
#[wasm_bindgen]
pub fn check_bundle(
    bundle: &[u8],
    width: u16,
    tile: &[u8],
    origin: Option<String>,
) -> Result<JsValue, JsValue> {
    let tile: Vec<Hash> = words("tile", tile)?.iter().copied().map(Hash).collect();
    let content = match &origin {
        Some(origin) => Content::StateLedger { origin },
        None => Content::Opaque,
    };
    let checked =
        audit::check_bundle(bundle, width, &tile, content).map_err(|error: AuditError| {
            Failure::new(error.code(), &error, Step::Entry).at(error.place)
        })?;
    to_js(&CheckedView {
        root: Bytes(&root_of_leaves(&checked.leaves).0),
        first_time: checked.times.map(|(first, _)| first.millis()),
        last_time: checked.times.map(|(_, last)| last.millis()),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckedView<'a> {
    root: Bytes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_time: Option<u64>,
}
