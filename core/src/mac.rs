//! HMAC-SHA256 over parts, and its comparison.

use hmac::{KeyInit, Mac, SimpleHmac, digest::Key};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// RFC 2104 pads a key to the block of the hash with zeros.
const BLOCK_BYTES: usize = 64;

/// HMAC-SHA256 under a 32-byte key of the concatenation of `parts`.
///
/// The parts are not delimited: a caller whose parts vary in length makes them
/// unambiguous, as [`crate::kdf`] does with length prefixes.
#[must_use]
pub fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0; BLOCK_BYTES];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    // The fixed-size constructor, because the one for slices can fail.
    let mut mac = SimpleHmac::<Sha256>::new(&Key::<SimpleHmac<Sha256>>::from(block));
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
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
    fn equality() {
        assert!(constant_time_eq(b"abc", b"abc"));
        assert!(!constant_time_eq(b"abc", b"abd"));
        assert!(!constant_time_eq(b"abc", b"ab"));
    }
}
