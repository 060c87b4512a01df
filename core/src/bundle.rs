//! The audit bundle of FORMAT.md: many records of one ledger in one file, to be
//! checked offline.
//!
//! ```text
//! "stateledger/audit-bundle/v1\n"
//! u32 length, checkpoint          the signed note
//! u32 length, batch proof         says which leaves: tree::BatchProof
//! for each leaf of the proof:
//!     u8 flags                    1: a salt follows, 2: a payload follows
//!     u16 length, entry
//!     salt[32]
//!     u32 length, payload
//! key[32], signature[64]          only if its exporter signed it
//! ```
//!
//! Bytes as they are and lengths before them, so that nothing is copied to be
//! read and no base64 makes it a third longer. Not to be confused with the
//! entry bundles of tlog-tiles ([`crate::tile::parse_bundle`]).

mod exporter;
mod receipts;
mod verify;

use alloc::vec::Vec;
use core::fmt;

pub use exporter::{EXPORT_TYPE, ExporterSignature};
pub use receipts::from_receipts;
pub use verify::{
    BundleVerdict, OpenBundle, RecordVerdict, VerifiedRecord, VerifyBundleError, verify_bundle,
};

use crate::commitment::Salt;
use crate::proof::ProofError;
use crate::tile::MAX_ENTRY_BYTES;
use crate::tree::{BatchError, BatchProof};

/// The media type of an audit bundle.
pub const MEDIA_TYPE: &str = "application/vnd.stateledger.audit-bundle";

/// Longest bundle: 2^28 bytes. A browser's WebAssembly memory has 2^32, and a
/// verdict takes a small multiple of what it is about.
pub const MAX_BUNDLE_BYTES: usize = 1 << 28;

/// What begins the bytes of a bundle.
const HEADER: &[u8] = b"stateledger/audit-bundle/v1\n";

/// In a record's flags: it has a salt.
const HAS_SALT: u8 = 1;

/// In a record's flags: it has a payload.
const HAS_PAYLOAD: u8 = 2;

/// One record of a bundle; which leaf it is, the batch proof says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleRecord<'a> {
    /// The exact bytes of the leaf, at most 65,535.
    pub entry: &'a [u8],
    /// The payload's bytes, where they exist and the reader may have them.
    pub payload: Option<&'a [u8]>,
    /// The salt of the payload commitment.
    pub salt: Option<&'a Salt>,
}

/// A bundle that nobody verified yet. It borrows the bytes that it consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle<'a> {
    checkpoint: &'a [u8],
    proof: BatchProof,
    records: Vec<BundleRecord<'a>>,
    exporter: Option<ExporterSignature>,
}

impl<'a> Bundle<'a> {
    /// Puts a bundle together. `records[i]` is leaf number `proof.indexes()[i]`
    /// of the tree whose head `checkpoint` signs; nothing of that is verified.
    ///
    /// ```
    /// use stateledger_core::bundle::{Bundle, BundleRecord};
    /// # use stateledger_core::{checkpoint::Checkpoint, ed25519::SigningKey, note::NoteSigner};
    /// use stateledger_core::plan::Edge;
    /// use stateledger_core::tree::{LeafIndex, leaf_hash, prove_batch};
    ///
    /// # let signer = NoteSigner::new("example.com/log/demo", SigningKey::from_seed(&[1; 32]))?;
    /// let plan = Edge::empty().append(&[leaf_hash(b"first"), leaf_hash(b"second")])?;
    /// let checkpoint = Checkpoint::new("example.com/log/demo", plan.size, plan.root)
    ///     .sign(&signer)?
    ///     .to_bytes();
    /// let proof = prove_batch(&[LeafIndex::new(1)], plan.size, &plan.node_source()?)?;
    /// let record = BundleRecord { entry: b"second", payload: None, salt: None };
    /// let bytes = Bundle::new(&checkpoint, proof, vec![record])?.to_bytes();
    /// assert_eq!(Bundle::parse(&bytes)?.to_bytes(), bytes);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BundleError::Records`] unless there is one record for each leaf of the
    /// proof, [`BundleError::EntryTooLarge`], [`BundleError::TooLarge`].
    pub fn new(
        checkpoint: &'a [u8],
        proof: BatchProof,
        records: Vec<BundleRecord<'a>>,
    ) -> Result<Self, BundleError> {
        if records.len() != proof.indexes().len() {
            return Err(BundleError::Records);
        }
        if records.iter().any(|record| record.entry.len() > MAX_ENTRY_BYTES) {
            return Err(BundleError::EntryTooLarge);
        }
        let bundle = Self { checkpoint, proof, records, exporter: None };
        let mut length = exporter::TRAILER_BYTES;
        bundle.write_body(&mut |part| length = length.saturating_add(part.len()));
        if length > MAX_BUNDLE_BYTES { Err(BundleError::TooLarge) } else { Ok(bundle) }
    }

    /// Reads a bundle; `parse(b)?.to_bytes() == b`. Copies indexes and hashes of
    /// the proof and nothing else.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(BundleError::TooLarge);
        }
        let mut reader = Reader(bytes.strip_prefix(HEADER).ok_or(BundleError::Header)?);
        let checkpoint = reader.long()?;
        let proof = BatchProof::parse(reader.long()?)?;
        let count = proof.indexes().len();
        // Flags and length of each: a bound on what the next line allocates.
        if reader.0.len() < count.saturating_mul(3) {
            return Err(BundleError::Truncated);
        }
        let records = (0..count).map(|_| reader.record()).collect::<Result<_, _>>()?;
        let exporter = match reader.0 {
            [] => None,
            trailer => Some(ExporterSignature::parse(trailer).ok_or(BundleError::Trailer)?),
        };
        Ok(Self { checkpoint, proof, records, exporter })
    }

    /// The bytes: see FORMAT.md section 9. [`Bundle::parse`] reads them back.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_body(&mut |part| bytes.extend_from_slice(part));
        if let Some(ExporterSignature { key, signature }) = &self.exporter {
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(signature);
        }
        bytes
    }

    /// The signed checkpoint, verbatim.
    #[must_use]
    pub fn checkpoint(&self) -> &'a [u8] {
        self.checkpoint
    }

    /// Which leaves the records are, and that they are.
    #[must_use]
    pub fn proof(&self) -> &BatchProof {
        &self.proof
    }

    /// The records, in the order of their indexes.
    #[must_use]
    pub fn records(&self) -> &[BundleRecord<'a>] {
        &self.records
    }

    /// The exporter's signature.
    #[must_use]
    pub fn exporter(&self) -> Option<&ExporterSignature> {
        self.exporter.as_ref()
    }

    /// Hands out all that an exporter signs, part by part.
    fn write_body(&self, out: &mut impl FnMut(&[u8])) {
        out(HEADER);
        write_long(self.checkpoint, out);
        write_long(&self.proof.to_bytes(), out);
        for BundleRecord { entry, payload, salt } in &self.records {
            let salted = salt.map_or(0, |_| HAS_SALT);
            out(&[salted | payload.map_or(0, |_| HAS_PAYLOAD)]);
            // `new` and `parse` take no longer ones.
            out(&u16::try_from(entry.len()).unwrap_or(u16::MAX).to_be_bytes());
            out(entry);
            if let Some(salt) = salt {
                out(salt.as_slice());
            }
            if let Some(payload) = payload {
                write_long(payload, out);
            }
        }
    }
}

fn write_long(bytes: &[u8], out: &mut impl FnMut(&[u8])) {
    // A bundle that is longer than 2^28 bytes is refused.
    out(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out(bytes);
}

/// What was not read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn fixed<const N: usize>(&mut self) -> Result<&'a [u8; N], BundleError> {
        let (first, rest) = self.0.split_first_chunk().ok_or(BundleError::Truncated)?;
        self.0 = rest;
        Ok(first)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], BundleError> {
        let (first, rest) = self.0.split_at_checked(length).ok_or(BundleError::Truncated)?;
        self.0 = rest;
        Ok(first)
    }

    /// Bytes after their length in four.
    fn long(&mut self) -> Result<&'a [u8], BundleError> {
        let length = u32::from_be_bytes(*self.fixed()?);
        self.take(usize::try_from(length).map_err(|_| BundleError::Truncated)?)
    }

    fn record(&mut self) -> Result<BundleRecord<'a>, BundleError> {
        let [flags] = *self.fixed()?;
        if flags & !(HAS_SALT | HAS_PAYLOAD) != 0 {
            return Err(BundleError::Flags);
        }
        let length = u16::from_be_bytes(*self.fixed()?);
        let entry = self.take(usize::from(length))?;
        let salt = if flags & HAS_SALT == 0 { None } else { Some(self.fixed()?) };
        let payload = if flags & HAS_PAYLOAD == 0 { None } else { Some(self.long()?) };
        Ok(BundleRecord { entry, payload, salt })
    }
}

/// Why bytes are no audit bundle, or could not become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// More than 2^28 bytes.
    TooLarge,
    /// The first line is not that of an audit bundle.
    Header,
    /// It ends within a part.
    Truncated,
    /// A record with flags that have no meaning.
    Flags,
    /// What follows the records is no signature of 96 bytes.
    Trailer,
    /// The batch proof.
    Proof(BatchError),
    /// Not one record for each leaf of the proof.
    Records,
    /// An entry of more than 65,535 bytes.
    EntryTooLarge,
    /// A receipt whose proof cannot be read.
    Receipt(ProofError),
    /// Receipts of different checkpoints have no common proof.
    Checkpoints,
}

impl BundleError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "audit-bundle-malformed",
            Self::Header => "audit-bundle-malformed",
            Self::Truncated => "audit-bundle-malformed",
            Self::Flags => "audit-bundle-malformed",
            Self::Trailer => "audit-bundle-malformed",
            Self::Proof(error) => error.code(),
            Self::Records => "batch-leaves-invalid",
            Self::EntryTooLarge => "entry-too-large",
            Self::Receipt(error) => error.code(),
            Self::Checkpoints => "checkpoint-mismatch",
        }
    }
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proof(error) => return error.fmt(f),
            Self::Receipt(error) => return error.fmt(f),
            Self::TooLarge => "an audit bundle has at most 2^28 bytes",
            Self::Header => "the first line is not stateledger/audit-bundle/v1",
            Self::Truncated => "the audit bundle ends within a part",
            Self::Flags => "a record of the audit bundle has unknown flags",
            Self::Trailer => "what follows the records is not a signature",
            Self::Records => "an audit bundle has one record for each leaf of its proof",
            Self::EntryTooLarge => "an entry has at most 65,535 bytes",
            Self::Checkpoints => "the receipts are not of one checkpoint",
        })
    }
}

impl core::error::Error for BundleError {}

impl From<BatchError> for BundleError {
    fn from(error: BatchError) -> Self {
        Self::Proof(error)
    }
}

impl From<ProofError> for BundleError {
    fn from(error: ProofError) -> Self {
        Self::Receipt(error)
    }
}

#[cfg(test)]
mod tests;
