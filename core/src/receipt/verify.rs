//! Verification of a receipt, in the order of [`Step`].

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Receipt, ReceiptError};
use crate::checkpoint::Checkpoint;
use crate::commitment::Salt;
use crate::commitment::fields::FieldsError;
use crate::dsse::{self, AuthorError};
use crate::entry::{Commitment, Entry, EntryError, OpeningError};
use crate::hash::Hash;
use crate::json::JsonError;
use crate::proof::{ProofError, TlogProof};
use crate::tree::{self, InclusionError, LeafIndex, TreeSize};
use crate::trust::{OpenCheckpoint, OpenError, Signer, Trust};

/// The checks, in the order in which they run. The first that fails names the
/// code; those after it were not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The bundle is strict JSON with the right members.
    Receipt,
    /// The proof is a tlog-proof.
    Proof,
    /// Its checkpoint is a signed note whose text is a checkpoint.
    Checkpoint,
    /// A trusted log has this origin, and its key signed.
    Origin,
    /// Every signature by a known key holds.
    Signatures,
    /// Enough witnesses cosigned, recently enough.
    Quorum,
    /// The entry's bytes are a leaf of the signed tree.
    Inclusion,
    /// The entry is canonical, and of this ledger.
    Entry,
    /// Every author signature holds, and enough authors signed.
    Authors,
    /// The payload is the one that the entry commits to.
    Payload,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Receipt,
        Self::Proof,
        Self::Checkpoint,
        Self::Origin,
        Self::Signatures,
        Self::Quorum,
        Self::Inclusion,
        Self::Entry,
        Self::Authors,
        Self::Payload,
    ];

    /// A lowercase name, stable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Proof => "proof",
            Self::Checkpoint => "checkpoint",
            Self::Origin => "origin",
            Self::Signatures => "signatures",
            Self::Quorum => "quorum",
            Self::Inclusion => "inclusion",
            Self::Entry => "entry",
            Self::Authors => "authors",
            Self::Payload => "payload",
        }
    }
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The ledger.
    pub origin: String,
    /// Index of the record.
    pub index: LeafIndex,
    /// Size of the signed tree.
    pub size: TreeSize,
    /// Root of the signed tree.
    pub root_hash: Hash,
    /// Hash of the record's leaf.
    pub leaf_hash: Hash,
    /// The record.
    pub entry: Entry,
    /// The known keys that signed the checkpoint.
    pub signers: Vec<Signer>,
    /// Whether a payload was there to verify.
    pub payload: PayloadStatus,
    /// What this verification cannot vouch for, in the order of [`NotChecked`].
    pub not_checked: Vec<NotChecked>,
}

/// What a verdict says about the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadStatus {
    /// It is the one that the entry commits to.
    Verified,
    /// None was given.
    Absent,
}

impl PayloadStatus {
    /// `verified` or `absent`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Absent => "absent",
        }
    }
}

/// Something that was not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NotChecked {
    /// No quorum of witnesses was asked for.
    Witness,
    /// No authors were expected; signatures that are there were verified.
    Author,
    /// There was no payload.
    Payload,
    /// No maximal age was asked for.
    Freshness,
    /// Always: one checkpoint cannot show that the ledger only grows.
    AppendOnly,
    /// Of audit bundles: the ledger has records that the bundle has not.
    Completeness,
    /// Of audit bundles: no exporter was expected; a signature that is there
    /// was verified.
    Exporter,
}

impl NotChecked {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Witness => "witness",
            Self::Author => "author",
            Self::Payload => "payload",
            Self::Freshness => "freshness",
            Self::AppendOnly => "append-only",
            Self::Completeness => "completeness",
            Self::Exporter => "exporter",
        }
    }
}

/// Verifies a bundle that is still JSON: [`Receipt::from_json`], then
/// [`verify_receipt`].
///
/// # Errors
/// The [`VerifyError`] of the first step that fails.
pub fn verify_receipt_json(
    json: &[u8],
    trust: &Trust,
    payload: Option<&[u8]>,
) -> Result<Verdict, VerifyError> {
    verify_receipt(&Receipt::from_json(json)?, trust, payload)
}

/// Verifies a receipt. `payload` is one that the caller holds: it needs the
/// receipt's salt and must equal the receipt's own payload if that has one.
///
/// # Errors
/// The [`VerifyError`] of the first step that fails.
pub fn verify_receipt(
    receipt: &Receipt,
    trust: &Trust,
    payload: Option<&[u8]>,
) -> Result<Verdict, VerifyError> {
    let proof = TlogProof::parse(&receipt.proof)?;
    let opened = trust.open_checkpoint(proof.checkpoint.as_bytes())?;
    // The raw bytes first: nothing in them is read before the log vouches for them.
    let leaf_hash = tree::leaf_hash(&receipt.entry);
    let Checkpoint { size, root, .. } = opened.checkpoint;
    tree::verify_inclusion(&leaf_hash, proof.index, size, &proof.hashes, &root)?;
    verify_content(receipt, trust, payload, Included { index: proof.index, leaf_hash, opened })
}

/// A leaf that was found in a tree whose head was verified.
pub(super) struct Included {
    pub(super) index: LeafIndex,
    pub(super) leaf_hash: Hash,
    pub(super) opened: OpenCheckpoint,
}

/// The steps after [`Step::Inclusion`].
pub(super) fn verify_content(
    receipt: &Receipt,
    trust: &Trust,
    payload: Option<&[u8]>,
    Included { index, leaf_hash, opened: OpenCheckpoint { checkpoint, signers } }: Included,
) -> Result<Verdict, VerifyError> {
    let record = RecordBytes {
        entry: &receipt.entry,
        payload: receipt.payload.as_deref(),
        given: payload,
        salt: receipt.salt.as_ref(),
    };
    let (entry, payload) = record.verify(&checkpoint.origin, trust)?;
    Ok(Verdict {
        origin: checkpoint.origin,
        index,
        size: checkpoint.size,
        root_hash: checkpoint.root,
        leaf_hash,
        entry,
        signers,
        payload,
        not_checked: not_checked(trust, payload),
    })
}

/// A record whose leaf is in a signed tree, before anybody read it.
pub(crate) struct RecordBytes<'a> {
    pub(crate) entry: &'a [u8],
    /// The payload that travels with the entry.
    pub(crate) payload: Option<&'a [u8]>,
    /// One that the caller holds.
    pub(crate) given: Option<&'a [u8]>,
    pub(crate) salt: Option<&'a Salt>,
}

impl RecordBytes<'_> {
    /// [`Step::Entry`] to [`Step::Payload`], in the ledger of this origin.
    pub(crate) fn verify(
        &self,
        origin: &str,
        trust: &Trust,
    ) -> Result<(Entry, PayloadStatus), VerifyError> {
        let entry = Entry::parse(self.entry)?;
        let named = entry.statement().fields().origin.as_ref();
        if named.is_some_and(|named| named != origin) {
            return Err(VerifyError::WrongLedger);
        }
        dsse::verify_all(&entry)?;
        trust.check_authors(&entry)?;
        let payload = self.check_payload(&entry)?;
        Ok((entry, payload))
    }

    fn check_payload(&self, entry: &Entry) -> Result<PayloadStatus, VerifyError> {
        let Some(payload) = self.given.or(self.payload) else { return Ok(PayloadStatus::Absent) };
        let salt = self.salt.ok_or(VerifyError::SaltMissing)?;
        let same = self.payload.is_none_or(|own| own == payload);
        if same && opens(&entry.statement().fields().commit, salt, payload)? {
            Ok(PayloadStatus::Verified)
        } else {
            Err(VerifyError::PayloadMismatch)
        }
    }
}

/// Whether the entry commits to this payload.
fn opens(commit: &Commitment, salt: &Salt, payload: &[u8]) -> Result<bool, VerifyError> {
    match commit.open(salt, payload) {
        Ok(()) => Ok(true),
        // Without the feature `doubles` this says nothing about the payload.
        Err(OpeningError::Fields(FieldsError::Json(JsonError::NumberNotRepresentable))) => {
            Err(VerifyError::PayloadNumber)
        }
        Err(_) => Ok(false),
    }
}

/// What a record under this trust leaves open.
pub(crate) fn not_checked(trust: &Trust, payload: PayloadStatus) -> Vec<NotChecked> {
    let all = [
        (NotChecked::Witness, !trust.asks_witnesses()),
        (NotChecked::Author, !trust.asks_authors()),
        (NotChecked::Payload, payload == PayloadStatus::Absent),
        (NotChecked::Freshness, !trust.asks_freshness()),
        (NotChecked::AppendOnly, true),
    ];
    all.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name).collect()
}

/// Why a receipt was refused: the first step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The bundle.
    Receipt(ReceiptError),
    /// The text of the proof.
    Proof(ProofError),
    /// Checkpoint, origin, signatures, quorum or age.
    Open(OpenError),
    /// The entry is not in the signed tree.
    Inclusion(InclusionError),
    /// The leaf is no entry, although the log signed it.
    Entry(EntryError),
    /// The statement was made for another ledger.
    WrongLedger,
    /// Author signatures.
    Author(AuthorError),
    /// A payload cannot be checked without the salt.
    SaltMissing,
    /// The payload is not the one that the entry commits to.
    PayloadMismatch,
    /// The payload's fields have a number that is not representable here.
    PayloadNumber,
}

impl VerifyError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Receipt(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Open(error) => error.code(),
            Self::Inclusion(error) => error.code(),
            // One code for the step; the message says what is wrong with it.
            Self::Entry(_) => "entry-malformed",
            Self::WrongLedger => "wrong-ledger",
            Self::Author(error) => error.code(),
            Self::SaltMissing => "salt-missing",
            Self::PayloadMismatch => "payload-mismatch",
            Self::PayloadNumber => "number-not-representable",
        }
    }

    /// The step that failed.
    #[must_use]
    pub const fn step(&self) -> Step {
        match self {
            Self::Receipt(_) => Step::Receipt,
            Self::Proof(_) => Step::Proof,
            Self::Open(OpenError::Checkpoint(_)) => Step::Checkpoint,
            Self::Open(OpenError::OriginMismatch | OpenError::KeyUnknown) => Step::Origin,
            Self::Open(OpenError::SignatureInvalid) => Step::Signatures,
            Self::Open(OpenError::QuorumNotMet | OpenError::Stale) => Step::Quorum,
            Self::Inclusion(_) => Step::Inclusion,
            Self::Entry(_) | Self::WrongLedger => Step::Entry,
            Self::Author(_) => Step::Authors,
            Self::SaltMissing | Self::PayloadMismatch | Self::PayloadNumber => Step::Payload,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receipt(error) => error.fmt(f),
            Self::Proof(error) => error.fmt(f),
            Self::Open(error) => error.fmt(f),
            Self::Inclusion(error) => error.fmt(f),
            Self::Entry(error) => write!(f, "the entry: {error}"),
            Self::WrongLedger => f.write_str("the statement was made for another ledger"),
            Self::Author(error) => error.fmt(f),
            Self::SaltMissing => f.write_str("the payload cannot be checked without its salt"),
            Self::PayloadMismatch => {
                f.write_str("the payload is not the one that the entry commits to")
            }
            Self::PayloadNumber => write!(f, "the payload: {}", JsonError::NumberNotRepresentable),
        }
    }
}

impl core::error::Error for VerifyError {}

/// `?` turns each step's own error into this one.
macro_rules! from_step {
    ($($error:ty => $variant:ident),* $(,)?) => {$(
        impl From<$error> for VerifyError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

from_step! {
    ReceiptError => Receipt,
    ProofError => Proof,
    OpenError => Open,
    InclusionError => Inclusion,
    EntryError => Entry,
    AuthorError => Author,
}
