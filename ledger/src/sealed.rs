//! Payloads that are too long for a row, and artifacts, as values beside the store (FORMAT.md, section 13).
//!
//! The key is drawn for one value and encrypts nothing else, so the nonce can be constant: the same
//! bytes under the same key are the same value, however often it is written. Whoever destroys the key has
//! destroyed every copy of the value.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use stateledger_core::hash::Hash;
use stateledger_core::mac::hmac_sha256;

/// What a value is; its name begins so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The payload of a record.
    Payload,
    /// Bytes under their own hash.
    Artifact,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 2] = [Self::Payload, Self::Artifact];

    /// Every name of this kind begins so, and goes on with the ledger's uid.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Payload => "payload/",
            Self::Artifact => "artifact/",
        }
    }

    fn domain(self) -> &'static [u8] {
        match self {
            Self::Payload => b"stateledger/payload-name/v1",
            Self::Artifact => b"stateledger/artifact-name/v1",
        }
    }

    /// `<kind>/<uid>/<digest>/<key id>`: under the digest, and apart for values of one digest, because
    /// each has a key of its own.
    pub(crate) fn name(self, uid: &[u8; 32], digest: &[u8; 32], key: &[u8; 32]) -> String {
        let id = Hash(hmac_sha256(key, &[self.domain()])).to_string();
        let id = id.get(..32).unwrap_or(&id);
        format!("{}{}/{}/{id}", self.prefix(), Hash(*uid), Hash(*digest))
    }
}

/// The value of these bytes. `None` only beyond the cipher's limit of 256 GiB.
pub(crate) fn seal(key: &[u8; 32], digest: &[u8; 32], mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let cipher = ChaCha20Poly1305::new(&Key::from(*key));
    cipher.encrypt_in_place(&Nonce::default(), digest, &mut bytes).ok()?;
    Some(bytes)
}

/// The bytes of a value, `None` for any other than [`seal`] made for this digest.
pub(crate) fn open(key: &[u8; 32], digest: &[u8; 32], mut value: Vec<u8>) -> Option<Vec<u8>> {
    let cipher = ChaCha20Poly1305::new(&Key::from(*key));
    cipher.decrypt_in_place(&Nonce::default(), digest, &mut value).ok()?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sealed_bytes_open_and_only_for_their_digest() {
        let (key, digest) = ([7; 32], [8; 32]);
        let value = seal(&key, &digest, b"payload".to_vec()).unwrap();
        assert_eq!(
            seal(&key, &digest, b"payload".to_vec()).unwrap(),
            value,
            "a retry writes the same bytes"
        );
        assert_eq!(value.len(), b"payload".len() + 16);
        assert_eq!(open(&key, &digest, value.clone()).unwrap(), b"payload");
        for at in 0..value.len() {
            let mut changed = value.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, &digest, changed), None, "byte {at}");
        }
        assert_eq!(open(&[6; 32], &digest, value.clone()), None);
        assert_eq!(open(&key, &[9; 32], value.clone()), None);
        assert_eq!(open(&key, &digest, value[..15].to_vec()), None);
    }

    #[test]
    fn values_of_one_digest_have_names_of_their_own() {
        for kind in Kind::ALL {
            let one = kind.name(&[1; 32], &[2; 32], &[3; 32]);
            let prefix = format!("{}{}/{}/", kind.prefix(), "01".repeat(32), "02".repeat(32));
            assert!(one.starts_with(&prefix) && one.len() == prefix.len() + 32);
            assert_ne!(one, kind.name(&[1; 32], &[2; 32], &[4; 32]));
        }
    }
}
