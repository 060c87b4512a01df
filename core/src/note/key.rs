//! Verifier keys and the signers that belong to them.
//!
//! `<key name>+hex(key ID)+base64(signature type || public key)`

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest, Sha256};

use super::{NoteSignature, valid_name};
use crate::base64;
use crate::cosignature;
use crate::ed25519::{PublicKey, SignatureError, SigningKey};

/// Longest verifier key that is looked at: the largest assigned type
/// (ML-DSA-44) needs about 1,800 characters beside its name.
const MAX_KEY_BYTES: usize = 4096;

/// The signature types that are verified here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// 0x01: Ed25519 over the note's text; logs.
    Ed25519,
    /// 0x04: timestamped Ed25519 checkpoint cosignatures; witnesses.
    CosignatureV1,
}

impl KeyKind {
    /// The signature type identifier byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Result<Self, KeyError> {
        match byte {
            0x01 => Ok(Self::Ed25519),
            0x04 => Ok(Self::CosignatureV1),
            other => Err(KeyError::Unsupported(other)),
        }
    }
}

/// A public key with the name and ID that its signature lines carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    kind: KeyKind,
    key: PublicKey,
}

impl VerifierKey {
    /// The key of this name, kind and public key.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a name that is empty or has spaces or `+`.
    pub fn new(name: &str, kind: KeyKind, key: PublicKey) -> Result<Self, KeyError> {
        if !valid_name(name) {
            return Err(KeyError::Malformed);
        }
        Ok(Self { name: name.into(), id: key_id(name, kind, &key), kind, key })
    }

    /// Reads a verifier key; `parse(t)?.to_text() == t`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_KEY_BYTES {
            return Err(KeyError::Malformed);
        }
        let (name, rest) = text.split_once('+').ok_or(KeyError::Malformed)?;
        let (_, encoded) = rest.split_once('+').ok_or(KeyError::Malformed)?;
        let material = base64::decode(encoded).map_err(|_| KeyError::Malformed)?;
        let (kind, key) = material.split_first().ok_or(KeyError::Malformed)?;
        let kind = KeyKind::from_byte(*kind)?;
        let key = PublicKey::from_slice(key).map_err(|_| KeyError::PublicKey)?;
        let parsed = Self::new(name, kind, key)?;
        // The ID follows from the rest: a key has one spelling.
        if parsed.to_text() == text { Ok(parsed) } else { Err(KeyError::Id) }
    }

    /// The text that [`VerifierKey::parse`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        let material = [&[self.kind.byte()], self.key.as_bytes().as_slice()].concat();
        let id = u32::from_be_bytes(self.id);
        format!("{}+{id:08x}+{}", self.name, base64::encode(&material))
    }

    /// The name; a log's is the origin of its checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key ID, big-endian.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// What it verifies.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether this line claims to be by this key: same name and ID.
    #[must_use]
    pub fn made(&self, signature: &NoteSignature) -> bool {
        self.name == signature.name && self.id == signature.id
    }

    /// Verifies a signature over a note's text. A cosignature answers its time
    /// in seconds since the epoch.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(
        &self,
        text: &str,
        signature: &NoteSignature,
    ) -> Result<Option<u64>, SignatureError> {
        match self.kind {
            KeyKind::Ed25519 => {
                self.key.verify_strict(text.as_bytes(), &signature.signature).map(|()| None)
            }
            KeyKind::CosignatureV1 => {
                cosignature::verify(&self.key, text, &signature.signature).map(Some)
            }
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// `SHA-256(key name || 0x0A || signature type || public key)[:4]`
fn key_id(name: &str, kind: KeyKind, key: &PublicKey) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', kind.byte()])
        .chain_update(key.as_bytes())
        .finalize()
        .into();
    let [a, b, c, d, ..] = hash;
    [a, b, c, d]
}

/// A private key with the name under which it signs notes.
#[derive(Debug, Clone)]
pub struct NoteSigner {
    key: SigningKey,
    verifier: VerifierKey,
}

impl NoteSigner {
    /// A log's signer (type 0x01).
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a name that is empty or has spaces or `+`.
    pub fn new(name: &str, key: SigningKey) -> Result<Self, KeyError> {
        let verifier = VerifierKey::new(name, KeyKind::Ed25519, key.public_key())?;
        Ok(Self { key, verifier })
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a note's text.
    #[must_use]
    pub fn sign(&self, text: &str) -> NoteSignature {
        let signature = Vec::from(self.key.sign(text.as_bytes()));
        NoteSignature { name: self.verifier.name.clone(), id: self.verifier.id, signature }
    }
}

/// Why a verifier key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// Not name, ID and base64 joined by `+`.
    Malformed,
    /// The ID is not the one of name, type and key.
    Id,
    /// A signature type that is not verified here.
    Unsupported(u8),
    /// The public key is no usable point, or not 32 bytes.
    PublicKey,
}

impl KeyError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "key-malformed",
            Self::Id => "key-id-mismatch",
            Self::Unsupported(_) => "key-type-unsupported",
            Self::PublicKey => "public-key-invalid",
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not a verifier key"),
            Self::Id => f.write_str("the key ID does not belong to the key"),
            Self::Unsupported(byte) => {
                write!(f, "keys of type 0x{byte:02x} ({}) are not supported", type_name(*byte))
            }
            Self::PublicKey => f.write_str("not a usable Ed25519 public key"),
        }
    }
}

/// Names of the assigned signature types.
const fn type_name(byte: u8) -> &'static str {
    match byte {
        0x02 => "ECDSA",
        0x05 => "RFC 6962 tree head",
        0x06 => "ML-DSA-44 cosignature",
        _ => "unassigned",
    }
}

impl core::error::Error for KeyError {}
