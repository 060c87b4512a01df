//! Entries, statements and what they are made of.

use stateledger_core::base64;
use stateledger_core::commitment;
use stateledger_core::dsse;
use stateledger_core::entry::{Entry, Statement, StatementFields};
use stateledger_core::json::Value;
use stateledger_core::kdf::{self, Purpose};

use crate::world::{Case, ORIGIN, PAYLOAD, SALT, entry, fields, flipped_after, key, replaced};

pub(crate) fn entries() -> Vec<Value> {
    let case = |name: &str, bytes: &[u8]| Case::new(name).text("entry", base64::encode(bytes));
    let good = |name: &str, entry: &Entry| case(name, entry.as_bytes()).ok();
    let smallest = StatementFields { subject: None, origin: None, ..fields() };
    let longest = StatementFields {
        record_type: "t".repeat(256),
        source: "\u{e9}".repeat(128),
        subject: Some("s".repeat(1024)),
        content_type: "c".repeat(255),
        ..fields()
    };
    let sixteen: Vec<u8> = (100..116).collect();
    let signed = entry(fields(), &[21]);
    let mut cases = vec![
        good("signed by one author", &signed),
        good("unsigned, without optional members", &entry(smallest, &[])),
        good("sixteen authors", &entry(fields(), &sixteen)),
        good("members at their limits", &entry(longest, &[])),
        good("two authors", &entry(fields(), &[21, 22])),
    ];
    let text = String::from_utf8(signed.to_bytes()).unwrap();
    for (name, old, new, code) in bad_entries() {
        let bytes = replaced(&text, old, &new);
        cases.push(case(name, bytes.as_bytes()).fails("signed by one author", code));
    }
    cases.push(
        case("size stated with fields", replaced(&text, "salted", "fields").as_bytes())
            .fails("signed by one author", "invalid-payload-size"),
    );
    cases.extend(bad_signature_lists(case));
    let long = replaced(&text, "ci", &"x".repeat(65_536));
    cases.push(
        case("more than 65,535 bytes", long.as_bytes())
            .fails("signed by one author", "entry-too-large"),
    );
    let mut bytes = text.into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'7').unwrap();
    bytes[at] = 0xff;
    cases
        .push(case("byte that is not UTF-8", &bytes).fails("signed by one author", "invalid-utf8"));
    cases
}

fn bad_entries() -> Vec<(&'static str, &'static str, String, &'static str)> {
    let plain = [
        ("version 2", "\"v\":1", "\"v\":2", "entry-version-unsupported"),
        ("version as 1.0", "\"v\":1", "\"v\":1.0", "entry-not-canonical"),
        ("version missing", ",\"v\":1", "", "missing-member"),
        ("white space", "\"v\":1", "\"v\": 1", "entry-not-canonical"),
        ("needless escape", "\"ci\"", "\"c\\u0069\"", "entry-not-canonical"),
        ("unknown member", "\"v\":1", "\"v\":1,\"w\":1", "unknown-member"),
        ("repeated member", "\"v\":1", "\"v\":1,\"v\":1", "duplicate-member"),
        ("member of another type", "\"ci\"", "7", "invalid-member"),
        ("lone surrogate", "\"ci\"", "\"\\ud800\"", "lone-surrogate"),
        ("not JSON", "{\"sigs\"", "{sigs", "invalid-json"),
        ("time with an offset", ".000Z", ".000+00:00", "invalid-time"),
        ("30 February", "11-23", "02-30", "invalid-time"),
        ("unknown algorithm", "sha256-salted-v1", "sha256", "commitment-unsupported"),
        ("size of 2^53", "\"size\":47", "\"size\":9007199254740992", "invalid-payload-size"),
        (
            "size of 2^53 + 1",
            "\"size\":47",
            "\"size\":9007199254740993",
            "number-not-representable",
        ),
        ("digest shortened", "\"digest\":\"", "\"digest\":\"=", "entry-malformed"),
        ("empty type", "\"deployment\"", "\"\"", "invalid-type"),
        ("blank source", "\"ci\"", "\" \"", "invalid-source"),
        ("subject with a control character", "\"api\"", "\"a\\n\"", "invalid-subject"),
        ("empty content type", "\"application/json\"", "\"\"", "invalid-content-type"),
        ("blank origin", "\"ledger.example/log/demo\"", "\" \"", "invalid-origin"),
        ("signed without origin", "\"origin\":\"ledger.example/log/demo\",", "", "origin-missing"),
    ];
    let long = [
        ("type of 257 bytes", "deployment", 257, "invalid-type"),
        ("source of 257 bytes", "ci", 257, "invalid-source"),
        ("subject of 1,025 bytes", "\"api", 1025, "invalid-subject"),
        ("content type of 256 bytes", "application/json", 256, "invalid-content-type"),
        ("origin of 513 bytes", "ledger.example/log/demo", 513, "invalid-origin"),
    ];
    let plain = plain.into_iter().map(|(name, old, new, code)| (name, old, new.to_owned(), code));
    let long = long.into_iter().map(|(name, old, length, code)| {
        let quote = if old.starts_with('"') { "\"" } else { "" };
        (name, old, format!("{quote}{}", "x".repeat(length)), code)
    });
    plain.chain(long).collect()
}

/// The list of signatures is taken apart as text: `Entry::new` would refuse.
fn bad_signature_lists(case: impl Fn(&str, &[u8]) -> Case) -> Vec<Value> {
    let two = String::from_utf8(entry(fields(), &[21, 22]).to_bytes()).unwrap();
    let end = two.find(']').unwrap();
    let (first, second) = two["{\"sigs\":[".len()..end].split_once("},").unwrap();
    let first = format!("{first}}}");
    let list = |items: &[&str]| format!("{{\"sigs\":[{}{}", items.join(","), &two[end..]);
    let bad = |name: &str, items: &[&str], code: &str| {
        case(name, list(items).as_bytes()).fails("two authors", code)
    };
    vec![
        bad("signatures in the other order", &[second, &first], "signatures-unsorted"),
        bad("one signature twice", &[&first, &first], "signatures-unsorted"),
        bad("seventeen signatures", &[first.as_str(); 17], "too-many-signatures"),
    ]
}

pub(crate) fn commitments() -> Vec<Value> {
    let case = |name: &str, salt: [u8; 32], payload: &[u8], digest: [u8; 32]| {
        Case::new(name)
            .text("salt", base64::encode(&salt))
            .text("payload", base64::encode(payload))
            .text("digest", base64::encode_url(&digest))
    };
    let digest = commitment::commit(&SALT, PAYLOAD);
    let mut other_digest = digest;
    other_digest[31] ^= 1;
    let mut other_payload = PAYLOAD.to_vec();
    other_payload[5] ^= 1;
    let bad = |case: Case| case.fails("JSON", "payload-mismatch");
    vec![
        case("JSON", SALT, PAYLOAD, digest).ok(),
        case("empty payload", SALT, b"", commitment::commit(&SALT, b"")).ok(),
        case("bytes", [0; 32], &[0, 255, 10], commitment::commit(&[0; 32], &[0, 255, 10])).ok(),
        bad(case("payload changed", SALT, &other_payload, digest)),
        bad(case("payload shortened", SALT, &PAYLOAD[1..], digest)),
        bad(case("another salt", [0x5b; 32], PAYLOAD, digest)),
        bad(case("digest changed", SALT, PAYLOAD, other_digest)),
    ]
}

pub(crate) fn author_signatures() -> Vec<Value> {
    let statement = Statement::new(fields()).unwrap();
    let signature = dsse::sign(&statement, &key(21));
    let text = String::from_utf8(statement.to_bytes()).unwrap();
    let case = |name: &str, statement: &str, key: &[u8], sig: &[u8]| {
        Case::new(name)
            .text("statement", statement)
            .text("key", base64::encode_url(key))
            .text("sig", base64::encode_url(sig))
    };
    let bare = key(21).sign(statement.as_bytes());
    let code = "author-signature-invalid";
    let mut flipped = signature.signature;
    flipped[63] ^= 1;
    vec![
        case("good", &text, &signature.key, &signature.signature)
            .text(
                "preAuthenticationEncoding",
                base64::encode(&dsse::pae(dsse::STATEMENT_TYPE, text.as_bytes())),
            )
            .ok(),
        case(
            "statement changed",
            &replaced(&text, "\"api\"", "\"apj\""),
            &signature.key,
            &signature.signature,
        )
        .fails("good", code),
        case("signature changed", &text, &signature.key, &flipped).fails("good", code),
        case("another author's key", &text, key(22).public_key().as_bytes(), &signature.signature)
            .fails("good", code),
        case("without the encoding", &text, &signature.key, &bare).fails("good", code),
    ]
}

pub(crate) fn keys() -> Vec<Value> {
    let purposes =
        [Purpose::LogKey, Purpose::WitnessKey, Purpose::RowMac, Purpose::Cursor, Purpose::TokenMac];
    let (seed, uid) = ([0x11; 32], [0x22; 32]);
    let case = |purpose: Purpose, generation: u32| {
        let derived = kdf::derive(&seed, purpose, ORIGIN, &uid, generation);
        Case::new(&format!("{} {generation}", purpose.name()))
            .text("seed", base64::encode(&seed))
            .text("purpose", purpose.name())
            .text("origin", ORIGIN)
            .text("uid", base64::encode(&uid))
            .number("generation", u64::from(generation))
            .text("derived", base64::encode(&derived))
            .ok()
    };
    let mut cases: Vec<Value> = purposes.into_iter().map(|purpose| case(purpose, 0)).collect();
    cases.push(case(Purpose::LogKey, 1));
    cases
}

/// Part of the receipt vectors: the signed entry with its signature changed.
pub(crate) fn with_bad_author_signature() -> Vec<u8> {
    let text = String::from_utf8(entry(fields(), &[21]).to_bytes()).unwrap();
    flipped_after(&text, "\"sig\":\"", 10).into_bytes()
}
