//! C2SP tlog-proof: inclusion in a log as one text, checked offline.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra YWdl...                 (optional)
//! index 73894
//! gSKyXoYZ...=                  leaf's sibling first
//!
//! example.com/log/demo          the checkpoint, verbatim
//! ...
//! ```

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::base64;
use crate::checkpoint::parse_decimal;
use crate::hash::Hash;
use crate::note::MAX_NOTE_BYTES;
use crate::text;
use crate::tree::LeafIndex;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Hashes in a proof: a tree of 2^48 leaves has 48 levels.
pub const MAX_PROOF_HASHES: usize = 48;

/// Extra data, decoded.
pub const MAX_EXTRA_BYTES: usize = 65_536;

/// A note, 48 lines of 45 bytes, and extra data that base64 makes a third longer.
pub const MAX_PROOF_BYTES: usize = MAX_NOTE_BYTES + 96 * 1024;

/// The parts of a proof. Reading it verifies nothing, not even that the
/// checkpoint is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Opaque, unauthenticated; 1 to 65,536 bytes if it is there.
    pub extra: Option<Vec<u8>>,
    /// Index of the entry, at most 2^48.
    pub index: LeafIndex,
    /// The inclusion proof, leaf's sibling first, at most 48 hashes.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

impl TlogProof {
    /// Reads a proof; `parse(t)?.to_text() == t`.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        if text.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLarge);
        }
        // The first empty line ends the proof: none of its lines may be empty.
        let (head, checkpoint) =
            text::split_at_first_empty_line(text).ok_or(ProofError::Malformed)?;
        let mut lines = text::lines(head);
        if lines.next() != Some(HEADER) {
            return Err(ProofError::Header);
        }
        let mut line = lines.next().ok_or(ProofError::Malformed)?;
        let mut extra = None;
        if let Some(encoded) = line.strip_prefix("extra ") {
            extra = Some(parse_extra(encoded)?);
            line = lines.next().ok_or(ProofError::Malformed)?;
        }
        let index = line.strip_prefix("index ").and_then(parse_decimal).ok_or(ProofError::Index)?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() >= MAX_PROOF_HASHES {
                return Err(ProofError::TooLarge);
            }
            hashes.push(Hash::from_base64(line).map_err(|_| ProofError::Hash)?);
        }
        let checkpoint = String::from(checkpoint);
        Ok(Self { extra, index: LeafIndex::new(index), hashes, checkpoint })
    }

    /// The text.
    #[must_use]
    pub fn to_text(&self) -> String {
        // A batch of records is answered with a thousand of these, so each is written in one piece.
        let mut text = Vec::with_capacity(self.text_bytes());
        text.extend_from_slice(format!("{HEADER}\n").as_bytes());
        if let Some(extra) = &self.extra {
            text.extend_from_slice(b"extra ");
            base64::push(&mut text, extra);
            text.push(b'\n');
        }
        text.extend_from_slice(format!("index {}\n", self.index).as_bytes());
        for hash in &self.hashes {
            base64::push(&mut text, hash.as_bytes());
            text.push(b'\n');
        }
        text.push(b'\n');
        text.extend_from_slice(self.checkpoint.as_bytes());
        // Every piece is text, so nothing is lost.
        String::from_utf8(text).unwrap_or_default()
    }

    /// About as many bytes as the text has.
    fn text_bytes(&self) -> usize {
        const LINES: usize = 64;
        let extra =
            self.extra.as_ref().map_or(0, |extra| extra.len().div_ceil(3).saturating_mul(4));
        let hashes = self.hashes.len().saturating_mul(45);
        [LINES, extra, hashes, self.checkpoint.len()].into_iter().fold(0, usize::saturating_add)
    }
}

/// "If no extra data is present, this line is omitted."
fn parse_extra(encoded: &str) -> Result<Vec<u8>, ProofError> {
    let extra = base64::decode(encoded).map_err(|_| ProofError::Extra)?;
    if extra.is_empty() || extra.len() > MAX_EXTRA_BYTES {
        return Err(ProofError::Extra);
    }
    Ok(extra)
}

/// Why the text of a proof was refused; one code for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofError {
    /// Longer than any proof, or more than 48 hashes.
    TooLarge,
    /// A line is missing, or the empty line before the checkpoint.
    Malformed,
    /// The first line is not `c2sp.org/tlog-proof@v1`.
    Header,
    /// The extra data are not base64 of 1 to 65,536 bytes.
    Extra,
    /// No index, or not a plain decimal up to 2^48.
    Index,
    /// A line is not 32 bytes in base64.
    Hash,
}

impl ProofError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "proof-malformed",
            Self::Malformed => "proof-malformed",
            Self::Header => "proof-malformed",
            Self::Extra => "proof-malformed",
            Self::Index => "proof-malformed",
            Self::Hash => "proof-malformed",
        }
    }
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the proof is longer than any",
            Self::Malformed => "a line of the proof is missing",
            Self::Header => "the first line is not c2sp.org/tlog-proof@v1",
            Self::Extra => "the extra data are not base64 of 1 to 65,536 bytes",
            Self::Index => "the index is not a plain decimal up to 2^48",
            Self::Hash => "a line of the proof is not 32 bytes in base64",
        })
    }
}

impl core::error::Error for ProofError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n\
        gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\
        B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\nanything\n\nat all\n";

    #[test]
    fn proofs_round_trip() {
        let proof = TlogProof::parse(TEXT).unwrap();
        assert_eq!(proof.extra.as_deref(), Some(&b"age"[..]));
        assert_eq!((proof.index.get(), proof.hashes.len()), (73_894, 2));
        assert_eq!(proof.checkpoint, "anything\n\nat all\n");
        assert_eq!(proof.to_text(), TEXT);
        let bare = "c2sp.org/tlog-proof@v1\nindex 0\n\n";
        assert_eq!(TlogProof::parse(bare).map(|p| p.to_text()).as_deref(), Ok(bare));
    }

    #[test]
    fn lines_are_strict() {
        let with = |from: &str, to: &str| TlogProof::parse(&TEXT.replacen(from, to, 1));
        let cases = [
            ("@v1", "@v2", ProofError::Header),
            ("c2sp", "\nc2sp", ProofError::Header),
            ("YWdl", "", ProofError::Extra),
            ("YWdl", "YWd", ProofError::Extra),
            ("extra ", "Extra ", ProofError::Index),
            ("extra YWdl\nindex 73894", "index 73894\nextra YWdl", ProofError::Hash),
            ("extra YWdl\n", "extra YWdl\nextra YWdl\n", ProofError::Index),
            ("73894", "073894", ProofError::Index),
            ("73894", "", ProofError::Index),
            ("73894", "281474976710657", ProofError::Index),
            ("index 73894", "index  73894", ProofError::Index),
            ("gSKy", "gSK", ProofError::Hash),
            ("PlQ=", "PlR=", ProofError::Hash),
            ("PlQ=", "PlQ=\r", ProofError::Hash),
            ("gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=", "YWdl", ProofError::Hash),
        ];
        for (from, to, error) in cases {
            assert_eq!(with(from, to), Err(error), "{from:?} {to:?}");
        }
        assert_eq!(TlogProof::parse(""), Err(ProofError::Malformed));
        assert_eq!(TlogProof::parse("c2sp.org/tlog-proof@v1\n\n"), Err(ProofError::Malformed));
        let only_extra = "c2sp.org/tlog-proof@v1\nextra YWdl\n\nx";
        assert_eq!(TlogProof::parse(only_extra), Err(ProofError::Malformed));
    }

    #[test]
    fn length_is_bounded() {
        let line = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n";
        let many = |n| TlogProof::parse(&TEXT.replacen(line, &line.repeat(n), 1)).map(|_| ());
        assert_eq!(many(MAX_PROOF_HASHES - 1), Ok(()));
        assert_eq!(many(MAX_PROOF_HASHES), Err(ProofError::TooLarge));
        let long = TEXT.replacen("anything", &"a".repeat(MAX_PROOF_BYTES), 1);
        assert_eq!(TlogProof::parse(&long), Err(ProofError::TooLarge));
        let extra = base64::encode(&alloc::vec![0; MAX_EXTRA_BYTES + 1]);
        let long = TEXT.replacen("YWdl", &extra, 1);
        assert_eq!(TlogProof::parse(&long), Err(ProofError::Extra));
    }

    proptest! {
        #[test]
        fn a_mangled_byte_is_refused_or_read_as_written(at in 0usize..200, byte in 0u8..128) {
            let mut bytes = TEXT.as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            let text = String::from_utf8(bytes).unwrap();
            if let Ok(proof) = TlogProof::parse(&text) {
                prop_assert_eq!(proof.to_text(), text);
            }
        }
    }
}
