//! HMAC-SHA256 over parts, and its comparison.

use alloc::vec::Vec;

use hmac::{KeyInit, Mac, SimpleHmac, digest::Key};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::sha256;

/// RFC 2104 pads a key to the block of the hash with zeros.
const BLOCK_BYTES: usize = 64;

/// HMAC-SHA256 under a 32-byte key of the concatenation of `parts`.
///
/// The parts are not delimited: a caller whose parts vary in length makes them
/// unambiguous, as [`crate::kdf`] does with length prefixes.
#[must_use]
pub fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // The fixed-size constructor, because the one for slices can fail.
    let mut mac = SimpleHmac::<Sha256>::new(&Key::<SimpleHmac<Sha256>>::from(padded(key, 0)));
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// [`hmac_sha256`] of each message under its own key, in order; faster than one by one where [`crate::tree::leaf_hashes`] is.
#[must_use]
pub fn hmac_sha256_each<'a>(
    messages: impl Iterator<Item = (&'a [u8; 32], &'a [u8])> + Clone,
) -> Vec<[u8; 32]> {
    // RFC 2104 section 2: the two pads that a key is combined with.
    let pads = |pad: u8| -> Vec<_> { messages.clone().map(|(key, _)| padded(key, pad)).collect() };
    let (inner, outer) = (pads(0x36), pads(0x5c));
    let inner = inner.iter().zip(messages).map(|(pad, (_, message))| [pad.as_slice(), message]);
    let inner = sha256::digests(inner);
    let outer = outer.iter().zip(&inner).map(|(pad, hash)| [pad.as_slice(), hash.as_bytes()]);
    sha256::digests(outer).into_iter().map(|hash| hash.0).collect()
}

/// The key padded with zeros, each byte combined with `pad`.
fn padded(key: &[u8; 32], pad: u8) -> [u8; BLOCK_BYTES] {
    let mut block = [pad; BLOCK_BYTES];
    for (to, from) in block.iter_mut().zip(key) {
        *to ^= from;
    }
    block
}

/// Equality whose time depends on the lengths alone.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hash;
    use alloc::string::ToString;

    /// RFC 4231 test case 1, whose 20-byte key zero-pads to the same block.
    #[test]
    fn rfc_4231() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            Hash(hmac_sha256(&key, &[b"Hi ", b"There"])).to_string(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn many_are_the_same_as_one_by_one() {
        let keys: Vec<[u8; 32]> = (0..9).map(|n| [n * 29; 32]).collect();
        let bytes: Vec<u8> = (0..=255).collect();
        // Around the end of a block.
        for length in [0, 1, 54, 55, 56, 63, 64, 65, 200] {
            let messages = keys.iter().enumerate().map(|(n, key)| (key, &bytes[..length + n]));
            let one_by_one: Vec<_> =
                messages.clone().map(|(key, message)| hmac_sha256(key, &[message])).collect();
            assert_eq!(hmac_sha256_each(messages), one_by_one);
        }
    }

    #[test]
    fn equality() {
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"ab"));
    }
}
