use alloc::string::{String, ToString};
use alloc::vec;

use proptest::prelude::*;

use super::*;

pub(crate) fn fields() -> StatementFields {
    StatementFields {
        record_type: "deployment".into(),
        source: "ci".into(),
        subject: Some("api".into()),
        content_type: "application/json".into(),
        commit: Commitment { algorithm: Algorithm::Sha256SaltedV1, digest: [7; 32], size: 12 },
        origin: Some("ledger.example/log/demo".into()),
    }
}

fn time() -> Time {
    Time::parse("2026-11-23T10:00:00.000Z").unwrap()
}

fn signature(first: u8) -> AuthorSignature {
    let mut key = [9; 32];
    key[0] = first;
    AuthorSignature { key, signature: [3; 64] }
}

fn signed(signatures: Vec<AuthorSignature>) -> Result<Entry, EntryError> {
    Entry::new(Statement::new(fields()).unwrap(), signatures, time())
}

#[test]
fn the_bytes_are_the_ones_of_the_format() {
    let entry = signed(vec![]).unwrap();
    let expected = concat!(
        r#"{"sigs":[],"statement":{"commit":{"alg":"sha256-salted-v1","#,
        r#""digest":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","size":12},"#,
        r#""contentType":"application/json","origin":"ledger.example/log/demo","source":"ci","#,
        r#""subject":"api","type":"deployment"},"time":"2026-11-23T10:00:00.000Z","v":1}"#
    );
    assert_eq!(core::str::from_utf8(entry.as_bytes()), Ok(expected));
    assert_eq!(Entry::parse(expected.as_bytes()), Ok(entry));
}

#[test]
fn signatures_are_sorted_distinct_and_bound_to_an_origin() {
    let sixteen: Vec<_> = (0..16).map(signature).collect();
    let entry = signed(sixteen.clone()).unwrap();
    assert_eq!(Entry::parse(entry.as_bytes()), Ok(entry));
    let seventeen: Vec<_> = (0..17).map(signature).collect();
    assert_eq!(signed(seventeen), Err(EntryError::TooManySignatures));
    assert_eq!(signed(vec![signature(2), signature(1)]), Err(EntryError::SignatureOrder));
    assert_eq!(signed(vec![signature(1), signature(1)]), Err(EntryError::SignatureOrder));
    let nowhere = Statement::new(StatementFields { origin: None, ..fields() }).unwrap();
    assert!(Entry::new(nowhere.clone(), vec![], time()).is_ok());
    let unbound = Entry::new(nowhere, vec![signature(1)], time());
    assert_eq!(unbound, Err(EntryError::OriginMissing));
}

#[test]
fn each_member_has_its_limit_and_its_code() {
    type Set = fn(&mut StatementFields, String);
    let cases: [(usize, EntryError, Set); 5] = [
        (256, EntryError::Type, |f, t| f.record_type = t),
        (256, EntryError::Source, |f, t| f.source = t),
        (1024, EntryError::Subject, |f, t| f.subject = Some(t)),
        (255, EntryError::ContentType, |f, t| f.content_type = t),
        (512, EntryError::Origin, |f, t| f.origin = Some(t)),
    ];
    for (max, error, set) in cases {
        let with = |text: String| {
            let mut fields = fields();
            set(&mut fields, text);
            Statement::new(fields).map(|_| ())
        };
        assert_eq!(with("x".repeat(max)), Ok(()));
        assert_eq!(with("\u{e9}".repeat(max / 2)), Ok(()));
        for bad in ["", " ", "\u{2003}\u{a0}", "a\nb", "a\u{0}", "\u{7f}", "a\u{85}b"] {
            assert_eq!(with(bad.to_string()), Err(error), "{bad:?}");
        }
        assert_eq!(with("x".repeat(max + 1)), Err(error));
        assert_eq!(with("\u{e9}".repeat(max / 2 + 1)), Err(error));
    }
    let mut large = fields();
    large.commit.size = MAX_PAYLOAD_SIZE;
    let statement = Statement::new(large.clone()).unwrap();
    assert_eq!(Statement::parse(statement.as_bytes()), Ok(statement));
    large.commit.size += 1;
    assert_eq!(Statement::new(large), Err(EntryError::PayloadSize));
}

#[test]
fn one_change_to_the_bytes_names_its_reason() {
    let good = String::from_utf8(signed(vec![signature(1)]).unwrap().to_bytes()).unwrap();
    let cases = [
        ("\"v\":1", "\"v\":2", "entry-version-unsupported"),
        ("\"v\":1", "\"v\":1.0", "entry-not-canonical"),
        ("\"v\":1", "\"v\": 1", "entry-not-canonical"),
        ("\"v\":1", "\"v\":\"1\"", "invalid-member"),
        (",\"v\":1", "", "missing-member"),
        ("\"v\":1", "\"v\":1,\"w\":1", "unknown-member"),
        ("\"v\":1", "\"v\":1,\"v\":1", "duplicate-member"),
        ("[{", "[(", "invalid-json"),
        ("\"source\":\"ci\"", "\"source\":\"c\\u0069\"", "entry-not-canonical"),
        ("\"source\":\"ci\"", "\"source\":\"\\ud800\"", "lone-surrogate"),
        ("\"source\":\"ci\"", "\"source\":null", "invalid-member"),
        ("sha256-salted-v1", "sha256", "commitment-unsupported"),
        ("10:00:00.000Z", "10:00:00Z", "invalid-time"),
        ("\"size\":12", "\"size\":12e0", "entry-not-canonical"),
        ("\"size\":12", "\"size\":9007199254740993", "number-not-representable"),
        ("\"size\":12", "\"size\":9007199254740992", "invalid-payload-size"),
        ("\"digest\":\"B", "\"digest\":\"", "entry-malformed"),
        ("\"sig\":\"A", "\"sig\":\"=", "entry-malformed"),
        ("\"origin\":\"ledger.example/log/demo\",", "", "origin-missing"),
        ("\"type\":\"deployment\"", "\"type\":\"\"", "invalid-type"),
    ];
    for (from, to, code) in cases {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let error = Entry::parse(bad.as_bytes()).expect_err(to);
        assert_eq!(error.code(), code, "{to}");
        assert!(!error.to_string().is_empty());
    }
    let mut long = good.into_bytes();
    long.resize(MAX_ENTRY_BYTES + 1, b' ');
    assert_eq!(Entry::parse(&long), Err(EntryError::TooLarge));
    assert_eq!(Statement::parse(&long), Err(EntryError::TooLarge));
    let statement = fields();
    let spaced = [b" ", Statement::new(statement).unwrap().as_bytes()].concat();
    assert_eq!(Statement::parse(&spaced), Err(EntryError::NotCanonical));
}

/// Sixteen signatures and every text at its limit, all of it escaped, still fit.
#[test]
fn the_largest_entry_fits() {
    let mut most = fields();
    most.record_type = "\"".repeat(MAX_TYPE_BYTES);
    most.source = "\\".repeat(MAX_SOURCE_BYTES);
    most.subject = Some("\"".repeat(MAX_SUBJECT_BYTES));
    most.content_type = "\"".repeat(MAX_CONTENT_TYPE_BYTES);
    most.origin = Some("\"".repeat(MAX_ORIGIN_BYTES));
    most.commit.size = MAX_PAYLOAD_SIZE;
    let sixteen: Vec<_> = (0..16).map(signature).collect();
    let entry = Entry::new(Statement::new(most).unwrap(), sixteen, time()).unwrap();
    assert!(entry.as_bytes().len() < MAX_ENTRY_BYTES);
    assert_eq!(Entry::parse(entry.as_bytes()), Ok(entry));
}

proptest! {
    #[test]
    fn what_parses_is_what_was_written(
        record_type in "\\PC{1,40}", source in "\\PC{1,40}", subject in proptest::option::of("\\PC{1,40}"),
        size in 0..=MAX_PAYLOAD_SIZE, millis in 0..253_402_300_799_999u64,
    ) {
        let mut all = fields();
        (all.record_type, all.source, all.subject) = (record_type, source, subject);
        all.commit.size = size;
        if let Ok(statement) = Statement::new(all) {
            let entry = Entry::new(statement, vec![], Time::from_millis(millis).unwrap()).unwrap();
            prop_assert_eq!(Entry::parse(&entry.to_bytes()), Ok(entry));
        }
    }

    #[test]
    fn a_mangled_byte_is_refused_or_another_entry(at in 0usize..400, byte in any::<u8>()) {
        let good = signed(vec![signature(1)]).unwrap();
        let mut bytes = good.to_bytes();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        if let Ok(entry) = Entry::parse(&bytes) {
            let parts = (entry.statement().clone(), entry.signatures().to_vec(), entry.time());
            prop_assert_eq!(Entry::new(parts.0, parts.1, parts.2).unwrap().to_bytes(), bytes);
            let statement = Statement::new(entry.statement().fields().clone());
            prop_assert_eq!(statement.as_ref(), Ok(entry.statement()));
            prop_assert_ne!(entry, good);
        }
    }
}
