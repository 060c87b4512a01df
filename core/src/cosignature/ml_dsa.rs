//! C2SP tlog-cosignature, the ML-DSA-44 kind (FIPS 204), which no quantum
//! computer forges and which names its cosigner.
//!
//! The signature field holds `u64 timestamp || ml_dsa_44_signature[2420]`. What
//! is signed is not the note's text, but what it says:
//!
//! ```text
//! struct {
//!     uint8 label[12] = "subtree/v1\n\0";
//!     opaque cosigner_name<1..2^8-1>;
//!     uint64 timestamp;
//!     opaque log_origin<1..2^8-1>;
//!     uint64 start;                     0 for a checkpoint
//!     uint64 end;                       its size
//!     uint8 hash[32];
//! } cosigned_message;
//! ```
//!
//! So no statement is made about extension lines.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ml_dsa::{EncodedSignature, EncodedVerifyingKey, MlDsa44, Signature, VerifyingKey};

use super::MAX_TIMESTAMP;
use crate::checkpoint::Checkpoint;
use crate::ed25519::SignatureError;

/// Bytes of a public key.
pub(crate) const PUBLIC_KEY_BYTES: usize = 1312;

/// A public key; each 1,312 bytes are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey(Box<[u8; PUBLIC_KEY_BYTES]>);

impl PublicKey {
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self(Box::new(bytes.try_into().ok()?)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// Verifies the signature field of a cosignature by `name` over a checkpoint's
/// note text and answers its time, in seconds since the epoch; 0 where the
/// cosigner does not say that it knows no larger tree.
pub(crate) fn verify(
    key: &PublicKey,
    name: &str,
    text: &str,
    field: &[u8],
) -> Result<u64, SignatureError> {
    let (timestamp, signature) = field.split_first_chunk::<8>().ok_or(SignatureError)?;
    let timestamp = u64::from_be_bytes(*timestamp);
    if timestamp > MAX_TIMESTAMP {
        return Err(SignatureError);
    }
    let message = message(name, timestamp, text).ok_or(SignatureError)?;
    let encoded = EncodedSignature::<MlDsa44>::try_from(signature).map_err(|_| SignatureError)?;
    let signature = Signature::<MlDsa44>::decode(&encoded).ok_or(SignatureError)?;
    let encoded = EncodedVerifyingKey::<MlDsa44>::try_from(key.as_bytes());
    let key = VerifyingKey::<MlDsa44>::decode(&encoded.map_err(|_| SignatureError)?);
    // FIPS 204's pure mode, with an empty context.
    if key.verify_with_context(&message, &[], &signature) {
        Ok(timestamp)
    } else {
        Err(SignatureError)
    }
}

/// None for a text that is no checkpoint, and for names that are too long.
fn message(name: &str, timestamp: u64, text: &str) -> Option<Vec<u8>> {
    let Checkpoint { origin, size, root, .. } = Checkpoint::parse(text).ok()?;
    let mut message = b"subtree/v1\n\0".to_vec();
    write_opaque(name, &mut message)?;
    message.extend(timestamp.to_be_bytes());
    write_opaque(&origin, &mut message)?;
    message.extend(0u64.to_be_bytes());
    message.extend(size.get().to_be_bytes());
    message.extend(root.0);
    Some(message)
}

/// `opaque<1..2^8-1>`: one byte of length first.
fn write_opaque(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let length = u8::try_from(text.len()).ok().filter(|length| *length > 0)?;
    out.push(length);
    out.extend_from_slice(text.as_bytes());
    Some(())
}
