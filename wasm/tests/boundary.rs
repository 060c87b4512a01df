//! The boundary as JavaScript sees it, in Node. What lies behind it is tested
//! natively in core and through the npm package; this is about the crossing.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "clippy's exception for tests knows #[test] alone")]

use js_sys::{Reflect, TypeError};
use stateledger_core::tree::{empty_root, leaf_hash};
use stateledger_wasm::{MerkleLog, Trust, verify_consistency, verify_inclusion, verify_inclusions};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

fn member(object: &JsValue, name: &str) -> String {
    Reflect::get(object, &name.into()).unwrap().as_string().unwrap()
}

fn assert_refused(result: Result<impl std::fmt::Debug, JsValue>, code: &str, step: &str) {
    let thrown = result.unwrap_err();
    assert_eq!(member(&thrown, "code"), code);
    assert_eq!(member(&thrown, "step"), step);
    assert!(!member(&thrown, "message").is_empty());
}

#[wasm_bindgen_test]
fn a_u64_crosses_whole() {
    let root = empty_root();
    let claim = |index, size| verify_inclusion(&root.0, index, size, &root.0, &[]);
    assert_refused(claim(u64::MAX, u64::MAX), "index-out-of-range", "inclusion");
    assert_refused(claim(u64::MAX - 1, u64::MAX), "inclusion-invalid", "inclusion");
}

#[wasm_bindgen_test]
fn a_refusal_is_a_plain_object_and_misuse_a_type_error() {
    let leaf = leaf_hash(b"a").0;
    assert_refused(verify_inclusion(&leaf, 0, 1, &leaf, &[0; 31]), "proof-ragged", "proof");
    assert_refused(verify_consistency(2, &leaf, 1, &leaf, &[]), "sizes-reversed", "inclusion");
    let misuse = [
        verify_inclusion(&leaf[1..], 0, 1, &leaf, &[]).unwrap_err(),
        verify_inclusions(&leaf, 1, &[0], &leaf, &[], &[1]).unwrap_err(),
        verify_inclusions(&leaf, 1, &[0], &leaf, &[0], &[0]).unwrap_err(),
        verify_inclusions(&leaf, 1, &[0, 0], &leaf, &[], &[0]).unwrap_err(),
        MerkleLog::from_leaf_hashes(&leaf[1..]).unwrap_err(),
    ];
    assert!(misuse.iter().all(JsCast::has_type::<TypeError>));
}

#[wasm_bindgen_test]
fn a_refusal_of_what_is_trusted_names_no_step() {
    let key = Trust::from_keys(b"x", &[1]).unwrap_err();
    let policy = Trust::from_policy(b"x").unwrap_err();
    for (thrown, code) in [(key, "key-malformed"), (policy, "policy-malformed")] {
        assert_eq!(member(&thrown, "code"), code);
        assert!(!Reflect::has(&thrown, &"step".into()).unwrap());
    }
}

#[wasm_bindgen_test]
fn a_log_proves_its_leaves() {
    let mut log = MerkleLog::from_entries(b"abbccc", &[1, 2, 3]).unwrap();
    assert_eq!(log.append(b"dddd"), 3);
    let root = log.root(4).unwrap();
    for (index, entry) in ["a", "bb", "ccc", "dddd"].into_iter().enumerate() {
        let proof = log.prove_inclusion(index as u64, 4).unwrap();
        let leaf = leaf_hash(entry.as_bytes()).0;
        verify_inclusion(&leaf, index as u64, 4, &root, &proof).unwrap();
    }
    assert_refused(log.prove_inclusion(4, 5), "node-missing", "inclusion");
}
