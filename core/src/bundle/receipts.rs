//! A bundle from receipts: their single proofs become one batch proof.

use alloc::collections::BTreeMap;
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
    let proofs = receipts.iter().map(|receipt| TlogProof::parse(&receipt.proof));
    let proofs: Vec<TlogProof> = proofs.collect::<Result<_, _>>()?;
    let first = proofs.first().ok_or(BatchError::Leaves)?;
    if proofs.iter().any(|proof| proof.checkpoint != first.checkpoint) {
        return Err(BundleError::Checkpoints);
    }
    let mut proven = BTreeMap::new();
    for (proof, receipt) in proofs.iter().zip(receipts) {
        proven.insert(proof.index, (proof, receipt));
    }
    if proven.len() != proofs.len() {
        return Err(BatchError::Leaves.into());
    }
    let checkpoint = first.checkpoint.as_bytes();
    let signed = SignedCheckpoint::parse(checkpoint).map_err(|_| BundleError::Checkpoints)?;
    let single = proven.values().map(|(proof, _)| (proof.index, proof.hashes.as_slice()));
    let batch = tree::merge_inclusions(signed.checkpoint().size, single)?;
    let records = proven.values().map(|(_, receipt)| record(receipt)).collect();
    Ok(Bundle::new(checkpoint, batch, records)?.to_bytes())
}

fn record(receipt: &Receipt) -> BundleRecord<'_> {
    BundleRecord {
        entry: &receipt.entry,
        payload: receipt.payload.as_deref(),
        salt: receipt.salt.as_ref(),
    }
}
