//! Verifier keys and the signers that belong to them.
//!
//! `<key name>+hex(key ID)+base64(signature type || public key)`

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest, Sha256};

use super::{NoteSignature, valid_name};
use crate::base64;
use crate::cosignature;
#[cfg(feature = "ml-dsa")]
use crate::cosignature::ml_dsa;
use crate::ed25519::{PublicKey, SignatureError, SigningKey};
use crate::text;

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
    /// 0x06: timestamped ML-DSA-44 checkpoint cosignatures; witnesses.
    #[cfg(feature = "ml-dsa")]
    MlDsa44,
}

impl KeyKind {
    /// The signature type identifier byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44 => 0x06,
        }
    }

    /// Whether it is a witness's, and verifies checkpoints alone.
    #[must_use]
    pub const fn is_cosignature(self) -> bool {
        match self {
            Self::Ed25519 => false,
            Self::CosignatureV1 => true,
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44 => true,
        }
    }
}

/// A public key, and what it verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Ed25519(PublicKey),
    CosignatureV1(PublicKey),
    #[cfg(feature = "ml-dsa")]
    MlDsa44(ml_dsa::PublicKey),
}

impl Key {
    /// `signature type || public key`
    fn parse(material: &[u8]) -> Result<Self, KeyError> {
        let (kind, key) = material.split_first().ok_or(KeyError::Malformed)?;
        let ed25519 = || PublicKey::from_slice(key).map_err(|_| KeyError::PublicKey);
        match kind {
            0x01 => ed25519().map(Self::Ed25519),
            0x04 => ed25519().map(Self::CosignatureV1),
            #[cfg(feature = "ml-dsa")]
            0x06 => {
                ml_dsa::PublicKey::from_slice(key).map(Self::MlDsa44).ok_or(KeyError::PublicKey)
            }
            other => Err(KeyError::Unsupported(*other)),
        }
    }

    fn kind(&self) -> KeyKind {
        match self {
            Self::Ed25519(_) => KeyKind::Ed25519,
            Self::CosignatureV1(_) => KeyKind::CosignatureV1,
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44(_) => KeyKind::MlDsa44,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) | Self::CosignatureV1(key) => key.as_bytes(),
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44(key) => key.as_bytes(),
        }
    }
}

/// A public key with the name and ID that its signature lines carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: Key,
}

impl VerifierKey {
    /// The log's key of this name.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a name that is empty or has spaces or `+`.
    pub fn log(name: &str, key: PublicKey) -> Result<Self, KeyError> {
        Self::new(name, Key::Ed25519(key))
    }

    /// The witness's key of this name.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a name that is empty or has spaces or `+`.
    pub fn witness(name: &str, key: PublicKey) -> Result<Self, KeyError> {
        Self::new(name, Key::CosignatureV1(key))
    }

    fn new(name: &str, key: Key) -> Result<Self, KeyError> {
        if !valid_name(name) {
            return Err(KeyError::Malformed);
        }
        Ok(Self { name: name.into(), id: key_id(name, &key), key })
    }

    /// Reads a verifier key; `parse(t)?.to_text() == t`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_KEY_BYTES {
            return Err(KeyError::Malformed);
        }
        let (name, rest) = text::cut(text, b'+').ok_or(KeyError::Malformed)?;
        let (id, encoded) = text::cut(rest, b'+').ok_or(KeyError::Malformed)?;
        let material = base64::decode(encoded).map_err(|_| KeyError::Malformed)?;
        let parsed = Self::new(name, Key::parse(&material)?)?;
        // The ID follows from the rest: a key has one spelling.
        if parsed.id_text() == id { Ok(parsed) } else { Err(KeyError::Id) }
    }

    /// The ID as 8 lowercase hex digits.
    fn id_text(&self) -> String {
        let mut text = String::new();
        text::push_padded(&mut text, u32::from_be_bytes(self.id).into(), 16, 8);
        text
    }

    /// The text that [`VerifierKey::parse`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        let material = [&[self.kind().byte()], self.key.as_bytes()].concat();
        let mut text = self.name.clone();
        text.push('+');
        text.push_str(&self.id_text());
        text.push('+');
        text.push_str(&base64::encode(&material));
        text
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
        self.key.kind()
    }

    /// The public key: 32 bytes, of ML-DSA-44 1,312.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.key.as_bytes()
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
        let field = signature.signature.as_slice();
        match &self.key {
            Key::Ed25519(key) => key.verify_strict(text.as_bytes(), field).map(|()| None),
            Key::CosignatureV1(key) => cosignature::verify(key, text, field).map(Some),
            #[cfg(feature = "ml-dsa")]
            Key::MlDsa44(key) => ml_dsa::verify(key, &self.name, text, field).map(Some),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// `SHA-256(key name || 0x0A || signature type || public key)[:4]`
fn key_id(name: &str, key: &Key) -> [u8; 4] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', key.kind().byte()])
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
        let verifier = VerifierKey::log(name, key.public_key())?;
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
    /// The public key is no usable point, or has another length.
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
            Self::PublicKey => f.write_str("not a usable public key"),
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
