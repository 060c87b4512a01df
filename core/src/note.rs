//! C2SP signed-note: a text and the signatures under it.
//!
//! ```text
//! text, ending in a newline
//!
//! — key-name base64(key ID[4] || signature)
//! ```

mod key;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

pub use key::{KeyError, KeyKind, NoteSigner, VerifierKey};

use crate::base64;
use crate::text;

/// Longest note: room for 64 signatures of the largest assigned type (an
/// ML-DSA-44 line has about 3,400 characters) and a 32 KiB text.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;

/// Signatures in a note; "MUST accept at least up to 16".
pub const MAX_NOTE_SIGNATURES: usize = 64;

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key, without spaces or `+`.
    pub name: String,
    /// The key ID, big-endian.
    pub id: [u8; 4],
    /// The signature itself, 1 byte or more, in a form that depends on the key.
    pub signature: Vec<u8>,
}

/// A note whose signatures nobody verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Puts a note together. `text` ends in a newline and has no other control
    /// characters; 1 to [`MAX_NOTE_SIGNATURES`] signatures.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] for what [`Note::parse`] would not read back.
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        let note = Self { text, signatures };
        if Self::parse(&note.to_bytes())? == note { Ok(note) } else { Err(NoteError::Malformed) }
    }

    /// Reads a note; `parse(b)?.to_bytes() == b`.
    ///
    /// # Errors
    /// [`NoteError::TooLarge`], [`NoteError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge);
        }
        let note = core::str::from_utf8(bytes).map_err(|_| NoteError::Malformed)?;
        // "MUST NOT contain any ASCII control characters other than newline".
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Malformed);
        }
        // "separated from the signatures by the last empty line in the note"
        let (text, lines) = text::split_at_last_empty_line(note).ok_or(NoteError::Malformed)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let mut signatures = Vec::new();
        for line in text::lines(lines) {
            if signatures.len() >= MAX_NOTE_SIGNATURES {
                return Err(NoteError::TooLarge);
            }
            signatures.push(NoteSignature::parse_line(line).ok_or(NoteError::Malformed)?);
        }
        let mut text = String::from(text);
        text.push('\n');
        Ok(Self { text, signatures })
    }

    /// The text, with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in their order.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Verifies every signature by a known key.
    ///
    /// "If a signature from a known key fails to verify, clients SHOULD reject
    /// the whole note", so this does.
    ///
    /// # Errors
    /// [`NoteError::SignatureInvalid`] if one of them fails,
    /// [`NoteError::KeyUnknown`] if there is none.
    pub fn open(&self, keys: &[VerifierKey]) -> Result<(), NoteError> {
        let mut known = false;
        for signature in &self.signatures {
            for key in keys.iter().filter(|key| key.made(signature)) {
                key.verify(&self.text, signature).map_err(|_| NoteError::SignatureInvalid)?;
                known = true;
            }
        }
        if known { Ok(()) } else { Err(NoteError::KeyUnknown) }
    }

    /// The bytes of the note.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.text.clone();
        out.push('\n');
        self.signatures.iter().for_each(|signature| signature.write_line(&mut out));
        out.into_bytes()
    }
}

impl NoteSignature {
    /// "em dash, space, key name, space, base64-encoded signature", without the newline.
    pub(crate) fn parse_line(line: &str) -> Option<Self> {
        let (name, encoded) = text::cut(line.strip_prefix("\u{2014} ")?, b' ')?;
        let bytes = base64::decode(encoded).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        if !valid_name(name) || signature.is_empty() {
            return None;
        }
        Some(Self { name: name.into(), id: *id, signature: signature.into() })
    }

    /// Adds the line with its newline.
    pub(crate) fn write_line(&self, out: &mut String) {
        let encoded = base64::encode(&[self.id.as_slice(), &self.signature].concat());
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\u{2014} {} {encoded}", self.name);
    }
}

/// "non-empty and MUST NOT contain any Unicode spaces or plus"
fn valid_name(name: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c == '+' || ('\0'..' ').contains(&c);
    !name.is_empty() && !name.chars().any(bad)
}

/// Why a note was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteError {
    /// More than 256 KiB or 64 signatures.
    TooLarge,
    /// Not a text, an empty line and signature lines.
    Malformed,
    /// No signature is by a known key.
    KeyUnknown,
    /// A signature by a known key does not hold. Says no more.
    SignatureInvalid,
}

impl NoteError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "note-too-large",
            Self::Malformed => "note-malformed",
            Self::KeyUnknown => "key-unknown",
            Self::SignatureInvalid => "signature-invalid",
        }
    }
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "a note has at most 256 KiB and 64 signatures here",
            Self::Malformed => "not a signed note",
            Self::KeyUnknown => "no signature is by a known key",
            Self::SignatureInvalid => "a signature by a known key does not verify",
        })
    }
}

impl core::error::Error for NoteError {}

#[cfg(test)]
mod tests;
