//! A small ledger from fixed seeds, and the words to describe cases.

use stateledger_core::checkpoint::{Checkpoint, SignedCheckpoint};
use stateledger_core::commitment;
use stateledger_core::cosignature::Cosigner;
use stateledger_core::dsse;
use stateledger_core::ed25519::SigningKey;
use stateledger_core::entry::{Algorithm, Commitment, Entry, Statement, StatementFields, Time};
use stateledger_core::json::{Number, Value};
use stateledger_core::note::NoteSigner;
use stateledger_core::plan::Edge;
use stateledger_core::proof::TlogProof;
use stateledger_core::receipt::Receipt;
use stateledger_core::tree::{self, LeafIndex};

pub(crate) const ORIGIN: &str = "ledger.example/log/demo";
pub(crate) const SALT: [u8; 32] = [0x5a; 32];
pub(crate) const PAYLOAD: &[u8] = br#"{"commit":"8f3c2e1","environment":"production"}"#;
/// 2026-11-23T10:05:00Z, when the witnesses cosigned.
pub(crate) const COSIGNED_AT: u64 = 1_795_428_300;
/// The record that most cases are about.
pub(crate) const INDEX: u64 = 2;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub(crate) fn log(name: &str, seed: u8) -> NoteSigner {
    NoteSigner::new(name, key(seed)).unwrap()
}

pub(crate) fn log_key() -> String {
    log(ORIGIN, 1).verifier_key().to_text()
}

pub(crate) fn witness(seed: u8) -> Cosigner {
    Cosigner::new(&format!("witness-{seed}.example"), key(seed)).unwrap()
}

/// Two of three witnesses, seeds 11 to 13.
pub(crate) fn policy(quorum: &str) -> String {
    let mut text = format!("log {}\n", log_key());
    for seed in 11..14 {
        text += &format!("witness w{seed} {}\n", witness(seed).verifier_key());
    }
    text + &format!("group two-of-three 2 w11 w12 w13\nquorum {quorum}\n")
}

pub(crate) fn fields() -> StatementFields {
    StatementFields {
        record_type: "deployment".into(),
        source: "ci".into(),
        subject: Some("api".into()),
        content_type: "application/json".into(),
        commit: Commitment {
            algorithm: Algorithm::Sha256SaltedV1,
            digest: commitment::commit(&SALT, PAYLOAD),
            size: PAYLOAD.len() as u64,
        },
        origin: Some(ORIGIN.into()),
    }
}

/// An entry with these fields, signed by the authors of these seeds.
pub(crate) fn entry(fields: StatementFields, authors: &[u8]) -> Entry {
    let statement = Statement::new(fields).unwrap();
    let mut signatures: Vec<_> =
        authors.iter().map(|seed| dsse::sign(&statement, &key(*seed))).collect();
    signatures.sort_by_key(|signature| signature.key);
    let time = Time::parse("2026-11-23T10:00:00.000Z").unwrap();
    Entry::new(statement, signatures, time).unwrap()
}

/// A ledger of seven leaves whose leaf 2 is `leaf`, and its receipt for it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) signed: SignedCheckpoint,
    pub(crate) proof: TlogProof,
    pub(crate) receipt: Receipt,
}

pub(crate) fn world(leaf: &[u8]) -> World {
    let leaves: Vec<_> = (0..7u8)
        .map(|i| if u64::from(i) == INDEX { tree::leaf_hash(leaf) } else { tree::leaf_hash(&[i]) })
        .collect();
    let plan = Edge::empty().append(&leaves).unwrap();
    let nodes = plan.node_source().unwrap();
    let index = LeafIndex::new(INDEX);
    let hashes = tree::prove_inclusion(index, plan.size, &nodes).unwrap();
    let checkpoint = Checkpoint::new(ORIGIN, plan.size, plan.root);
    let signed = checkpoint.sign(&log(ORIGIN, 1)).unwrap();
    let proof = TlogProof { extra: None, index, hashes, checkpoint: String::new() };
    let receipt = Receipt {
        entry: leaf.to_vec(),
        proof: String::new(),
        payload: Some(PAYLOAD.to_vec()),
        salt: Some(SALT),
    };
    World { signed: signed.clone(), proof, receipt }.with_checkpoint(signed)
}

impl World {
    pub(crate) fn with_checkpoint(mut self, signed: SignedCheckpoint) -> Self {
        self.proof.checkpoint = String::from_utf8(signed.to_bytes()).unwrap();
        self.receipt.proof = self.proof.to_text();
        self.signed = signed;
        self
    }

    /// Cosigned by the witnesses of these seeds.
    pub(crate) fn cosigned(self, seeds: &[u8]) -> Self {
        let text = self.signed.note().text();
        let lines: Vec<_> =
            seeds.iter().map(|seed| witness(*seed).cosign(text, COSIGNED_AT)).collect();
        let signed = self.signed.with_signatures(&lines).unwrap();
        self.with_checkpoint(signed)
    }

    pub(crate) fn json(&self) -> String {
        String::from_utf8(self.receipt.to_json()).unwrap()
    }
}

/// A case under construction.
pub(crate) struct Case(pub(crate) Vec<(&'static str, Value)>);

impl Case {
    pub(crate) fn new(name: &str) -> Self {
        Self(vec![("name", Value::string(name))])
    }

    pub(crate) fn text(self, member: &'static str, text: impl Into<String>) -> Self {
        self.value(member, Value::string(text))
    }

    pub(crate) fn texts<T: Into<String>>(
        self,
        member: &'static str,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        self.value(member, Value::Array(texts.into_iter().map(Value::string).collect()))
    }

    pub(crate) fn number(self, member: &'static str, number: u64) -> Self {
        self.value(member, Value::Number(Number::from_u64(number).unwrap()))
    }

    pub(crate) fn value(mut self, member: &'static str, value: Value) -> Self {
        self.0.push((member, value));
        self
    }

    /// A case that passes.
    pub(crate) fn ok(self) -> Value {
        Value::object(self.text("expect", "ok").0)
    }

    /// A case that is one step from the good one named `from`.
    pub(crate) fn fails(self, from: &str, code: &str) -> Value {
        Value::object(self.text("mutates", from).text("expect", code).0)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `text` with one occurrence replaced; that it is there is part of the test.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

/// The base64 character after this one, so that a text stays base64.
pub(crate) fn next_base64(character: char) -> char {
    if character == 'A' { 'B' } else { 'A' }
}

/// `text` with the character `at` bytes after `mark` exchanged for another base64 one.
pub(crate) fn flipped_after(text: &str, mark: &str, at: usize) -> String {
    let place = text.find(mark).unwrap() + mark.len() + at;
    let old = text[place..].chars().next().unwrap();
    format!("{}{}{}", &text[..place], next_base64(old), &text[place + old.len_utf8()..])
}
