//! Copies of full tiles in KV. They are never trusted, but one that differs makes reads fail.

use stateledger_core::hash::Hash;
use stateledger_core::tile::FULL_BYTES;

use super::CheckError;
use super::finding::{Fault, Finding};
use super::pages::Reader;
use crate::database::Database;
use crate::id::LedgerId;

/// Holds one value of KV against the stored row that it is a copy of, by the key that the tile cache
/// gives it: `tile/<uid>/<level>/<index>`. Answers `false` for a key of another kind or ledger.
///
/// # Errors
/// [`CheckError::Found`](super::CheckError) if it differs, or copies what is no full tile.
pub async fn check_copy<D: Database>(
    database: &D,
    ledger: &LedgerId,
    uid: &[u8; 32],
    key: &str,
    value: &[u8],
) -> Result<bool, CheckError> {
    let Some(place) = key.strip_prefix(&format!("tile/{}/", Hash(*uid))) else {
        return Ok(false);
    };
    let found = |message| Finding::new(Fault::CopyMismatch, "kv", key, message);
    let parsed = place
        .split_once('/')
        .and_then(|(level, index)| Some((level.parse::<u8>().ok()?, index.parse::<u64>().ok()?)));
    let Some((level, index)) = parsed else {
        return Err(found("the key names no tile").into());
    };
    let original = Reader { database, ledger }.tile(level, index).await?;
    match original {
        Some(original) if original.len() == FULL_BYTES && original == value => Ok(true),
        Some(original) if original.len() == FULL_BYTES => {
            Err(found("the value is not the tile's hashes").into())
        }
        Some(_) | None => Err(found("the ledger has no such full tile").into()),
    }
}
