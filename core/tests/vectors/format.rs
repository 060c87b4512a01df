//! FORMAT.md's worked example, taken from the vectors.
//!
//! A line `<!-- example: name -->` stands before each block that is compared
//! (and, with UPDATE_VECTORS, written).

use std::path::PathBuf;

use stateledger_core::commitment::fields::Disclosure;
use stateledger_core::dsse;
use stateledger_core::entry::Entry;
use stateledger_core::json::Value;
use stateledger_core::receipt::Receipt;
use stateledger_core::{base64, tree};

use crate::world::hex;
use crate::{entries, fields, receipts, run};

fn path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "FORMAT.md"].iter().collect()
}

fn find(cases: Vec<Value>, name: &str) -> Value {
    cases.into_iter().find(|case| run::text(case, "name") == name).unwrap()
}

/// What the example shows, in order.
fn example() -> Vec<(&'static str, String)> {
    let case = find(receipts::receipts(), "plain");
    let json = run::text(&case, "receipt");
    let receipt = Receipt::from_json(json.as_bytes()).unwrap();
    let entry = Entry::parse(&receipt.entry).unwrap();
    let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let statement = entry.statement();
    let signed = find(entries::author_signatures(), "good");
    let signature = Value::object([
        ("key", signed.get("key").unwrap().clone()),
        ("sig", signed.get("sig").unwrap().clone()),
    ]);
    assert_eq!(run::text(&signed, "statement").as_bytes(), statement.as_bytes());
    let derived = find(entries::keys(), "stateledger/log-key 0");
    let derived = base64::decode(run::text(&derived, "derived")).unwrap();
    let shown = find(fields::disclosures(), "a record's field");
    let disclosure = Disclosure::from_json(run::text(&shown, "disclosure").as_bytes()).unwrap();
    let fields_digest = base64::decode_url(run::text(&shown, "digest")).unwrap();
    vec![
        ("payload", utf8(receipt.payload.as_ref().unwrap())),
        ("salt", hex(receipt.salt.as_ref().unwrap())),
        ("digest", hex(&statement.fields().commit.digest)),
        ("statement", utf8(statement.as_bytes())),
        ("pae", utf8(&dsse::pae(dsse::STATEMENT_TYPE, statement.as_bytes()))),
        ("author-signature", utf8(&signature.to_canonical())),
        ("entry", utf8(&receipt.entry)),
        ("leaf-hash", tree::leaf_hash(&receipt.entry).to_string()),
        ("proof", receipt.proof.trim_end().to_owned()),
        ("receipt", json.to_owned()),
        ("verifier-key", case.get("key").unwrap().as_array().unwrap()[0].as_str().unwrap().into()),
        ("derived-key", hex(&derived)),
        ("field-salt", hex(&disclosure.salt)),
        ("fields-digest", hex(&fields_digest)),
        ("disclosure", run::text(&shown, "disclosure").to_owned()),
    ]
}

/// The text with the block after each marker exchanged.
fn with_example(text: &str) -> String {
    let mut out = text.to_owned();
    for (name, content) in example() {
        let marker = format!("<!-- example: {name} -->\n```text\n");
        let start = out.find(&marker).unwrap_or_else(|| panic!("no {name}")) + marker.len();
        let end = start + out[start..].find("```").unwrap();
        out.replace_range(start..end, &format!("{content}\n"));
    }
    out
}

#[test]
fn the_worked_example_is_the_vectors() {
    let text = std::fs::read_to_string(path()).unwrap();
    let fresh = with_example(&text);
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path(), &fresh).unwrap();
    } else {
        assert!(text == fresh, "FORMAT.md's example is not what the vectors say");
    }
    let examples = text.matches("<!-- example: ").count();
    assert_eq!(examples, example().len(), "an example that nothing compares");
}
