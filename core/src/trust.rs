//! What a verifier trusts, and the opening of a checkpoint under it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::dsse::AuthorError;
use crate::ed25519::PublicKey;
use crate::entry::{Entry, MAX_SIGNATURES};
use crate::note::{KeyError, Note, VerifierKey};
use crate::policy::{Policy, PolicyError};

/// How far a witness's clock may be ahead of the caller's: 5 minutes, the usual
/// allowance. A time further ahead would make a checkpoint look fresh for ever.
pub const MAX_CLOCK_SKEW_SECONDS: u64 = 300;

/// Log keys or a policy, and what else is demanded of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    policy: Policy,
    authors: Option<Authors>,
    freshness: Option<Freshness>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Authors {
    keys: Vec<PublicKey>,
    threshold: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Freshness {
    max_age_seconds: u64,
    now_seconds: u64,
}

impl Trust {
    /// Trust in log keys (type 0x01); any one of them suffices, and its name
    /// must be the checkpoint's origin. No witness is asked.
    ///
    /// # Errors
    /// [`TrustError`]: one malformed key among good ones refuses, and so does
    /// an empty list.
    pub fn from_log_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, TrustError> {
        let keys = keys.into_iter().map(VerifierKey::parse).collect::<Result<Vec<_>, _>>()?;
        Self::new(Policy::from_logs(keys)?)
    }

    /// Trust in a C2SP policy, which must name a log.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn from_policy(text: &[u8]) -> Result<Self, TrustError> {
        Self::new(Policy::parse(text)?)
    }

    fn new(policy: Policy) -> Result<Self, TrustError> {
        if policy.logs().is_empty() {
            return Err(TrustError::NoLog);
        }
        Ok(Self { policy, authors: None, freshness: None })
    }

    /// Also demands that `threshold` of these authors (32-byte Ed25519 public
    /// keys) signed the record.
    ///
    /// # Errors
    /// [`TrustError::Key`] for a key that is no usable point,
    /// [`TrustError::AuthorThreshold`] unless 1 <= threshold <= different keys
    /// and an entry can hold that many signatures.
    pub fn with_authors<'a>(
        mut self,
        keys: impl IntoIterator<Item = &'a [u8]>,
        threshold: usize,
    ) -> Result<Self, TrustError> {
        let mut distinct: Vec<PublicKey> = Vec::new();
        for bytes in keys {
            let key = PublicKey::from_slice(bytes).map_err(|_| KeyError::PublicKey)?;
            if !distinct.contains(&key) {
                distinct.push(key);
            }
        }
        if threshold == 0 || threshold > distinct.len().min(MAX_SIGNATURES) {
            return Err(TrustError::AuthorThreshold);
        }
        self.authors = Some(Authors { keys: distinct, threshold });
        Ok(self)
    }

    /// Also demands cosignatures that are at most `max_age_seconds` old at
    /// `now_seconds` since the epoch: a quorum of them, or one where the policy
    /// has no quorum. A checkpoint itself carries no time.
    #[must_use]
    pub fn with_max_age(mut self, max_age_seconds: u64, now_seconds: u64) -> Self {
        self.freshness = Some(Freshness { max_age_seconds, now_seconds });
        self
    }

    /// Whether a quorum of witnesses is demanded.
    #[must_use]
    pub fn asks_witnesses(&self) -> bool {
        self.policy.has_quorum()
    }

    /// Whether author signatures are demanded.
    #[must_use]
    pub fn asks_authors(&self) -> bool {
        self.authors.is_some()
    }

    /// Whether a maximal age is demanded.
    #[must_use]
    pub fn asks_freshness(&self) -> bool {
        self.freshness.is_some()
    }

    /// Verifies a checkpoint: syntax, origin and key, every signature by a
    /// known key, quorum, age.
    ///
    /// # Errors
    /// The [`OpenError`] of the first check that fails.
    pub fn open_checkpoint(&self, bytes: &[u8]) -> Result<OpenCheckpoint, OpenError> {
        let signed = SignedCheckpoint::parse(bytes)?;
        let logs = self.logs_of(&signed)?;
        let mut signers = verified(signed.note(), &logs, SignerKind::Log)?;
        if signers.is_empty() {
            return Err(OpenError::KeyUnknown);
        }
        let witnesses: Vec<&VerifierKey> = self.policy.witnesses().iter().collect();
        let cosigners = verified(signed.note(), &witnesses, SignerKind::Witness)?;
        self.check_quorum(&cosigners)?;
        signers.extend(cosigners);
        let signers = signers.into_iter().map(|signed| signed.signer).collect();
        Ok(OpenCheckpoint { checkpoint: signed.checkpoint().clone(), signers })
    }

    /// The trusted keys of the checkpoint's origin, if one of them signed.
    fn logs_of(&self, signed: &SignedCheckpoint) -> Result<Vec<&VerifierKey>, OpenError> {
        let origin = &signed.checkpoint().origin;
        let named: Vec<&VerifierKey> =
            self.policy.logs().iter().filter(|key| key.name() == origin).collect();
        if named.is_empty() {
            return Err(OpenError::OriginMismatch);
        }
        let signatures = signed.note().signatures();
        if !signatures.iter().any(|line| named.iter().any(|key| key.made(line))) {
            return Err(OpenError::KeyUnknown);
        }
        Ok(named)
    }

    fn check_quorum(&self, cosigners: &[Verified<'_>]) -> Result<(), OpenError> {
        let by = |key: &VerifierKey, fresh: &dyn Fn(&Signer) -> bool| {
            cosigners.iter().any(|c| c.key == key && fresh(&c.signer))
        };
        if !self.policy.quorum_met(|key| by(key, &|_| true)) {
            return Err(OpenError::QuorumNotMet);
        }
        let Some(freshness) = self.freshness else { return Ok(()) };
        let fresh = |signer: &Signer| signer.time.is_some_and(|time| freshness.allows(time));
        let one = cosigners.iter().any(|cosigner| fresh(&cosigner.signer));
        // Only fresh cosignatures count: one witness alone must not vouch for the others' time.
        if one && self.policy.quorum_met(|key| by(key, &fresh)) {
            Ok(())
        } else {
            Err(OpenError::Stale)
        }
    }

    /// Whether enough of the demanded authors signed; signatures are verified
    /// elsewhere ([`crate::dsse::verify_all`]).
    ///
    /// # Errors
    /// [`AuthorError::ThresholdNotMet`].
    pub fn check_authors(&self, entry: &Entry) -> Result<(), AuthorError> {
        let Some(authors) = &self.authors else { return Ok(()) };
        let named = |key: &[u8; 32]| authors.keys.iter().any(|author| author.as_bytes() == key);
        let count = entry.signatures().iter().filter(|signature| named(&signature.key)).count();
        if count >= authors.threshold { Ok(()) } else { Err(AuthorError::ThresholdNotMet) }
    }
}

impl Freshness {
    fn allows(self, time: u64) -> bool {
        let age = self.now_seconds.saturating_sub(time);
        let ahead = time.saturating_sub(self.now_seconds);
        age <= self.max_age_seconds && ahead <= MAX_CLOCK_SKEW_SECONDS
    }
}

/// A verified signature, with the key that made it.
struct Verified<'a> {
    key: &'a VerifierKey,
    signer: Signer,
}

/// Every signature by one of `keys`, each key once. "If the key name and ID
/// match a known key, verifiers MUST verify the signature."
fn verified<'a>(
    note: &Note,
    keys: &[&'a VerifierKey],
    kind: SignerKind,
) -> Result<Vec<Verified<'a>>, OpenError> {
    let mut found: Vec<Verified<'a>> = Vec::new();
    for line in note.signatures() {
        for &key in keys.iter().filter(|key| key.made(line)) {
            let time = key.verify(note.text(), line).map_err(|_| OpenError::SignatureInvalid)?;
            let signer = Signer { name: key.name().into(), kind, time };
            match found.iter_mut().find(|other| other.key == key) {
                // The same witness twice: its latest word counts.
                Some(other) => other.signer.time = other.signer.time.max(time),
                None => found.push(Verified { key, signer }),
            }
        }
    }
    Ok(found)
}

/// Who signed a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Name of the key.
    pub name: String,
    /// In which role.
    pub kind: SignerKind,
    /// Seconds since the epoch; witnesses state one, logs do not.
    pub time: Option<u64>,
}

/// The role of a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerKind {
    /// It runs the log.
    Log,
    /// It watches that the log only grows.
    Witness,
}

impl SignerKind {
    /// `log` or `witness`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Witness => "witness",
        }
    }
}

/// A checkpoint whose signatures were verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCheckpoint {
    /// The tree head.
    pub checkpoint: Checkpoint,
    /// The known keys that signed it: logs first, each once.
    pub signers: Vec<Signer>,
}

/// Why a trust is unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustError {
    /// A key is malformed or of a type that is not supported.
    Key(KeyError),
    /// The policy is malformed.
    Policy(PolicyError),
    /// No log key, or a policy without a log line.
    NoLog,
    /// The author threshold is 0, or above the keys or what an entry can hold.
    AuthorThreshold,
}

impl TrustError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Key(error) => error.code(),
            Self::Policy(error) => error.code(),
            Self::NoLog => "log-key-missing",
            Self::AuthorThreshold => "author-threshold-invalid",
        }
    }
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::Policy(error) => error.fmt(f),
            Self::NoLog => f.write_str("no log key to trust"),
            Self::AuthorThreshold => f.write_str("the author threshold is not from 1 to the keys"),
        }
    }
}

impl core::error::Error for TrustError {}

impl From<KeyError> for TrustError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<PolicyError> for TrustError {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}

/// Why a checkpoint was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// Its syntax.
    Checkpoint(CheckpointError),
    /// No trusted log has this origin as its name.
    OriginMismatch,
    /// No trusted key of this origin signed it.
    KeyUnknown,
    /// A signature by a trusted key does not hold. Says no more.
    SignatureInvalid,
    /// Too few of the policy's witnesses cosigned it.
    QuorumNotMet,
    /// Too few of them did so recently enough.
    Stale,
}

impl OpenError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Checkpoint(error) => error.code(),
            Self::OriginMismatch => "origin-mismatch",
            Self::KeyUnknown => "key-unknown",
            Self::SignatureInvalid => "signature-invalid",
            Self::QuorumNotMet => "quorum-not-met",
            Self::Stale => "checkpoint-stale",
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checkpoint(error) => return error.fmt(f),
            Self::OriginMismatch => "the checkpoint's origin is not the name of a trusted log",
            Self::KeyUnknown => "no trusted key signed the checkpoint",
            Self::SignatureInvalid => "a signature by a trusted key does not verify",
            Self::QuorumNotMet => "too few witnesses cosigned the checkpoint",
            Self::Stale => "the checkpoint was not cosigned recently enough",
        })
    }
}

impl core::error::Error for OpenError {}

impl From<CheckpointError> for OpenError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

#[cfg(test)]
mod tests;
