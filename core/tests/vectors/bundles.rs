//! Audit bundles: the whole, and each record.

use stateledger_core::base64;
use stateledger_core::bundle::{
    Bundle, BundleRecord, BundleVerdict, RecordVerdict, VerifyBundleError, verify_bundle,
};
use stateledger_core::checkpoint::{Checkpoint, SignedCheckpoint};
use stateledger_core::ed25519::PublicKey;
use stateledger_core::entry::StatementFields;
use stateledger_core::json::Value;
use stateledger_core::plan::Edge;
use stateledger_core::tree::{self, BatchProof, LeafIndex};

use crate::entries::with_bad_author_signature;
use crate::receipts::{authors, not_checked_value, signers_value};
use crate::run;
use crate::world::{
    COSIGNED_AT, Case, ORIGIN, PAYLOAD, SALT, entry, fields, key, log, log_key, policy, witness,
};

/// The records that the bundles have: three of the ledger's five.
const INDEXES: [u64; 3] = [0, 2, 3];

/// The first has its payload, the second its salt, the third author signatures.
#[derive(Clone)]
struct Parts {
    signed: SignedCheckpoint,
    proof: BatchProof,
    entries: Vec<Vec<u8>>,
    payloads: Vec<Option<Vec<u8>>>,
    salts: Vec<Option<[u8; 32]>>,
}

fn good_entries() -> Vec<Vec<u8>> {
    let plain = entry(fields(), &[]).to_bytes();
    let other = StatementFields { subject: None, ..fields() };
    vec![plain, entry(other, &[]).to_bytes(), entry(fields(), &[21, 22]).to_bytes()]
}

impl Parts {
    fn good() -> Self {
        Self::of(good_entries())
    }

    /// A ledger of five leaves that has these entries.
    fn of(entries: Vec<Vec<u8>>) -> Self {
        let other = [vec![1], vec![4]];
        let leaves = [&entries[0], &other[0], &entries[1], &entries[2], &other[1]];
        let leaves = leaves.map(|leaf| tree::leaf_hash(leaf));
        let plan = Edge::empty().append(&leaves).unwrap();
        let indexes = INDEXES.map(LeafIndex::new);
        let proof = tree::prove_batch(&indexes, plan.size, &plan.node_source().unwrap()).unwrap();
        let checkpoint = Checkpoint::new(ORIGIN, plan.size, plan.root);
        let signed = checkpoint.sign(&log(ORIGIN, 1)).unwrap();
        let payloads = vec![Some(PAYLOAD.to_vec()), None, None];
        Self { signed, proof, entries, payloads, salts: vec![Some(SALT), Some(SALT), None] }
    }

    fn with_entry(place: usize, bytes: &[u8]) -> Self {
        let mut entries = good_entries();
        entries[place] = bytes.to_vec();
        Self::of(entries)
    }

    fn cosigned(mut self, seeds: &[u8]) -> Self {
        let text = self.signed.note().text();
        let lines: Vec<_> =
            seeds.iter().map(|seed| witness(*seed).cosign(text, COSIGNED_AT)).collect();
        self.signed = self.signed.with_signatures(&lines).unwrap();
        self
    }

    /// The bytes, signed by the exporter of this seed.
    fn bytes(&self, exporter: Option<u8>) -> Vec<u8> {
        let mut records = Vec::new();
        for (place, entry) in self.entries.iter().enumerate() {
            let (payload, salt) = (self.payloads[place].as_deref(), self.salts[place].as_ref());
            records.push(BundleRecord { entry, payload, salt });
        }
        let checkpoint = self.signed.to_bytes();
        let bundle = Bundle::new(&checkpoint, self.proof.clone(), records).unwrap();
        match exporter {
            Some(seed) => bundle.signed(&key(seed)).to_bytes(),
            None => bundle.to_bytes(),
        }
    }
}

fn by_key(name: &str, bytes: &[u8]) -> Case {
    Case::new(name).text("bundle", base64::encode(bytes)).texts("key", [log_key()])
}

fn with_exporters(case: Case, seeds: &[u8]) -> Case {
    case.texts(
        "exporters",
        seeds.iter().map(|seed| base64::encode(key(*seed).public_key().as_bytes())),
    )
}

pub(crate) fn bundles() -> Vec<Value> {
    let mut cases = good();
    cases.extend(bad_syntax());
    cases.extend(bad_exporters());
    cases.extend(bad_checkpoints());
    cases.extend(bad_inclusion());
    cases.extend(bad_records());
    cases
}

/// A good case, with the verdict that it must answer.
fn passes(case: Case) -> Value {
    let value = Value::object(case.0.iter().cloned());
    let verdict = verdict(&value).unwrap_or_else(|error| panic!("{value:?}: {error}"));
    case.value("verdict", verdict_value(&verdict)).ok()
}

fn good() -> Vec<Value> {
    let parts = Parts::good();
    let signed = parts.bytes(Some(31));
    let by_policy = |name: &str, bytes: &[u8]| {
        Case::new(name).text("bundle", base64::encode(bytes)).text("policy", policy("two-of-three"))
    };
    vec![
        passes(by_key("plain", &parts.bytes(None))),
        passes(by_key("exporter that nobody asked for", &signed)),
        passes(with_exporters(by_key("one of two exporters", &signed), &[32, 31])),
        passes(by_policy("two of three witnesses", &parts.cosigned(&[11, 13]).bytes(None))),
        passes(by_key("whole ledger", &whole_ledger())),
        passes(
            by_key("authors of every record", &signed_records())
                .value("authors", authors(&[21, 22], 1)),
        ),
    ]
}

/// One record, its payload with it, in a ledger of one.
fn whole_ledger() -> Vec<u8> {
    let entry = entry(fields(), &[]).to_bytes();
    let plan = Edge::empty().append(&[tree::leaf_hash(&entry)]).unwrap();
    let signed = Checkpoint::new(ORIGIN, plan.size, plan.root).sign(&log(ORIGIN, 1)).unwrap();
    let proof = BatchProof::new(vec![LeafIndex::new(0)], Vec::new()).unwrap();
    let record = BundleRecord { entry: &entry, payload: Some(PAYLOAD), salt: Some(&SALT) };
    Bundle::new(&signed.to_bytes(), proof, vec![record]).unwrap().to_bytes()
}

fn signed_records() -> Vec<u8> {
    let subjects = ["a", "b", "c"].map(|subject| Some(String::from(subject)));
    let entry = |subject| entry(StatementFields { subject, ..fields() }, &[21]).to_bytes();
    Parts::of(subjects.map(entry).to_vec()).bytes(None)
}

/// Where the first record begins: after the header, and two parts with their lengths.
fn records_at(parts: &Parts) -> usize {
    28 + 4 + parts.signed.to_bytes().len() + 4 + parts.proof.to_bytes().len()
}

fn bad_syntax() -> Vec<Value> {
    let parts = Parts::good();
    let at = records_at(&parts);
    let proof_at = at - parts.proof.to_bytes().len();
    let changed = |name: &str, code: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = parts.bytes(None);
        change(&mut bytes);
        by_key(name, &bytes).fails("plain", code)
    };
    let malformed = "audit-bundle-malformed";
    vec![
        changed("another version", malformed, &|b| b[26] = b'2'),
        changed("last byte missing", malformed, &|b| {
            b.pop();
        }),
        changed("a byte too many", malformed, &|b| b.push(0)),
        changed("checkpoint longer than the rest", malformed, &|b| b[28] = 1),
        changed("unknown flag", malformed, &|b| b[at] |= 4),
        changed("salt flag taken away", malformed, &|b| b[at] &= !1),
        changed("entry longer than the rest", malformed, &|b| b[at + 1] = 0xff),
        changed("header of the batch proof changed", "batch-proof-malformed", &|b| {
            b[proof_at] = b'S'
        }),
        changed("indexes of the batch proof not ascending", "batch-leaves-invalid", &|b| {
            b[proof_at + 27 + 8 + 15] = 0;
        }),
        changed("96 bytes that no exporter made", "exporter-signature-invalid", &|b| {
            b.resize(b.len() + 96, 0);
        }),
    ]
}

fn bad_exporters() -> Vec<Value> {
    let parts = Parts::good();
    let signed = parts.bytes(Some(31));
    let from = "exporter that nobody asked for";
    let changed = |name: &str, at: usize| {
        let mut bytes = signed.clone();
        bytes[at] ^= 1;
        by_key(name, &bytes).fails(from, "exporter-signature-invalid")
    };
    let mut left_out = signed.clone();
    left_out.truncate(signed.len() - 96);
    let from_two = "one of two exporters";
    vec![
        changed("exporter signature changed", signed.len() - 30),
        changed("exporter key changed", signed.len() - 96),
        // The salt of the second record: no ledger signs that it is there.
        changed(
            "salt changed under the exporter's signature",
            signed.len() - 97 - parts.entries[2].len() - 3,
        ),
        with_exporters(by_key("another exporter", &signed), &[32])
            .fails(from_two, "exporter-unknown"),
        with_exporters(by_key("exporter left out", &left_out), &[32, 31])
            .fails(from_two, "exporter-unknown"),
        with_exporters(
            by_key("exporter is one of the ledger's authors", &parts.bytes(Some(21))),
            &[32, 31],
        )
        .fails(from_two, "exporter-unknown"),
    ]
}

fn bad_checkpoints() -> Vec<Value> {
    let parts = Parts::good();
    let changed = |name: &str, code: &str, from: &str, to: &str| {
        let text = String::from_utf8(parts.signed.to_bytes()).unwrap();
        let checkpoint = text.replacen(from, to, 1);
        assert!(checkpoint != text && checkpoint.len() == text.len(), "{name}");
        let mut bytes = parts.bytes(None);
        bytes.splice(32..32 + text.len(), checkpoint.into_bytes());
        by_key(name, &bytes).fails("plain", code)
    };
    let one = Parts::good().cosigned(&[11]).bytes(None);
    let other_key = log(ORIGIN, 9).verifier_key().to_text();
    vec![
        changed("checkpoint without its dash", "note-malformed", "\u{2014}", "---"),
        changed("size that is no number", "checkpoint-malformed", "\n5\n", "\nx\n"),
        changed("origin changed", "origin-mismatch", "demo\n", "dem0\n"),
        changed("size changed", "signature-invalid", "\n5\n", "\n6\n"),
        Case::new("another key of this name")
            .text("bundle", base64::encode(&parts.bytes(None)))
            .texts("key", [other_key])
            .fails("plain", "key-unknown"),
        Case::new("one of three witnesses")
            .text("bundle", base64::encode(&one))
            .text("policy", policy("two-of-three"))
            .fails("two of three witnesses", "quorum-not-met"),
    ]
}

fn bad_inclusion() -> Vec<Value> {
    let changed = |name: &str, code: &str, change: &dyn Fn(&mut Parts)| {
        let mut parts = Parts::good();
        change(&mut parts);
        by_key(name, &parts.bytes(None)).fails("plain", code)
    };
    let with_indexes = |parts: &mut Parts, indexes: [u64; 3]| {
        let hashes = parts.proof.hashes().to_vec();
        parts.proof = BatchProof::new(indexes.map(LeafIndex::new).to_vec(), hashes).unwrap();
    };
    vec![
        changed("entry byte changed", "inclusion-invalid", &|p| p.entries[1][20] ^= 1),
        changed("records swapped", "inclusion-invalid", &|p| p.entries.swap(0, 1)),
        changed("another index", "inclusion-invalid", &|p| with_indexes(p, [0, 2, 4])),
        changed("index equal to the size", "index-out-of-range", &|p| with_indexes(p, [0, 2, 5])),
        changed("proof hash changed", "inclusion-invalid", &|p| {
            let mut hashes = p.proof.hashes().to_vec();
            hashes[0].0[0] ^= 1;
            p.proof = BatchProof::new(p.proof.indexes().to_vec(), hashes).unwrap();
        }),
    ]
}

/// Bundles that hold as a whole, but for one record.
fn bad_records() -> Vec<Value> {
    let place = |index: u64| INDEXES.iter().position(|i| *i == index).unwrap();
    let leaf = |name: &str, index: u64, bytes: &[u8], code: &str| {
        let bytes = Parts::with_entry(place(index), bytes).bytes(None);
        by_key(name, &bytes).text("index", index.to_string()).fails("plain", code)
    };
    let changed = |name: &str, index: u64, code: &str, change: &dyn Fn(&mut Parts)| {
        let mut parts = Parts::good();
        change(&mut parts);
        by_key(name, &parts.bytes(None)).text("index", index.to_string()).fails("plain", code)
    };
    let elsewhere = StatementFields { origin: Some("ledger.example/log/x".into()), ..fields() };
    vec![
        leaf("leaf that is no entry", 2, b"{}", "entry-malformed"),
        leaf("statement for another ledger", 2, entry(elsewhere, &[]).as_bytes(), "wrong-ledger"),
        leaf(
            "author signature changed",
            3,
            &with_bad_author_signature(),
            "author-signature-invalid",
        ),
        by_key("a record without authors", &Parts::good().bytes(None))
            .value("authors", authors(&[21, 22], 1))
            .text("index", "0")
            .fails("authors of every record", "author-threshold-not-met"),
        changed("payload changed", 0, "payload-mismatch", &|p| {
            p.payloads[0] = Some(b"{}".to_vec())
        }),
        changed("salt changed", 0, "payload-mismatch", &|p| p.salts[0] = Some([0; 32])),
        changed("payload of another record", 2, "payload-mismatch", &|p| {
            p.payloads[1] = Some(b"{}".to_vec())
        }),
        changed("payload without salt", 0, "salt-missing", &|p| p.salts[0] = None),
    ]
}

fn verdict(case: &Value) -> Result<BundleVerdict, VerifyBundleError> {
    let trust = run::trust(case).unwrap();
    let keys = case.get("exporters").map(|_| run::texts(case, "exporters")).unwrap_or_default();
    let key = |text: &str| PublicKey::from_slice(&base64::decode(text).unwrap()).unwrap();
    let exporters: Vec<PublicKey> = keys.into_iter().map(key).collect();
    verify_bundle(&run::bytes(case, "bundle"), &trust, &exporters)
}

/// Runs one case.
pub(crate) fn answer(case: &Value) -> &'static str {
    let bytes = run::bytes(case, "bundle");
    if let Ok(bundle) = Bundle::parse(&bytes) {
        assert_eq!(bundle.to_bytes(), bytes);
    }
    let verdict = match verdict(case) {
        Ok(verdict) => verdict,
        Err(error) => return error.code(),
    };
    if let Some((index, error)) = verdict.first_failure() {
        assert_eq!(index.to_string(), run::text(case, "index"));
        let failures = verdict.records.iter().filter(|record| record.outcome.is_err()).count();
        assert!(failures == 1 || run::text(case, "expect") == "author-threshold-not-met");
        return error.code();
    }
    // As bytes: a case that was read has its members in another order.
    let expected = case.get("verdict").map(Value::to_canonical);
    assert_eq!(expected, Some(verdict_value(&verdict).to_canonical()));
    "ok"
}

fn verdict_value(verdict: &BundleVerdict) -> Value {
    let records = verdict.records.iter().map(record_value).collect();
    let exporter = verdict.exporter.as_ref().map(|key| Value::string(base64::encode(key)));
    let members = [
        ("origin", Value::string(&*verdict.origin)),
        ("size", Value::string(verdict.size.to_string())),
        ("rootHash", Value::string(verdict.root_hash.to_string())),
        ("signers", signers_value(&verdict.signers)),
        ("records", Value::Array(records)),
        ("notChecked", not_checked_value(&verdict.not_checked)),
    ];
    Value::object(members.into_iter().chain(exporter.map(|key| ("exporter", key))))
}

fn record_value(RecordVerdict { index, leaf_hash, outcome }: &RecordVerdict) -> Value {
    let record = outcome.as_ref().unwrap();
    Value::object([
        ("index", Value::string(index.to_string())),
        ("leafHash", Value::string(leaf_hash.to_string())),
        ("type", Value::string(&*record.entry.statement().fields().record_type)),
        ("payload", Value::string(record.payload.name())),
    ])
}
