//! The payload commitment `sha256-salted-v1` of FORMAT.md; the one field by
//! field is in [`fields`].
//!
//! `SHA-256("stateledger/payload/v1" || 0x00 || salt[32] || payload)`. The salt
//! hides a payload that could be guessed; once salt and payload are destroyed
//! the digest says nothing, and every proof over it stays valid.

pub mod fields;

use alloc::vec::Vec;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::sha256;

/// 32 random bytes, drawn afresh for each record.
pub type Salt = [u8; 32];

/// Name of the algorithm in an entry's `commit.alg`.
pub const ALGORITHM: &str = "sha256-salted-v1";

const DOMAIN: &[u8] = b"stateledger/payload/v1\0";

/// The digest that goes into the entry.
#[must_use]
pub fn commit(salt: &Salt, payload: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(DOMAIN).chain_update(salt).chain_update(payload).finalize().into()
}

/// [`commit`] of each salt and payload, in order; faster than one by one where [`crate::tree::leaf_hashes`] is.
#[must_use]
pub fn commit_each<'a>(openings: impl Iterator<Item = (&'a Salt, &'a [u8])>) -> Vec<[u8; 32]> {
    let digests = sha256::digests(openings.map(|(salt, payload)| [DOMAIN, salt, payload]));
    digests.into_iter().map(|digest| digest.0).collect()
}

/// Whether `digest` commits to this payload under this salt; constant time in
/// the digest, so that a server may use it on a secret one.
#[must_use]
pub fn verify(digest: &[u8; 32], salt: &Salt, payload: &[u8]) -> bool {
    commit(salt, payload).ct_eq(digest).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_digest_is_plain_sha256_of_the_parts() {
        let joined: Vec<u8> =
            [b"stateledger/payload/v1".as_slice(), &[0], &[5; 32], b"pay"].concat();
        assert_eq!(commit(&[5; 32], b"pay"), <[u8; 32]>::from(Sha256::digest(joined)));
    }

    #[test]
    fn many_are_as_one_by_one() {
        let payloads: Vec<Vec<u8>> = (0..9).map(|n| alloc::vec![n; usize::from(n) * 29]).collect();
        let salts: Vec<Salt> = (0..9).map(|n| [n; 32]).collect();
        let openings =
            salts.iter().zip(&payloads).map(|(salt, payload)| (salt, payload.as_slice()));
        let one_by_one: Vec<_> =
            openings.clone().map(|(salt, bytes)| commit(salt, bytes)).collect();
        assert_eq!(commit_each(openings), one_by_one);
    }

    #[test]
    fn any_change_breaks_it() {
        let digest = commit(&[1; 32], b"payload");
        assert!(verify(&digest, &[1; 32], b"payload"));
        assert!(!verify(&digest, &[2; 32], b"payload"));
        assert!(!verify(&digest, &[1; 32], b"payloae"));
        assert!(!verify(&[0; 32], &[1; 32], b"payload"));
    }
}
