//! Payloads committed to field by field, and single fields disclosed.

use stateledger_core::base64;
use stateledger_core::commitment::fields::FieldTree;
use stateledger_core::json::Value;

use crate::world::{Case, PAYLOAD, SALT, flipped_after, replaced};

/// Every kind of field, names that a pointer escapes, a name like a position.
const KINDS: &str = r#"{"":[],"0":{"a/b":null,"~":{}},"list":[true,"x",[-1.5]],"é":"\n"}"#;

fn tree(payload: &str) -> FieldTree {
    FieldTree::new(&SALT, payload.as_bytes()).unwrap()
}

fn committed(name: &str, payload: &str, digest: [u8; 32]) -> Case {
    Case::new(name)
        .text("salt", base64::encode(&SALT))
        .text("payload", payload)
        .text("digest", base64::encode_url(&digest))
}

fn good(name: &str, payload: &str) -> Value {
    committed(name, payload, tree(payload).digest()).ok()
}

fn shown(pointer: &str) -> Value {
    committed(&format!("pointer {pointer}"), KINDS, tree(KINDS).digest())
        .text("pointer", pointer)
        .text("disclosure", disclosed(KINDS, pointer))
        .ok()
}

fn disclosed(payload: &str, pointer: &str) -> String {
    String::from_utf8(tree(payload).disclose(pointer).unwrap().to_json()).unwrap()
}

pub(crate) fn fields() -> Vec<Value> {
    let digest = tree(KINDS).digest();
    let pointers = ["/", "/0/a~1b", "/0/~0", "/list/0", "/list/2/0", "/é"];
    let mut cases: Vec<Value> = pointers.into_iter().map(shown).collect();
    let sixteen = format!("[{}0]", "0,".repeat(15));
    let seventeen = format!("[{}0]", "0,".repeat(16));
    cases.extend([
        good("every kind of field", KINDS),
        good("a record", str::from_utf8(PAYLOAD).unwrap()),
        good("array of one", "[0]"),
        good("object with a name like a position", r#"{"0":0}"#),
        good("one field", "null"),
        good("sixteen fields", &sixteen),
        good("seventeen fields", &seventeen),
    ]);
    let bad = |name: &str, payload: &str, code: &str| {
        committed(name, payload, digest).fails("every kind of field", code)
    };
    cases.extend([
        bad("a value changed", &replaced(KINDS, "true", "false"), "payload-mismatch"),
        bad("a name changed", &replaced(KINDS, "list", "lisa"), "payload-mismatch"),
        bad("white space", &replaced(KINDS, ":", ": "), "payload-not-canonical"),
        bad("members in another order", &reordered(), "payload-not-canonical"),
        bad("not JSON", &KINDS[1..], "invalid-json"),
        bad("member repeated", &replaced(KINDS, "\"0\"", "\"\""), "duplicate-member"),
        bad("long name", &replaced(KINDS, "list", &"x".repeat(1017)), "field-too-large"),
    ]);
    let unseen = |pointer: &str, code: &str| {
        committed(&format!("pointer {pointer}"), KINDS, digest)
            .text("pointer", pointer)
            .fails("pointer /list/0", code)
    };
    cases.extend([
        unseen("/list", "field-missing"),
        unseen("/list/3", "field-missing"),
        unseen("/list/00", "field-missing"),
        unseen("/list/-", "field-missing"),
        unseen("list/0", "pointer-malformed"),
        unseen("/list~/0", "pointer-malformed"),
    ]);
    cases
}

fn reordered() -> String {
    let rest = replaced(KINDS, r#""":[],"#, "");
    replaced(&rest, r#""\n"}"#, r#""\n","":[]}"#)
}

pub(crate) fn disclosures() -> Vec<Value> {
    let payload = str::from_utf8(PAYLOAD).unwrap();
    let case = |name: &str, disclosure: &str, digest: [u8; 32]| {
        Case::new(name).text("disclosure", disclosure).text("digest", base64::encode_url(&digest))
    };
    let digest = tree(payload).digest();
    let text = disclosed(payload, "/environment");
    let kind = |name: &str, pointer: &str| {
        case(name, &disclosed(KINDS, pointer), tree(KINDS).digest()).ok()
    };
    let mut cases = vec![
        case("a record's field", &text, digest).ok(),
        kind("empty array", "/"),
        kind("null", "/0/a~1b"),
        kind("empty object", "/0/~0"),
        kind("element of an array", "/list/2/0"),
        case("payload of one field", &disclosed("null", ""), tree("null").digest()).ok(),
    ];
    let bad = |name: &str, text: &str, code: &str| {
        case(name, text, digest).fails("a record's field", code)
    };
    let invalid = "disclosure-invalid";
    cases.extend([
        bad("value changed", &replaced(&text, "production", "test"), invalid),
        bad("path changed", &replaced(&text, "\"environment\"", "\"commit\""), invalid),
        bad("path prolonged", &replaced(&text, "\"environment\"", "\"environment\",0"), invalid),
        bad("salt changed", &flipped_after(&text, "\"salt\":\"", 3), invalid),
        bad("salt of the record", &with_master(&text), invalid),
        bad("hash changed", &flipped_after(&text, "\"proof\":[\"", 3), invalid),
        bad("another index", &other_index(&text), invalid),
        case("another digest", &text, tree("null").digest()).fails("a record's field", invalid),
        bad(
            "another algorithm",
            &replaced(&text, "fields-v1", "fields-v2"),
            "commitment-unsupported",
        ),
    ]);
    let malformed = [
        ("white space", ":", ": "),
        ("needless escape", "production", "\\u0070roduction"),
        ("bytes after it", "\"production\"}", "\"production\"}\n"),
        ("not JSON", "{", ""),
        ("member missing", ",\"value\":\"production\"", ""),
        ("member unknown", ",\"value\"", ",\"size\":1,\"value\""),
        ("member repeated", ",\"value\"", ",\"salt\":\"\",\"value\""),
        ("value that holds another", "\"production\"", "[\"production\"]"),
        ("position that is no integer", "\"environment\"", "0.5"),
        ("position of 2^32", "\"environment\"", "4294967296"),
        ("step of another type", "\"environment\"", "null"),
        ("path that is a pointer", "[\"environment\"]", "\"/environment\""),
        ("index as text", "\"index\":", "\"index\":\"\",\"x\":"),
        ("index beyond the tree", "\"index\":", "\"index\":1000"),
        ("salt that is not base64", "\"salt\":\"", "\"salt\":\"="),
    ];
    for (name, from, to) in malformed {
        cases.push(bad(name, &replaced(&text, from, to), "disclosure-malformed"));
    }
    let (hash, _) = text.split_once("\"proof\":[").unwrap().1.split_once(',').unwrap();
    let three = replaced(&text, &format!("{hash},"), "");
    let seventeen = replaced(&text, hash, &[hash; 14].join(","));
    cases.push(bad("three hashes", &three, "disclosure-malformed"));
    cases.push(bad("seventeen hashes", &seventeen, "disclosure-malformed"));
    cases.push(bad(
        "path of 1,025 bytes",
        &replaced(&text, "environment", &"x".repeat(1021)),
        "disclosure-malformed",
    ));
    cases
}

/// The record's salt in the place of the field's.
fn with_master(text: &str) -> String {
    let (_, rest) = text.split_once("\"salt\":\"").unwrap();
    replaced(text, &rest[..44], &base64::encode(&SALT))
}

fn other_index(text: &str) -> String {
    let (_, rest) = text.split_once("\"index\":").unwrap();
    let (digits, _) = rest.split_once(',').unwrap();
    let other = digits.parse::<u64>().unwrap() ^ 1;
    replaced(text, &format!("\"index\":{digits},"), &format!("\"index\":{other},"))
}
