//! Runs one case through the public interface and answers "ok" or a code.

use std::fmt;

use stateledger_core::checkpoint::SignedCheckpoint;
use stateledger_core::commitment;
use stateledger_core::commitment::fields::{Disclosure, FieldTree, verify, verify_disclosure};
use stateledger_core::dsse;
use stateledger_core::ed25519;
use stateledger_core::entry::{AuthorSignature, Entry, Statement};
use stateledger_core::json::{self, Value};
use stateledger_core::kdf::{self, Purpose};
use stateledger_core::legacy::{Chain, Row};
use stateledger_core::note::{Note, VerifierKey};
use stateledger_core::policy::Policy;
use stateledger_core::proof::TlogProof;
use stateledger_core::receipt::{
    Receipt, ReceiptClaim, Verdict, VerifyError, verify_receipt_json, verify_receipts,
    verify_receipts_json,
};
use stateledger_core::tile::{TilePath, parse_bundle, write_bundle};
use stateledger_core::tree::{self, BatchProof, Consistency, LeafIndex, Subtree, TreeSize};
use stateledger_core::trust::{Trust, TrustError};
use stateledger_core::witness::{AddCheckpoint, Cosignatures, CosignedSize};
use stateledger_core::{Hash, base64};

use crate::bundles;

pub(crate) fn text<'a>(case: &'a Value, member: &str) -> &'a str {
    case.get(member).and_then(Value::as_str).unwrap_or_else(|| panic!("{member} in {case:?}"))
}

fn number(case: &Value, member: &str) -> u64 {
    text(case, member).parse().unwrap()
}

fn hash(case: &Value, member: &str) -> Hash {
    Hash::from_hex(text(case, member)).unwrap()
}

pub(crate) fn texts<'a>(case: &'a Value, member: &str) -> Vec<&'a str> {
    case.get(member).unwrap().as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

fn hashes(case: &Value, member: &str) -> Vec<Hash> {
    texts(case, member).into_iter().map(|text| Hash::from_hex(text).unwrap()).collect()
}

pub(crate) fn bytes(case: &Value, member: &str) -> Vec<u8> {
    base64::decode(text(case, member)).unwrap()
}

fn url_bytes<const N: usize>(case: &Value, member: &str) -> [u8; N] {
    base64::decode_url(text(case, member)).unwrap().try_into().unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// "ok" or the code of the error.
macro_rules! outcome {
    ($result:expr) => {
        match $result {
            Ok(_) => "ok",
            Err(error) => told(&error, error.code()),
        }
    };
}

pub(crate) fn answer(file: &str, case: &Value) -> &'static str {
    match file {
        "audit-bundle" => bundles::answer(case),
        "author-signature" => author_signature(case),
        "batch-proof" => batch_proof(case),
        "checkpoint" => checkpoint(case),
        "commitment" => payload_commitment(case),
        "disclosure" => disclosure(case),
        "entry" => entry(case),
        "fields" => fields(case),
        "json" => canonical(case),
        "key-derivation" => derivation(case),
        "legacy-chain" => legacy_chain(case),
        "note" => note(case),
        "policy" => outcome!(Policy::parse(text(case, "policy").as_bytes())),
        "range" => range(case),
        "receipt" => receipt(case),
        "signature" => signature(case),
        "subtree-consistency" => subtree_consistency(case),
        "subtree-inclusion" => subtree_inclusion(case),
        "tile-entries" => tile_entries(case),
        "tile-path" => tile_path(case),
        "tlog-proof" => proof(case),
        "tlog-witness" => witness(case),
        "tree-consistency" => consistency(case),
        "tree-inclusion" => inclusion(case),
        other => panic!("no runner for {other}"),
    }
}

fn inclusion(case: &Value) -> &'static str {
    outcome!(tree::verify_inclusion(
        &hash(case, "leafHash"),
        LeafIndex::new(number(case, "index")),
        TreeSize::new(number(case, "size")),
        &hashes(case, "proof"),
        &hash(case, "rootHash"),
    ))
}

fn consistency(case: &Value) -> &'static str {
    let answer = tree::verify_consistency(
        TreeSize::new(number(case, "oldSize")),
        &hash(case, "oldRoot"),
        TreeSize::new(number(case, "newSize")),
        &hash(case, "newRoot"),
        &hashes(case, "proof"),
    );
    match answer {
        Ok(Consistency::Verified) => assert_eq!(text(case, "answer"), "verified"),
        Ok(Consistency::Trivial) => assert_eq!(text(case, "answer"), "trivial"),
        Err(error) => return told(&error, error.code()),
    }
    "ok"
}

fn subtree(case: &Value) -> Result<Subtree, tree::TreeError> {
    let (start, end) = (number(case, "start"), number(case, "end"));
    Subtree::new(LeafIndex::new(start), TreeSize::new(end))
}

fn subtree_inclusion(case: &Value) -> &'static str {
    match subtree(case) {
        Ok(subtree) => outcome!(tree::verify_subtree_inclusion(
            &hash(case, "leafHash"),
            LeafIndex::new(number(case, "index")),
            subtree,
            &hashes(case, "proof"),
            &hash(case, "subtreeRoot"),
        )),
        Err(error) => told(&error, error.code()),
    }
}

fn subtree_consistency(case: &Value) -> &'static str {
    match subtree(case) {
        Ok(subtree) => outcome!(tree::verify_subtree_consistency(
            subtree,
            &hash(case, "subtreeRoot"),
            TreeSize::new(number(case, "size")),
            &hash(case, "rootHash"),
            &hashes(case, "proof"),
        )),
        Err(error) => told(&error, error.code()),
    }
}

fn batch_proof(case: &Value) -> &'static str {
    let bytes = bytes(case, "proof");
    match BatchProof::parse(&bytes) {
        Ok(proof) => {
            assert_eq!(proof.to_bytes(), bytes);
            let (leaves, size) = (hashes(case, "leafHashes"), number(case, "size"));
            let root = hash(case, "rootHash");
            outcome!(tree::verify_batch(&leaves, TreeSize::new(size), &proof, &root))
        }
        Err(error) => told(&error, error.code()),
    }
}

fn range(case: &Value) -> &'static str {
    outcome!(tree::verify_range(
        &hashes(case, "leafHashes"),
        LeafIndex::new(number(case, "start")),
        TreeSize::new(number(case, "size")),
        &hashes(case, "proof"),
        &hash(case, "rootHash"),
    ))
}

fn legacy_chain(case: &Value) -> &'static str {
    let row = |row| Row {
        timestamp: text(row, "ts").parse().unwrap(),
        record_type: text(row, "type"),
        source: text(row, "source"),
        payload: text(row, "payload"),
        hash: text(row, "hash"),
    };
    let rows: Vec<Row<'_>> =
        case.get("rows").unwrap().as_array().unwrap().iter().map(row).collect();
    let mut chain = case.get("after").map_or_else(Chain::new, |after| {
        Chain::resume(number(after, "rows"), &hash(after, "head"))
    });
    let ambiguous = (chain.rows()..).zip(&rows).filter(|(_, row)| row.is_ambiguous());
    let ambiguous: Vec<_> = ambiguous.map(|(at, _)| at.to_string()).collect();
    let mut single = chain.clone();
    let verdict = chain.verify_rows(&rows);
    assert_eq!(rows.iter().try_for_each(|row| single.verify_next(row)), verdict);
    if let Err(error) = verdict {
        assert_eq!((error.row, chain.rows()), (number(case, "row"), number(case, "row")));
        return told(&error, error.code());
    }
    assert_eq!(ambiguous, texts(case, "ambiguous"));
    "ok"
}

fn witness(case: &Value) -> &'static str {
    let body = text(case, "body").as_bytes();
    let written = match text(case, "kind") {
        "add-checkpoint" => AddCheckpoint::parse(body).map(|request| request.to_bytes()),
        "cosignatures" => Cosignatures::parse(body).map(|answer| answer.to_bytes()),
        "size" => CosignedSize::parse(body).map(CosignedSize::to_bytes),
        other => panic!("no body is called {other}"),
    };
    match written {
        Ok(written) => {
            assert_eq!(written, body);
            "ok"
        }
        Err(error) => told(&error, error.code()),
    }
}

fn canonical(case: &Value) -> &'static str {
    match json::parse(text(case, "input").as_bytes()) {
        Ok(value) => {
            assert_eq!(value.to_canonical(), text(case, "canonical").as_bytes());
            "ok"
        }
        Err(error) => told(&error, error.code()),
    }
}

fn entry(case: &Value) -> &'static str {
    let bytes = bytes(case, "entry");
    match Entry::parse(&bytes) {
        Ok(entry) => {
            assert_eq!(entry.to_bytes(), bytes);
            "ok"
        }
        Err(error) => told(&error, error.code()),
    }
}

fn payload_commitment(case: &Value) -> &'static str {
    let salt = bytes(case, "salt").try_into().unwrap();
    let digest = url_bytes(case, "digest");
    // The library answers a bool; a receipt turns false into this code.
    if commitment::verify(&digest, &salt, &bytes(case, "payload")) {
        "ok"
    } else {
        "payload-mismatch"
    }
}

/// Commits to a payload; with a pointer, discloses what is there.
fn fields(case: &Value) -> &'static str {
    let (salt, payload) = (bytes(case, "salt").try_into().unwrap(), text(case, "payload"));
    match verify(&url_bytes(case, "digest"), &salt, payload.as_bytes()) {
        Ok(true) => {}
        Ok(false) => return "payload-mismatch",
        Err(error) => return told(&error, error.code()),
    }
    let Some(pointer) = case.get("pointer").and_then(Value::as_str) else { return "ok" };
    match FieldTree::new(&salt, payload.as_bytes()).unwrap().disclose(pointer) {
        Ok(disclosure) => {
            assert_eq!(disclosure.to_json(), text(case, "disclosure").as_bytes());
            "ok"
        }
        Err(error) => told(&error, error.code()),
    }
}

fn disclosure(case: &Value) -> &'static str {
    let json = text(case, "disclosure").as_bytes();
    match Disclosure::from_json(json) {
        Ok(disclosure) => {
            assert_eq!(disclosure.to_json(), json);
            outcome!(verify_disclosure(&url_bytes(case, "digest"), &disclosure))
        }
        Err(error) => told(&error, error.code()),
    }
}

fn author_signature(case: &Value) -> &'static str {
    let statement = Statement::parse(text(case, "statement").as_bytes()).unwrap();
    if case.get("preAuthenticationEncoding").is_some() {
        let pae = dsse::pae(dsse::STATEMENT_TYPE, statement.as_bytes());
        assert_eq!(pae, bytes(case, "preAuthenticationEncoding"));
    }
    let signature =
        AuthorSignature { key: url_bytes(case, "key"), signature: url_bytes(case, "sig") };
    outcome!(dsse::verify(&statement, &signature))
}

fn derivation(case: &Value) -> &'static str {
    let purposes =
        [Purpose::LogKey, Purpose::WitnessKey, Purpose::RowMac, Purpose::Cursor, Purpose::TokenMac];
    let purpose = purposes.into_iter().find(|p| p.name() == text(case, "purpose")).unwrap();
    let seed = bytes(case, "seed").try_into().unwrap();
    let uid = bytes(case, "uid").try_into().unwrap();
    let generation = u32::try_from(case.get("generation").unwrap().as_u64().unwrap()).unwrap();
    let derived = kdf::derive(&seed, purpose, text(case, "origin"), &uid, generation);
    assert_eq!(derived.to_vec(), bytes(case, "derived"));
    "ok"
}

fn note(case: &Value) -> &'static str {
    let keys: Result<Vec<_>, _> = texts(case, "keys").into_iter().map(VerifierKey::parse).collect();
    match keys {
        Ok(keys) => match Note::parse(text(case, "note").as_bytes()) {
            Ok(note) => {
                assert_eq!(note.to_bytes(), text(case, "note").as_bytes());
                outcome!(note.open(&keys))
            }
            Err(error) => told(&error, error.code()),
        },
        Err(error) => told(&error, error.code()),
    }
}

fn tile_path(case: &Value) -> &'static str {
    match TilePath::parse(text(case, "path")) {
        Ok(path) => {
            assert_eq!(path.to_path(), text(case, "path"));
            "ok"
        }
        Err(error) => told(&error, error.code()),
    }
}

fn tile_entries(case: &Value) -> &'static str {
    let bytes = bytes(case, "entries");
    match parse_bundle(&bytes) {
        Ok(entries) => {
            assert_eq!(Some(entries.len() as u64), case.get("count").and_then(Value::as_u64));
            assert_eq!(write_bundle(entries), Ok(bytes.clone()));
            "ok"
        }
        Err(error) => told(&error, error.code()),
    }
}

fn signature(case: &Value) -> &'static str {
    let [key, message, signature] =
        ["publicKey", "message", "signature"].map(|member| unhex(text(case, member)));
    outcome!(ed25519::verify_strict(&key, &message, &signature))
}

fn proof(case: &Value) -> &'static str {
    match TlogProof::parse(text(case, "proof")) {
        Ok(proof) => {
            assert_eq!(proof.to_text(), text(case, "proof"));
            "ok"
        }
        Err(error) => told(&error, error.code()),
    }
}

/// The trust that a case describes: `key` or `policy`, and what else is asked.
pub(crate) fn trust(case: &Value) -> Result<Trust, TrustError> {
    let mut trust = match case.get("policy") {
        Some(policy) => Trust::from_policy(policy.as_str().unwrap().as_bytes())?,
        None => Trust::from_log_keys(texts(case, "key"))?,
    };
    if let Some(authors) = case.get("authors") {
        let keys: Vec<Vec<u8>> =
            texts(authors, "keys").into_iter().map(|key| base64::decode(key).unwrap()).collect();
        let threshold =
            usize::try_from(authors.get("threshold").unwrap().as_u64().unwrap()).unwrap();
        trust = trust.with_authors(keys.iter().map(Vec::as_slice), threshold)?;
    }
    if let Some(age) = case.get("maxAgeSeconds").and_then(Value::as_u64) {
        trust = trust.with_max_age(age, case.get("now").unwrap().as_u64().unwrap());
    }
    Ok(trust)
}

fn checkpoint(case: &Value) -> &'static str {
    let bytes = text(case, "checkpoint").as_bytes();
    if let Ok(signed) = SignedCheckpoint::parse(bytes) {
        assert_eq!(signed.to_bytes(), bytes);
    }
    match trust(case) {
        Ok(trust) => outcome!(trust.open_checkpoint(bytes)),
        Err(error) => told(&error, error.code()),
    }
}

/// A trust that is unusable, or a receipt that fails.
#[derive(Debug)]
pub(crate) enum Refusal {
    Trust(TrustError),
    Verify(VerifyError),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trust(error) => error.fmt(f),
            Self::Verify(error) => error.fmt(f),
        }
    }
}

pub(crate) fn receipt_verdict(case: &Value) -> Result<Verdict, Refusal> {
    let trust = trust(case).map_err(Refusal::Trust)?;
    let payload = case.get("payload").map(|_| bytes(case, "payload"));
    let (json, payload) = (text(case, "receipt").as_bytes(), payload.as_deref());
    let verdict = verify_receipt_json(json, &trust, payload);
    if let Ok(receipt) = &Receipt::from_json(json) {
        let claim = ReceiptClaim { receipt, payload };
        assert_eq!(verify_receipts(&[claim, claim], &trust), [verdict.clone(), verdict.clone()]);
    }
    assert_eq!(verify_receipts_json(&[(json, payload), (b"{", None)], &trust)[0], verdict);
    verdict.map_err(Refusal::Verify)
}

fn receipt(case: &Value) -> &'static str {
    match receipt_verdict(case) {
        Ok(verdict) => {
            let expected = case.get("verdict").unwrap();
            assert_eq!(verdict.root_hash.to_string(), text(expected, "rootHash"));
            assert_eq!(verdict.payload.name(), text(expected, "payload"));
            let names: Vec<_> = verdict.not_checked.iter().map(|n| n.name()).collect();
            assert_eq!(names, texts(expected, "notChecked"));
            "ok"
        }
        Err(Refusal::Trust(error)) => told(&error, error.code()),
        Err(Refusal::Verify(error)) => told(&error, error.code()),
    }
}

/// A refusal's code. It says in words, too, what is wrong: one line, no full stop.
fn told(error: &impl fmt::Display, code: &'static str) -> &'static str {
    let words = error.to_string();
    assert!(!words.is_empty() && !words.contains('\n') && !words.ends_with('.'), "{code}: {words}");
    code
}
