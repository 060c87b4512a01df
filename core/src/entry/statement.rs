//! The statement: the part of a record that its author fixes and may sign.

use alloc::string::String;
use alloc::vec::Vec;

use super::{EntryError, checked, fixed};
use crate::base64;
use crate::commitment::{self, fields};
use crate::json::{self, Members, ObjectWriter, Value};

/// Longest `type`, in bytes of UTF-8.
pub const MAX_TYPE_BYTES: usize = 256;
/// Longest `source`.
pub const MAX_SOURCE_BYTES: usize = 256;
/// Longest `subject`.
pub const MAX_SUBJECT_BYTES: usize = 1024;
/// Longest `contentType`.
pub const MAX_CONTENT_TYPE_BYTES: usize = 255;
/// Longest `origin`: a host name of 253 bytes, `/log/` and a ledger id of 63
/// make 321; the rest is room for a port and a path.
pub const MAX_ORIGIN_BYTES: usize = 512;
/// Largest payload size an entry can state: JSON integers are exact below 2^53.
pub const MAX_PAYLOAD_SIZE: u64 = (1 << 53) - 1;

/// How a payload is committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// [`crate::commitment`].
    Sha256SaltedV1,
    /// [`crate::commitment::fields`].
    Sha256FieldsV1,
}

impl Algorithm {
    /// The name in `commit.alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256SaltedV1 => commitment::ALGORITHM,
            Self::Sha256FieldsV1 => fields::ALGORITHM,
        }
    }

    /// The algorithm of this name.
    ///
    /// # Errors
    /// [`EntryError::Algorithm`] (`commitment-unsupported`).
    pub fn from_name(name: &str) -> Result<Self, EntryError> {
        match name {
            commitment::ALGORITHM => Ok(Self::Sha256SaltedV1),
            fields::ALGORITHM => Ok(Self::Sha256FieldsV1),
            _ => Err(EntryError::Algorithm),
        }
    }
}

/// `commit`: what the entry says about its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// How the digest was made.
    pub algorithm: Algorithm,
    /// 32 bytes.
    pub digest: [u8; 32],
    /// Bytes of payload, below 2^53; 0 with [`Algorithm::Sha256FieldsV1`],
    /// where it would tell of the fields that are not shown.
    pub size: u64,
}

/// The members of a statement; limits are checked by [`Statement::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFields {
    /// `type`, 1 to 256 bytes.
    pub record_type: String,
    /// `source`, 1 to 256 bytes.
    pub source: String,
    /// `subject`, 1 to 1,024 bytes.
    pub subject: Option<String>,
    /// `contentType` of the payload, 1 to 255 bytes.
    pub content_type: String,
    /// `commit`.
    pub commit: Commitment,
    /// `origin` of the ledger that the statement is meant for; needed when signed.
    pub origin: Option<String>,
}

/// A checked statement with its canonical bytes, which authors sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    fields: StatementFields,
    bytes: Vec<u8>,
}

impl Statement {
    /// Checks the members.
    ///
    /// # Errors
    /// The [`EntryError`] of the first member out of its limits.
    pub fn new(fields: StatementFields) -> Result<Self, EntryError> {
        check(&fields)?;
        let bytes = canonical(&fields);
        Ok(Self { fields, bytes })
    }

    /// Reads canonical statement bytes: `parse(b)?.to_bytes() == b`.
    ///
    /// # Errors
    /// [`EntryError`]; [`EntryError::NotCanonical`] for other bytes of the same value.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > super::MAX_ENTRY_BYTES {
            return Err(EntryError::TooLarge);
        }
        let statement = Self::from_value(json::parse(bytes)?)?;
        if statement.bytes == bytes { Ok(statement) } else { Err(EntryError::NotCanonical) }
    }

    /// Each member spells its value in one way, so the canonical bytes of the JSON are the statement's.
    pub(super) fn from_value(value: Value) -> Result<Self, EntryError> {
        let bytes = value.to_canonical();
        let mut members = Members::of(value, "statement")?;
        let fields = StatementFields {
            record_type: members.string("type")?,
            source: members.string("source")?,
            subject: members.optional_string("subject")?,
            content_type: members.string("contentType")?,
            commit: commit_from(members.required("commit")?)?,
            origin: members.optional_string("origin")?,
        };
        members.finish()?;
        check(&fields)?;
        Ok(Self { fields, bytes })
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The canonical bytes, borrowed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The members.
    #[must_use]
    pub fn fields(&self) -> &StatementFields {
        &self.fields
    }
}

fn check(fields: &StatementFields) -> Result<(), EntryError> {
    checked(&fields.record_type, MAX_TYPE_BYTES, EntryError::Type)?;
    checked(&fields.source, MAX_SOURCE_BYTES, EntryError::Source)?;
    if let Some(subject) = &fields.subject {
        checked(subject, MAX_SUBJECT_BYTES, EntryError::Subject)?;
    }
    checked(&fields.content_type, MAX_CONTENT_TYPE_BYTES, EntryError::ContentType)?;
    if let Some(origin) = &fields.origin {
        checked(origin, MAX_ORIGIN_BYTES, EntryError::Origin)?;
    }
    check_size(&fields.commit)
}

/// The members in their order.
fn canonical(fields: &StatementFields) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut statement = ObjectWriter::new(&mut bytes);
    let mut commit = statement.object("commit");
    commit.string("alg", fields.commit.algorithm.name());
    commit.string("digest", &base64::encode_url(&fields.commit.digest));
    commit.integer("size", fields.commit.size);
    commit.end();
    statement.string("contentType", &fields.content_type);
    if let Some(origin) = &fields.origin {
        statement.string("origin", origin);
    }
    statement.string("source", &fields.source);
    if let Some(subject) = &fields.subject {
        statement.string("subject", subject);
    }
    statement.string("type", &fields.record_type);
    statement.end();
    bytes
}

fn check_size(commit: &Commitment) -> Result<(), EntryError> {
    let max = match commit.algorithm {
        Algorithm::Sha256SaltedV1 => MAX_PAYLOAD_SIZE,
        Algorithm::Sha256FieldsV1 => 0,
    };
    if commit.size > max { Err(EntryError::PayloadSize) } else { Ok(()) }
}

fn commit_from(value: Value) -> Result<Commitment, EntryError> {
    let mut members = Members::of(value, "commit")?;
    let algorithm = Algorithm::from_name(&members.string("alg")?)?;
    let digest = fixed(&members.string("digest")?)?;
    let size = members.u64("size")?;
    members.finish()?;
    Ok(Commitment { algorithm, digest, size })
}
