//! The deployment's master seed and the keys that come from it.
//!
//! Which code may derive which key is a matter of types: [`SequencerSecrets`] derives the log key,
//! [`ReaderSecrets`] cannot, and [`Secrets`] itself derives nothing.

use core::fmt;

use stateledger_core::ed25519::SigningKey;
use stateledger_core::kdf::{self, Purpose};

/// Keys are of generation 0: rotation is not offered yet (design §5).
const GENERATION: u32 = 0;

/// The one master seed of a deployment: 32 secret bytes. Never printed.
#[derive(Clone)]
pub struct Secrets([u8; 32]);

/// What a sequencer may derive: the log key and the row keys.
#[derive(Clone)]
pub struct SequencerSecrets(Secrets);

/// What a reader may derive: the row keys, never the log key.
#[derive(Clone)]
pub struct ReaderSecrets(Secrets);

/// What the tokens of a deployment need: the key of the MACs over their rows.
#[derive(Clone)]
pub struct TokenSecrets {
    pub(crate) mac: [u8; 32],
}

/// Keys of one ledger that protect rows and cursors; none of them signs.
#[derive(Clone)]
pub(crate) struct RowKeys {
    /// Key of the MACs over rows that no leaf covers.
    pub(crate) mac: [u8; 32],
    /// Key of the MACs inside cursors.
    pub(crate) cursor: [u8; 32],
}

impl Secrets {
    /// Takes the seed from the deployment's secret storage.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// The sequencer's share. To be given to a [`Sequencer`](crate::Sequencer) and nothing else.
    pub fn for_sequencer(&self) -> SequencerSecrets {
        SequencerSecrets(self.clone())
    }

    /// The share of everything that only reads.
    pub fn for_reader(&self) -> ReaderSecrets {
        ReaderSecrets(self.clone())
    }

    /// The share of [`Tokens`](crate::tokens::Tokens). Tokens belong to no ledger, so origin and uid
    /// are empty.
    pub fn for_tokens(&self) -> TokenSecrets {
        TokenSecrets { mac: self.derive(Purpose::TokenMac, "", &[0; 32]) }
    }

    fn derive(&self, purpose: Purpose, origin: &str, uid: &[u8; 32]) -> [u8; 32] {
        kdf::derive(&self.0, purpose, origin, uid, GENERATION)
    }

    fn row_keys(&self, origin: &str, uid: &[u8; 32]) -> RowKeys {
        RowKeys {
            mac: self.derive(Purpose::RowMac, origin, uid),
            cursor: self.derive(Purpose::Cursor, origin, uid),
        }
    }
}

impl SequencerSecrets {
    /// The log's signing key. The only place that derives it.
    pub(crate) fn log_key(&self, origin: &str, uid: &[u8; 32]) -> SigningKey {
        SigningKey::from_seed(&self.0.derive(Purpose::LogKey, origin, uid))
    }

    pub(crate) fn row_keys(&self, origin: &str, uid: &[u8; 32]) -> RowKeys {
        self.0.row_keys(origin, uid)
    }
}

impl ReaderSecrets {
    pub(crate) fn row_keys(&self, origin: &str, uid: &[u8; 32]) -> RowKeys {
        self.0.row_keys(origin, uid)
    }

    /// Keys of what spans ledgers. No ledger has the empty origin.
    pub(crate) fn deployment_keys(&self) -> RowKeys {
        self.0.row_keys("", &[0; 32])
    }
}

macro_rules! opaque_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
opaque_debug!(Secrets, SequencerSecrets, ReaderSecrets, TokenSecrets, RowKeys);
