//! C2SP tlog-checkpoint: a tree head as a signed note.
//!
//! ```text
//! example.com/log/demo          origin
//! 20852163                      tree size
//! CsUYapGGPo4dkMgIAUqo...=      root hash
//!                               (extension lines may follow)
//! — example.com/log/demo Az3grlgtzPICa5OS8...
//! ```

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::hash::Hash;
use crate::note::{Note, NoteError, NoteSignature, NoteSigner};
use crate::text;
use crate::tree::TreeSize;

/// A tree head: the note text of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log: one non-empty line.
    pub origin: String,
    /// Number of leaves, at most 2^48.
    pub size: TreeSize,
    /// Root of the tree of that size.
    pub root: Hash,
    /// Opaque non-empty lines; ledgers write none.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    #[must_use]
    pub fn new(origin: &str, size: TreeSize, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// Reads the note text; `parse(t)?.to_text() == t`.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Malformed)?;
        let mut lines = text::lines(lines);
        let mut line =
            || lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError::Malformed);
        let (origin, size, root) = (line()?, line()?, line()?);
        let checkpoint = Self {
            origin: origin.into(),
            size: parse_size(size).ok_or(CheckpointError::Size)?,
            root: Hash::from_base64(root).map_err(|_| CheckpointError::Root)?,
            extensions: lines.map(String::from).collect(),
        };
        // Also refuses what is not one line: controls, empty extensions.
        if checkpoint.is_valid() { Ok(checkpoint) } else { Err(CheckpointError::Malformed) }
    }

    fn is_valid(&self) -> bool {
        let line = |text: &String| !text.is_empty() && !text.bytes().any(|byte| byte < 0x20);
        line(&self.origin) && self.extensions.iter().all(line)
    }

    /// The note text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64());
        for extension in &self.extensions {
            text.push_str(extension);
            text.push('\n');
        }
        text
    }

    /// Signs it as its log; the signer's name must be the origin.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`] for another name, [`CheckpointError::Size`]
    /// past 2^48, [`CheckpointError::Malformed`] for lines that are not lines.
    pub fn sign(self, signer: &NoteSigner) -> Result<SignedCheckpoint, CheckpointError> {
        if signer.verifier_key().name() != self.origin {
            return Err(CheckpointError::Origin);
        }
        let text = self.to_text();
        if Self::parse(&text)? != self {
            return Err(CheckpointError::Malformed);
        }
        let note = Note::new(text.clone(), [signer.sign(&text)].into())?;
        Ok(SignedCheckpoint { checkpoint: self, note })
    }
}

/// "ASCII decimal with no leading zeroes (unless the tree is empty)"
pub(crate) fn parse_size(text: &str) -> Option<TreeSize> {
    parse_decimal(text).map(TreeSize::new)
}

/// A number up to 2^48 in its one spelling.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if text.is_empty() || leading_zero {
        return None;
    }
    let number = text.bytes().try_fold(0u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(digit.into())
    });
    number.filter(|number| *number <= TreeSize::MAX_PARSED.get())
}

/// A checkpoint with its note. Reading it verifies no signature: see
/// [`crate::trust::Trust::open_checkpoint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Reads a note whose text is a checkpoint; `parse(b)?.to_bytes() == b`.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { checkpoint, note })
    }

    /// The tree head.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note.
    #[must_use]
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Adds signature lines, as of witnesses.
    ///
    /// # Errors
    /// [`CheckpointError::Note`] if the note grows too large.
    pub fn with_signatures(&self, more: &[NoteSignature]) -> Result<Self, CheckpointError> {
        let signatures = [self.note.signatures(), more].concat();
        let note = Note::new(self.note.text().into(), signatures)?;
        Ok(Self { checkpoint: self.checkpoint.clone(), note })
    }

    /// The bytes of the note.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.note.to_bytes()
    }
}

/// Why a checkpoint was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The note around it.
    Note(NoteError),
    /// Fewer than three lines, or an empty one.
    Malformed,
    /// The size is no plain decimal, or above 2^48.
    Size,
    /// The root is not 32 bytes in base64.
    Root,
    /// The signer has another name than the origin.
    Origin,
}

impl CheckpointError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Note(error) => error.code(),
            Self::Malformed => "checkpoint-malformed",
            Self::Size => "checkpoint-malformed",
            Self::Root => "checkpoint-malformed",
            Self::Origin => "origin-mismatch",
        }
    }
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Note(error) => error.fmt(f),
            Self::Malformed => f.write_str("a checkpoint has an origin, a size and a root line"),
            Self::Size => f.write_str("the tree size is not a plain decimal up to 2^48"),
            Self::Root => f.write_str("the root hash is not 32 bytes in base64"),
            Self::Origin => f.write_str("the key's name is not the origin"),
        }
    }
}

impl core::error::Error for CheckpointError {}

impl From<NoteError> for CheckpointError {
    fn from(error: NoteError) -> Self {
        Self::Note(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ed25519::SigningKey;
    use proptest::prelude::*;

    const TEXT: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn signer(name: &str) -> NoteSigner {
        NoteSigner::new(name, SigningKey::from_seed(&[4; 32])).unwrap()
    }

    #[test]
    fn the_example_of_the_specification() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
        assert_eq!(checkpoint.size, TreeSize::new(20_852_163));
        assert_eq!(checkpoint.to_text(), TEXT);
        let extended = alloc::format!("{TEXT}one\ntwo\n");
        assert_eq!(Checkpoint::parse(&extended).map(|c| c.to_text()), Ok(extended));
        let spaced = TEXT.replacen("example.com/", "the example ", 1);
        assert_eq!(Checkpoint::parse(&spaced).map(|c| c.to_text()), Ok(spaced));
    }

    #[test]
    fn signed_checkpoints_round_trip() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        let signed = checkpoint.clone().sign(&signer("example.com/behind-the-sofa")).unwrap();
        assert_eq!(SignedCheckpoint::parse(&signed.to_bytes()), Ok(signed.clone()));
        assert_eq!(signed.checkpoint(), &checkpoint);
        let more = signed.with_signatures(&[signer("other").sign(TEXT)]).unwrap();
        assert_eq!(more.note().signatures().len(), 2);
        assert_eq!(checkpoint.sign(&signer("other")), Err(CheckpointError::Origin));
    }

    #[test]
    fn what_is_signed_can_be_read() {
        let sign = |size, extension: &str| {
            let mut checkpoint = Checkpoint::new("o", TreeSize::new(size), Hash([1; 32]));
            checkpoint.extensions.push(extension.into());
            checkpoint.sign(&signer("o")).map(|_| ())
        };
        assert_eq!(sign(1 << 48, "x"), Ok(()));
        assert_eq!(sign((1 << 48) + 1, "x"), Err(CheckpointError::Size));
        for bad in ["", "a\nb", "a\u{0}"] {
            assert_eq!(sign(1, bad), Err(CheckpointError::Malformed));
        }
    }

    #[test]
    fn lines_are_strict() {
        let with = |from: &str, to: &str| Checkpoint::parse(&TEXT.replacen(from, to, 1));
        for size in ["020852163", "+1", "-1", "1.0", "0x1", " 1", "281474976710657", "1e3"] {
            assert_eq!(with("20852163", size), Err(CheckpointError::Size), "{size}");
        }
        assert!(with("20852163", "0").is_ok());
        assert!(with("20852163", "281474976710656").is_ok());
        assert_eq!(with("CsUY", ""), Err(CheckpointError::Root));
        assert_eq!(with("2I=", "2J="), Err(CheckpointError::Root));
        for (from, to) in
            [("example.com/behind-the-sofa", ""), ("20852163", ""), ("=\n", "="), ("=\n", "=\n\n")]
        {
            assert_eq!(with(from, to), Err(CheckpointError::Malformed), "{from:?} {to:?}");
        }
        for text in ["", "\n", "a\n1\n"] {
            assert_eq!(Checkpoint::parse(text), Err(CheckpointError::Malformed));
        }
    }

    proptest! {
        #[test]
        fn what_parses_round_trips(
            origin in "[a-z+. ]{0,9}", size in "[0-9]{0,17}",
            rest in "([A-Za-z0-9+/]{43}=)?(\n[a-z]{0,4}){0,3}\n?",
        ) {
            let text = alloc::format!("{origin}\n{size}\n{rest}");
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert_eq!(checkpoint.to_text(), text);
            }
        }
    }
}
