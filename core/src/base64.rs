//! RFC 4648 base64, strict: one text per byte string.
//!
//! Section 4 with padding in the C2SP texts and JSON members; section 5
//! without padding inside an entry. Stray bits in the last character, missing
//! or extra padding, and white space are refused.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

/// Standard alphabet, with padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Reads what [`encode`] writes and nothing else.
///
/// # Errors
/// [`Base64Error`] (`invalid-base64`).
pub fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    Base64::decode_vec(text).map_err(|_| Base64Error)
}

/// URL-safe alphabet, without padding.
#[must_use]
pub fn encode_url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Reads what [`encode_url`] writes and nothing else.
///
/// # Errors
/// [`Base64Error`] (`invalid-base64`).
pub fn decode_url(text: &str) -> Result<Vec<u8>, Base64Error> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Base64Error)
}

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

    #[test]
    fn both_alphabets_round_trip() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..bytes.len() {
            let part = &bytes[..length];
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
