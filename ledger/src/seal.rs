//! Signed heads and receipts: the engine's use of core's note, checkpoint and receipt.

use stateledger_core::checkpoint::{Checkpoint, SignedCheckpoint};
use stateledger_core::commitment::Salt;
use stateledger_core::hash::Hash;
use stateledger_core::note::{NoteSigner, VerifierKey};
use stateledger_core::proof::TlogProof;
use stateledger_core::receipt::Receipt;
use stateledger_core::tree::LeafIndex;

use crate::secrets::SequencerSecrets;
use crate::store::{Head, HeadId};

/// The log's signer. It exists only where [`SequencerSecrets`] are.
#[derive(Debug)]
pub(crate) struct LogSigner {
    signer: NoteSigner,
    verifier_key: String,
}

impl LogSigner {
    /// `None` if the origin cannot be a key's name.
    pub(crate) fn new(secrets: &SequencerSecrets, origin: &str, uid: &[u8; 32]) -> Option<Self> {
        let signer = NoteSigner::new(origin, secrets.log_key(origin, uid)).ok()?;
        let verifier_key = signer.verifier_key().to_text();
        Some(Self { signer, verifier_key })
    }

    /// The public half, as a signed-note verifier key.
    pub(crate) fn verifier_key(&self) -> &str {
        &self.verifier_key
    }

    /// The bytes of the signed checkpoint.
    ///
    /// # Errors
    /// Only for an origin that is no line, or a size past 2^48.
    pub(crate) fn sign(&self, head: &HeadId) -> Result<Vec<u8>, ()> {
        let origin = self.signer.verifier_key().name();
        let checkpoint = Checkpoint::new(origin, head.size, head.root);
        Ok(checkpoint.sign(&self.signer).map_err(|_| ())?.to_bytes())
    }
}

/// Verifies that a stored checkpoint is signed by this key and says what the head's columns say.
///
/// # Errors
/// Whatever does not fit; the caller has only one thing to say about it.
pub(crate) fn open(head: &Head, origin: &str, verifier_key: &str) -> Result<(), ()> {
    let key = VerifierKey::parse(verifier_key).map_err(|_| ())?;
    let signed = SignedCheckpoint::parse(&head.checkpoint).map_err(|_| ())?;
    signed.note().open(core::slice::from_ref(&key)).map_err(|_| ())?;
    let said = signed.checkpoint();
    let same = said.origin == origin && said.size == head.id.size && said.root == head.id.root;
    if same && key.name() == origin { Ok(()) } else { Err(()) }
}

/// A receipt of the record at `index` under `head`.
pub(crate) fn receipt(
    entry: Vec<u8>,
    index: LeafIndex,
    hashes: Vec<Hash>,
    head: &Head,
    salt: Option<Salt>,
    payload: Option<Vec<u8>>,
) -> Receipt {
    // The engine writes checkpoints as UTF-8 and has verified this one.
    let checkpoint = String::from_utf8(head.checkpoint.clone()).unwrap_or_default();
    let proof = TlogProof { extra: None, index, hashes, checkpoint }.to_text();
    Receipt { entry, proof, payload, salt }
}
