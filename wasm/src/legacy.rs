//! The hash chain of the first `StateLedger`.

use stateledger_core::Hash;
use stateledger_core::legacy::{Chain, Row};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::flat::{misuse, split, text};

/// Verifies rows of a chain: from its first one, or, with the `head` and number of the rows before,
/// those that come next. `texts` are type, source, payload and hash of each row, joined. Answers the
/// rows that are ambiguous, counted from the chain's first one.
///
/// # Errors
/// Throws `{ code, message, index }`: `legacy-chain-broken` with the first row
/// that does not follow, `invalid-utf8`.
#[wasm_bindgen]
pub fn verify_legacy_chain(
    timestamps: &[i64],
    texts: &[u8],
    lengths: &[u32],
    before: u64,
    head: &[u8],
) -> Result<Vec<u64>, JsValue> {
    let texts = split(texts, lengths)?;
    let (texts, rest) = texts.as_chunks::<4>();
    if !rest.is_empty() || texts.len() != timestamps.len() {
        return Err(misuse("rows"));
    }
    let mut chain = match text(head)? {
        "" => Chain::new(),
        head => Chain::resume(before, &Hash::from_hex(head).map_err(|_| misuse("head"))?),
    };
    let mut rows = Vec::with_capacity(texts.len());
    let read = timestamps.iter().zip(texts).try_for_each(|(timestamp, texts)| {
        rows.push(row(*timestamp, *texts)?);
        Ok::<(), Failure>(())
    });
    let first = chain.rows();
    // The rows before one that is no text come first.
    chain
        .verify_rows(&rows)
        .map_err(|error| Failure::of_trust(error.code(), &error).about(error.row))?;
    read?;
    let ambiguous = rows.iter().enumerate().filter(|(_, row)| row.is_ambiguous());
    Ok(ambiguous.map(|(at, _)| first.saturating_add(at as u64)).collect())
}

fn row<'a>(timestamp: i64, texts: [&'a [u8]; 4]) -> Result<Row<'a>, Failure> {
    let [record_type, source, payload, hash] = texts;
    Ok(Row {
        timestamp,
        record_type: text(record_type)?,
        source: text(source)?,
        payload: text(payload)?,
        hash: text(hash)?,
    })
}
