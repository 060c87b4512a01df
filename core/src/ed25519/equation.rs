//! What one signature claims, and when the claim holds.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};

use super::{PublicKey, SIGNATURE_BYTES};

/// R = \[s\]B - \[k\]A, without the cofactor: RFC 8032 section 5.1.7.
pub(super) struct Equation {
    r: CompressedEdwardsY,
    pub(super) s: Scalar,
    pub(super) k: Scalar,
}

impl Equation {
    /// None for another length than 64, or an s that is not below the order.
    pub(super) fn new(key: &PublicKey, message: &[u8], signature: &[u8]) -> Option<Self> {
        let signature: &[u8; SIGNATURE_BYTES] = signature.try_into().ok()?;
        let (r, s) = (signature.first_chunk::<32>()?, signature.last_chunk::<32>()?);
        let s = Option::from(Scalar::from_canonical_bytes(*s))?;
        // Step 2.
        let k = Sha512::new().chain_update(r).chain_update(key.as_bytes());
        let k = k.chain_update(message).finalize().into();
        Some(Self { r: CompressedEdwardsY(*r), s, k: Scalar::from_bytes_mod_order_wide(&k) })
    }

    /// The right side, for -A.
    pub(super) fn right_side(&self, minus_key: &EdwardsPoint) -> CompressedEdwardsY {
        EdwardsPoint::vartime_double_scalar_mul_basepoint(&self.k, minus_key, &self.s).compress()
    }

    /// The one judgement, whoever computed the right side.
    ///
    /// R is compared as bytes and not decompressed: the right side is a point in
    /// its canonical encoding, so an R that equals it is one, too. What strict
    /// verification then still refuses is an R of low order.
    pub(super) fn holds(&self, right_side: &CompressedEdwardsY) -> bool {
        self.r == *right_side && !is_low_order(&self.r.0)
    }
}

/// Whether this encoding has the y of a point of order 1, 2, 4 or 8. Two points
/// with one y are each other's negation, so the bit of the sign does not matter.
pub(super) fn is_low_order(encoding: &[u8; 32]) -> bool {
    let [rest @ .., last] = *encoding;
    LOW_ORDER_Y.iter().any(|[y @ .., y_last]| *y == rest && *y_last == last & 0x7f)
}

/// Whether the y of this encoding is below p = 2^255 - 19.
pub(super) fn is_canonical_y(encoding: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = encoding;
    *first < 0xed || last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

/// y of the points of low order: 1, -1, 0, and of those of order 8.
#[rustfmt::skip]
const LOW_ORDER_Y: [[u8; 32]; 5] = [
    [
        0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [0; 32],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
        0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::EIGHT_TORSION;

    #[test]
    fn the_list_is_the_eight_points() {
        let mut found = 0;
        for encoding in EdwardsPoint::compress_batch(&EIGHT_TORSION) {
            assert!(is_low_order(&encoding.0) && is_canonical_y(&encoding.0));
            found += 1;
            for bit in 0..255 {
                let mut other = encoding.0;
                other[bit / 8] ^= 1 << (bit % 8);
                let point = CompressedEdwardsY(other).decompress();
                let low = is_canonical_y(&other) && point.is_some_and(|p| p.is_small_order());
                assert_eq!(is_low_order(&other), low);
            }
        }
        assert_eq!(found, 8);
    }

    #[test]
    fn y_is_below_p() {
        let mut last = [0xff; 32];
        (last[0], last[31]) = (0xec, 0x7f);
        for sign in [0, 0x80] {
            last[31] = 0x7f | sign;
            assert!(is_canonical_y(&last));
            for low in 0xed..=0xff {
                let second = [&[low], &last[1..]].concat().try_into().unwrap();
                assert!(!is_canonical_y(&second));
            }
            for at in 1..32 {
                let mut smaller = last;
                (smaller[0], smaller[at]) = (0xff, last[at] ^ 1);
                assert!(is_canonical_y(&smaller), "{at}");
            }
        }
    }
}
