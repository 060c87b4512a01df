//! Every documented variant of every error is returned to some test.
//!
//! A variant counts if a test names it, as `SomeError::Variant`. The tests below name those that the others only know
//! by their code.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use stateledger_core::base64;
use stateledger_core::bundle::{BundleError, VerifyBundleError, from_receipts, verify_bundle};
use stateledger_core::checkpoint::{CheckpointError, SignedCheckpoint};
use stateledger_core::commitment::fields::{Disclosure, DisclosureError};
use stateledger_core::dsse::AuthorError;
use stateledger_core::ed25519::{PublicKey, SigningKey};
use stateledger_core::entry::{Entry, EntryError, OpeningError};
use stateledger_core::json::{self, Value};
use stateledger_core::receipt::{Receipt, VerifyError, verify_receipt_json};
use stateledger_core::trust::{OpenError, Trust, TrustError};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn vector(file: &str, name: &str) -> Value {
    let path = folder("../tests/vectors").join(file).with_extension("json");
    let cases = json::parse(&fs::read(path).unwrap()).unwrap();
    let cases = cases.get("cases").unwrap().as_array().unwrap();
    cases.iter().find(|case| text(case, "name") == name).unwrap_or_else(|| panic!("{name}")).clone()
}

fn text<'a>(case: &'a Value, member: &str) -> &'a str {
    case.get(member).and_then(Value::as_str).unwrap()
}

/// The texts of a list that may be absent.
fn texts<'a>(case: &'a Value, member: &str) -> Vec<&'a str> {
    let list = case.get(member).and_then(Value::as_array).unwrap_or_default();
    list.iter().map(|text| text.as_str().unwrap()).collect()
}

fn replaced(good: &str, from: &str, to: &str) -> Vec<u8> {
    assert!(good.contains(from), "{from}");
    good.replacen(from, to, 1).into_bytes()
}

/// Asserts what a result refuses with.
macro_rules! refuses {
    ($result:expr, $error:pat) => {{
        let result = $result;
        assert!(matches!(result, Err($error)), "{} in {result:?}", stringify!($error));
    }};
}

#[test]
fn entries() {
    let entry = text(&vector("receipt", "plain"), "receipt").to_owned();
    let entry = Receipt::from_json(entry.as_bytes()).unwrap().entry;
    let good = String::from_utf8(entry.clone()).unwrap();
    let changed = |from: &str, to: &str| Entry::parse(&replaced(&good, from, to));
    refuses!(changed("{", "["), EntryError::Json(_));
    refuses!(changed("\"v\":1", "\"w\":1"), EntryError::Member(_));
    refuses!(changed("\"digest\":\"", "\"digest\":\"!"), EntryError::Malformed);
    refuses!(changed("\"v\":1", "\"v\":2"), EntryError::Version);
    refuses!(changed("sha256-salted-v1", "sha256-salted-v2"), EntryError::Algorithm);
    refuses!(changed("T10:00", "T24:00"), EntryError::Time);
    let author = *SigningKey::from_seed(&[5; 32]).public_key().as_bytes();
    let key = vector("receipt", "plain");
    let trust = Trust::from_log_keys(texts(&key, "key")).unwrap();
    let trust = trust.with_authors([&author[..]], 1).unwrap();
    refuses!(trust.check_authors(&Entry::parse(&entry).unwrap()), AuthorError::ThresholdNotMet);
}

#[test]
fn openings() {
    let case = vector("receipt", "payload committed to by fields");
    let receipt = Receipt::from_json(text(&case, "receipt").as_bytes()).unwrap();
    let entry = Entry::parse(&receipt.entry).unwrap();
    let commit = entry.statement().fields().commit;
    refuses!(commit.open(&receipt.salt.unwrap(), b"{"), OpeningError::Fields(_));
}

#[test]
fn checkpoints() {
    refuses!(SignedCheckpoint::parse(b""), CheckpointError::Note(_));
    let case = vector("receipt", "plain");
    let trust = Trust::from_log_keys(texts(&case, "key")).unwrap();
    refuses!(trust.open_checkpoint(b""), OpenError::Checkpoint(_));
    refuses!(Trust::from_policy(b"quorum"), TrustError::Policy(_));
}

#[test]
fn receipts() {
    let verify = |name: &str| {
        let case = vector("receipt", name);
        let trust = Trust::from_log_keys(texts(&case, "key")).unwrap();
        verify_receipt_json(text(&case, "receipt").as_bytes(), &trust, None)
    };
    refuses!(verify("not JSON"), VerifyError::Receipt(_));
    refuses!(verify("proof header changed"), VerifyError::Proof(_));
    refuses!(verify("log signature changed"), VerifyError::Open(_));
    refuses!(verify("entry byte changed"), VerifyError::Inclusion(_));
    refuses!(verify("leaf of version 2"), VerifyError::Entry(_));
    refuses!(verify("statement for another ledger"), VerifyError::WrongLedger);
    refuses!(verify("author signature changed"), VerifyError::Author(_));
    refuses!(verify("payload without salt"), VerifyError::SaltMissing);
    refuses!(verify("payload changed"), VerifyError::PayloadMismatch);
    refuses!(verify("payload by fields: 2^53 + 1"), VerifyError::PayloadNumber);
}

#[test]
fn bundles() {
    let verify = |name: &str| {
        let case = vector("audit-bundle", name);
        let trust = Trust::from_log_keys(texts(&case, "key")).unwrap();
        let decoded = |text: &str| base64::decode(text).unwrap();
        let exporters: Vec<PublicKey> = texts(&case, "exporters")
            .into_iter()
            .map(|key| PublicKey::from_slice(&decoded(key)).unwrap())
            .collect();
        verify_bundle(&decoded(text(&case, "bundle")), &trust, &exporters)
    };
    refuses!(verify("unknown flag"), VerifyBundleError::Bundle(BundleError::Flags));
    let proof = verify("header of the batch proof changed");
    refuses!(proof, VerifyBundleError::Bundle(BundleError::Proof(_)));
    refuses!(verify("exporter key changed"), VerifyBundleError::ExporterSignature);
    refuses!(verify("another exporter"), VerifyBundleError::ExporterUnknown);
    refuses!(verify("size changed"), VerifyBundleError::Open(_));
    refuses!(verify("records swapped"), VerifyBundleError::Inclusion(_));
    let receipt =
        |proof: &str| Receipt { entry: Vec::new(), proof: proof.into(), payload: None, salt: None };
    refuses!(from_receipts(&[receipt("")]), BundleError::Receipt(_));
    let proof = receipt("c2sp.org/tlog-proof@v1\nindex 0\n\nno checkpoint");
    refuses!(from_receipts(&[proof]), BundleError::Checkpoints);
}

#[test]
fn disclosures() {
    let case = vector("disclosure", "a record's field");
    let good = text(&case, "disclosure");
    let changed = |from: &str, to: &str| Disclosure::from_json(&replaced(good, from, to));
    refuses!(changed("{", "["), DisclosureError::Json(_));
    refuses!(changed("\"index\"", "\"indes\""), DisclosureError::Member(_));
    refuses!(changed("sha256-fields-v1", "sha256-fields-v2"), DisclosureError::Algorithm);
    refuses!(changed("\"salt\":\"", "\"salt\":\"!"), DisclosureError::Hash);
    refuses!(changed("\"index\":", "\"index\": "), DisclosureError::NotCanonical);
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// `SomeError::Variant` for each variant of each `pub enum SomeError` in a file.
fn variants(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in code.split("pub enum ").skip(1) {
        let (name, body) = part.split_once(" {\n").unwrap();
        let (body, _) = body.split_once("\n}").unwrap();
        if name.ends_with("Error") {
            let names = body.lines().filter_map(|line| line.strip_prefix("    "));
            let names = names.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
            let ident =
                |line: &str| line.split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned);
            found.extend(names.filter_map(ident).map(|variant| format!("{name}::{variant}")));
        }
    }
    found
}

#[test]
fn every_variant_is_named_by_a_test() {
    let mut declared = Vec::new();
    let mut tests: String = sources(&folder("tests")).into_iter().map(|(_, text)| text).collect();
    for (path, text) in sources(&folder("src")) {
        let relative = path.strip_prefix(folder("src")).unwrap().to_owned();
        let mut parts = relative.components().map(|part| part.as_os_str().to_string_lossy());
        if parts.any(|part| part == "tests" || part == "tests.rs") {
            tests += &text;
            continue;
        }
        let (code, own_tests) = text.split_once("mod tests {").unwrap_or((&text, ""));
        declared.extend(variants(code));
        tests += own_tests;
    }
    assert!(declared.len() > 140, "{} variants", declared.len());
    let named = |variant: &String| {
        let follows = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
        tests.match_indices(variant.as_str()).any(|(at, _)| follows(&tests[at + variant.len()..]))
    };
    let missing: Vec<&String> = declared.iter().filter(|variant| !named(variant)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}
