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

/// Windows of 4 to 8 bits: the digits of the widest just fit an `i8`.
const WIDTHS: core::ops::RangeInclusive<u32> = 4..=8;

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
/// 160 bytes a multiple: 160 KiB for 8 signatures, 1.3 MiB from 350 on.
#[derive(Debug, Clone)]
pub struct KeyTable {
    key: PublicKey,
    /// Bits of a window.
    width: u32,
    base: Vec<EdwardsPoint>,
    minus_key: Vec<EdwardsPoint>,
}

impl KeyTable {
    /// The table that costs least if it verifies `expected` signatures in all.
    #[must_use]
    pub fn new(key: &PublicKey, expected: usize) -> Self {
        let width = cheapest_width(expected);
        let minus_key = key.0.to_edwards().neg();
        Self {
            key: *key,
            width,
            base: multiples(&ED25519_BASEPOINT_POINT, width),
            minus_key: multiples(&minus_key, width),
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
            signed.iter().map(|one| Equation::new(self, one)).collect();
        let mut sums = vec![EdwardsPoint::identity(); signed.len()];
        let half = half(self.width);
        let rows = self.base.chunks_exact(half).zip(self.minus_key.chunks_exact(half));
        // Row by row, so that the part of the table in use stays in the cache.
        for (place, (base, minus_key)) in rows.enumerate() {
            for (equation, sum) in equations.iter().zip(&mut sums) {
                if let Some(equation) = equation {
                    add(sum, base, equation.s.get(place));
                    add(sum, minus_key, equation.k.get(place));
                }
            }
        }
        // The only R that strict verification refuses although the equation
        // holds: a point of low order. R' is compressed, so R is canonical.
        let low_order = EdwardsPoint::compress_batch(&EIGHT_TORSION);
        let judge = |(equation, computed): (&Option<Equation>, _)| match equation {
            Some(Equation { r, .. }) if *r == computed && !low_order.contains(&computed) => Ok(()),
            _ => Err(SignatureError),
        };
        equations.iter().zip(EdwardsPoint::compress_batch_alloc(&sums)).map(judge).collect()
    }
}

/// What one signature claims: R = \[s\]B - \[k\]A.
struct Equation {
    r: CompressedEdwardsY,
    s: Digits,
    k: Digits,
}

impl Equation {
    /// None for another length than 64, or an s that is not below the order.
    fn new(table: &KeyTable, signed: &SignedMessage<'_>) -> Option<Self> {
        let signature: &[u8; SIGNATURE_BYTES] = signed.signature.try_into().ok()?;
        let (r, s) = (signature.first_chunk::<32>()?, signature.last_chunk::<32>()?);
        let s = Option::from(Scalar::from_canonical_bytes(*s))?;
        // RFC 8032 section 5.1.7, step 2.
        let k = Sha512::new().chain_update(r).chain_update(table.key.as_bytes());
        let k = k.chain_update(signed.message).finalize().into();
        let k = Scalar::from_bytes_mod_order_wide(&k);
        let digits = |scalar| Digits::new(&scalar, table.width);
        Some(Self { r: CompressedEdwardsY(*r), s: digits(s), k: digits(k) })
    }
}

/// A scalar as the sum of `digit[i] * 2^(width * i)`, each digit from
/// `-2^(width - 1)` to `2^(width - 1) - 1`.
///
/// It is the scalar itself and not another number of its class modulo the
/// group's order: a key may have a part of low order, for which they differ.
struct Digits([i8; MAX_DIGITS]);

impl Digits {
    #[allow(clippy::arithmetic_side_effects, reason = "at most 16 bits are held at a time")]
    fn new(scalar: &Scalar, width: u32) -> Self {
        let mut digits = [0; MAX_DIGITS];
        let mut bytes = scalar.as_bytes().iter();
        let (mut bits, mut held, mut carry) = (0u32, 0, 0);
        for digit in &mut digits {
            if held < width {
                bits |= bytes.next().map_or(0, |byte| u32::from(*byte)) << held;
                held += 8;
            }
            let value = (bits & ((1 << width) - 1)) + carry;
            (bits, held) = (bits >> width, held - width);
            // A value of the upper half stands for itself less 2^width.
            carry = (value + (1 << (width - 1))) >> width;
            *digit = (value as i32 - ((carry as i32) << width)) as i8;
        }
        Self(digits)
    }

    fn get(&self, place: usize) -> i8 {
        self.0.get(place).copied().unwrap_or(0)
    }
}

/// Multiples in a row of a table.
fn half(width: u32) -> usize {
    1 << width.saturating_sub(1).min(7)
}

/// Rows of a table. The last digit has at least two bits to spare in each of
/// [`WIDTHS`], so that no carry leaves it.
fn rows(width: u32) -> usize {
    SCALAR_BITS.checked_div(width).map_or(0, |whole| whole.saturating_add(1)) as usize
}

/// The width with the fewest additions: one for each multiple of the table,
/// and one for each row and signature.
fn cheapest_width(signatures: usize) -> u32 {
    // From 350 on the answer no longer changes.
    let signatures = signatures.min(1000);
    let additions =
        |width: &u32| rows(*width).saturating_mul(half(*width).saturating_add(signatures));
    WIDTHS.min_by_key(additions).unwrap_or(4)
}

/// Row `i` holds 1 to `half` times `2^(width * i)` times the point.
#[allow(clippy::arithmetic_side_effects, reason = "addition of points, which is complete")]
fn multiples(point: &EdwardsPoint, width: u32) -> Vec<EdwardsPoint> {
    let (rows, half) = (rows(width), half(width));
    let mut table = Vec::with_capacity(rows.saturating_mul(half));
    let mut first = *point;
    for _ in 0..rows {
        let mut multiple = first;
        table.push(multiple);
        for _ in 1..half {
            multiple += first;
            table.push(multiple);
        }
        first = multiple + multiple;
    }
    table
}

#[allow(clippy::arithmetic_side_effects, reason = "addition of points, which is complete")]
fn add(sum: &mut EdwardsPoint, row: &[EdwardsPoint], digit: i8) {
    let place = usize::from(digit.unsigned_abs()).checked_sub(1);
    match place.and_then(|place| row.get(place)) {
        Some(multiple) if digit > 0 => *sum += multiple,
        Some(multiple) => *sum -= multiple,
        None => {}
    }
}

#[cfg(test)]
mod tests;
