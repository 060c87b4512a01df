//! Ed25519 (RFC 8032), verified strictly and by this code alone.
//!
//! Accepted are canonical encodings of keys, R and S only, and neither key nor
//! R may have low order. Other verifiers accept more: two of them may disagree
//! on a crafted signature, which a ledger's readers must not. Refusals are one
//! opaque error.

mod batch;
mod equation;
mod sign;

use core::fmt;
use core::ops::Neg;

use curve25519_dalek::edwards::EdwardsPoint;
use ed25519_dalek::VerifyingKey;

pub use batch::{KeptTables, SignedMessage, TABLE_THRESHOLD};
use equation::{Equation, is_canonical_y, is_low_order};
pub use sign::SigningKey;

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A public key that strict verification can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a canonical encoding of a point whose order is not low.
    ///
    /// # Errors
    /// [`PublicKeyError`] (`public-key-invalid`).
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PublicKeyError> {
        // A point has a second encoding where its y is below 19, and where x is
        // 0; but then its order is low.
        if !is_canonical_y(bytes) || is_low_order(bytes) {
            return Err(PublicKeyError);
        }
        VerifyingKey::from_bytes(bytes).map(Self).map_err(|_| PublicKeyError)
    }

    /// Reads a slice of 32 bytes.
    ///
    /// # Errors
    /// [`PublicKeyError`], also for another length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        Self::from_bytes(bytes.try_into().map_err(|_| PublicKeyError)?)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Verifies one signature of 64 bytes.
    ///
    /// # Errors
    /// [`SignatureError`] (`signature-invalid`), also for another length.
    pub fn verify_strict(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let equation = Equation::new(self, message, signature).ok_or(SignatureError)?;
        let right_side = equation.right_side(&self.minus_point());
        if equation.holds(&right_side) { Ok(()) } else { Err(SignatureError) }
    }

    /// -A, which is what all computations take.
    fn minus_point(&self) -> EdwardsPoint {
        self.0.to_edwards().neg()
    }
}

/// Verifies one signature under a key that a sender chose.
///
/// # Errors
/// [`SignatureError`], whatever is wrong with key, length or signature.
pub fn verify_strict(
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    PublicKey::from_slice(public_key).map_err(|_| SignatureError)?.verify_strict(message, signature)
}

/// The signature does not hold. Says no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureError;

impl SignatureError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "signature-invalid"
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not verify")
    }
}

impl core::error::Error for SignatureError {}

/// Not 32 bytes, no point, another encoding of a point, or one of low order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKeyError;

impl PublicKeyError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "public-key-invalid"
    }
}

impl fmt::Display for PublicKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a usable Ed25519 public key")
    }
}

impl core::error::Error for PublicKeyError {}

#[cfg(test)]
mod tests;
