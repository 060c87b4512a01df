//! What an author does: statements, their signatures, entries.

use serde::Serialize;
use stateledger_core::base64;
use stateledger_core::dsse;
use stateledger_core::ed25519::SigningKey;
use stateledger_core::entry::{
    AuthorSignature, Commitment, Entry, EntryError, MAX_SIGNATURES, Statement, StatementFields,
    Time,
};
use stateledger_core::json::{self, Value};
use stateledger_core::receipt::Step;
use wasm_bindgen::prelude::*;

use crate::commitment::{CommitView, algorithm_of};
use crate::failure::{Failure, to_js};
use crate::flat::{misuse, text, word};

/// The public key, 32 bytes, of a seed of 32 bytes.
///
/// # Errors
/// Throws `TypeError` for another length.
#[wasm_bindgen]
pub fn public_key(seed: &[u8]) -> Result<Vec<u8>, JsValue> {
    Ok(signing_key(seed)?.public_key().as_bytes().to_vec())
}

/// The Ed25519 signature, 64 bytes, of a message.
///
/// # Errors
/// Throws `TypeError` for a seed of another length.
#[wasm_bindgen]
pub fn sign(seed: &[u8], message: &[u8]) -> Result<Vec<u8>, JsValue> {
    Ok(signing_key(seed)?.sign(message).to_vec())
}

/// Signs a statement as its author; answers `{ key, sig }` in base64url.
///
/// # Errors
/// Throws `{ code, message, step }` of a statement that is not canonical.
#[wasm_bindgen]
pub fn sign_statement(seed: &[u8], statement: &[u8]) -> Result<JsValue, JsValue> {
    let statement = Statement::parse(statement).map_err(refusal)?;
    to_js(&SignatureView::of(&dsse::sign(&statement, &signing_key(seed)?)))
}

/// Verifies an author's signature of a statement, given as its JSON.
///
/// # Errors
/// Throws `{ code, message, step }`: `author-signature-invalid`, and of a
/// statement or signature that is malformed.
#[wasm_bindgen]
pub fn verify_statement(statement: &[u8], signature: &[u8]) -> Result<(), JsValue> {
    let statement = Statement::parse(statement).map_err(refusal)?;
    let signature = json::parse(signature).map_err(EntryError::from);
    let signature = signature.and_then(AuthorSignature::from_value).map_err(refusal)?;
    dsse::verify(&statement, &signature)
        .map_err(|error| Failure::new(error.code(), &error, Step::Authors).into())
}

/// The canonical bytes of a statement; the digest is 32 bytes, the texts UTF-8.
///
/// # Errors
/// Throws `{ code, message, step }` of the first member out of its limits.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "a statement has as many members")]
pub fn encode_statement(
    record_type: &[u8],
    source: &[u8],
    subject: Option<Vec<u8>>,
    content_type: &[u8],
    algorithm: &[u8],
    digest: &[u8],
    size: u64,
    origin: Option<Vec<u8>>,
) -> Result<Vec<u8>, JsValue> {
    let owned = |bytes: &[u8]| text(bytes).map(str::to_owned);
    let fields = StatementFields {
        record_type: owned(record_type)?,
        source: owned(source)?,
        subject: subject.as_deref().map(owned).transpose()?,
        content_type: owned(content_type)?,
        commit: Commitment {
            algorithm: algorithm_of(algorithm)?,
            digest: *word("digest", digest)?,
            size,
        },
        origin: origin.as_deref().map(owned).transpose()?,
    };
    Ok(Statement::new(fields).map_err(refusal)?.to_bytes())
}

/// The bytes of an entry. `signatures` is a JSON array of them, in any order;
/// they are not verified.
///
/// # Errors
/// Throws `{ code, message, step }`.
#[wasm_bindgen]
pub fn encode_entry(statement: &[u8], signatures: &[u8], time: &[u8]) -> Result<Vec<u8>, JsValue> {
    let statement = Statement::parse(statement).map_err(refusal)?;
    let signatures = json::parse(signatures).map_err(|error| refusal(error.into()))?;
    let Value::Array(signatures) = signatures else { return Err(misuse("sigs")) };
    if signatures.len() > MAX_SIGNATURES {
        return Err(refusal(EntryError::TooManySignatures).into());
    }
    let mut sorted: Vec<AuthorSignature> = Vec::new();
    for signature in signatures {
        let signature = AuthorSignature::from_value(signature).map_err(refusal)?;
        let at = sorted.partition_point(|before| before.key <= signature.key);
        sorted.insert(at, signature);
    }
    let time = Time::parse(text(time)?).map_err(|_| refusal(EntryError::Time))?;
    let entry = Entry::new(statement, sorted, time).map_err(refusal)?.to_bytes();
    // What is too long for a leaf is refused where entries are read.
    Entry::parse(&entry).map_err(refusal)?;
    Ok(entry)
}

/// Reads an entry and verifies none of its signatures; answers the package's
/// `Entry`.
///
/// # Errors
/// Throws `{ code, message, step }`.
#[wasm_bindgen]
pub fn decode_entry(entry: &[u8]) -> Result<JsValue, JsValue> {
    let entry = Entry::parse(entry).map_err(refusal)?;
    let fields = entry.statement().fields();
    to_js(&EntryView {
        statement: StatementView {
            r#type: &fields.record_type,
            source: &fields.source,
            subject: fields.subject.as_deref(),
            content_type: &fields.content_type,
            commit: CommitView::of(&fields.commit),
            origin: fields.origin.as_deref(),
        },
        sigs: entry.signatures().iter().map(SignatureView::of).collect(),
        time: entry.time().to_text(),
    })
}

#[derive(Serialize)]
struct SignatureView {
    key: String,
    sig: String,
}

impl SignatureView {
    fn of(signature: &AuthorSignature) -> Self {
        Self {
            key: base64::encode_url(&signature.key),
            sig: base64::encode_url(&signature.signature),
        }
    }
}

#[derive(Serialize)]
struct EntryView<'a> {
    statement: StatementView<'a>,
    sigs: Vec<SignatureView>,
    time: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatementView<'a> {
    r#type: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    content_type: &'a str,
    commit: CommitView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
}

fn signing_key(seed: &[u8]) -> Result<SigningKey, JsValue> {
    Ok(SigningKey::from_seed(word("seed", seed)?))
}

fn refusal(error: EntryError) -> Failure {
    Failure::new(error.code(), &error, Step::Entry)
}
