//! The name of a ledger on its host.

use core::fmt;

/// A ledger's id: `[a-z0-9][a-z0-9-]{0,62}`, 1 to 63 bytes, so that it is also one path segment,
/// one DNS-safe label and one Durable Object name without escaping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerId(String);

/// The text is no ledger id (`invalid-ledger-id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerIdError {
    /// Empty, longer than 63 bytes, or with a byte outside `[a-z0-9-]`, or with a leading `-`.
    Invalid,
}

impl LedgerId {
    /// Longest id, in bytes: the length of a DNS label (RFC 1035 §2.3.4).
    pub const MAX_BYTES: usize = 63;

    /// Checks `text` against the grammar.
    ///
    /// # Errors
    /// [`LedgerIdError::Invalid`] for everything that does not match.
    pub fn parse(text: &str) -> Result<Self, LedgerIdError> {
        let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let starts = text.bytes().next().is_some_and(alphanumeric);
        let continues = text.bytes().all(|b| alphanumeric(b) || b == b'-');
        if starts && continues && text.len() <= Self::MAX_BYTES {
            Ok(Self(text.to_owned()))
        } else {
            Err(LedgerIdError::Invalid)
        }
    }

    /// The id as it was parsed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of this ledger on `host`, which is also its key's name: `<host>/log/<ledger>`.
    pub fn origin(&self, host: &str) -> String {
        format!("{host}/log/{}", self.0)
    }
}

impl fmt::Display for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl LedgerIdError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "invalid-ledger-id",
        }
    }
}

impl fmt::Display for LedgerIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => f.write_str("a ledger id matches [a-z0-9][a-z0-9-]{0,62}"),
        }
    }
}

impl core::error::Error for LedgerIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_grammar_and_nothing_else() {
        let longest = "a".repeat(63);
        for good in ["a", "0", "demo", "a-b", "9-", longest.as_str()] {
            assert_eq!(LedgerId::parse(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(64);
        for bad in ["", "-a", "A", "a_b", "a.b", "a/b", "ä", "a b", "a\n", long.as_str()] {
            assert_eq!(LedgerId::parse(bad), Err(LedgerIdError::Invalid), "{bad:?}");
        }
    }

    #[test]
    fn the_origin_is_host_and_path() {
        assert_eq!(LedgerId::parse("demo").unwrap().origin("example.com"), "example.com/log/demo");
    }
}
