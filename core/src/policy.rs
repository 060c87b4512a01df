//! C2SP tlog-policy: which logs are trusted, and which witnesses must agree.
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> all|any|<k> <name>...
//! quorum <name>|none
//! ```

mod parse;

use alloc::vec::Vec;
use core::fmt;

use crate::note::{KeyError, KeyKind, VerifierKey};

/// Logs, witnesses and groups, each; "at least up to 32" is asked for.
pub const MAX_LINES_OF_A_KIND: usize = 64;

/// Longest policy text.
pub const MAX_POLICY_BYTES: usize = 64 * 1024;

/// A parsed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    /// In the order of definition: members stand before their groups.
    components: Vec<Component>,
    /// Place in `components`, or `None` for `quorum none`.
    quorum: Option<usize>,
}

/// A name that a group or the quorum can refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Component {
    /// Place in `witnesses`.
    Witness(usize),
    /// Places in `components`, all before this one.
    Group { threshold: usize, members: Vec<usize> },
}

impl Policy {
    /// A policy of logs alone, without a quorum; any one of them suffices.
    ///
    /// # Errors
    /// [`PolicyError::KeyKind`] if one is not a log's key (type 0x01).
    pub fn from_logs(logs: Vec<VerifierKey>) -> Result<Self, PolicyError> {
        if logs.iter().any(|key| key.kind() != KeyKind::Ed25519) {
            return Err(PolicyError::KeyKind);
        }
        Ok(Self { logs, witnesses: Vec::new(), components: Vec::new(), quorum: None })
    }

    /// Reads a policy text; the last line may lack its newline.
    ///
    /// # Errors
    /// [`PolicyError`]; one malformed key refuses the whole policy.
    pub fn parse(text: &[u8]) -> Result<Self, PolicyError> {
        parse::parse(text)
    }

    /// The logs, each of which is accepted.
    #[must_use]
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// The witnesses, in the order of their lines.
    #[must_use]
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// Whether any cosignature is demanded.
    #[must_use]
    pub fn has_quorum(&self) -> bool {
        self.quorum.is_some()
    }

    /// Whether the witnesses for which `cosigned` answers true make the quorum.
    /// Always true for `quorum none`.
    #[must_use]
    pub fn quorum_met(&self, cosigned: impl Fn(&VerifierKey) -> bool) -> bool {
        let Some(quorum) = self.quorum else { return true };
        let mut met: Vec<bool> = Vec::with_capacity(self.components.len());
        for component in &self.components {
            met.push(match component {
                Component::Witness(place) => self.witnesses.get(*place).is_some_and(&cosigned),
                Component::Group { threshold, members } => {
                    let count = members.iter().filter(|m| met.get(**m) == Some(&true)).count();
                    count >= *threshold
                }
            });
        }
        met.get(quorum) == Some(&true)
    }
}

/// Why a policy was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// More than 64 KiB, or more than 64 logs, witnesses or groups.
    TooLarge,
    /// An octet that is not allowed, or a line of no known form.
    Line,
    /// A verifier key.
    Key(KeyError),
    /// A key of the wrong kind: logs have type 0x01, witnesses 0x04 or 0x06.
    KeyKind,
    /// Two logs or two witnesses with one public key.
    DuplicateKey,
    /// A name defined twice, or `none` defined.
    DuplicateName,
    /// A name that no line before defines.
    UnknownName,
    /// A name that is a member of two groups, or twice of one.
    MemberTwice,
    /// `k` is no plain decimal from 1 to the number of members.
    Threshold,
    /// No quorum line, or two.
    Quorum,
}

impl PolicyError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Key(error) => error.code(),
            Self::KeyKind => "key-kind-mismatch",
            Self::TooLarge => "policy-malformed",
            Self::Line => "policy-malformed",
            Self::DuplicateKey => "policy-malformed",
            Self::DuplicateName => "policy-malformed",
            Self::UnknownName => "policy-malformed",
            Self::MemberTwice => "policy-malformed",
            Self::Threshold => "policy-malformed",
            Self::Quorum => "policy-malformed",
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(error) => return error.fmt(f),
            Self::TooLarge => "a policy has at most 64 KiB and 64 lines of a kind",
            Self::Line => "a line of the policy has no known form",
            Self::KeyKind => "logs have keys of type 0x01, witnesses of type 0x04 or 0x06",
            Self::DuplicateKey => "two lines of the policy have one public key",
            Self::DuplicateName => "a name of the policy is defined twice, or reserved",
            Self::UnknownName => "a name of the policy is not defined before it is used",
            Self::MemberTwice => "a name of the policy is a group member twice",
            Self::Threshold => "a group's threshold is not from 1 to its members",
            Self::Quorum => "a policy has exactly one quorum line",
        })
    }
}

impl core::error::Error for PolicyError {}

impl From<KeyError> for PolicyError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

#[cfg(test)]
mod tests;
