//! Payloads that are too long for a row, as values beside the store (FORMAT.md, section 13).
//!
//! The key is drawn for one record and encrypts one payload, so the nonce can be constant: the same
//! payload under the same key is the same value, however often it is written. Whoever destroys the key has
//! destroyed every copy of the value.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use stateledger_core::hash::Hash;
use stateledger_core::mac::hmac_sha256;

/// Every name of a payload begins so, and goes on with the ledger's uid.
pub(crate) const PREFIX: &str = "payload/";

const NAME_DOMAIN: &[u8] = b"stateledger/payload-name/v1";

/// `payload/<uid>/<digest>/<key id>`: under the salted digest, and apart for records that commit to the
/// same payload under the same salt, because each has a key of its own.
pub(crate) fn name(uid: &[u8; 32], digest: &[u8; 32], key: &[u8; 32]) -> String {
    let id = Hash(hmac_sha256(key, &[NAME_DOMAIN])).to_string();
    let id = id.get(..32).unwrap_or(&id);
    format!("{PREFIX}{}/{}/{id}", Hash(*uid), Hash(*digest))
}

/// The value of a payload. `None` only for one beyond the cipher's limit of 256 GiB.
pub(crate) fn seal(key: &[u8; 32], digest: &[u8; 32], payload: &[u8]) -> Option<Vec<u8>> {
    let message = Payload { msg: payload, aad: digest };
    ChaCha20Poly1305::new(&Key::from(*key)).encrypt(&Nonce::default(), message).ok()
}

/// The payload of a value, `None` for any other bytes than [`seal`] made for this digest.
pub(crate) fn open(key: &[u8; 32], digest: &[u8; 32], value: &[u8]) -> Option<Vec<u8>> {
    let message = Payload { msg: value, aad: digest };
    ChaCha20Poly1305::new(&Key::from(*key)).decrypt(&Nonce::default(), message).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sealed_bytes_open_and_only_for_their_record() {
        let (key, digest) = ([7; 32], [8; 32]);
        let value = seal(&key, &digest, b"payload").unwrap();
        assert_eq!(
            seal(&key, &digest, b"payload").unwrap(),
            value,
            "a retry writes the same bytes"
        );
        assert_eq!(value.len(), b"payload".len() + 16);
        assert_eq!(open(&key, &digest, &value).unwrap(), b"payload");
        for at in 0..value.len() {
            let mut changed = value.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, &digest, &changed), None, "byte {at}");
        }
        assert_eq!(open(&[6; 32], &digest, &value), None);
        assert_eq!(open(&key, &[9; 32], &value), None);
        assert_eq!(open(&key, &digest, &value[..15]), None);
    }

    #[test]
    fn records_with_one_digest_have_names_of_their_own() {
        let one = name(&[1; 32], &[2; 32], &[3; 32]);
        let prefix = format!("payload/{}/{}/", "01".repeat(32), "02".repeat(32));
        assert!(one.starts_with(&prefix) && one.len() == prefix.len() + 32);
        assert_ne!(one, name(&[1; 32], &[2; 32], &[4; 32]));
    }
}
