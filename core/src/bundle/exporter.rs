//! The exporter's signature: who put the bundle together vouches for it whole,
//! also for what a ledger does not sign (which records it has, and which
//! payloads).

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::Bundle;
use crate::dsse;
use crate::ed25519::{SIGNATURE_BYTES, SignatureError, SigningKey, verify_strict};

/// The DSSE payload type of what an exporter signs: the SHA-256 of the bundle
/// without its signature. A hash, because key services sign only short
/// messages, and because Ed25519 would need the whole bundle a second time.
pub const EXPORT_TYPE: &str = "application/vnd.stateledger.audit-bundle.sha256";

/// A key of 32 bytes and its signature.
pub(super) const TRAILER_BYTES: usize = 32 + SIGNATURE_BYTES;

/// Who exported a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExporterSignature {
    /// The Ed25519 public key, 32 bytes.
    pub key: [u8; 32],
    /// The Ed25519 signature over [`Bundle::signed_message`], 64 bytes.
    pub signature: [u8; SIGNATURE_BYTES],
}

impl ExporterSignature {
    /// Key and signature, and nothing after them.
    pub(super) fn parse(trailer: &[u8]) -> Option<Self> {
        let (key, signature) = trailer.split_first_chunk()?;
        Some(Self { key: *key, signature: signature.try_into().ok()? })
    }
}

impl Bundle<'_> {
    /// What an exporter signs: the DSSE pre-authentication encoding of
    /// [`EXPORT_TYPE`] and the 32 bytes of the hash.
    #[must_use]
    pub fn signed_message(&self) -> Vec<u8> {
        let mut hasher = Sha256::new();
        self.write_body(&mut |part| hasher.update(part));
        dsse::pae(EXPORT_TYPE, &hasher.finalize())
    }

    /// The bundle, signed by its exporter.
    #[must_use]
    pub fn signed(self, key: &SigningKey) -> Self {
        let signature = key.sign(&self.signed_message());
        self.with_signature(ExporterSignature { key: *key.public_key().as_bytes(), signature })
    }

    /// The bundle with a signature over [`Bundle::signed_message`] that was made
    /// elsewhere. It is not verified.
    #[must_use]
    pub fn with_signature(mut self, signature: ExporterSignature) -> Self {
        self.exporter = Some(signature);
        self
    }

    /// Whether the signature holds, if there is one; answers whose it is.
    pub(super) fn verify_exporter(&self) -> Result<Option<[u8; 32]>, SignatureError> {
        let Some(ExporterSignature { key, signature }) = &self.exporter else { return Ok(None) };
        verify_strict(key, &self.signed_message(), signature).map(|()| Some(*key))
    }
}
