//! Making and opening the commitment that a statement holds.

use core::fmt;

use super::{Algorithm, Commitment};
use crate::commitment::fields::{self, FieldsError};
use crate::commitment::{self, Salt};

impl Commitment {
    /// The commitment to a payload. The salt is 32 random bytes, drawn afresh
    /// for each record.
    ///
    /// # Errors
    /// [`FieldsError`] where [`Algorithm::Sha256FieldsV1`] is asked for and the
    /// payload is not canonical JSON within its limits.
    pub fn make(algorithm: Algorithm, salt: &Salt, payload: &[u8]) -> Result<Self, FieldsError> {
        Ok(match algorithm {
            Algorithm::Sha256SaltedV1 => {
                Self { algorithm, digest: commitment::commit(salt, payload), size: size(payload) }
            }
            Algorithm::Sha256FieldsV1 => {
                Self { algorithm, digest: fields::commit(salt, payload)?, size: 0 }
            }
        })
    }

    /// Verifies that this is the commitment to a payload; constant time in the
    /// digest.
    ///
    /// # Errors
    /// [`OpeningError`].
    pub fn open(&self, salt: &Salt, payload: &[u8]) -> Result<(), OpeningError> {
        let same = match self.algorithm {
            Algorithm::Sha256SaltedV1 => {
                size(payload) == self.size && commitment::verify(&self.digest, salt, payload)
            }
            Algorithm::Sha256FieldsV1 => {
                self.size == 0 && fields::verify(&self.digest, salt, payload)?
            }
        };
        if same { Ok(()) } else { Err(OpeningError::Mismatch) }
    }
}

/// No payload in memory is as long as the number that stands for too long.
fn size(payload: &[u8]) -> u64 {
    u64::try_from(payload.len()).unwrap_or(u64::MAX)
}

/// Why a commitment was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpeningError {
    /// Nobody can commit to such a payload field by field.
    Fields(FieldsError),
    /// It commits to another payload, or under another salt.
    Mismatch,
}

impl OpeningError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Fields(error) => error.code(),
            Self::Mismatch => "payload-mismatch",
        }
    }
}

impl fmt::Display for OpeningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fields(error) => error.fmt(f),
            Self::Mismatch => f.write_str("the payload is not the one that was committed to"),
        }
    }
}

impl core::error::Error for OpeningError {}

impl From<FieldsError> for OpeningError {
    fn from(error: FieldsError) -> Self {
        Self::Fields(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: Salt = [7; 32];
    const PAYLOAD: &[u8] = br#"{"a":1}"#;

    #[test]
    fn what_is_made_opens_and_nothing_else() {
        for algorithm in [Algorithm::Sha256SaltedV1, Algorithm::Sha256FieldsV1] {
            let made = Commitment::make(algorithm, &SALT, PAYLOAD).unwrap();
            assert_eq!(made.open(&SALT, PAYLOAD), Ok(()));
            let refused = Err(OpeningError::Mismatch);
            assert_eq!(made.open(&[8; 32], PAYLOAD), refused);
            assert_eq!(made.open(&SALT, br#"{"a":2}"#), refused);
            let resized = Commitment { size: made.size + 1, ..made };
            assert_eq!(resized.open(&SALT, PAYLOAD), refused);
            let other = Commitment { digest: [0; 32], ..made };
            assert_eq!(other.open(&SALT, PAYLOAD), refused);
        }
    }

    #[test]
    fn the_size_of_fields_is_not_told() {
        let made = |algorithm| Commitment::make(algorithm, &SALT, PAYLOAD).unwrap().size;
        assert_eq!(made(Algorithm::Sha256SaltedV1), 7);
        assert_eq!(made(Algorithm::Sha256FieldsV1), 0);
    }

    #[test]
    fn fields_are_of_canonical_json() {
        let made = Commitment::make(Algorithm::Sha256FieldsV1, &SALT, b"{ }");
        assert_eq!(made, Err(FieldsError::NotCanonical));
        let good = Commitment::make(Algorithm::Sha256FieldsV1, &SALT, PAYLOAD).unwrap();
        assert_eq!(good.open(&SALT, b"{ }"), Err(FieldsError::NotCanonical.into()));
    }
}
