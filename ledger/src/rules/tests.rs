use stateledger_core::entry::AuthorSignature;

use super::*;
use crate::error::AppendError;
use crate::request::{NewRecord, Payload};

fn read(text: &str) -> Result<Rules, RulesError> {
    Rules::from_json(&json::parse(text.as_bytes()).unwrap())
}

fn enforced(text: &str) -> Result<Enforced, RulesError> {
    read(text).and_then(Enforced::new)
}

fn record(record_type: &str, payload: &str) -> NewRecord {
    NewRecord {
        record_type: record_type.into(),
        source: "s".into(),
        subject: None,
        content_type: None,
        payload: Payload::json(&json::parse(payload.as_bytes()).unwrap()),
        salt: None,
        sigs: Vec::new(),
        commitment: None,
        idempotency_key: None,
    }
}

fn key(seed: u8) -> [u8; 32] {
    *stateledger_core::ed25519::SigningKey::from_seed(&[seed; 32]).public_key().as_bytes()
}

#[test]
fn reads_visibility_and_defaults_to_proofs() {
    assert_eq!(read("{}").unwrap().visibility, Visibility::Proofs);
    for visibility in [Visibility::Public, Visibility::Proofs, Visibility::Private] {
        let rules = Rules::from(visibility);
        assert_eq!(Rules::parse(&rules.to_bytes()), Ok(rules));
    }
}

#[test]
fn whole_rules_are_kept_in_their_canonical_form() {
    let key = base64::encode_url(&key(1));
    let text = format!(
        r#"{{"authors":{{"keys":["{key}"],"threshold":1}},"payloadLimit":100,"schemas":{{"b":{{"minimum":0.5}}}},"types":["b","a"],"visibility":"public"}}"#
    );
    let rules = read(&text).unwrap();
    assert_eq!(rules.to_bytes(), text.as_bytes());
    assert_eq!(Rules::parse(text.as_bytes()), Ok(rules));
    let spaced = text.replace(',', ", ");
    assert_eq!(Rules::parse(spaced.as_bytes()), Err(RulesError::NotCanonical));
    assert_eq!(Rules::parse(b"{}"), Err(RulesError::NotCanonical));
    assert_eq!(Rules::parse(b"{"), Err(RulesError::NotCanonical));
}

#[test]
fn refuses_what_is_no_rule() {
    let good = base64::encode_url(&key(1));
    let padded = base64::encode(&key(1));
    // The identity has order 1: it would accept one signature for every message.
    let weak = base64::encode_url(&core::array::from_fn::<u8, 32, _>(|i| u8::from(i == 0)));
    let many = vec!["\"t\""; 65].join(",");
    let long = format!("{{\"schemas\":{{\"t\":{{\"title\":\"{}\"}}}}}}", "x".repeat(33_000));
    let authors =
        |keys: &str, k: &str| format!("{{\"authors\":{{\"keys\":[{keys}],\"threshold\":{k}}}}}");
    for (text, error) in [
        ("[]".into(), RulesError::NotAnObject),
        ("null".into(), RulesError::NotAnObject),
        ("{\"x\":1}".into(), RulesError::UnknownMember),
        ("{\"visibility\":\"none\"}".into(), RulesError::Visibility),
        ("{\"visibility\":1}".into(), RulesError::Visibility),
        ("{\"types\":[]}".into(), RulesError::Types),
        ("{\"types\":\"a\"}".into(), RulesError::Types),
        ("{\"types\":[1]}".into(), RulesError::Types),
        ("{\"types\":[\"\"]}".into(), RulesError::Types),
        ("{\"types\":[\"a\",\"a\"]}".into(), RulesError::Types),
        ("{\"types\":[\"stateledger.x\"]}".into(), RulesError::Types),
        (format!("{{\"types\":[{many}]}}"), RulesError::Types),
        ("{\"authors\":[]}".into(), RulesError::Authors),
        ("{\"authors\":{\"keys\":[]}}".into(), RulesError::Authors),
        (authors("", "0"), RulesError::Authors),
        (authors(&format!("\"{good}\""), "0"), RulesError::Authors),
        (authors(&format!("\"{good}\""), "2"), RulesError::Authors),
        (authors(&format!("\"{good}\",\"{good}\""), "1"), RulesError::Authors),
        (authors(&format!("\"{padded}\""), "1"), RulesError::Authors),
        (authors(&format!("\"{weak}\""), "1"), RulesError::Authors),
        (authors("\"AAAA\"", "1"), RulesError::Authors),
        ("{\"payloadLimit\":-1}".into(), RulesError::PayloadLimit),
        ("{\"payloadLimit\":8388609}".into(), RulesError::PayloadLimit),
        ("{\"payloadLimit\":\"1\"}".into(), RulesError::PayloadLimit),
        ("{\"schemas\":[]}".into(), RulesError::Schemas),
        ("{\"schemas\":{\"stateledger.x\":{}}}".into(), RulesError::Schemas),
        ("{\"types\":[\"a\"],\"schemas\":{\"b\":{}}}".into(), RulesError::Schemas),
        (long, RulesError::TooLong),
    ] {
        assert_eq!(read(&text), Err(error), "{text}");
    }
}

#[test]
fn a_schema_that_cannot_be_bounded_is_refused() {
    let chain: String =
        (0..200).map(|n| format!("\"a{n}\":{{\"$ref\":\"#/$defs/a{}\"}},", n + 1)).collect();
    let doubled: String = (0..20)
        .map(|n| format!("\"a{n}\":{{\"anyOf\":[{{\"$ref\":\"#/$defs/a{0}\"}},{{\"$ref\":\"#/$defs/a{0}\"}}]}},", n + 1))
        .collect();
    let with = |defs: &str, last: u8| {
        format!("{{\"$ref\":\"#/$defs/a0\",\"$defs\":{{{defs}\"a{last}\":{{\"type\":\"null\"}}}}}}")
    };
    for (schema, error) in [
        ("1".into(), RulesError::Schema),
        ("{\"type\":\"thing\"}".into(), RulesError::Schema),
        ("{\"pattern\":\"(\"}".into(), RulesError::Schema),
        ("{\"pattern\":\"(?=a)\"}".into(), RulesError::Schema),
        ("{\"pattern\":\"(a)\\\\1\"}".into(), RulesError::Schema),
        ("{\"pattern\":\"((a{1000}){1000}){1000}\"}".into(), RulesError::Schema),
        (
            "{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}".into(),
            RulesError::SchemaKeyword,
        ),
        ("{\"$schema\":1}".into(), RulesError::SchemaKeyword),
        ("{\"unevaluatedProperties\":false}".into(), RulesError::SchemaKeyword),
        ("{\"items\":{\"$dynamicRef\":\"#a\"}}".into(), RulesError::SchemaKeyword),
        ("{\"items\":{\"$id\":\"https://example.com/x\"}}".into(), RulesError::SchemaKeyword),
        ("{\"$ref\":\"https://example.com/schema\"}".into(), RulesError::SchemaReference),
        ("{\"$ref\":\"file:///etc/passwd\"}".into(), RulesError::SchemaReference),
        ("{\"$ref\":\"#/$defs/none\"}".into(), RulesError::SchemaReference),
        ("{\"$ref\":\"#name\"}".into(), RulesError::SchemaReference),
        ("{\"items\":{\"$ref\":\"#\"}}".into(), RulesError::SchemaRecursive),
        (
            "{\"$defs\":{\"a\":{\"not\":{\"$ref\":\"#/$defs/a\"}}}}".into(),
            RulesError::SchemaRecursive,
        ),
        (with(&chain, 200), RulesError::SchemaCost),
        (with(&doubled, 20), RulesError::SchemaCost),
    ] {
        let text = format!("{{\"schemas\":{{\"t\":{schema}}}}}");
        assert_eq!(enforced(&text).err(), Some(error), "{schema}");
    }
}

/// Names of properties that look like keywords are no keywords.
#[test]
fn references_and_names_work_as_in_json_schema() {
    let rules = enforced(
        r##"{"schemas":{"t":{"$id":"https://example.com/t","$schema":"https://json-schema.org/draft/2020-12/schema",
            "type":"object","required":["id"],"additionalProperties":false,
            "properties":{"$id":{"$ref":"#/$defs/name"},"id":{"$ref":"#/$defs/name"},"$ref":{"const":1}},
            "$defs":{"name":{"type":"string","pattern":"^[a-z]+$"}}},
          "u":{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"null"}],"additionalItems":false},
          "v":false}}"##,
    )
    .unwrap();
    for (name, payload) in
        [("t", r#"{"id":"ab","$id":"c","$ref":1}"#), ("u", "[null]"), ("any", "{\"x\":[1e300]}")]
    {
        assert_eq!(rules.check(&record(name, payload)), Ok(()), "{payload}");
    }
    for (name, payload, at) in [
        ("t", "1", ""),
        ("t", "{}", ""),
        ("t", r#"{"id":"ab","x":1}"#, ""),
        ("t", r#"{"id":"AB"}"#, "/id"),
        ("u", "[null,1]", ""),
        ("v", "null", ""),
    ] {
        let mismatch = AppendError::SchemaMismatch { at: at.into() };
        assert_eq!(rules.check(&record(name, payload)), Err(mismatch), "{payload}");
    }
    let bytes =
        NewRecord { payload: Payload::bytes(b"{\"id\":\"ab\"}".to_vec()), ..record("t", "1") };
    assert_eq!(rules.check(&bytes).unwrap_err().code(), "schema-mismatch");
}

#[test]
fn each_rule_refuses_with_its_code() {
    let [a, b] = [key(1), key(2)];
    let rules = enforced(&format!(
        r#"{{"types":["t"],"payloadLimit":4,"authors":{{"keys":["{}","{}"],"threshold":2}}}}"#,
        base64::encode_url(&a),
        base64::encode_url(&b)
    ))
    .unwrap();
    let sig = |key| AuthorSignature { key, signature: [0; 64] };
    let signed = |record_type: &str, payload: &str, keys: &[[u8; 32]]| NewRecord {
        sigs: keys.iter().copied().map(sig).collect(),
        ..record(record_type, payload)
    };
    assert_eq!(rules.check(&signed("t", "1234", &[a, b, key(3)])), Ok(()));
    for (record, code) in [
        (signed("stateledger.t", "1", &[a, b]), "type-reserved"),
        (signed("u", "1", &[a, b]), "type-not-accepted"),
        (signed("t", "12345", &[a, b]), "payload-too-large"),
        (signed("t", "1", &[]), "author-threshold-not-met"),
        (signed("t", "1", &[a, a, key(3)]), "author-threshold-not-met"),
    ] {
        assert_eq!(rules.check(&record).unwrap_err().code(), code);
    }
}

/// The product of schema and payload is bounded before the payload is looked at.
#[test]
fn a_payload_that_would_cost_too_much_is_not_validated() {
    let properties: String = (0..1000).map(|n| format!("\"p{n}\":{{}},")).collect();
    let rules = enforced(&format!(
        "{{\"schemas\":{{\"t\":{{\"properties\":{{{properties}\"p\":{{}}}}}}}}}}"
    ))
    .unwrap();
    let long = |bytes: usize| record("t", &format!("\"{}\"", "x".repeat(bytes)));
    assert_eq!(rules.check(&long(100_000)), Ok(()));
    assert_eq!(rules.check(&long(300_000)), Err(AppendError::SchemaCost));
}
