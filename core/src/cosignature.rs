//! C2SP tlog-cosignature: a witness saw this checkpoint at this time, as the
//! largest consistent one of its log.
//!
//! Here is the Ed25519 kind, whose signature field holds `u64 timestamp ||
//! ed25519_signature[64]`. The ML-DSA-44 kind is verified with the feature
//! `ml-dsa`, through [`VerifierKey::verify`].

#[cfg(feature = "ml-dsa")]
pub(crate) mod ml_dsa;

use alloc::string::String;

use crate::ed25519::{PublicKey, SignatureError, SigningKey};
use crate::note::{KeyError, NoteSignature, VerifierKey};
use crate::text;

/// "It MUST NOT exceed 2^63 - 1."
pub const MAX_TIMESTAMP: u64 = (1 << 63) - 1;

/// `cosignature/v1`, the time, and the whole note text.
fn message(text: &str, timestamp: u64) -> String {
    let mut message = String::from("cosignature/v1\ntime ");
    text::push_decimal(&mut message, timestamp);
    message.extend(["\n", text]);
    message
}

/// Verifies the signature field of a cosignature over a checkpoint's note text
/// and answers its time, in seconds since the epoch.
///
/// # Errors
/// [`SignatureError`], also for another length or a time above [`MAX_TIMESTAMP`].
pub fn verify(key: &PublicKey, text: &str, field: &[u8]) -> Result<u64, SignatureError> {
    let (timestamp, signature) = field.split_first_chunk::<8>().ok_or(SignatureError)?;
    let timestamp = u64::from_be_bytes(*timestamp);
    if timestamp > MAX_TIMESTAMP {
        return Err(SignatureError);
    }
    key.verify_strict(message(text, timestamp).as_bytes(), signature)?;
    Ok(timestamp)
}

/// A witness's private key with its name.
#[derive(Debug, Clone)]
pub struct Cosigner {
    key: SigningKey,
    verifier: VerifierKey,
}

impl Cosigner {
    /// A cosigner (type 0x04). "Distinct cosigners MUST use distinct keys."
    ///
    /// # Errors
    /// [`KeyError::Malformed`] for a name that is empty or has spaces or `+`.
    pub fn new(name: &str, key: SigningKey) -> Result<Self, KeyError> {
        let verifier = VerifierKey::witness(name, key.public_key())?;
        Ok(Self { key, verifier })
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Cosigns a checkpoint's note text. The caller has verified that the
    /// checkpoint extends the last one it cosigned.
    #[must_use]
    pub fn cosign(&self, text: &str, timestamp: u64) -> NoteSignature {
        let timestamp = timestamp.min(MAX_TIMESTAMP);
        let signature = self.key.sign(message(text, timestamp).as_bytes());
        NoteSignature {
            name: self.verifier.name().into(),
            id: self.verifier.id(),
            signature: [&timestamp.to_be_bytes()[..], &signature].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "log.example/log/x\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn cosigner() -> Cosigner {
        Cosigner::new("witness.example/w", SigningKey::from_seed(&[8; 32])).unwrap()
    }

    #[test]
    fn the_time_is_signed() {
        let line = cosigner().cosign(TEXT, 1_679_315_147);
        let key = cosigner().verifier_key().clone();
        assert!(key.made(&line));
        assert_eq!(key.verify(TEXT, &line), Ok(Some(1_679_315_147)));
        for at in 0..line.signature.len() {
            let mut bad = line.clone();
            bad.signature[at] ^= 1;
            assert_eq!(key.verify(TEXT, &bad), Err(SignatureError), "{at}");
        }
        assert_eq!(key.verify(&TEXT.replace('3', "4"), &line), Err(SignatureError));
    }

    #[test]
    fn the_message_is_the_one_of_the_specification() {
        let text = message("example.com/behind-the-sofa\n20852163\nx\n", 1_679_315_147);
        assert_eq!(MAX_TIMESTAMP, 9_223_372_036_854_775_807);
        let expected =
            "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nx\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn times_above_the_limit_are_refused() {
        let key = SigningKey::from_seed(&[8; 32]);
        for (time, good) in [(MAX_TIMESTAMP, true), (MAX_TIMESTAMP + 1, false)] {
            let signature = key.sign(message(TEXT, time).as_bytes());
            let field = [&time.to_be_bytes()[..], &signature].concat();
            assert_eq!(verify(&key.public_key(), TEXT, &field).is_ok(), good);
        }
        assert_eq!(verify(&key.public_key(), TEXT, &[0; 7]), Err(SignatureError));
        let clamped = cosigner().cosign(TEXT, u64::MAX);
        assert_eq!(cosigner().verifier_key().verify(TEXT, &clamped), Ok(Some(MAX_TIMESTAMP)));
    }
}
