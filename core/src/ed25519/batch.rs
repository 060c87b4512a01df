//! Many signatures of one key, each with exactly the verdict of
//! [`PublicKey::verify_strict`].
//!
//! The usual batch equation, one random linear combination of all signatures,
//! is not exact: with the cofactor it accepts what strict verification refuses,
//! without it an error of order 2, 4 or 8 passes with a chance of 1/2 to 1/8,
//! and a refusal does not say which signature is bad. Here nothing is combined
//! but work. R' = \[s\]B - \[k\]A is computed for each signature from tables of
//! multiples of B and -A, which leave additions and no doublings; all R' are
//! compressed with one inversion, and each is compared with its R's bytes.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Neg;

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use sha2::{Digest, Sha512};

use super::{PublicKey, SIGNATURE_BYTES, SignatureError};

/// From this many signatures of one key on, tables for them pay: below it,
/// one by one is as fast.
pub const TABLE_THRESHOLD: usize = 8;

/// Bits of a window. Past 10 a row of both tables, 2 * 512 * 160 bytes, would
/// leave the second cache of most machines, and a table its 4.3 MB.
const WIDTHS: core::ops::RangeInclusive<u32> = 4..=10;

/// Bits of a scalar below the group's order, 2^252 + 2.8 * 10^37.
const SCALAR_BITS: u32 = 253;

/// Digits of a scalar in the narrowest windows.
const MAX_DIGITS: usize = 64;

/// A message and what claims to be its signature.
#[derive(Debug, Clone, Copy)]
pub struct SignedMessage<'a> {
    /// Any bytes.
    pub message: &'a [u8],
    /// 64 bytes, else the verdict is a refusal.
    pub signature: &'a [u8],
}

impl PublicKey {
    /// Verifies each signature by itself, in order: the verdicts of
    /// [`PublicKey::verify_strict`] for every input, faster from
    /// [`TABLE_THRESHOLD`] signatures on.
    #[must_use]
    pub fn verify_each(&self, signed: &[SignedMessage<'_>]) -> Vec<Result<(), SignatureError>> {
        if signed.len() < TABLE_THRESHOLD {
            let verify = |one: &SignedMessage<'_>| self.verify_strict(one.message, one.signature);
            return signed.iter().map(verify).collect();
        }
        KeyTable::new(self, signed.len()).verify_each(signed)
    }
}

/// Multiples of a key and of the base point, to be kept by who verifies
/// signatures of this key again and again.
///
/// 160 bytes a multiple: 164 KB for 8 signatures, 1.3 MB for 350 and 4.3 MB
/// from 2,000 on.
#[derive(Debug, Clone)]
pub struct KeyTable {
    key: PublicKey,
    /// Ours also for few signatures: the library's own table of the base point
    /// would make the wasm module a third larger.
    base: Multiples,
    minus_key: Multiples,
}

impl KeyTable {
    /// The table that costs least if it verifies `expected` signatures in all.
    #[must_use]
    pub fn new(key: &PublicKey, expected: usize) -> Self {
        let width = cheapest_width(expected);
        Self {
            key: *key,
            base: Multiples::new(&ED25519_BASEPOINT_POINT, width),
            minus_key: Multiples::new(&key.0.to_edwards().neg(), width),
        }
    }

    /// Whose signatures it verifies.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// [`PublicKey::verify_each`] with this table, for any number of signatures.
    #[must_use]
    pub fn verify_each(&self, signed: &[SignedMessage<'_>]) -> Vec<Result<(), SignatureError>> {
        let equations: Vec<Option<Equation>> =
            signed.iter().map(|one| Equation::new(&self.key, one)).collect();
        let scalars = |pick: fn(&Equation) -> Scalar| {
            equations.iter().map(move |one| one.as_ref().map_or(Scalar::ZERO, pick))
        };
        let mut computed = vec![EdwardsPoint::identity(); signed.len()];
        self.base.add_each(&mut computed, scalars(|equation| equation.s));
        self.minus_key.add_each(&mut computed, scalars(|equation| equation.k));
        // The only R that strict verification refuses although the equation
        // holds: a point of low order. R' is compressed, so R is canonical.
        let low_order = EdwardsPoint::compress_batch(&EIGHT_TORSION);
        let judge = |(equation, computed): (&Option<Equation>, _)| match equation {
            Some(Equation { r, .. }) if *r == computed && !low_order.contains(&computed) => Ok(()),
            _ => Err(SignatureError),
        };
        equations.iter().zip(EdwardsPoint::compress_batch_alloc(&computed)).map(judge).collect()
    }
}

/// What one signature claims: R = \[s\]B - \[k\]A.
struct Equation {
    r: CompressedEdwardsY,
    s: Scalar,
    k: Scalar,
}

impl Equation {
    /// None for another length than 64, or an s that is not below the order.
    fn new(key: &PublicKey, signed: &SignedMessage<'_>) -> Option<Self> {
        let signature: &[u8; SIGNATURE_BYTES] = signed.signature.try_into().ok()?;
        let (r, s) = (signature.first_chunk::<32>()?, signature.last_chunk::<32>()?);
        let s = Option::from(Scalar::from_canonical_bytes(*s))?;
        // RFC 8032 section 5.1.7, step 2.
        let k = Sha512::new().chain_update(r).chain_update(key.as_bytes());
        let k = k.chain_update(signed.message).finalize().into();
        Some(Self { r: CompressedEdwardsY(*r), s, k: Scalar::from_bytes_mod_order_wide(&k) })
    }
}

/// Row `i` holds 1 to `half(width)` times `2^(width * i)` times a point.
#[derive(Debug, Clone)]
struct Multiples {
    /// Bits of a window.
    width: u32,
    points: Vec<EdwardsPoint>,
}

#[allow(clippy::arithmetic_side_effects, reason = "addition of points, which is complete")]
impl Multiples {
    fn new(point: &EdwardsPoint, width: u32) -> Self {
        let (rows, half) = (rows(width), half(width));
        let mut points = Vec::with_capacity(rows.saturating_mul(half));
        let mut first = *point;
        for _ in 0..rows {
            let mut multiple = first;
            points.push(multiple);
            for _ in 1..half {
                multiple += first;
                points.push(multiple);
            }
            first = multiple + multiple;
        }
        Self { width, points }
    }

    /// Adds each scalar's multiple of the point to the sum at its place.
    fn add_each(&self, sums: &mut [EdwardsPoint], scalars: impl Iterator<Item = Scalar>) {
        let digits: Vec<Digits> = scalars.map(|scalar| Digits::new(&scalar, self.width)).collect();
        // Row by row, so that the part of the table in use stays in the cache.
        for (place, row) in self.points.chunks_exact(half(self.width)).enumerate() {
            for (sum, digits) in sums.iter_mut().zip(&digits) {
                let digit = digits.get(place);
                let multiple = usize::from(digit.unsigned_abs()).checked_sub(1);
                match multiple.and_then(|multiple| row.get(multiple)) {
                    Some(multiple) if digit > 0 => *sum += multiple,
                    Some(multiple) => *sum -= multiple,
                    None => {}
                }
            }
        }
    }
}

/// A scalar as the sum of `digit[i] * 2^(width * i)`, each digit from
/// `-2^(width - 1)` to `2^(width - 1) - 1`.
///
/// It is the scalar itself and not another number of its class modulo the
/// group's order: a key may have a part of low order, for which they differ.
struct Digits([i16; MAX_DIGITS]);

impl Digits {
    #[allow(clippy::arithmetic_side_effects, reason = "at most 17 bits are held at a time")]
    fn new(scalar: &Scalar, width: u32) -> Self {
        let mut digits = [0; MAX_DIGITS];
        let mut bytes = scalar.as_bytes().iter();
        let (mut bits, mut held, mut carry) = (0u32, 0, 0);
        for digit in &mut digits {
            while held < width {
                bits |= bytes.next().map_or(0, |byte| u32::from(*byte)) << held;
                held += 8;
            }
            let value = (bits & ((1 << width) - 1)) + carry;
            (bits, held) = (bits >> width, held - width);
            // A value of the upper half stands for itself less 2^width.
            carry = (value + (1 << (width - 1))) >> width;
            *digit = (value as i32 - ((carry as i32) << width)) as i16;
        }
        Self(digits)
    }

    fn get(&self, place: usize) -> i16 {
        self.0.get(place).copied().unwrap_or(0)
    }
}

/// Multiples in a row of a table.
fn half(width: u32) -> usize {
    1 << width.saturating_sub(1).min(9)
}

/// Rows of a table. The last digit has at least two bits to spare in each of
/// [`WIDTHS`], so that no carry leaves it.
fn rows(width: u32) -> usize {
    SCALAR_BITS.checked_div(width).map_or(0, |whole| whole.saturating_add(1)) as usize
}

/// What a table costs in all: one addition for each multiple, and one for each
/// row and signature.
fn additions(width: u32, signatures: usize) -> usize {
    rows(width).saturating_mul(half(width).saturating_add(signatures))
}

fn cheapest_width(signatures: usize) -> u32 {
    // From 2,000 on the answer no longer changes.
    let signatures = signatures.min(10_000);
    WIDTHS.min_by_key(|width| additions(*width, signatures)).unwrap_or(4)
}

#[cfg(test)]
mod tests;
