//! Author signatures: DSSE v1 over canonical statement bytes.
//!
//! The pre-authentication encoding binds the signature to the kind of document,
//! so that no other signature by the same key can pass for one.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::ed25519::{SigningKey, verify_strict};
use crate::entry::{AuthorSignature, Entry, Statement};
use crate::text;

/// The payload type under which statements are signed.
pub const STATEMENT_TYPE: &str = "application/vnd.stateledger.statement+json";

/// `PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`,
/// lengths in ASCII decimal.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut header = String::from("DSSEv1 ");
    text::push_length(&mut header, payload_type.len());
    header.extend([" ", payload_type, " "]);
    text::push_length(&mut header, payload.len());
    [header.as_bytes(), b" ", payload].concat()
}

/// Signs a statement as one of its authors.
#[must_use]
pub fn sign(statement: &Statement, key: &SigningKey) -> AuthorSignature {
    AuthorSignature {
        key: *key.public_key().as_bytes(),
        signature: key.sign(&pae(STATEMENT_TYPE, statement.as_bytes())),
    }
}

/// Verifies one author signature.
///
/// # Errors
/// [`AuthorError::SignatureInvalid`].
pub fn verify(statement: &Statement, signature: &AuthorSignature) -> Result<(), AuthorError> {
    let message = pae(STATEMENT_TYPE, statement.as_bytes());
    verify_strict(&signature.key, &message, &signature.signature)
        .map_err(|_| AuthorError::SignatureInvalid)
}

/// Verifies every author signature of an entry; there may be none.
///
/// # Errors
/// [`AuthorError::SignatureInvalid`] if any of them does not hold.
pub fn verify_all(entry: &Entry) -> Result<(), AuthorError> {
    entry.signatures().iter().try_for_each(|signature| verify(entry.statement(), signature))
}

/// Why an entry's authors were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorError {
    /// A signature does not hold. Says no more.
    SignatureInvalid,
    /// Fewer of the named authors signed than were asked for.
    ThresholdNotMet,
}

impl AuthorError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SignatureInvalid => "author-signature-invalid",
            Self::ThresholdNotMet => "author-threshold-not-met",
        }
    }
}

impl fmt::Display for AuthorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignatureInvalid => "an author signature does not verify",
            Self::ThresholdNotMet => "too few of the named authors signed",
        })
    }
}

impl core::error::Error for AuthorError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{StatementFields, Time, tests::fields};

    /// The example of the DSSE protocol document.
    #[test]
    fn pae_of_the_specification() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn a_signature_binds_statement_and_key() {
        let statement = Statement::new(fields()).unwrap();
        let signature = sign(&statement, &SigningKey::from_seed(&[1; 32]));
        assert_eq!(verify(&statement, &signature), Ok(()));
        let moved = StatementFields { origin: Some("other.example/log/x".into()), ..fields() };
        let refused = Err(AuthorError::SignatureInvalid);
        assert_eq!(verify(&Statement::new(moved).unwrap(), &signature), refused);
        let other = *SigningKey::from_seed(&[2; 32]).public_key().as_bytes();
        let stolen = AuthorSignature { key: other, ..signature };
        assert_eq!(verify(&statement, &stolen), refused);
        // The bare bytes, without the encoding, are another message.
        let bare = SigningKey::from_seed(&[1; 32]).sign(statement.as_bytes());
        assert_eq!(verify(&statement, &AuthorSignature { signature: bare, ..signature }), refused);
    }

    #[test]
    fn one_bad_signature_among_good_ones_counts() {
        let statement = Statement::new(fields()).unwrap();
        let mut all: Vec<_> =
            (0..3).map(|i| sign(&statement, &SigningKey::from_seed(&[i; 32]))).collect();
        all.sort_by_key(|signature| signature.key);
        let time = Time::from_millis(0).unwrap();
        let good = Entry::new(statement.clone(), all.clone(), time).unwrap();
        assert_eq!(verify_all(&good), Ok(()));
        all[2].signature[0] ^= 1;
        let bad = Entry::new(statement, all, time).unwrap();
        assert_eq!(verify_all(&bad), Err(AuthorError::SignatureInvalid));
    }
}
