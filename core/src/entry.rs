//! Entry v1 of FORMAT.md: the canonical bytes that become a leaf.
//!
//! ```text
//! {"sigs":[...],"statement":{...},"time":"2026-11-23T10:00:00.000Z","v":1}
//! ```
//!
//! RFC 8785 JSON with strings, arrays, objects and integers below 2^53 only.
//! An [`Entry`] and a [`Statement`] keep their bytes: what was checked is what
//! is hashed and signed.

mod commit;
mod statement;

use alloc::vec::Vec;
use core::fmt;

pub use commit::OpeningError;
pub use statement::{
    Algorithm, Commitment, MAX_CONTENT_TYPE_BYTES, MAX_ORIGIN_BYTES, MAX_PAYLOAD_SIZE,
    MAX_SOURCE_BYTES, MAX_SUBJECT_BYTES, MAX_TYPE_BYTES, Statement, StatementFields,
};

use crate::base64;
use crate::json::{self, JsonError, MemberError, Members, ObjectWriter, Value};
pub use crate::tile::MAX_ENTRY_BYTES;
pub use crate::time::Time;

/// Author signatures that an entry can hold.
pub const MAX_SIGNATURES: usize = 16;

/// The version that this module reads and writes.
const VERSION: u64 = 1;

/// What an entry without signatures has around its statement.
const FRAME_BYTES: usize = 64;

/// An author's signature over the statement (see [`crate::dsse`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthorSignature {
    /// The Ed25519 public key, 32 bytes.
    pub key: [u8; 32],
    /// The Ed25519 signature, 64 bytes.
    pub signature: [u8; 64],
}

impl AuthorSignature {
    /// Reads `{"key":"<base64url>","sig":"<base64url>"}`, both unpadded.
    ///
    /// # Errors
    /// [`EntryError::Malformed`].
    pub fn from_value(value: Value) -> Result<Self, EntryError> {
        let mut members = Members::of(value, "sigs")?;
        let key = fixed(&members.string("key")?)?;
        let signature = fixed(&members.string("sig")?)?;
        members.finish()?;
        Ok(Self { key, signature })
    }

    /// Writes what [`AuthorSignature::from_value`] reads.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            ("key", Value::string(base64::encode_url(&self.key))),
            ("sig", Value::string(base64::encode_url(&self.signature))),
        ])
    }
}

/// Exactly `N` bytes of unpadded base64url.
fn fixed<const N: usize>(text: &str) -> Result<[u8; N], EntryError> {
    let bytes = base64::decode_url(text).map_err(|_| EntryError::Malformed)?;
    bytes.try_into().map_err(|_| EntryError::Malformed)
}

/// One leaf of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    statement: Statement,
    signatures: Vec<AuthorSignature>,
    time: Time,
    bytes: Vec<u8>,
}

impl Entry {
    /// Puts an entry together.
    ///
    /// `signatures`: at most 16, sorted by the key's bytes, no key twice; then
    /// the statement must name its origin. They are not verified here.
    ///
    /// # Errors
    /// [`EntryError::TooManySignatures`], [`EntryError::SignatureOrder`],
    /// [`EntryError::OriginMissing`].
    pub fn new(
        statement: Statement,
        signatures: Vec<AuthorSignature>,
        time: Time,
    ) -> Result<Self, EntryError> {
        check_signatures(&signatures, &statement)?;
        let sigs = Value::Array(signatures.iter().map(AuthorSignature::to_value).collect());
        let mut bytes = Vec::with_capacity(statement.as_bytes().len().saturating_add(FRAME_BYTES));
        let mut entry = ObjectWriter::new(&mut bytes);
        entry.raw("sigs", &sigs.to_canonical());
        entry.raw("statement", statement.as_bytes());
        entry.string("time", &time.to_text());
        entry.integer("v", VERSION);
        entry.end();
        Ok(Self { statement, signatures, time, bytes })
    }

    /// Reads an entry. `parse(b)?.to_bytes() == b` always holds.
    ///
    /// # Errors
    /// Every [`EntryError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLarge);
        }
        let value = json::parse(bytes)?;
        let canonical = value.to_canonical() == bytes;
        let mut members = Members::of(value, "entry")?;
        if members.u64("v")? != VERSION {
            return Err(EntryError::Version);
        }
        let signatures = members.array("sigs")?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(EntryError::TooManySignatures);
        }
        let signatures = signatures
            .into_iter()
            .map(AuthorSignature::from_value)
            .collect::<Result<Vec<_>, _>>()?;
        let statement = Statement::from_value(members.required("statement")?)?;
        let time = Time::parse(&members.string("time")?).map_err(|_| EntryError::Time)?;
        members.finish()?;
        check_signatures(&signatures, &statement)?;
        // Each member spells its value in one way, so that this is all [`Entry::new`] would have written.
        if !canonical {
            return Err(EntryError::NotCanonical);
        }
        Ok(Self { statement, signatures, time, bytes: bytes.into() })
    }

    /// The leaf's bytes, at most 65,535.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The leaf's bytes, and nothing else.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The leaf's bytes, borrowed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the author fixed.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The author signatures, sorted by key.
    #[must_use]
    pub fn signatures(&self) -> &[AuthorSignature] {
        &self.signatures
    }

    /// The sequencer's clock when the entry was made.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time
    }
}

fn check_signatures(
    signatures: &[AuthorSignature],
    statement: &Statement,
) -> Result<(), EntryError> {
    if signatures.len() > MAX_SIGNATURES {
        return Err(EntryError::TooManySignatures);
    }
    if !signatures.array_windows().all(|[a, b]| a.key < b.key) {
        return Err(EntryError::SignatureOrder);
    }
    if !signatures.is_empty() && statement.fields().origin.is_none() {
        return Err(EntryError::OriginMissing);
    }
    Ok(())
}

/// Why an entry, or a part of one, was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryError {
    /// More than 65,535 bytes.
    TooLarge,
    /// Not strict JSON.
    Json(JsonError),
    /// A member is missing, unknown or of another type.
    Member(MemberError),
    /// A key, signature or digest is not unpadded base64url of its length.
    Malformed,
    /// Right values in other bytes than the canonical ones.
    NotCanonical,
    /// `v` is not 1.
    Version,
    /// `type` is not 1 to 256 bytes, or blank, or has control characters.
    Type,
    /// `source` is not 1 to 256 bytes, or blank, or has control characters.
    Source,
    /// `subject` is not 1 to 1,024 bytes, or blank, or has control characters.
    Subject,
    /// `contentType` is not 1 to 255 bytes, or blank, or has control characters.
    ContentType,
    /// `origin` is not 1 to 512 bytes, or blank, or has control characters.
    Origin,
    /// `commit.alg` is not known here.
    Algorithm,
    /// `commit.size` is 2^53 or more, or not 0 where fields are committed to.
    PayloadSize,
    /// `time` is not in the one spelling.
    Time,
    /// More than 16 signatures.
    TooManySignatures,
    /// Signatures not sorted by key, or two by one key.
    SignatureOrder,
    /// Signatures over a statement that names no origin.
    OriginMissing,
}

impl EntryError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "entry-too-large",
            Self::Json(error) => error.code(),
            Self::Member(error) => error.code(),
            Self::Malformed => "entry-malformed",
            Self::NotCanonical => "entry-not-canonical",
            Self::Version => "entry-version-unsupported",
            Self::Type => "invalid-type",
            Self::Source => "invalid-source",
            Self::Subject => "invalid-subject",
            Self::ContentType => "invalid-content-type",
            Self::Origin => "invalid-origin",
            Self::Algorithm => "commitment-unsupported",
            Self::PayloadSize => "invalid-payload-size",
            Self::Time => "invalid-time",
            Self::TooManySignatures => "too-many-signatures",
            Self::SignatureOrder => "signatures-unsorted",
            Self::OriginMissing => "origin-missing",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "an entry has at most 65,535 bytes",
            Self::Json(_) | Self::Member(_) => "",
            Self::Malformed => "a key, signature or digest is not base64url of its length",
            Self::NotCanonical => "the entry is not in its canonical form",
            Self::Version => "the entry has another version than 1",
            Self::Type => "type has 1 to 256 bytes, not blank, no control characters",
            Self::Source => "source has 1 to 256 bytes, not blank, no control characters",
            Self::Subject => "subject has 1 to 1,024 bytes, not blank, no control characters",
            Self::ContentType => "contentType has 1 to 255 bytes, not blank, no control characters",
            Self::Origin => "origin has 1 to 512 bytes, not blank, no control characters",
            Self::Algorithm => "the commitment algorithm is not known",
            Self::PayloadSize => {
                "the payload size is not below 2^53, or not 0 with sha256-fields-v1"
            }
            Self::Time => "time is not like 2026-11-23T10:00:00.000Z",
            Self::TooManySignatures => "an entry has at most 16 signatures",
            Self::SignatureOrder => "signatures are sorted by key, one for each",
            Self::OriginMissing => "a signed statement names its origin",
        }
    }
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Member(error) => error.fmt(f),
            other => f.write_str(other.message()),
        }
    }
}

impl core::error::Error for EntryError {}

impl From<JsonError> for EntryError {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl From<MemberError> for EntryError {
    fn from(error: MemberError) -> Self {
        Self::Member(error)
    }
}

/// Text within its limit, not blank, without control characters.
fn checked(text: &str, max: usize, error: EntryError) -> Result<(), EntryError> {
    let blank = text.chars().all(char::is_whitespace);
    if blank || text.len() > max || text.chars().any(char::is_control) {
        return Err(error);
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
