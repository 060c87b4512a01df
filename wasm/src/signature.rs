//! Strict Ed25519.

use std::cell::RefCell;

use stateledger_core::ed25519::{
    self, KeptTables, PublicKey, PublicKeyError, SignatureError, SignedMessage,
};
use stateledger_core::receipt::Step;
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::flat::{misuse, split, words};

thread_local! {
    /// What is computed of a key serves its next signatures, in this call or a later one.
    static KEPT: RefCell<KeptTables> = const { RefCell::new(KeptTables::new()) };
}

/// Verifies one signature; the key is 32 bytes.
///
/// # Errors
/// Throws `{ code, message, step }`: `signature-invalid`, also for a key that
/// is no point and a signature that is not 64 bytes.
#[wasm_bindgen]
pub fn verify_signature(
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), JsValue> {
    let verdict = PublicKey::from_slice(public_key)
        .map_err(|_: PublicKeyError| SignatureError)
        .and_then(|key| KEPT.with_borrow_mut(|kept| kept.verify(&key, message, signature)));
    verdict.map_err(|error| Failure::new(error.code(), &error, Step::Signatures).into())
}

/// Judges many signatures, each as [`verify_signature`] would: one byte each,
/// 1 = valid. `public_keys` is one key for all or one each, joined.
///
/// # Errors
/// Throws `TypeError` if the lists differ in length.
#[wasm_bindgen]
pub fn verify_signatures(
    public_keys: &[u8],
    messages: &[u8],
    message_lengths: &[u32],
    signatures: &[u8],
    signature_lengths: &[u32],
) -> Result<Vec<u8>, JsValue> {
    let messages = split(messages, message_lengths)?;
    let signatures = split(signatures, signature_lengths)?;
    let keys = words("publicKeys", public_keys)?;
    if signatures.len() != messages.len() {
        return Err(misuse("signatures"));
    }
    let signed: Vec<SignedMessage<'_>> = messages
        .into_iter()
        .zip(signatures)
        .map(|(message, signature)| SignedMessage { message, signature })
        .collect();
    match keys {
        // One key for all: what its signatures share is computed once.
        [key] => Ok(match PublicKey::from_bytes(key) {
            Ok(key) => KEPT
                .with_borrow_mut(|kept| kept.verify_each(&key, &signed))
                .iter()
                .map(|one| one.is_ok().into())
                .collect(),
            Err(_) => vec![0; signed.len()],
        }),
        keys if keys.len() == signed.len() => {
            let judge = |(key, one): (&[u8; 32], &SignedMessage<'_>)| {
                ed25519::verify_strict(key, one.message, one.signature).is_ok().into()
            };
            Ok(keys.iter().zip(&signed).map(judge).collect())
        }
        _ => Err(misuse("publicKeys")),
    }
}
