//! The hash chain of the first `StateLedger`.

use stateledger_core::legacy::{Chain, Row};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::flat::{misuse, split, text};

/// Verifies a chain from its first row. `texts` are type, source, payload and
/// hash of each row, joined. Answers the rows that are ambiguous.
///
/// # Errors
/// Throws `{ code, message, index }`: `legacy-chain-broken` with the first row
/// that does not follow, `invalid-utf8`.
#[wasm_bindgen]
pub fn verify_legacy_chain(
    timestamps: &[i64],
    texts: &[u8],
    lengths: &[u32],
) -> Result<Vec<u64>, JsValue> {
    let texts = split(texts, lengths)?;
    let (rows, rest) = texts.as_chunks::<4>();
    if !rest.is_empty() || rows.len() != timestamps.len() {
        return Err(misuse("rows"));
    }
    let mut chain = Chain::new();
    let mut ambiguous = Vec::new();
    for (&timestamp, row) in timestamps.iter().zip(rows) {
        let [record_type, source, payload, hash] = *row;
        let row = Row {
            timestamp,
            record_type: text(record_type)?,
            source: text(source)?,
            payload: text(payload)?,
            hash: text(hash)?,
        };
        if row.is_ambiguous() {
            ambiguous.push(chain.rows());
        }
        chain
            .verify_next(&row)
            .map_err(|error| Failure::of_trust(error.code(), &error).about(error.row))?;
    }
    Ok(ambiguous)
}
