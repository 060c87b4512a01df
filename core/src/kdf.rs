//! Keys from the one master seed: HKDF-SHA256 (RFC 5869), one block.
//!
//! `info` is (purpose, origin, uid, generation), each with its length before
//! it, so that no two tuples share bytes. The uid is drawn when a ledger is
//! created: a ledger created again under the same name has other keys.

use alloc::vec::Vec;

use crate::mac::hmac_sha256;

/// What a derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Seed of the Ed25519 key that signs checkpoints.
    LogKey,
    /// Seed of the Ed25519 key that cosigns other logs' checkpoints.
    WitnessKey,
    /// MAC over rows that no leaf covers.
    RowMac,
    /// MAC over list cursors.
    Cursor,
    /// MAC over the rows of API tokens.
    TokenMac,
}

impl Purpose {
    /// The name that enters the derivation; fixed for ever.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LogKey => "stateledger/log-key",
            Self::WitnessKey => "stateledger/witness-key",
            Self::RowMac => "stateledger/row-mac",
            Self::Cursor => "stateledger/cursor",
            Self::TokenMac => "stateledger/token-mac",
        }
    }
}

/// Derives 32 bytes. `generation` is 0 until rotation is offered.
///
/// Infallible: RFC 5869 refuses only outputs above 255 blocks, and this is one.
#[must_use]
pub fn derive(
    seed: &[u8; 32],
    purpose: Purpose,
    origin: &str,
    uid: &[u8; 32],
    generation: u32,
) -> [u8; 32] {
    let generation = generation.to_be_bytes();
    let fields = [purpose.name().as_bytes(), origin.as_bytes(), uid, &generation];
    let mut info = Vec::new();
    for field in fields {
        info.extend_from_slice(&(field.len() as u64).to_be_bytes());
        info.extend_from_slice(field);
    }
    // Extract with the default salt of 32 zeros, then expand: T(1) = HMAC(PRK, info || 0x01).
    let prk = hmac_sha256(&[0; 32], &[seed]);
    hmac_sha256(&prk, &[&info, &[1]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use hkdf::Hkdf;
    use sha2::Sha256;

    #[test]
    fn equals_the_hkdf_crate() {
        let mut info = Vec::new();
        for field in [&b"stateledger/log-key"[..], b"example.com/log/demo", &[2; 32], &[0, 0, 0, 3]]
        {
            info.extend_from_slice(&(field.len() as u64).to_be_bytes());
            info.extend_from_slice(field);
        }
        let mut expected = [0; 32];
        Hkdf::<Sha256>::new(None, &[1; 32]).expand(&info, &mut expected).unwrap();
        let ours = derive(&[1; 32], Purpose::LogKey, "example.com/log/demo", &[2; 32], 3);
        assert_eq!(ours, expected);
    }

    #[test]
    fn every_field_counts() {
        let base = derive(&[1; 32], Purpose::LogKey, "o", &[2; 32], 0);
        let others = [
            derive(&[3; 32], Purpose::LogKey, "o", &[2; 32], 0),
            derive(&[1; 32], Purpose::WitnessKey, "o", &[2; 32], 0),
            derive(&[1; 32], Purpose::RowMac, "o", &[2; 32], 0),
            derive(&[1; 32], Purpose::Cursor, "o", &[2; 32], 0),
            derive(&[1; 32], Purpose::TokenMac, "o", &[2; 32], 0),
            derive(&[1; 32], Purpose::LogKey, "p", &[2; 32], 0),
            derive(&[1; 32], Purpose::LogKey, "o", &[4; 32], 0),
            derive(&[1; 32], Purpose::LogKey, "o", &[2; 32], 1),
        ];
        assert!(others.iter().all(|other| *other != base));
    }
}
