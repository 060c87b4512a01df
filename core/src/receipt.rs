//! The receipt bundle of FORMAT.md: all that is needed to check one record
//! offline.
//!
//! ```text
//! {"entry":"<base64>","proof":"c2sp.org/tlog-proof@v1\n...","payload":"<base64>","salt":"<base64>"}
//! ```

mod many;
mod verify;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use many::{ReceiptClaim, verify_receipts, verify_receipts_json};
pub use verify::{
    NotChecked, PayloadStatus, Step, Verdict, VerifyError, verify_receipt, verify_receipt_json,
};
pub(crate) use verify::{RecordBytes, not_checked};

use crate::base64;
use crate::commitment::Salt;
use crate::json::{self, JsonError, MemberError, Members, Value};

/// The media type of the bundle.
pub const MEDIA_TYPE: &str = "application/vnd.stateledger.receipt+json";

/// Longest bundle: base64 of a payload of 8 MiB, and room for the rest.
pub const MAX_RECEIPT_BYTES: usize = 12 * 1024 * 1024;

/// A receipt that nobody verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The exact bytes of the leaf.
    pub entry: Vec<u8>,
    /// The text of a C2SP tlog-proof.
    pub proof: String,
    /// The payload's bytes, where they exist and the reader may have them.
    pub payload: Option<Vec<u8>>,
    /// The salt of the payload commitment.
    pub salt: Option<Salt>,
}

impl Receipt {
    /// Reads a bundle. White space between tokens is allowed; members that are
    /// missing, unknown, repeated or of another type are not.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > MAX_RECEIPT_BYTES {
            return Err(ReceiptError::TooLarge);
        }
        Self::from_value(json::parse(bytes)?)
    }

    /// Reads a bundle that is a JSON value already.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn from_value(value: Value) -> Result<Self, ReceiptError> {
        let mut members = Members::of(value, "receipt")?;
        let entry = decoded(&members.string("entry")?)?;
        let proof = members.string("proof")?;
        let payload = members.optional_string("payload")?;
        let salt = members.optional_string("salt")?;
        members.finish()?;
        let payload = payload.map(|text| decoded(&text)).transpose()?;
        let salt = salt.map(|text| decoded(&text)).transpose()?;
        let salt =
            salt.map(|bytes| bytes.try_into().map_err(|_| ReceiptError::SaltLength)).transpose()?;
        Ok(Self { entry, proof, payload, salt })
    }

    /// The bundle as a JSON value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = |bytes: &[u8]| Value::string(base64::encode(bytes));
        let always = [("entry", text(&self.entry)), ("proof", Value::string(self.proof.as_str()))];
        let payload = self.payload.as_ref().map(|bytes| ("payload", text(bytes)));
        let salt = self.salt.as_ref().map(|bytes| ("salt", text(bytes)));
        Value::object(always.into_iter().chain(payload).chain(salt))
    }

    /// The bundle as canonical JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        self.to_value().to_canonical()
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, ReceiptError> {
    base64::decode(text).map_err(|_| ReceiptError::Base64)
}

/// Why a bundle was refused; one code for all, the reason is in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptError {
    /// More than 12 MiB.
    TooLarge,
    /// Not strict JSON.
    Json(JsonError),
    /// A member is missing, unknown or of another type.
    Member(MemberError),
    /// `entry`, `payload` or `salt` is not strict standard base64.
    Base64,
    /// `salt` is not 32 bytes.
    SaltLength,
}

impl ReceiptError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "receipt-malformed",
            Self::Json(_) => "receipt-malformed",
            Self::Member(_) => "receipt-malformed",
            Self::Base64 => "receipt-malformed",
            Self::SaltLength => "receipt-malformed",
        }
    }
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("a receipt has at most 12 MiB"),
            Self::Json(error) => write!(f, "the receipt: {error}"),
            Self::Member(error) => write!(f, "the receipt: {error}"),
            Self::Base64 => f.write_str("a member of the receipt is not standard base64"),
            Self::SaltLength => f.write_str("the receipt's salt is not 32 bytes"),
        }
    }
}

impl core::error::Error for ReceiptError {}

impl From<JsonError> for ReceiptError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl From<MemberError> for ReceiptError {
    fn from(error: MemberError) -> Self {
        Self::Member(error)
    }
}

#[cfg(test)]
mod tests;
