//! A SHA-256 value and its three spellings.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::base64;

/// A SHA-256 hash: exactly 32 bytes.
///
/// `Display` writes 64 lowercase hex digits (paths and logs); texts of the
/// C2SP formats and JSON carry standard base64 ([`Hash::to_base64`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Bytes in a hash.
    pub const LEN: usize = 32;

    /// Takes a slice of exactly 32 bytes.
    ///
    /// # Errors
    /// [`HashError::Length`] for any other length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, HashError> {
        bytes.try_into().map(Self).map_err(|_| HashError::Length)
    }

    /// Splits `n * 32` bytes into `n` hashes, as proofs and tiles are carried.
    ///
    /// # Errors
    /// [`HashError::Ragged`] if the length is no multiple of 32.
    pub fn split_flat(bytes: &[u8]) -> Result<Vec<Self>, HashError> {
        let (chunks, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(HashError::Ragged);
        }
        Ok(chunks.iter().copied().map(Self).collect())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Standard base64 with padding: 44 characters.
    #[must_use]
    pub fn to_base64(&self) -> String {
        base64::encode(&self.0)
    }

    /// Reads what [`Hash::to_base64`] writes and nothing else.
    ///
    /// # Errors
    /// [`HashError::Base64`] for text that is not strict base64,
    /// [`HashError::Length`] if it holds another number of bytes.
    pub fn from_base64(text: &str) -> Result<Self, HashError> {
        Self::from_slice(&base64::decode(text).map_err(|_| HashError::Base64)?)
    }

    /// Reads 64 lowercase hex digits.
    ///
    /// # Errors
    /// [`HashError::Hex`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, HashError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() || pairs.len() != Self::LEN {
            return Err(HashError::Hex);
        }
        let mut bytes = [0; Self::LEN];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (hex_digit(*high)? << 4) | hex_digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

fn hex_digit(digit: u8) -> Result<u8, HashError> {
    match digit {
        b'0'..=b'9' => Ok(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Ok(digit.wrapping_sub(b'a').wrapping_add(10)),
        _ => Err(HashError::Hex),
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Why bytes or a text are no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashError {
    /// Another number of bytes than 32.
    Length,
    /// A flat list of hashes whose length is no multiple of 32.
    Ragged,
    /// Not strict standard base64 with padding.
    Base64,
    /// Not 64 lowercase hex digits.
    Hex,
}

impl HashError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length => "hash-length",
            Self::Ragged => "proof-ragged",
            Self::Base64 => "invalid-base64",
            Self::Hex => "invalid-hex",
        }
    }
}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a hash has 32 bytes",
            Self::Ragged => "a list of hashes has a multiple of 32 bytes",
            Self::Base64 => "not standard base64 with padding",
            Self::Hex => "not 64 lowercase hex digits",
        })
    }
}

impl core::error::Error for HashError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn every_spelling_round_trips() {
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = (i * 9) as u8;
        }
        let hash = Hash(bytes);
        assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
        assert_eq!(Hash::from_hex(&hash.to_string()), Ok(hash));
        assert_eq!(Hash::from_slice(hash.as_bytes()), Ok(hash));
    }

    #[test]
    fn other_lengths_and_spellings_are_refused() {
        assert_eq!(Hash::from_slice(&[0; 31]), Err(HashError::Length));
        assert_eq!(Hash::split_flat(&[0; 33]), Err(HashError::Ragged));
        assert_eq!(Hash::split_flat(&[0; 64]).map(|h| h.len()), Ok(2));
        assert_eq!(Hash::from_base64("AAAA"), Err(HashError::Length));
        assert_eq!(Hash::from_base64("AA=A"), Err(HashError::Base64));
        assert_eq!(Hash::from_hex(&"A".repeat(64)), Err(HashError::Hex));
        assert_eq!(Hash::from_hex(&"a".repeat(62)), Err(HashError::Hex));
    }
}
