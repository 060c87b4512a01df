//! RFC 4648 base64, strict: one text per byte string.
//!
//! Section 4 with padding in the C2SP texts and JSON members; section 5
//! without padding inside an entry. Stray bits in the last character, missing
//! or extra padding, and white space are refused.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Section 4.
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Section 5.
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Standard alphabet, with padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    encode_with(bytes, push)
}

/// Adds what [`encode`] gives.
pub(crate) fn push(out: &mut Vec<u8>, bytes: &[u8]) {
    push_digits(out, bytes, STANDARD);
    out.extend_from_slice(match bytes.len() % 3 {
        0 => b"",
        1 => b"==",
        _ => b"=",
    });
}

/// Reads what [`encode`] writes and nothing else.
///
/// # Errors
/// [`Base64Error`] (`invalid-base64`).
pub fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    let padded = text.as_bytes();
    if !padded.len().is_multiple_of(4) {
        return Err(Base64Error);
    }
    let one = |text: &'_ [u8]| text.strip_suffix(b"=").map(<[u8]>::len);
    let length =
        one(padded).map_or(padded.len(), |rest| padded.get(..rest).and_then(one).unwrap_or(rest));
    decode_digits(padded.iter().take(length).map(|byte| digit(*byte)), length)
}

/// URL-safe alphabet, without padding.
#[must_use]
pub fn encode_url(bytes: &[u8]) -> String {
    encode_with(bytes, |out, bytes| push_digits(out, bytes, URL_SAFE))
}

/// Reads what [`encode_url`] writes and nothing else.
///
/// # Errors
/// [`Base64Error`] (`invalid-base64`).
pub fn decode_url(text: &str) -> Result<Vec<u8>, Base64Error> {
    let digits = text.bytes().map(|byte| match byte {
        b'-' => digit(b'+'),
        b'_' => digit(b'/'),
        b'+' | b'/' => NO_DIGIT,
        same => digit(same),
    });
    decode_digits(digits, text.len())
}

/// Stands for a byte outside the alphabet: two bits more than a digit has.
const NO_DIGIT: u8 = 0xff;

fn encode_with(bytes: &[u8], push: impl Fn(&mut Vec<u8>, &[u8])) -> String {
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    push(&mut text, bytes);
    // Letters are ASCII, so nothing is lost.
    String::from_utf8(text).unwrap_or_default()
}

/// Adds the digits of bytes. Ours, because the receipts of one batch have ten thousand hashes, and base64ct takes four times as long to
/// hide bytes from a clock. What is secret here (a salt, a token) is written for whoever may read it, once, out of a table of one cache line.
fn push_digits(digits: &mut Vec<u8>, bytes: &[u8], alphabet: &[u8; 64]) {
    let four = |[a, b, c]: [u8; 3]| {
        let held = u32::from_be_bytes([0, a, b, c]);
        [18, 12, 6, 0].map(|place| letter(alphabet, held >> place))
    };
    let (threes, rest) = bytes.as_chunks();
    threes.iter().for_each(|three| digits.extend_from_slice(&four(*three)));
    match *rest {
        [a] => digits.extend(four([a, 0, 0]).iter().take(2)),
        [a, b] => digits.extend(four([a, b, 0]).iter().take(3)),
        _ => {}
    }
}

/// The letter of the lowest six bits.
fn letter(alphabet: &[u8; 64], value: u32) -> u8 {
    let [.., value] = value.to_be_bytes();
    alphabet.get(usize::from(value & 63)).copied().unwrap_or(b'=')
}

/// Bytes of digits of six bits each. Ours, because base64ct's decoder has its encoder in it to find
/// stray bits: together they would be a thirtieth of the smallest wasm verifier.
fn decode_digits(digits: impl Iterator<Item = u8>, count: usize) -> Result<Vec<u8>, Base64Error> {
    let mut bytes = Vec::with_capacity(count.saturating_sub(count / 4));
    let (mut held, mut bits, mut seen) = (0u32, 0u32, 0);
    for digit in digits {
        seen |= digit;
        held = (held << 6) | u32::from(digit);
        bits = bits.wrapping_add(6);
        if bits >= 8 {
            bits = bits.wrapping_sub(8);
            bytes.push((held >> bits) as u8);
            held &= !(u32::MAX << bits);
        }
    }
    // A lone digit, or bits after the last byte: another text for the same bytes.
    if seen > 63 || bits >= 6 || held != 0 { Err(Base64Error) } else { Ok(bytes) }
}

/// The value of a digit of the standard alphabet.
fn digit(byte: u8) -> u8 {
    DIGITS.get(usize::from(byte)).copied().unwrap_or(NO_DIGIT)
}

/// The digit that each byte is.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "done by the compiler")]
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 64 {
        digits[STANDARD[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

/// The text is not what the encoder would have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base64Error;

impl Base64Error {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "invalid-base64"
    }
}

impl fmt::Display for Base64Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not strict base64")
    }
}

impl core::error::Error for Base64Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64, Base64UrlUnpadded, Encoding};

    #[test]
    fn both_alphabets_round_trip() {
        let bytes: Vec<u8> = (0..=255).collect();
        // 17 meets each number of bytes that a group of three can end with.
        for length in (0..bytes.len()).step_by(if cfg!(miri) { 17 } else { 1 }) {
            let part = &bytes[..length];
            assert_eq!(encode(part), Base64::encode_string(part));
            assert_eq!(encode_url(part), Base64UrlUnpadded::encode_string(part));
            let mut added = b"before ".to_vec();
            push(&mut added, part);
            assert_eq!(added.strip_prefix(b"before "), Some(encode(part).as_bytes()));
            assert_eq!(decode(&encode(part)).as_deref(), Ok(part));
            assert_eq!(decode_url(&encode_url(part)).as_deref(), Ok(part));
        }
    }

    #[test]
    fn a_second_spelling_is_refused() {
        for text in
            ["AA", "AA=", "AB==", "AAB=", "AA==\n", " AA==", "A", "A===", "-_==", "AA==AA=="]
        {
            assert_eq!(decode(text), Err(Base64Error), "{text:?}");
        }
        for text in ["AA==", "AB", "AAB", "+/", "A"] {
            assert_eq!(decode_url(text), Err(Base64Error), "{text:?}");
        }
    }
}
