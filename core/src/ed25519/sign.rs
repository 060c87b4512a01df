//! Signing, RFC 8032 section 5.1.6.
//!
//! The steps are ours because `ed25519-dalek` takes them with a table of the
//! base point's multiples that hardly compresses. Without it a signature
//! takes a few times longer, and nobody makes thousands. A test holds both to
//! the same bytes.

use core::fmt;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha512};

use super::{PublicKey, SIGNATURE_BYTES};

/// A private key.
#[derive(Clone)]
pub struct SigningKey {
    scalar: Scalar,
    prefix: [u8; 32],
    public: PublicKey,
}

#[expect(clippy::arithmetic_side_effects, reason = "modulo the order of the group")]
impl SigningKey {
    /// The key of a 32-byte seed (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let (scalar, prefix) = halves(Sha512::digest(seed).into());
        let scalar = Scalar::from_bytes_mod_order(clamp_integer(scalar));
        // Constant in time, as is every multiplication here.
        let point = ED25519_BASEPOINT_POINT * scalar;
        Self { scalar, prefix, public: PublicKey(VerifyingKey::from(point)) }
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Signs; the same message always gives the same 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        // 2. "Compute SHA-512(dom2(F, C) || prefix || PH(M))", as an integer r.
        let r = scalar_of(&[&self.prefix, message]);
        // 3. "Compute the point [r]B."
        let point = (ED25519_BASEPOINT_POINT * r).compress();
        // 4. "Compute SHA512(dom2(F, C) || R || A || PH(M))", as an integer k.
        let k = scalar_of(&[point.as_bytes(), self.public.as_bytes(), message]);
        // 5. "Compute S = (r + k * s) mod L."
        let s = r + k * self.scalar;
        // 6. "Form the signature of the concatenation of R and S."
        ed25519_dalek::Signature::from_components(point.0, s.to_bytes()).to_bytes()
    }
}

/// SHA-512 of the parts, modulo the group's order.
fn scalar_of(parts: &[&[u8]]) -> Scalar {
    let hasher = parts.iter().fold(Sha512::new(), |hasher, part| hasher.chain_update(part));
    Scalar::from_bytes_mod_order_wide(&hasher.finalize().into())
}

fn halves(digest: [u8; 64]) -> ([u8; 32], [u8; 32]) {
    let mut halves = digest.as_chunks::<32>().0.iter().copied();
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(self.public_key().as_bytes()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use ed25519_dalek::Signer;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_library_signs_the_same(seed: [u8; 32], message: Vec<u8>) {
            let (ours, theirs) =
                (SigningKey::from_seed(&seed), ed25519_dalek::SigningKey::from_bytes(&seed));
            prop_assert_eq!(*ours.public_key().as_bytes(), theirs.verifying_key().to_bytes());
            prop_assert_eq!(ours.sign(&message), theirs.sign(&message).to_bytes());
        }
    }
}
