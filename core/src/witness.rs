//! C2SP tlog-witness: the bodies of `add-checkpoint`.
//!
//! ```text
//! old 20852014                  size that the witness cosigned last
//! PlRNCrwHpqhGrupue0L7gxb...=   consistency proof
//!
//! example.com/behind-the-sofa   the checkpoint, verbatim
//! ...
//! ```
//!
//! A witness answers 200 with [`Cosignatures`], or 409 with a [`CosignedSize`].
//! Reading a body verifies nothing: see [`crate::tree::verify_consistency`] and
//! [`crate::trust::Trust::open_checkpoint`].

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::checkpoint::{CheckpointError, SignedCheckpoint, parse_size};
use crate::hash::Hash;
use crate::note::{MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, NoteSignature};
use crate::text;
use crate::tree::TreeSize;

/// "The client MUST NOT send more than 63 consistency proof lines."
pub const MAX_CONSISTENCY_LINES: usize = 63;

/// A note, 63 lines of 45 bytes, and the old size.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 4 * 1024;

/// Media type of a [`CosignedSize`].
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// The request: a checkpoint, and that it extends the one of the old size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    old_size: TreeSize,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Puts a request together. A witness that never cosigned this log is at
    /// size 0, and from there the proof is empty.
    ///
    /// # Errors
    /// [`WitnessError::SizesReversed`] if the checkpoint is older than `old_size`;
    /// [`WitnessError::Malformed`] for more than 63 hashes, or any from size 0.
    pub fn new(
        old_size: TreeSize,
        proof: Vec<Hash>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, WitnessError> {
        // "The old size MUST be equal to or lower than the checkpoint size."
        if old_size > checkpoint.checkpoint().size {
            return Err(WitnessError::SizesReversed);
        }
        // "The proof MUST be empty if the old size is zero."
        let needless = old_size == TreeSize::ZERO && !proof.is_empty();
        if needless || proof.len() > MAX_CONSISTENCY_LINES {
            return Err(WitnessError::Malformed);
        }
        Ok(Self { old_size, proof, checkpoint })
    }

    /// Reads a request body; `parse(b)?.to_bytes() == b`.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WitnessError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(WitnessError::Malformed);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| WitnessError::Malformed)?;
        // No line before it may be empty, so the first empty line is the one.
        let (head, checkpoint) =
            text::split_at_first_empty_line(text).ok_or(WitnessError::Malformed)?;
        let mut lines = head.split('\n');
        let old_size = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(parse_size)
            .ok_or(WitnessError::OldSize)?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() >= MAX_CONSISTENCY_LINES {
                return Err(WitnessError::Malformed);
            }
            proof.push(Hash::from_base64(line).map_err(|_| WitnessError::Hash)?);
        }
        Self::new(old_size, proof, SignedCheckpoint::parse(checkpoint.as_bytes())?)
    }

    /// The size that the witness is believed to have cosigned last.
    #[must_use]
    pub fn old_size(&self) -> TreeSize {
        self.old_size
    }

    /// The consistency proof from the old size to the checkpoint's, at most 63 hashes.
    #[must_use]
    pub fn proof(&self) -> &[Hash] {
        &self.proof
    }

    /// The checkpoint to cosign.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// The request body.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("old {}\n", self.old_size);
        for hash in &self.proof {
            head.push_str(&hash.to_base64());
            head.push('\n');
        }
        head.push('\n');
        [head.into_bytes(), self.checkpoint.to_bytes()].concat()
    }
}

/// The body of 409: the size that the witness did cosign last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CosignedSize(pub TreeSize);

impl CosignedSize {
    /// Reads the body; `parse(b)?.to_bytes() == b`.
    ///
    /// # Errors
    /// [`WitnessError::CosignedSize`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WitnessError> {
        core::str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.strip_suffix('\n'))
            .and_then(parse_size)
            .map(Self)
            .ok_or(WitnessError::CosignedSize)
    }

    /// "The tree size [...] in decimal, followed by a newline".
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        format!("{}\n", self.0).into_bytes()
    }
}

/// The body of 200: the witness's cosignatures of the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignatures(Vec<NoteSignature>);

impl Cosignatures {
    /// Puts an answer together: 1 to 64 lines.
    ///
    /// # Errors
    /// [`WitnessError::Signatures`] for what [`Cosignatures::parse`] would not read back.
    pub fn new(lines: Vec<NoteSignature>) -> Result<Self, WitnessError> {
        let answer = Self(lines);
        if Self::parse(&answer.to_bytes())? == answer {
            Ok(answer)
        } else {
            Err(WitnessError::Signatures)
        }
    }

    /// Reads the body; `parse(b)?.to_bytes() == b`. Its lines may be by keys
    /// that the reader does not know: "The client MUST ignore any".
    ///
    /// # Errors
    /// [`WitnessError::Signatures`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WitnessError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(WitnessError::Signatures);
        }
        let text = core::str::from_utf8(bytes).ok().and_then(|text| text.strip_suffix('\n'));
        let mut signatures = Vec::new();
        for line in text.ok_or(WitnessError::Signatures)?.split('\n') {
            if signatures.len() >= MAX_NOTE_SIGNATURES {
                return Err(WitnessError::Signatures);
            }
            signatures.push(NoteSignature::parse_line(line).ok_or(WitnessError::Signatures)?);
        }
        Ok(Self(signatures))
    }

    /// The lines in their order, to be verified and put under the checkpoint.
    #[must_use]
    pub fn lines(&self) -> &[NoteSignature] {
        &self.0
    }

    /// The body.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = String::new();
        self.0.iter().for_each(|line| line.write_line(&mut text));
        text.into_bytes()
    }
}

/// Why a body was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WitnessError {
    /// Not an old size, at most 63 hashes, an empty line and a checkpoint.
    Malformed,
    /// No old size, or not a plain decimal up to 2^48.
    OldSize,
    /// A line of the proof is not 32 bytes in base64.
    Hash,
    /// The checkpoint.
    Checkpoint(CheckpointError),
    /// The old size is above the checkpoint's.
    SizesReversed,
    /// The answer is not a plain decimal up to 2^48 and a newline.
    CosignedSize,
    /// The answer is not 1 to 64 signature lines.
    Signatures,
}

impl WitnessError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "witness-malformed",
            Self::OldSize => "witness-malformed",
            Self::Hash => "witness-malformed",
            Self::Checkpoint(error) => error.code(),
            Self::SizesReversed => "sizes-reversed",
            Self::CosignedSize => "witness-malformed",
            Self::Signatures => "witness-malformed",
        }
    }
}

impl fmt::Display for WitnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("a request has an old size, a proof and a checkpoint"),
            Self::OldSize => f.write_str("the old size is not a plain decimal up to 2^48"),
            Self::Hash => f.write_str("a line of the proof is not 32 bytes in base64"),
            Self::Checkpoint(error) => error.fmt(f),
            Self::SizesReversed => f.write_str("the old size is above the checkpoint's"),
            Self::CosignedSize => f.write_str("the answer is not a plain decimal and a newline"),
            Self::Signatures => f.write_str("the answer is not 1 to 64 signature lines"),
        }
    }
}

impl core::error::Error for WitnessError {}

impl From<CheckpointError> for WitnessError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

#[cfg(test)]
mod tests;
