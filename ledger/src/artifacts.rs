//! Artifacts: bytes that a ledger keeps under their own SHA-256, beside the tree.
//!
//! A record says what it has to say of an artifact by its hash, in its payload. So artifacts need no
//! sequencer: whoever writes one writes the same bytes as everybody else who writes it. What is read is
//! hashed again, and answers nothing but the bytes that the hash names.

use core::fmt;

use sha2::{Digest, Sha256};
use stateledger_core::hash::Hash;

use crate::access::Caller;
use crate::blobs::Blobs;
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::reader::{Reader, Seen};
use crate::sealed::{self, Kind};
use crate::store::{ArtifactRow, Store, StoreError};

/// The artifacts of all ledgers that a reader reads.
#[derive(Debug)]
pub struct Artifacts<'a, S, P> {
    reader: &'a Reader<S, P>,
}

/// An artifact that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    row: ArtifactRow,
}

impl Artifact {
    /// Length in bytes.
    pub fn size(&self) -> u64 {
        self.row.size
    }
}

/// What a write did. The artifact is kept, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Whether it was there before.
    pub before: bool,
}

/// Why an artifact was not kept or not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The ledger refuses; the code is the reader's.
    Ledger(ReadError),
    /// No artifact of this hash for this caller (`artifact-not-found`).
    NotFound,
    /// The bytes have another hash (`artifact-mismatch`).
    Mismatch,
    /// The value has not come to this place yet (`artifact-unavailable`).
    Unavailable,
}

impl ArtifactError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ledger(error) => error.code(),
            Self::NotFound => "artifact-not-found",
            Self::Mismatch => "artifact-mismatch",
            Self::Unavailable => "artifact-unavailable",
        }
    }
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ledger(error) => return error.fmt(f),
            Self::NotFound => "there is no artifact of this hash",
            Self::Mismatch => "the bytes have another SHA-256 than the path",
            Self::Unavailable => "the artifact has not come to this place yet; try again",
        })
    }
}

impl core::error::Error for ArtifactError {}

impl From<ReadError> for ArtifactError {
    fn from(error: ReadError) -> Self {
        Self::Ledger(error)
    }
}

impl From<StoreError> for ArtifactError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

const CORRUPT: ArtifactError = ArtifactError::Ledger(ReadError::Corrupt);

impl<'a, S: Store, P: Platform> Artifacts<'a, S, P> {
    /// The artifacts of a reader's ledgers.
    pub fn new(reader: &'a Reader<S, P>) -> Self {
        Self { reader }
    }

    /// Keeps `bytes`, which the caller of this has bounded ([`MAX_ARTIFACT_BYTES`]) and let pass. `digest`
    /// is the hash that they are said to have, `None` for a text that is no hash. A value that is
    /// missing, or not what it was, is written again.
    ///
    /// [`MAX_ARTIFACT_BYTES`]: crate::limits::MAX_ARTIFACT_BYTES
    ///
    /// # Errors
    /// [`ArtifactError::Mismatch`]; [`ArtifactError::Ledger`] with [`ReadError::NotFound`],
    /// [`ReadError::Unavailable`] (the artifact may be kept; asking again is safe) or
    /// [`ReadError::Corrupt`].
    pub async fn put(
        &self,
        ledger: &LedgerId,
        digest: Option<Hash>,
        bytes: Vec<u8>,
    ) -> Result<Kept, ArtifactError> {
        let seen = self.reader.see(ledger, &Caller::Admin).await?;
        let digest = digest.filter(|digest| *digest == sha256(&bytes));
        let digest = digest.ok_or(ArtifactError::Mismatch)?;
        if let Some(row) = self.row(&seen, ledger, &digest).await? {
            self.mend(&row, bytes).await?;
            return Ok(Kept { before: true });
        }
        let row = self.draw(&seen, digest, &bytes)?;
        self.write(&row, bytes).await?;
        let calls = &self.reader.calls;
        match calls.write(calls.store.add_artifact(ledger, &row)).await {
            Ok(()) => Ok(Kept { before: false }),
            // Somebody else was first. His row stands, and the value written here is swept away.
            Err(StoreError::Conflict) => match self.row(&seen, ledger, &digest).await? {
                Some(_) => Ok(Kept { before: true }),
                None => Err(CORRUPT),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// The artifact of this hash; its bytes are not read yet. Artifacts are shown to whoever may see the
    /// ledger's payloads. `None` is a text that is no hash.
    ///
    /// # Errors
    /// [`ArtifactError::NotFound`]; [`ArtifactError::Ledger`] as [`Reader::describe`].
    pub async fn find(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        digest: Option<Hash>,
    ) -> Result<Artifact, ArtifactError> {
        let seen = self.reader.see(ledger, caller).await?;
        let digest = digest.filter(|_| seen.payloads).ok_or(ArtifactError::NotFound)?;
        let row = self.row(&seen, ledger, &digest).await?;
        row.map(|row| Artifact { row }).ok_or(ArtifactError::NotFound)
    }

    /// The bytes of an artifact, hashed again.
    ///
    /// # Errors
    /// [`ArtifactError::Unavailable`]; [`ArtifactError::Ledger`] with [`ReadError::Unavailable`], or with
    /// [`ReadError::Corrupt`] if they are not those that were kept.
    pub async fn read(&self, artifact: &Artifact) -> Result<Vec<u8>, ArtifactError> {
        let row = &artifact.row;
        let value = self.value(row).await?.ok_or(ArtifactError::Unavailable)?;
        opened(row, value).ok_or(CORRUPT)
    }

    /// A row that this deployment wrote for this hash.
    async fn row(
        &self,
        seen: &Seen,
        ledger: &LedgerId,
        digest: &Hash,
    ) -> Result<Option<ArtifactRow>, ArtifactError> {
        let calls = &self.reader.calls;
        let Some(row) = calls.read(calls.store.artifact(ledger, digest)).await? else {
            return Ok(None);
        };
        let own = row.digest == *digest && seen.keys.verify_artifact(&row);
        if own { Ok(Some(row)) } else { Err(CORRUPT) }
    }

    fn draw(&self, seen: &Seen, digest: Hash, bytes: &[u8]) -> Result<ArtifactRow, ArtifactError> {
        let platform = &self.reader.calls.platform;
        let mut key = [0; 32];
        platform.fill_random(&mut key).map_err(|_| ReadError::Unavailable)?;
        let row = ArtifactRow {
            digest,
            name: Kind::Artifact.name(&seen.uid, &digest.0, &key),
            key,
            size: u64::try_from(bytes.len()).map_err(|_| CORRUPT)?,
            time: platform.now_ms(),
            mac: [0; 32],
        };
        Ok(ArtifactRow { mac: seen.keys.artifact_mac(&row), ..row })
    }

    async fn value(&self, row: &ArtifactRow) -> Result<Option<Vec<u8>>, ArtifactError> {
        let calls = &self.reader.calls;
        Ok(calls.blob(calls.store.blobs().get(&row.name)).await?)
    }

    async fn write(&self, row: &ArtifactRow, bytes: Vec<u8>) -> Result<(), ArtifactError> {
        let calls = &self.reader.calls;
        let value = sealed::seal(&row.key, &row.digest.0, bytes).ok_or(CORRUPT)?;
        Ok(calls.blob(calls.store.blobs().put(&row.name, value)).await?)
    }

    /// Writes the value of a row again if it is not there as it was.
    async fn mend(&self, row: &ArtifactRow, bytes: Vec<u8>) -> Result<(), ArtifactError> {
        let whole = self.value(row).await?.and_then(|value| opened(row, value));
        if whole.is_some() { Ok(()) } else { self.write(row, bytes).await }
    }
}

/// The bytes of a value, if they are those that the row names.
pub(crate) fn opened(row: &ArtifactRow, value: Vec<u8>) -> Option<Vec<u8>> {
    let bytes = sealed::open(&row.key, &row.digest.0, value)?;
    (sha256(&bytes) == row.digest).then_some(bytes)
}

fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}
