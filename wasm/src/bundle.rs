//! Audit bundles.

use serde::Serialize;
use stateledger_core::bundle::{
    self, Bundle, BundleError, BundleRecord, BundleVerdict, VerifyBundleError,
};
use stateledger_core::ed25519::{PublicKey, SigningKey};
use stateledger_core::receipt::{Receipt, Step, VerifyError};
use stateledger_core::tree::BatchProof;
use wasm_bindgen::prelude::*;

use crate::failure::{Bytes, Failure, to_js};
use crate::flat::{misuse, split, word, words};
use crate::receipt::{RecordView, SignerView};
use crate::trust::Trust;

/// Verifies a bundle and every record in it; answers the package's
/// `BundleVerdict`. `exporters` are keys of 32 bytes, joined.
///
/// # Errors
/// Throws `{ code, message, step, index }` of the first step that fails, with
/// the index of the first record that does not hold.
#[wasm_bindgen]
pub fn verify_bundle(bytes: &[u8], trust: &Trust, exporters: &[u8]) -> Result<JsValue, JsValue> {
    let exporters = words("exporters", exporters)?.iter().map(PublicKey::from_bytes);
    let exporters: Vec<PublicKey> = exporters
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::of_trust(error.code(), &error))?;
    let verdict = bundle::verify_bundle(bytes, &trust.inner, &exporters)
        .map_err(|error| Failure::new(error.code(), &error, step_of(&error)))?;
    if let Some((index, error)) = verdict.first_failure() {
        return Err(Failure::new(error.code(), &error, error.step()).about(index.get()).into());
    }
    // Verified, so it can be read; the payloads are borrowed from it.
    let read = Bundle::parse(bytes).map_err(malformed)?;
    to_js(&BundleView::of(&verdict, &read))
}

fn step_of(error: &VerifyBundleError) -> Step {
    match error {
        VerifyBundleError::Open(error) => VerifyError::from(*error).step(),
        VerifyBundleError::Inclusion(_) => Step::Inclusion,
        _ => Step::Receipt,
    }
}

/// The bundle of receipts that carry the same checkpoint, JSON each; signed if
/// there is a seed.
///
/// # Errors
/// Throws `{ code, message, step, index }`.
#[wasm_bindgen]
pub fn bundle_receipts(
    jsons: &[u8],
    lengths: &[u32],
    seed: Option<Vec<u8>>,
) -> Result<Vec<u8>, JsValue> {
    let mut receipts = Vec::with_capacity(lengths.len());
    for (json, index) in split(jsons, lengths)?.into_iter().zip(0..) {
        receipts.push(Receipt::from_json(json).map_err(|error| {
            let error = VerifyError::from(error);
            Failure::new(error.code(), &error, error.step()).about(index)
        })?);
    }
    let bytes = bundle::from_receipts(&receipts).map_err(malformed)?;
    match seed {
        None => Ok(bytes),
        Some(seed) => signed(Bundle::parse(&bytes).map_err(malformed)?, Some(&seed)),
    }
}

/// A bundle of its parts. `flags` has a byte for each entry: 1 for a salt among
/// `salts`, 2 for a payload among `payloads`.
///
/// # Errors
/// Throws `{ code, message, step }`; `TypeError` if the lists differ in length.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "three lists of different lengths")]
pub fn encode_bundle(
    checkpoint: &[u8],
    proof: &[u8],
    entries: &[u8],
    entry_lengths: &[u32],
    flags: &[u8],
    salts: &[u8],
    payloads: &[u8],
    payload_lengths: &[u32],
    seed: Option<Vec<u8>>,
) -> Result<Vec<u8>, JsValue> {
    let entries = split(entries, entry_lengths)?;
    let mut salts = words("salts", salts)?.iter();
    let mut payloads = split(payloads, payload_lengths)?.into_iter();
    if flags.len() != entries.len() {
        return Err(misuse("flags"));
    }
    let record = |(entry, flags): (_, &u8)| BundleRecord {
        entry,
        salt: if flags & 1 == 0 { None } else { salts.next() },
        payload: if flags & 2 == 0 { None } else { payloads.next() },
    };
    let records = entries.into_iter().zip(flags).map(record).collect();
    let proof = BatchProof::parse(proof).map_err(|error| malformed(error.into()))?;
    signed(Bundle::new(checkpoint, proof, records).map_err(malformed)?, seed.as_deref())
}

fn signed(bundle: Bundle<'_>, seed: Option<&[u8]>) -> Result<Vec<u8>, JsValue> {
    let bundle = match seed {
        None => bundle,
        Some(seed) => bundle.signed(&SigningKey::from_seed(word("seed", seed)?)),
    };
    Ok(bundle.to_bytes())
}

fn malformed(error: BundleError) -> Failure {
    Failure::new(error.code(), &error, Step::Receipt)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BundleView<'a> {
    origin: &'a str,
    size: u64,
    root_hash: Bytes<'a>,
    signers: Vec<SignerView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exporter: Option<Bytes<'a>>,
    records: Vec<BundleRecordView<'a>>,
    not_checked: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BundleRecordView<'a> {
    index: u64,
    leaf_hash: Bytes<'a>,
    record: RecordView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Bytes<'a>>,
}

impl<'a> BundleView<'a> {
    fn of(verdict: &'a BundleVerdict, read: &Bundle<'a>) -> Self {
        let records = verdict.records.iter().zip(read.records());
        let records = records.filter_map(|(verdict, read)| {
            let verified = verdict.outcome.as_ref().ok()?;
            Some(BundleRecordView {
                index: verdict.index.get(),
                leaf_hash: Bytes(&verdict.leaf_hash.0),
                record: RecordView::of(&verified.entry),
                payload: read.payload.map(Bytes),
            })
        });
        Self {
            origin: &verdict.origin,
            size: verdict.size.get(),
            root_hash: Bytes(&verdict.root_hash.0),
            signers: verdict.signers.iter().map(SignerView::of).collect(),
            exporter: verdict.exporter.as_ref().map(|key| Bytes(key)),
            records: records.collect(),
            not_checked: verdict.not_checked.iter().map(|missing| missing.name()).collect(),
        }
    }
}
