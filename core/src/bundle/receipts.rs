//! A bundle from receipts: their single proofs become one batch proof.

use alloc::vec::Vec;

use super::{Bundle, BundleError, BundleRecord};
use crate::checkpoint::SignedCheckpoint;
use crate::proof::TlogProof;
use crate::receipt::Receipt;
use crate::tree::{self, BatchError};

/// The bytes of an unsigned bundle of these receipts, which are of different
/// records and carry the same checkpoint, byte for byte; in any order.
///
/// Receipts are taken as they are: whoever has not verified them verifies the
/// bundle.
///
/// # Errors
/// [`BundleError::Receipt`]; [`BundleError::Checkpoints`], also where the
/// checkpoint cannot be read; [`BundleError::Proof`] if there are no receipts,
/// two of one record, or proofs that do not fit the size; and as [`Bundle::new`].
pub fn from_receipts(receipts: &[Receipt]) -> Result<Vec<u8>, BundleError> {
    let mut proven = Vec::with_capacity(receipts.len());
    for receipt in receipts {
        proven.push((TlogProof::parse(&receipt.proof)?, receipt));
    }
    proven.sort_by_key(|(proof, _)| proof.index);
    let (first, _) = proven.first().ok_or(BatchError::Leaves)?;
    if proven.iter().any(|(proof, _)| proof.checkpoint != first.checkpoint) {
        return Err(BundleError::Checkpoints);
    }
    let checkpoint = first.checkpoint.as_bytes();
    let signed = SignedCheckpoint::parse(checkpoint).map_err(|_| BundleError::Checkpoints)?;
    let single = proven.iter().map(|(proof, _)| (proof.index, proof.hashes.as_slice()));
    let batch = tree::merge_inclusions(signed.checkpoint().size, single)?;
    let records = proven.iter().map(|(_, receipt)| record(receipt)).collect();
    Ok(Bundle::new(checkpoint, batch, records)?.to_bytes())
}

fn record(receipt: &Receipt) -> BundleRecord<'_> {
    BundleRecord {
        entry: &receipt.entry,
        payload: receipt.payload.as_deref(),
        salt: receipt.salt.as_ref(),
    }
}
