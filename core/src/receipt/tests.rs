//! The JSON of a receipt. What verification answers is in tests/vectors.

use alloc::format;

use proptest::prelude::*;

use super::*;
use crate::ed25519::{PublicKey, SigningKey};
use crate::note::{KeyError, VerifierKey};
use crate::trust::Trust;

const GOOD: &str = r#"{"entry":"AQID","payload":"BAU=","proof":"p\n","salt":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}"#;

fn receipt() -> Receipt {
    Receipt {
        entry: [1, 2, 3].into(),
        proof: "p\n".into(),
        payload: Some([4, 5].into()),
        salt: Some([7; 32]),
    }
}

#[test]
fn bundles_round_trip() {
    assert_eq!(Receipt::from_json(GOOD.as_bytes()), Ok(receipt()));
    assert_eq!(receipt().to_json(), GOOD.as_bytes());
    let spaced = GOOD.replace(':', " : ").replace(',', "\n,\t").replace('{', " { ");
    assert_eq!(Receipt::from_json(spaced.as_bytes()), Ok(receipt()));
    let bare = Receipt { payload: None, salt: None, ..receipt() };
    assert_eq!(Receipt::from_json(&bare.to_json()), Ok(bare));
}

#[test]
fn names_are_stable() {
    assert_eq!(
        Step::ALL.map(Step::name),
        [
            "receipt",
            "proof",
            "checkpoint",
            "origin",
            "signatures",
            "quorum",
            "inclusion",
            "entry",
            "authors",
            "payload"
        ]
    );
    let statuses = [PayloadStatus::Verified, PayloadStatus::Absent];
    assert_eq!(statuses.map(PayloadStatus::name), ["verified", "absent"]);
    assert_eq!(NotChecked::Completeness.name(), "completeness");
    assert_eq!(NotChecked::Exporter.name(), "exporter");
}

#[test]
fn what_is_demanded_is_checked() {
    let open = |trust: &Trust, payload| {
        not_checked(trust, payload).into_iter().map(NotChecked::name).collect::<Vec<_>>()
    };
    let key = |kind: fn(&str, PublicKey) -> Result<VerifierKey, KeyError>| {
        kind("o", SigningKey::from_seed(&[1; 32]).public_key()).unwrap().to_text()
    };
    let bare = Trust::from_log_keys([key(VerifierKey::log).as_str()]).unwrap();
    assert_eq!(
        open(&bare, PayloadStatus::Absent),
        ["witness", "author", "payload", "freshness", "append-only"]
    );
    let (log, witness) = (key(VerifierKey::log), key(VerifierKey::witness));
    let policy = format!("log {log}\nwitness w {witness}\nquorum w\n");
    let author = SigningKey::from_seed(&[2; 32]).public_key();
    let all = Trust::from_policy(policy.as_bytes()).unwrap().with_max_age(1, 1);
    let all = all.with_authors([&author.as_bytes()[..]], 1).unwrap();
    assert_eq!(open(&all, PayloadStatus::Verified), ["append-only"]);
}

#[test]
fn one_change_names_its_reason() {
    let member = |error| ReceiptError::Member(error);
    let cases = [
        (r#""entry":"AQID","#, "", member(MemberError::Missing("entry"))),
        (r#","proof":"p\n""#, "", member(MemberError::Missing("proof"))),
        (r#""AQID""#, "1", member(MemberError::Invalid("entry"))),
        (r#""BAU=""#, "null", member(MemberError::Invalid("payload"))),
        (r#""p\n""#, "[]", member(MemberError::Invalid("proof"))),
        (r#"{"entry""#, r#"{"x":1,"entry""#, member(MemberError::Unknown)),
        (r#"{"entry""#, r#"{"entry":"","entry""#, ReceiptError::Json(JsonError::DuplicateMember)),
        ("}", "", ReceiptError::Json(JsonError::Syntax)),
        ("AQID", "AQI", ReceiptError::Base64),
        ("BAU=", "BAU", ReceiptError::Base64),
        ("BAU=", "BAV=", ReceiptError::Base64),
        ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", "Bwc=", ReceiptError::SaltLength),
    ];
    for (from, to, error) in cases {
        let bad = GOOD.replacen(from, to, 1);
        assert_ne!(bad, GOOD, "{from}");
        assert_eq!(Receipt::from_json(bad.as_bytes()), Err(error), "{from} -> {to}");
        assert_eq!(error.code(), "receipt-malformed");
        assert!(!format!("{error}").is_empty());
    }
    let not_an_object = Receipt::from_json(b"[]");
    assert_eq!(not_an_object, Err(member(MemberError::Invalid("receipt"))));
    let long = alloc::vec![b' '; MAX_RECEIPT_BYTES + 1];
    assert_eq!(Receipt::from_json(&long), Err(ReceiptError::TooLarge));
}

proptest! {
    #[test]
    fn any_receipt_round_trips(
        entry: Vec<u8>, proof: String, payload: Option<Vec<u8>>, salt: Option<[u8; 32]>,
    ) {
        let receipt = Receipt { entry, proof, payload, salt };
        prop_assert_eq!(Receipt::from_json(&receipt.to_json()), Ok(receipt));
    }

    #[test]
    fn a_mangled_byte_never_panics(at in 0usize..200, byte: u8) {
        let mut bytes = GOOD.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = Receipt::from_json(&bytes);
    }
}
