//! Verification of an audit bundle: first what its records have in common, then
//! each record by itself.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Bundle, BundleError};
use crate::ed25519::PublicKey;
use crate::entry::Entry;
use crate::hash::Hash;
use crate::receipt::{NotChecked, PayloadStatus, RecordBytes, VerifyError, not_checked};
use crate::tree::{self, BatchError, LeafIndex, TreeSize};
use crate::trust::{OpenCheckpoint, OpenError, Signer, Trust};

/// What a verification of a whole bundle found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleVerdict {
    /// The ledger.
    pub origin: String,
    /// Size of the signed tree.
    pub size: TreeSize,
    /// Root of the signed tree.
    pub root_hash: Hash,
    /// The known keys that signed the checkpoint.
    pub signers: Vec<Signer>,
    /// The Ed25519 key of the exporter who signed the bundle.
    pub exporter: Option<[u8; 32]>,
    /// One for each record, by index. Some may hold and others not: see
    /// [`BundleVerdict::first_failure`].
    pub records: Vec<RecordVerdict>,
    /// What this verification cannot vouch for, in the order of [`NotChecked`];
    /// [`NotChecked::Payload`] if any record is without its payload.
    pub not_checked: Vec<NotChecked>,
}

impl BundleVerdict {
    /// The first record that does not hold, with the reason.
    #[must_use]
    pub fn first_failure(&self) -> Option<(LeafIndex, VerifyError)> {
        let failure =
            |record: &RecordVerdict| Some((record.index, *record.outcome.as_ref().err()?));
        self.records.iter().find_map(failure)
    }
}

/// What was found of one record. Its bytes are a leaf of the signed tree,
/// whatever the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordVerdict {
    /// Index of the record.
    pub index: LeafIndex,
    /// Hash of its leaf.
    pub leaf_hash: Hash,
    /// What it holds, or the first step from [`crate::receipt::Step::Entry`] on
    /// that fails.
    pub outcome: Result<VerifiedRecord, VerifyError>,
}

/// A record that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRecord {
    /// The record.
    pub entry: Entry,
    /// Whether a payload was there to verify.
    pub payload: PayloadStatus,
}

/// Verifies a bundle. `exporters` are the keys of which one must have signed it;
/// if there are none, nobody must have, but a signature that is there must hold.
///
/// ```
/// # use stateledger_core::{bundle::verify_bundle, trust::Trust};
/// # fn audit(bytes: &[u8], log_key: &str) -> Result<(), Box<dyn core::error::Error>> {
/// let trust = Trust::from_log_keys([log_key])?;
/// let verdict = verify_bundle(bytes, &trust, &[])?;
/// if let Some((index, error)) = verdict.first_failure() {
///     return Err(format!("record {index}: {error}").into());
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// The [`VerifyBundleError`] of the first step that fails. A record that does
/// not hold is no error: the verdict says so.
pub fn verify_bundle(
    bytes: &[u8],
    trust: &Trust,
    exporters: &[PublicKey],
) -> Result<BundleVerdict, VerifyBundleError> {
    let bundle = Bundle::parse(bytes)?;
    let open = bundle.open(trust, exporters)?;
    let (records, not_checked) = (open.records().collect(), open.not_checked());
    let OpenBundle { opened: OpenCheckpoint { checkpoint, signers }, exporter, .. } = open;
    Ok(BundleVerdict {
        origin: checkpoint.origin,
        size: checkpoint.size,
        root_hash: checkpoint.root,
        signers,
        exporter,
        records,
        not_checked,
    })
}

impl Bundle<'_> {
    /// Verifies what the records have in common: exporter, checkpoint and
    /// inclusion. [`OpenBundle::records`] then judges them one at a time, and
    /// holds no more than one of them.
    ///
    /// # Errors
    /// The [`VerifyBundleError`] of the first step that fails.
    pub fn open<'a>(
        &'a self,
        trust: &'a Trust,
        exporters: &[PublicKey],
    ) -> Result<OpenBundle<'a>, VerifyBundleError> {
        let exporter = self.verify_exporter().map_err(|_| VerifyBundleError::ExporterSignature)?;
        let named = |key: &[u8; 32]| exporters.iter().any(|one| one.as_bytes() == key);
        let asks_exporter = !exporters.is_empty();
        if asks_exporter && !exporter.as_ref().is_some_and(named) {
            return Err(VerifyBundleError::ExporterUnknown);
        }
        let opened = trust.open_checkpoint(self.checkpoint)?;
        // The raw bytes first: nothing in them is read before the log vouches for them.
        let leaves = tree::leaf_hashes(self.records.iter().map(|record| record.entry));
        let head = &opened.checkpoint;
        tree::verify_batch(&leaves, head.size, &self.proof, &head.root)
            .map_err(VerifyBundleError::Inclusion)?;
        Ok(OpenBundle { bundle: self, trust, leaves, opened, exporter, asks_exporter })
    }
}

/// A bundle whose records are leaves of a signed tree.
#[derive(Debug, Clone)]
pub struct OpenBundle<'a> {
    bundle: &'a Bundle<'a>,
    trust: &'a Trust,
    leaves: Vec<Hash>,
    opened: OpenCheckpoint,
    exporter: Option<[u8; 32]>,
    asks_exporter: bool,
}

impl OpenBundle<'_> {
    /// The tree head, and who signed it.
    #[must_use]
    pub fn checkpoint(&self) -> &OpenCheckpoint {
        &self.opened
    }

    /// The Ed25519 key of the exporter who signed the bundle.
    #[must_use]
    pub fn exporter(&self) -> Option<[u8; 32]> {
        self.exporter
    }

    /// The verdict of each record, by index. Each costs its entry and payload
    /// once more, and its author signatures.
    pub fn records(&self) -> impl Iterator<Item = RecordVerdict> + '_ {
        let places = self.bundle.proof.indexes().iter().zip(&self.leaves);
        self.bundle.records.iter().zip(places).map(|(record, (index, leaf_hash))| {
            let bytes = RecordBytes {
                entry: record.entry,
                payload: record.payload,
                given: None,
                salt: record.salt,
            };
            let outcome = bytes
                .verify(&self.opened.checkpoint.origin, self.trust)
                .map(|(entry, payload)| VerifiedRecord { entry, payload });
            RecordVerdict { index: *index, leaf_hash: *leaf_hash, outcome }
        })
    }

    /// What this verification cannot vouch for, in the order of [`NotChecked`].
    #[must_use]
    pub fn not_checked(&self) -> Vec<NotChecked> {
        let complete = self.bundle.records.iter().all(|record| record.payload.is_some());
        let payload = if complete { PayloadStatus::Verified } else { PayloadStatus::Absent };
        let mut missing = not_checked(self.trust, payload);
        // Different indexes below the size: as many as leaves are all of them.
        if self.bundle.records.len() as u64 != self.opened.checkpoint.size.get() {
            missing.push(NotChecked::Completeness);
        }
        if !self.asks_exporter {
            missing.push(NotChecked::Exporter);
        }
        missing
    }
}

/// Why a bundle was refused as a whole: the first step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyBundleError {
    /// The syntax of bundle and batch proof.
    Bundle(BundleError),
    /// The exporter's signature does not hold. Says no more.
    ExporterSignature,
    /// None of the expected exporters signed it.
    ExporterUnknown,
    /// Checkpoint, origin, signatures, quorum or age.
    Open(OpenError),
    /// The records are not the leaves of the signed tree that they claim to be.
    Inclusion(BatchError),
}

impl VerifyBundleError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Bundle(error) => error.code(),
            Self::ExporterSignature => "exporter-signature-invalid",
            Self::ExporterUnknown => "exporter-unknown",
            Self::Open(error) => error.code(),
            Self::Inclusion(error) => error.code(),
        }
    }
}

impl fmt::Display for VerifyBundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bundle(error) => return error.fmt(f),
            Self::Open(error) => return error.fmt(f),
            Self::Inclusion(error) => return error.fmt(f),
            Self::ExporterSignature => "the exporter's signature does not verify",
            Self::ExporterUnknown => "no expected exporter signed the audit bundle",
        })
    }
}

impl core::error::Error for VerifyBundleError {}

impl From<BundleError> for VerifyBundleError {
    fn from(error: BundleError) -> Self {
        Self::Bundle(error)
    }
}

impl From<OpenError> for VerifyBundleError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}
