//! Against a second writing of the format, and by breaking every byte.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::json::{self, Number};
use crate::tree::LeafIndex;

const MASTER: Salt = [0x5a; 32];
const SAMPLE: &str = r#"{"a":{"b":[1,"two",null],"c":{}},"d/e":[[]],"~":true,"é":-0.5}"#;
const POINTERS: [&str; 7] = ["/a/b/0", "/a/b/1", "/a/b/2", "/a/c", "/d~1e/0", "/~0", "/é"];

fn tree(payload: &str) -> FieldTree {
    FieldTree::new(&MASTER, payload.as_bytes()).unwrap()
}

/// Path and value of every field, written down without the walk under test.
fn fields(value: &Value) -> Vec<(Vec<Value>, Value)> {
    let children: Vec<(Value, &Value)> = match value {
        Value::Array(values) => {
            (0u32..).map(|i| Value::Number(i.into())).zip(values.iter()).collect()
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (Value::string(name.as_str()), value)).collect()
        }
        _ => Vec::new(),
    };
    if children.is_empty() {
        return vec![(Vec::new(), value.clone())];
    }
    let under = |(step, child): (Value, &Value)| {
        fields(child).into_iter().map(move |(mut path, value)| {
            path.insert(0, step.clone());
            (path, value)
        })
    };
    children.into_iter().flat_map(under).collect()
}

fn sha(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

/// The digest as FORMAT.md words it, with a recursion over halves.
fn reference(payload: &Value) -> [u8; 32] {
    let mut leaves: Vec<[u8; 32]> = fields(payload)
        .into_iter()
        .map(|(path, value)| {
            let path = Value::Array(path);
            let salt_input = [b"stateledger/field-salt/v1\0", &*path.to_canonical()].concat();
            let salt = hmac_sha256(&MASTER, &[&salt_input]);
            let field = Value::Array(vec![path, value]).to_canonical();
            sha(&[&[0], b"stateledger/field/v1\0", &salt, &field])
        })
        .collect();
    let mut width = 16;
    while width < leaves.len() {
        width *= 2;
    }
    for number in 0..(width - leaves.len()) as u64 {
        let input = [b"stateledger/field-padding/v1\0", &number.to_be_bytes()[..]].concat();
        leaves.push(hmac_sha256(&MASTER, &[&input]));
    }
    leaves.sort();
    let height = width.ilog2() as u8;
    sha(&[b"stateledger/fields/v1\0", &[height], &half(&leaves)])
}

fn half(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len() / 2);
            sha(&[&[1], &half(left), &half(right)])
        }
    }
}

fn pointer_of(path: &[Value]) -> String {
    let token = |step: &Value| match step.as_str() {
        Some(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        None => format!("/{}", step.as_u64().unwrap()),
    };
    path.iter().map(token).collect()
}

/// Digest, whole verification and the disclosure of every field.
fn check(payload: &Value) {
    let bytes = payload.to_canonical();
    let tree = FieldTree::new(&MASTER, &bytes).unwrap();
    let digest = tree.digest();
    assert_eq!(digest, reference(payload));
    assert_eq!(verify(&digest, &MASTER, &bytes), Ok(true));
    assert_eq!(verify(&digest, &[1; 32], &bytes), Ok(false));
    for (path, value) in fields(payload) {
        let disclosure = tree.disclose(&pointer_of(&path)).unwrap();
        assert_eq!(disclosure.value, value);
        assert_eq!(path_bytes(&disclosure.path), Value::Array(path).to_canonical());
        assert_eq!(verify_disclosure(&digest, &disclosure), Ok(()));
        assert_eq!(Disclosure::from_json(&disclosure.to_json()), Ok(disclosure));
    }
}

/// Every value of at most `budget` values over two names and two scalars.
fn small(budget: usize) -> Vec<Value> {
    let mut all = vec![Value::Null, Value::string(""), Value::object([]), Value::Array(vec![])];
    if budget > 1 {
        let inner = small(budget - 1);
        all.extend(inner.iter().map(|a| Value::Array(vec![a.clone()])));
        all.extend(inner.iter().map(|a| Value::object([("0", a.clone())])));
        all.extend(inner.iter().map(|a| Value::object([("", a.clone())])));
        for a in small(budget / 2) {
            for b in small(budget / 2) {
                all.push(Value::Array(vec![a.clone(), b.clone()]));
                all.push(Value::object([("0", a.clone()), ("", b)]));
            }
        }
    }
    all
}

#[test]
fn small_payloads_all_differ_and_all_disclose() {
    let payloads = small(4);
    let different: BTreeSet<_> = payloads.iter().map(Value::to_canonical).collect();
    let mut digests = BTreeSet::new();
    for payload in &payloads {
        check(payload);
        digests.insert(tree(&String::from_utf8(payload.to_canonical()).unwrap()).digest());
    }
    assert!(different.len() > 400, "{}", different.len());
    assert_eq!(digests.len(), different.len());
}

#[test]
fn the_sample_discloses_all_its_fields() {
    let payload = json::parse(SAMPLE.as_bytes()).unwrap();
    check(&payload);
    let pointers: Vec<_> = fields(&payload).iter().map(|(path, _)| pointer_of(path)).collect();
    assert_eq!(pointers, POINTERS);
}

/// Of each byte every other value, and every bit of it.
#[test]
fn any_byte_changed_is_refused() {
    let tree = tree(SAMPLE);
    let digest = tree.digest();
    let all: Vec<u8> = (1..=255).collect();
    let bits: Vec<u8> = (0..8).map(|bit| 1 << bit).collect();
    for (pointer, changes) in [("/é", all), ("/a/b/1", bits.clone()), ("/d~1e/0", bits)] {
        let good = tree.disclose(pointer).unwrap().to_json();
        let mut bytes = good.clone();
        for at in 0..good.len() {
            for change in &changes {
                bytes[at] = good[at] ^ change;
                let verified =
                    Disclosure::from_json(&bytes).and_then(|d| verify_disclosure(&digest, &d));
                assert!(verified.is_err(), "{pointer} {at} {change}");
            }
            bytes[at] = good[at];
            assert!(Disclosure::from_json(&good[..at]).is_err());
        }
        for bit in 0..256 {
            let mut digest = digest;
            digest[bit / 8] ^= 1 << (bit % 8);
            let disclosure = Disclosure::from_json(&good).unwrap();
            assert_eq!(verify_disclosure(&digest, &disclosure), Err(DisclosureError::Invalid));
        }
    }
}

/// Two payloads that share one field under one master salt: nothing in its
/// disclosure but the proof depends on the others, and sizes tell only powers of two.
#[test]
fn a_disclosure_tells_nothing_of_the_others() {
    let shown = |others: usize| {
        let others: String = (0..others).map(|i| format!(r#","secret{i:02}":{i}"#)).collect();
        tree(&format!(r#"{{"a":1{others}}}"#)).disclose("/a").unwrap()
    };
    let one = shown(0);
    for others in 0..40 {
        let disclosure = shown(others);
        let height = if others < 16 {
            4
        } else if others < 32 {
            5
        } else {
            6
        };
        assert_eq!(disclosure.proof.len(), height, "{others}");
        assert_eq!((&disclosure.path, disclosure.salt), (&one.path, one.salt));
        let text = String::from_utf8(disclosure.to_json()).unwrap();
        assert!(!text.contains("secret"));
        assert!(!text.contains(&crate::base64::encode(&MASTER)));
    }
}

/// The first field of some payloads, and the only one of others: it stands anywhere.
#[test]
fn the_position_depends_on_the_salt_alone() {
    for payload in [r#"{"a":1}"#, r#"{"a":1,"b":2,"c":3,"d":4,"e":5}"#] {
        let place = |n: u8| {
            let tree = FieldTree::new(&[n; 32], payload.as_bytes()).unwrap();
            tree.disclose("/a").unwrap().index.get()
        };
        let places: BTreeSet<u64> = (0..=255).map(place).collect();
        assert_eq!(places, (0..16).collect(), "{payload}");
    }
}

#[test]
fn salts_differ_and_are_not_the_master() {
    let tree = tree(SAMPLE);
    let salts: BTreeSet<_> = POINTERS.iter().map(|p| tree.disclose(p).unwrap().salt).collect();
    assert_eq!(salts.len(), POINTERS.len());
    assert!(!salts.contains(&MASTER));
    assert!(!format!("{tree:?}").contains("90, 90"));
}

#[test]
fn pointers_lead_to_fields_only() {
    let tree = tree(SAMPLE);
    let cases = [
        ("", FieldsError::NotAField),
        ("/a", FieldsError::NotAField),
        ("/d~1e", FieldsError::NotAField),
        ("/x", FieldsError::Missing),
        ("/a/b/3", FieldsError::Missing),
        ("/a/b/00", FieldsError::Missing),
        ("/a/b/-", FieldsError::Missing),
        ("/a/b/+1", FieldsError::Missing),
        ("/a/b/", FieldsError::Missing),
        ("/a/b/4294967296", FieldsError::Missing),
        ("/a/b/0/", FieldsError::Missing),
        ("/a/c/x", FieldsError::Missing),
        ("a", FieldsError::Pointer),
        ("#/a", FieldsError::Pointer),
        ("/~", FieldsError::Pointer),
        ("/~2", FieldsError::Pointer),
        ("/~0~", FieldsError::Pointer),
    ];
    for (pointer, error) in cases {
        assert_eq!(tree.disclose(pointer).unwrap_err(), error, "{pointer}");
        assert!(!error.to_string().is_empty());
    }
    let tilde = FieldTree::new(&MASTER, br#"{"~1":{"":0}}"#).unwrap();
    assert_eq!(tilde.disclose("/~01/").unwrap().value, Value::Number(0.into()));
}

#[test]
fn payloads_beyond_the_limits_are_refused() {
    let limited = |payload: String| commit(&MASTER, payload.as_bytes()).map(|_| ());
    let zeros = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert_eq!(limited(zeros(MAX_FIELDS)), Ok(()));
    assert_eq!(limited(zeros(MAX_FIELDS + 1)), Err(FieldsError::TooManyFields));
    // `["x...x"]` and `["x...x",0]`: 4 bytes and 2 more around and between.
    let named = |length: usize, value: &str| format!(r#"{{"{}":{value}}}"#, "x".repeat(length));
    assert_eq!(limited(named(1020, "0")), Ok(()));
    assert_eq!(limited(named(1021, "0")), Err(FieldsError::PathTooLong));
    assert_eq!(limited(named(1018, "[0]")), Ok(()));
    assert_eq!(limited(named(1019, "[0]")), Err(FieldsError::PathTooLong));
    let long = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    assert_eq!(limited(long(MAX_VALUE_BYTES + 1)), Err(FieldsError::ValueTooLong));
    assert_eq!(limited("{ }".into()), Err(FieldsError::NotCanonical));
    assert_eq!(limited("{".into()), Err(FieldsError::Json(JsonError::Syntax)));
}

#[test]
fn the_largest_disclosure_is_read_back() {
    let long = format!(r#"{{"{}":"{}"}}"#, "x".repeat(1020), "x".repeat(MAX_VALUE_BYTES - 2));
    let disclosure = tree(&long).disclose(&format!("/{}", "x".repeat(1020))).unwrap();
    assert_eq!(Disclosure::from_json(&disclosure.to_json()), Ok(disclosure));
    let wide = format!("[{}0]", "0,".repeat(MAX_FIELDS - 1));
    let tree = tree(&wide);
    let disclosure = tree.disclose("/65535").unwrap();
    assert_eq!(disclosure.proof.len(), usize::from(MAX_HEIGHT));
    assert_eq!(verify_disclosure(&tree.digest(), &disclosure), Ok(()));
    let beyond = vec![b' '; MAX_DISCLOSURE_BYTES + 1];
    assert_eq!(Disclosure::from_json(&beyond), Err(DisclosureError::TooLarge));
}

/// What a parser refuses is refused too where it was put together by hand.
#[test]
fn disclosures_made_by_hand_are_checked() {
    let tree = tree(SAMPLE);
    let good = tree.disclose("/~0").unwrap();
    let with = |change: &dyn Fn(&mut Disclosure)| {
        let mut bad = good.clone();
        change(&mut bad);
        let error = verify_disclosure(&tree.digest(), &bad).unwrap_err();
        assert_eq!(Disclosure::from_json(&bad.to_json()), Err(error));
        error
    };
    let long = |d: &mut Disclosure| d.path = vec![Step::Name("x".repeat(1021))];
    assert_eq!(with(&long), DisclosureError::Path);
    assert_eq!(with(&|d| d.path = vec![Step::Index(0); 65]), DisclosureError::Path);
    assert_eq!(with(&|d| d.value = Value::Array(vec![Value::Null])), DisclosureError::Value);
    assert_eq!(with(&|d| d.value = Value::object([("", Value::Null)])), DisclosureError::Value);
    assert_eq!(with(&|d| d.proof.truncate(3)), DisclosureError::Proof);
    assert_eq!(with(&|d| d.proof.resize(17, Hash([0; 32]))), DisclosureError::Proof);
    assert_eq!(with(&|d| d.index = LeafIndex::new(16)), DisclosureError::Proof);
    assert_eq!(with(&|d| d.index = LeafIndex::new(u64::MAX)), DisclosureError::Proof);
    let invalid = |change: &dyn Fn(&mut Disclosure)| {
        let mut bad = good.clone();
        change(&mut bad);
        verify_disclosure(&tree.digest(), &bad).unwrap_err()
    };
    assert_eq!(invalid(&|d| d.salt = MASTER), DisclosureError::Invalid);
    assert_eq!(invalid(&|d| d.value = Value::Bool(false)), DisclosureError::Invalid);
    assert_eq!(invalid(&|d| d.path.push(Step::Index(0))), DisclosureError::Invalid);
    assert_eq!(invalid(&|d| d.proof.push(Hash([0; 32]))), DisclosureError::Invalid);
}

/// A name that looks like a position is none.
#[test]
fn names_and_positions_differ() {
    let (array, object) = (tree("[1]"), tree(r#"{"0":1}"#));
    assert_ne!(array.digest(), object.digest());
    let mut disclosure = array.disclose("/0").unwrap();
    disclosure.path = object.disclose("/0").unwrap().path;
    assert_eq!(verify_disclosure(&array.digest(), &disclosure), Err(DisclosureError::Invalid));
}

fn payload() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<u32>().prop_map(|n| Value::Number(Number::from(n))),
        "[a-z~/\"\\\\é]{0,6}".prop_map(Value::String),
    ];
    scalar.prop_recursive(5, 60, 8, |inner| {
        let name = "[a-c0-2~/\"é]{0,3}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::btree_map(name, inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_payload_commits_and_discloses(payload in payload()) {
        check(&payload);
    }

    #[test]
    fn any_bytes_and_pointers_end(bytes: Vec<u8>, pointer: String) {
        let _ = Disclosure::from_json(&bytes);
        let _ = tree(SAMPLE).disclose(&pointer);
    }
}
