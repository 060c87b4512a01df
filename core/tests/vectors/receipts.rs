//! Receipts: every step of the verification, passing and failing.

use stateledger_core::base64;
use stateledger_core::commitment;
use stateledger_core::entry::{Algorithm, Commitment, Statement, StatementFields};
use stateledger_core::json::{self, Number, Value};
use stateledger_core::receipt::{NotChecked, Verdict, verify_receipt_json};
use stateledger_core::tree::{LeafIndex, TreeSize};
use stateledger_core::trust::{Signer, Trust};

use crate::entries::with_bad_author_signature;
use crate::run;
use crate::world::{
    COSIGNED_AT, Case, ORIGIN, PAYLOAD, SALT, World, entry, fields, flipped_after, key, log,
    log_key, policy, replaced, world,
};

fn by_key(name: &str, receipt: impl Into<String>) -> Case {
    Case::new(name).text("receipt", receipt).texts("key", [log_key()])
}

fn by_policy(name: &str, receipt: impl Into<String>, quorum: &str) -> Case {
    Case::new(name).text("receipt", receipt).text("policy", policy(quorum))
}

pub(crate) fn authors(seeds: &[u8], threshold: u64) -> Value {
    let keys = seeds.iter().map(|seed| base64::encode(key(*seed).public_key().as_bytes()));
    Value::object([
        ("keys", Value::Array(keys.map(Value::string).collect())),
        ("threshold", Value::Number(Number::from_u64(threshold).unwrap())),
    ])
}

fn signed() -> World {
    world(entry(fields(), &[21, 22]).as_bytes())
}

fn plain() -> World {
    world(entry(fields(), &[]).as_bytes())
}

fn unsalted() -> String {
    let mut world = plain();
    (world.receipt.payload, world.receipt.salt) = (None, None);
    world.json()
}

pub(crate) fn receipts() -> Vec<Value> {
    let mut cases = good();
    cases.extend(bad_bundles());
    cases.extend(bad_proofs());
    cases.extend(bad_checkpoints());
    cases.extend(bad_witnesses());
    cases.extend(bad_inclusion());
    cases.extend(bad_entries());
    cases.extend(bad_authors());
    cases.extend(bad_payloads());
    cases.extend(bad_trust());
    cases
}

/// A good case, with the verdict that it must answer.
fn passes(case: Case) -> Value {
    let value = Value::object(case_members(&case));
    let verdict = run::receipt_verdict(&value).unwrap_or_else(|error| panic!("{value:?}: {error}"));
    case.value("verdict", verdict_value(&verdict)).ok()
}

fn case_members(case: &Case) -> impl Iterator<Item = (&'static str, Value)> + '_ {
    case.0.iter().cloned()
}

fn good() -> Vec<Value> {
    let spaced = replaced(&plain().json(), "\",\"", "\" ,\n\t\"");
    let elsewhere = StatementFields { origin: None, subject: None, ..fields() };
    vec![
        passes(by_key("plain", plain().json())),
        passes(by_key("white space between tokens", spaced)),
        passes(by_key("without payload and salt", unsalted())),
        passes(
            by_key("payload given by the caller", unsalted_payload())
                .text("payload", base64::encode(PAYLOAD)),
        ),
        passes(
            by_key("payload given twice", plain().json()).text("payload", base64::encode(PAYLOAD)),
        ),
        passes(by_key("statement without origin", world(entry(elsewhere, &[]).as_bytes()).json())),
        passes(by_key("signed by authors nobody asked for", signed().json())),
        passes(
            by_key("two of three authors", signed().json())
                .value("authors", authors(&[21, 22, 23], 2)),
        ),
        passes(by_key("cosignatures that nobody asked for", plain().cosigned(&[11]).json())),
        passes(by_policy(
            "two of three witnesses",
            plain().cosigned(&[11, 13]).json(),
            "two-of-three",
        )),
        passes(by_policy("policy without quorum", plain().json(), "none")),
        passes(
            by_policy("fresh enough", plain().cosigned(&[11, 13]).json(), "two-of-three")
                .number("maxAgeSeconds", 60)
                .number("now", COSIGNED_AT + 60),
        ),
        passes(
            Case::new("second of two keys")
                .text("receipt", plain().json())
                .texts("key", [log(ORIGIN, 9).verifier_key().to_text(), log_key()]),
        ),
        passes(by_key("extra data in the proof", with_extra())),
        passes(by_key("payload committed to by fields", by_fields().json())),
    ]
}

fn unsalted_payload() -> String {
    let mut world = plain();
    world.receipt.payload = None;
    world.json()
}

fn with_extra() -> String {
    let mut world = plain();
    world.receipt.proof = replaced(&world.receipt.proof, "index", "extra YWdl\nindex");
    world.json()
}

fn bad_bundles() -> Vec<Value> {
    let good = plain().json();
    let salt = format!("\"{}\"", base64::encode(&SALT));
    let entry = format!("\"{}\"", base64::encode(&plain().receipt.entry));
    assert!(entry.ends_with("=\""), "the case below takes padding away");
    let changes = [
        ("not JSON", "{", "["),
        ("member missing", &format!("\"entry\":{entry},"), ""),
        ("member unknown", "{", "{\"x\":1,"),
        ("member repeated", "{", &format!("{{\"entry\":{entry},")),
        ("member null", &salt, "null"),
        ("member of another type", &entry, "1"),
        ("entry base64 without padding", "=\",\"payload\"", "\",\"payload\""),
        ("salt of 35 bytes", "\"salt\":\"", "\"salt\":\"AAAA"),
        ("salt base64url", "\"salt\":\"Wl", "\"salt\":\"-_"),
        ("bytes after it", "}", "}x"),
    ];
    let case = |(name, from, to)| {
        by_key(name, replaced(&good, from, to)).fails("plain", "receipt-malformed")
    };
    changes.into_iter().map(case).collect()
}

/// Cases that change the text of the proof inside the bundle.
fn changed_proof(name: &str, from: &str, to: &str, code: &str) -> Value {
    let mut world = plain();
    world.receipt.proof = replaced(&world.receipt.proof, from, to);
    by_key(name, world.json()).fails("plain", code)
}

fn bad_proofs() -> Vec<Value> {
    let malformed = |name, from, to| changed_proof(name, from, to, "proof-malformed");
    vec![
        malformed("proof header changed", "tlog-proof@v1", "tlog-proof@v2"),
        malformed("index with a leading zero", "index 2", "index 02"),
        malformed("index above 2^48", "index 2", "index 281474976710657"),
        malformed("proof hash of three bytes", "index 2\n", "index 2\nAAAA\n"),
        malformed("proof hash with a carriage return", "index 2\n", "index 2\r\n"),
    ]
}

fn bad_checkpoints() -> Vec<Value> {
    let flipped = |name: &str, at: usize, code: &str| {
        let mut world = plain();
        let mark = format!("\u{2014} {ORIGIN} ");
        world.receipt.proof = flipped_after(&world.receipt.proof, &mark, at);
        by_key(name, world.json()).fails("plain", code)
    };
    let with_key = |name: &str, key: String, code: &str| {
        Case::new(name).text("receipt", plain().json()).texts("key", [key]).fails("plain", code)
    };
    let origin = format!("{ORIGIN}\n");
    vec![
        changed_proof("signature line broken", "\u{2014}", "-", "note-malformed"),
        changed_proof("tree size with a leading zero", "\n7\n", "\n07\n", "checkpoint-malformed"),
        changed_proof(
            "tree size above 2^48",
            "\n7\n",
            "\n281474976710657\n",
            "checkpoint-malformed",
        ),
        changed_proof("origin changed", &origin, "ledger.example/log/dem0\n", "origin-mismatch"),
        with_key(
            "another ledger's key",
            log("other.example/log/x", 1).verifier_key().to_text(),
            "origin-mismatch",
        ),
        with_key(
            "another key of this name",
            log(ORIGIN, 9).verifier_key().to_text(),
            "key-unknown",
        ),
        flipped("key ID changed", 1, "key-unknown"),
        changed_proof("tree size changed", "\n7\n", "\n8\n", "signature-invalid"),
        flipped("log signature changed", 40, "signature-invalid"),
    ]
}

fn bad_witnesses() -> Vec<Value> {
    let two = plain().cosigned(&[11, 13]);
    let mut changed = two.clone();
    changed.receipt.proof = flipped_after(&two.receipt.proof, "witness-13.example ", 50);
    let from = "two of three witnesses";
    vec![
        by_policy("witness signature changed", changed.json(), "two-of-three")
            .fails(from, "signature-invalid"),
        by_policy("one of three witnesses", plain().cosigned(&[11]).json(), "two-of-three")
            .fails(from, "quorum-not-met"),
        by_policy("one witness twice", plain().cosigned(&[11, 11]).json(), "two-of-three")
            .fails(from, "quorum-not-met"),
        by_policy(
            "one known witness, one unknown",
            plain().cosigned(&[11, 99]).json(),
            "two-of-three",
        )
        .fails(from, "quorum-not-met"),
        by_policy("a second too old", two.json(), "two-of-three")
            .number("maxAgeSeconds", 60)
            .number("now", COSIGNED_AT + 61)
            .fails("fresh enough", "checkpoint-stale"),
        by_policy("cosigned far in the future", two.json(), "two-of-three")
            .number("maxAgeSeconds", 60)
            .number("now", COSIGNED_AT - 301)
            .fails("fresh enough", "checkpoint-stale"),
        by_key("age asked for, no witness", plain().json())
            .number("maxAgeSeconds", 60)
            .number("now", COSIGNED_AT)
            .fails("plain", "checkpoint-stale"),
    ]
}

fn bad_inclusion() -> Vec<Value> {
    let changed = |name: &str, code: &str, change: &dyn Fn(&mut World)| {
        let mut world = plain();
        change(&mut world);
        world.receipt.proof = world.proof.to_text();
        by_key(name, world.json()).fails("plain", code)
    };
    vec![
        changed("entry byte changed", "inclusion-invalid", &|w| {
            let at = w.receipt.entry.len() - 2;
            w.receipt.entry[at] ^= 1;
        }),
        changed("entry byte added", "inclusion-invalid", &|w| w.receipt.entry.push(b' ')),
        changed("proof hash changed", "inclusion-invalid", &|w| w.proof.hashes[1].0[0] ^= 1),
        changed("proof hash left out", "inclusion-invalid", &|w| {
            w.proof.hashes.pop();
        }),
        changed("index changed", "inclusion-invalid", &|w| w.proof.index = LeafIndex::new(3)),
        changed("index not below the size", "index-out-of-range", &|w| {
            w.proof.index = LeafIndex::new(TreeSize::new(7).get());
        }),
    ]
}

/// Leaves that the log did sign, although they are no entries of it.
fn bad_entries() -> Vec<Value> {
    let good = String::from_utf8(entry(fields(), &[]).to_bytes()).unwrap();
    let malformed = |name: &str, from: &str, to: &str| {
        let leaf = replaced(&good, from, to);
        by_key(name, world(leaf.as_bytes()).json()).fails("plain", "entry-malformed")
    };
    let moved = StatementFields { origin: Some("ledger.example/log/other".into()), ..fields() };
    let moved = world(entry(moved, &[]).as_bytes());
    vec![
        malformed("leaf of version 2", "\"v\":1", "\"v\":2"),
        malformed("leaf with white space", "\"v\":1", "\"v\": 1"),
        malformed("leaf with an unknown member", "\"v\":1", "\"v\":1,\"w\":1"),
        by_key("statement for another ledger", moved.json()).fails("plain", "wrong-ledger"),
    ]
}

fn bad_authors() -> Vec<Value> {
    let from = "two of three authors";
    let asked = |name: &str, seeds: &[u8], n| {
        by_key(name, signed().json()).value("authors", authors(seeds, n))
    };
    vec![
        by_key("author signature changed", world(&with_bad_author_signature()).json())
            .fails("signed by authors nobody asked for", "author-signature-invalid"),
        asked("one of three authors", &[21, 23, 24], 2).fails(from, "author-threshold-not-met"),
        by_key("no author signed", plain().json())
            .value("authors", authors(&[21], 1))
            .fails(from, "author-threshold-not-met"),
        asked("more authors asked for than named", &[21, 22], 3)
            .fails(from, "author-threshold-invalid"),
        asked("no author asked for", &[21, 22], 0).fails(from, "author-threshold-invalid"),
        by_key("author key that is no point", signed().json())
            .value("authors", no_point())
            .fails(from, "public-key-invalid"),
    ]
}

fn no_point() -> Value {
    Value::object([
        ("keys", Value::Array([Value::string(base64::encode(&[2; 32]))].into())),
        ("threshold", Value::Number(Number::from_u64(1).unwrap())),
    ])
}

/// A receipt whose entry commits to the payload field by field.
fn by_fields() -> World {
    let algorithm = Algorithm::Sha256FieldsV1;
    let digest = commitment::fields::commit(&SALT, PAYLOAD).unwrap();
    let commit = Commitment { algorithm, digest, size: 0 };
    world(entry(StatementFields { commit, ..fields() }, &[]).as_bytes())
}

fn fields_payload(name: &str, payload: &[u8], code: &str) -> Value {
    let mut world = by_fields();
    world.receipt.payload = Some(payload.to_vec());
    by_key(&format!("payload by fields: {name}"), world.json())
        .fails("payload committed to by fields", code)
}

fn bad_payloads() -> Vec<Value> {
    let changed = |name: &str, change: &dyn Fn(&mut World)| {
        let mut world = plain();
        change(&mut world);
        by_key(name, world.json())
    };
    let mismatch = "payload-mismatch";
    let flip = |world: &mut World| {
        let mut payload = PAYLOAD.to_vec();
        payload[3] ^= 1;
        world.receipt.payload = Some(payload);
    };
    let mut other_size = fields();
    other_size.commit.size += 1;
    assert!(Statement::new(other_size.clone()).is_ok());
    let other_size = world(entry(other_size, &[]).as_bytes());
    vec![
        changed("payload changed", &flip).fails("plain", mismatch),
        changed("payload emptied", &|w| w.receipt.payload = Some(Vec::new()))
            .fails("plain", mismatch),
        changed("salt changed", &|w| w.receipt.salt = Some([1; 32])).fails("plain", mismatch),
        changed("payload without salt", &|w| w.receipt.salt = None).fails("plain", "salt-missing"),
        by_key("committed size differs", other_size.json()).fails("plain", mismatch),
        by_key("given payload, no salt", unsalted())
            .text("payload", base64::encode(PAYLOAD))
            .fails("payload given by the caller", "salt-missing"),
        by_key("given payload changed", unsalted_payload())
            .text("payload", base64::encode(b"{}"))
            .fails("payload given by the caller", mismatch),
        changed("own payload differs from the given one", &flip)
            .text("payload", base64::encode(PAYLOAD))
            .fails("payload given twice", mismatch),
        fields_payload("another field", br#"{"commit":"8f3c2e1","environment":"test"}"#, mismatch),
        fields_payload("not JSON", b"{", mismatch),
        fields_payload("2^53 + 1", b"9007199254740993", "number-not-representable"),
    ]
}

fn bad_trust() -> Vec<Value> {
    let with = |name: &str, keys: &[&str]| {
        Case::new(name).text("receipt", plain().json()).texts("key", keys.iter().copied())
    };
    let good = log_key();
    let text = |name: &str, policy: &str| {
        Case::new(name).text("receipt", plain().json()).text("policy", policy)
    };
    vec![
        with("no key", &[]).fails("plain", "log-key-missing"),
        with("malformed key beside a good one", &[&good, "x"]).fails("plain", "key-malformed"),
        with("key ID of another key", &[&replaced(&good, "ledger", "ledges")])
            .fails("plain", "key-id-mismatch"),
        with("key of an unsupported type", &["x+00000000+AgAA"])
            .fails("plain", "key-type-unsupported"),
        with("witness's key as a log's", &[&crate::world::witness(11).verifier_key().to_text()])
            .fails("plain", "key-kind-mismatch"),
        text("policy without a log", "quorum none\n")
            .fails("policy without quorum", "log-key-missing"),
        text("policy without a quorum line", &format!("log {good}\n"))
            .fails("policy without quorum", "policy-malformed"),
    ]
}

fn verdict_value(verdict: &Verdict) -> Value {
    let fields = verdict.entry.statement().fields();
    Value::object([
        ("origin", Value::string(&*verdict.origin)),
        ("index", Value::string(verdict.index.to_string())),
        ("size", Value::string(verdict.size.to_string())),
        ("rootHash", Value::string(verdict.root_hash.to_string())),
        ("leafHash", Value::string(verdict.leaf_hash.to_string())),
        ("type", Value::string(&*fields.record_type)),
        ("time", Value::string(verdict.entry.time().to_text())),
        ("authors", Value::Array(author_keys(verdict))),
        ("signers", signers_value(&verdict.signers)),
        ("payload", Value::string(verdict.payload.name())),
        ("notChecked", not_checked_value(&verdict.not_checked)),
    ])
}

pub(crate) fn signers_value(signers: &[Signer]) -> Value {
    let signer = |signer: &Signer| {
        let mut members = vec![
            ("name", Value::string(&*signer.name)),
            ("kind", Value::string(signer.kind.name())),
        ];
        members.extend(signer.time.map(|time| ("time", Value::string(time.to_string()))));
        Value::object(members)
    };
    Value::Array(signers.iter().map(signer).collect())
}

pub(crate) fn not_checked_value(missing: &[NotChecked]) -> Value {
    Value::Array(missing.iter().map(|missing| Value::string(missing.name())).collect())
}

fn author_keys(verdict: &Verdict) -> Vec<Value> {
    let signatures = verdict.entry.signatures().iter();
    signatures.map(|signature| Value::string(base64::encode(&signature.key))).collect()
}

/// Each step has a case that fails there.
#[test]
fn steps_are_reported_in_order() {
    let mut seen = Vec::new();
    for case in receipts() {
        if let Err(run::Refusal::Verify(error)) = run::receipt_verdict(&case) {
            seen.push(error.step());
        }
    }
    for step in stateledger_core::receipt::Step::ALL {
        assert!(seen.contains(&step), "no case fails at {}", step.name());
    }
    let trust = Trust::from_log_keys([log_key().as_str()]).unwrap();
    let error = verify_receipt_json(b"{}", &trust, None).unwrap_err();
    assert_eq!(error.step().name(), "receipt");
    assert!(json::parse(plain().json().as_bytes()).is_ok());
}
