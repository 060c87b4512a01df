//! The JSON of a receipt. What verification answers is in tests/vectors.

use alloc::format;

use proptest::prelude::*;

use super::*;

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
