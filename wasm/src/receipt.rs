//! Receipts and checkpoints, and the form of their answers.

use js_sys::Array;
use serde::Serialize;
use stateledger_core::entry::Entry;
use stateledger_core::receipt::{self, Verdict, VerifyError};
use stateledger_core::trust::{OpenCheckpoint, OpenError, Signer};
use wasm_bindgen::prelude::*;

use crate::commitment::CommitView;
use crate::failure::{Bytes, Failure, to_js};
use crate::flat::{misuse, split};
use crate::trust::Trust;

/// Verifies a receipt that is JSON in UTF-8; answers the package's `Verdict`.
///
/// # Errors
/// Throws `{ code, message, step }` of the first step that fails.
#[wasm_bindgen]
pub fn verify_receipt(
    json: &[u8],
    trust: &Trust,
    payload: Option<Vec<u8>>,
) -> Result<JsValue, JsValue> {
    let verdict = receipt::verify_receipt_json(json, &trust.inner, payload.as_deref())
        .map_err(|error| refusal(&error))?;
    to_js(&VerdictView::of(&verdict))
}

/// Verifies many receipts, each as [`verify_receipt`] would. `given` says for
/// each whether a payload of the caller's is among `payloads`: 1 or 0. Answers
/// an array of `{ verdict }` or `{ refusal }`.
///
/// # Errors
/// Throws `TypeError` if the lists differ in length.
#[wasm_bindgen]
pub fn verify_receipts(
    jsons: &[u8],
    lengths: &[u32],
    trust: &Trust,
    given: &[u8],
    payloads: &[u8],
    payload_lengths: &[u32],
) -> Result<Array, JsValue> {
    let jsons = split(jsons, lengths)?;
    let mut payloads = split(payloads, payload_lengths)?.into_iter();
    if given.len() != jsons.len() {
        return Err(misuse("payloads"));
    }
    let mut bundles = Vec::with_capacity(jsons.len());
    for (json, given) in jsons.into_iter().zip(given) {
        let payload = match given {
            0 => None,
            _ => Some(payloads.next().ok_or_else(|| misuse("payloads"))?),
        };
        bundles.push((json, payload));
    }
    receipt::verify_receipts_json(&bundles, &trust.inner)
        .iter()
        .map(|outcome| {
            to_js(&match outcome {
                Ok(verdict) => OutcomeView::Verdict(VerdictView::of(verdict)),
                Err(error) => OutcomeView::Refusal(refusal(error)),
            })
        })
        .collect()
}

fn refusal(error: &VerifyError) -> Failure {
    Failure::new(error.code(), error, error.step())
}

/// Verifies a signed checkpoint; answers the package's `Checkpoint`.
///
/// # Errors
/// Throws `{ code, message, step }` of the first step that fails.
#[wasm_bindgen]
pub fn open_checkpoint(note: &[u8], trust: &Trust) -> Result<JsValue, JsValue> {
    let OpenCheckpoint { checkpoint, signers } =
        trust.inner.open_checkpoint(note).map_err(|error: OpenError| {
            let step = VerifyError::from(error).step();
            Failure::new(error.code(), &error, step)
        })?;
    to_js(&CheckpointView {
        origin: &checkpoint.origin,
        size: checkpoint.size.get(),
        root_hash: Bytes(&checkpoint.root.0),
        signers: signers.iter().map(SignerView::of).collect(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerdictView<'a> {
    origin: &'a str,
    index: u64,
    size: u64,
    root_hash: Bytes<'a>,
    leaf_hash: Bytes<'a>,
    record: RecordView<'a>,
    signers: Vec<SignerView<'a>>,
    payload: &'static str,
    not_checked: Vec<&'static str>,
}

impl<'a> VerdictView<'a> {
    fn of(verdict: &'a Verdict) -> Self {
        Self {
            origin: &verdict.origin,
            index: verdict.index.get(),
            size: verdict.size.get(),
            root_hash: Bytes(&verdict.root_hash.0),
            leaf_hash: Bytes(&verdict.leaf_hash.0),
            record: RecordView::of(&verdict.entry),
            signers: verdict.signers.iter().map(SignerView::of).collect(),
            payload: verdict.payload.name(),
            not_checked: verdict.not_checked.iter().map(|missing| missing.name()).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum OutcomeView<'a> {
    Verdict(VerdictView<'a>),
    Refusal(Failure),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckpointView<'a> {
    origin: &'a str,
    size: u64,
    root_hash: Bytes<'a>,
    signers: Vec<SignerView<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordView<'a> {
    r#type: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    content_type: &'a str,
    time: String,
    commit: CommitView<'a>,
    authors: Vec<AuthorView<'a>>,
}

#[derive(Debug, Serialize)]
struct AuthorView<'a> {
    key: Bytes<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SignerView<'a> {
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<u64>,
}

impl<'a> RecordView<'a> {
    pub(crate) fn of(entry: &'a Entry) -> Self {
        let fields = entry.statement().fields();
        let authors = entry.signatures().iter();
        Self {
            r#type: &fields.record_type,
            source: &fields.source,
            subject: fields.subject.as_deref(),
            content_type: &fields.content_type,
            time: entry.time().to_text(),
            commit: CommitView::of(&fields.commit),
            authors: authors.map(|signature| AuthorView { key: Bytes(&signature.key) }).collect(),
        }
    }
}

impl<'a> SignerView<'a> {
    pub(crate) fn of(signer: &'a Signer) -> Self {
        Self { name: &signer.name, kind: signer.kind.name(), time: signer.time }
    }
}
