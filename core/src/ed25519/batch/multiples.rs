//! Multiples of a point, and scalars written in their digits.

use alloc::vec::Vec;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

/// Bits of a window. Past 10 a row of both tables, 2 * 512 * 160 bytes, would
/// leave the second cache of most machines, and a table its 2.1 MB.
pub(super) const WIDTHS: core::ops::RangeInclusive<u32> = 4..=10;

/// Bits of a scalar below the group's order, 2^252 + 2.8 * 10^37.
const SCALAR_BITS: u32 = 253;

/// Digits of a scalar in the narrowest windows.
const MAX_DIGITS: usize = 64;

/// Row `i` holds 1 to `half(width)` times `2^(width * i)` times a point.
#[derive(Debug)]
pub(super) struct Multiples {
    /// Bits of a window.
    width: u32,
    points: Vec<EdwardsPoint>,
}

#[allow(clippy::arithmetic_side_effects, reason = "addition of points, which is complete")]
impl Multiples {
    pub(super) fn new(point: &EdwardsPoint, width: u32) -> Self {
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

    /// Bits of its windows.
    pub(super) fn width(&self) -> u32 {
        self.width
    }

    /// Adds each scalar's multiple of the point to the sum at its place.
    pub(super) fn add_each(
        &self,
        sums: &mut [EdwardsPoint],
        scalars: impl Iterator<Item = Scalar>,
    ) {
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
pub(super) struct Digits(pub(super) [i16; MAX_DIGITS]);

impl Digits {
    #[allow(clippy::arithmetic_side_effects, reason = "at most 17 bits are held at a time")]
    pub(super) fn new(scalar: &Scalar, width: u32) -> Self {
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
pub(super) fn half(width: u32) -> usize {
    1 << width.saturating_sub(1).min(9)
}

/// Rows of a table. The last digit has at least two bits to spare in each of
/// [`WIDTHS`], so that no carry leaves it.
pub(super) fn rows(width: u32) -> usize {
    SCALAR_BITS.checked_div(width).map_or(0, |whole| whole.saturating_add(1)) as usize
}

/// What a table costs in all: one addition for each multiple, and one for each
/// row and signature.
fn additions(width: u32, signatures: usize) -> usize {
    rows(width).saturating_mul(half(width).saturating_add(signatures))
}

/// The width whose table costs least in all if it serves so many signatures.
pub(super) fn cheapest_width(signatures: usize) -> u32 {
    // From 2,000 on the answer no longer changes.
    let signatures = signatures.min(10_000);
    WIDTHS.min_by_key(|width| additions(*width, signatures)).unwrap_or(4)
}
