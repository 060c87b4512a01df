//! Numbers that RFC 8785 can write without changing them.

use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "doubles")]
use lexical_parse_float::FromLexical;

use super::JsonError;
use crate::text;

/// 2^53: up to here a double holds every integer.
const EXACT: u64 = 1 << 53;

/// A finite JSON number, as ECMAScript would write it.
///
/// An integer, in any notation, is refused when its canonical form has another
/// value: 2^53 and 1e23 pass, 2^53+1 does not. A fraction takes the nearest
/// double. What rounds to infinity, or to zero without being zero, is refused.
/// `-0` is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(Repr);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Repr {
    /// At most 2^53 in magnitude.
    Integer(i64),
    /// Anything else; never an integer of that range, so equality is exact.
    #[cfg(feature = "doubles")]
    Double(f64),
}

impl Number {
    /// An integer up to 2^53.
    ///
    /// # Errors
    /// [`JsonError::NumberNotRepresentable`] above.
    pub fn from_u64(value: u64) -> Result<Self, JsonError> {
        Self::from_parts(false, value)
    }

    /// The value, if it is an integer from 0 to 2^53.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        match self.0 {
            Repr::Integer(value) => u64::try_from(value).ok(),
            #[cfg(feature = "doubles")]
            Repr::Double(_) => None,
        }
    }

    fn from_parts(negative: bool, magnitude: u64) -> Result<Self, JsonError> {
        i64::try_from(magnitude)
            .ok()
            .filter(|_| magnitude <= EXACT)
            .and_then(|value| if negative { value.checked_neg() } else { Some(value) })
            .map(|value| Self(Repr::Integer(value)))
            .ok_or(JsonError::NumberNotRepresentable)
    }

    /// Reads a token that has the grammar of a JSON number already.
    pub(super) fn from_token(token: &str) -> Result<Self, JsonError> {
        let decimal = Decimal::of(token);
        if let Some(magnitude) = decimal.small_integer() {
            return Self::from_parts(decimal.negative, magnitude);
        }
        Self::from_decimal(token, &decimal)
    }

    #[cfg(not(feature = "doubles"))]
    fn from_decimal(_: &str, _: &Decimal) -> Result<Self, JsonError> {
        Err(JsonError::NumberNotRepresentable)
    }

    #[cfg(feature = "doubles")]
    fn from_decimal(token: &str, decimal: &Decimal) -> Result<Self, JsonError> {
        let refused = JsonError::NumberNotRepresentable;
        let double = f64::from_lexical(token.as_bytes()).map_err(|_| refused)?;
        // Zero itself is a small integer: a zero here is an underflow.
        if !double.is_finite() || double == 0.0 {
            return Err(refused);
        }
        if decimal.exponent >= 0 {
            let canonical = Decimal::of(ryu_js::Buffer::new().format_finite(double));
            return if canonical == *decimal {
                Ok(Self(Repr::Double(double)))
            } else {
                Err(refused)
            };
        }
        // A fraction may round to an integer, which then has one representation.
        let whole = double as i64;
        if whole as f64 == double && whole.unsigned_abs() <= EXACT {
            return Ok(Self(Repr::Integer(whole)));
        }
        Ok(Self(Repr::Double(double)))
    }

    pub(super) fn write(self, out: &mut String) {
        match self.0 {
            Repr::Integer(value) => {
                if value < 0 {
                    out.push('-');
                }
                text::push_decimal(out, value.unsigned_abs());
            }
            #[cfg(feature = "doubles")]
            Repr::Double(value) => out.push_str(ryu_js::Buffer::new().format_finite(value)),
        }
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self(Repr::Integer(value.into()))
    }
}

/// `±digits * 10^exponent` without leading or trailing zero digits: two tokens
/// have the same value exactly when their decimals are equal.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn of(token: &str) -> Self {
        let (negative, rest) = match token.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, token),
        };
        let (mantissa, exponent) =
            text::cut(rest, b'e').or_else(|| text::cut(rest, b'E')).unwrap_or((rest, ""));
        let (whole, fraction) = text::cut(mantissa, b'.').unwrap_or((mantissa, ""));
        let all = whole.bytes().chain(fraction.bytes());
        let mut digits: Vec<u8> = all.skip_while(|digit| *digit == b'0').collect();
        let significant = digits.iter().rposition(|digit| *digit != b'0');
        let kept = significant.map_or(0, |last| last.saturating_add(1));
        let dropped = digits.len().saturating_sub(kept);
        digits.truncate(kept);
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        let exponent = parse_exponent(exponent)
            .saturating_sub(signed(fraction.len()))
            .saturating_add(signed(dropped));
        Self { negative, digits, exponent }
    }

    /// The magnitude of an integer of at most 2^53.
    fn small_integer(&self) -> Option<u64> {
        let zeros = u32::try_from(self.exponent).ok().filter(|zeros| *zeros <= 16)?;
        // 2^53 has 16 digits; more would only cost time.
        if self.digits.len() > 16 {
            return None;
        }
        let digits = self.digits.iter().try_fold(0u64, |value, digit| {
            value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
        })?;
        digits.checked_mul(10u64.checked_pow(zeros)?).filter(|value| *value <= EXACT)
    }
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Saturates: past i64 an exponent only says "too large" or "too small".
fn parse_exponent(text: &str) -> i64 {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = digits.bytes().fold(0i64, |value, digit| {
        value.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0')))
    });
    if negative { magnitude.saturating_neg() } else { magnitude }
}
