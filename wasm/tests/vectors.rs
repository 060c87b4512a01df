//! Every vector of tests/vectors through the kernel as WebAssembly, in Node: the answers are those that it gives
//! natively. The package runs all but what servers alone do; here nothing is left out.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's exception for tests knows #[test] alone"
)]
#![allow(dead_code, reason = "what writes the vectors runs natively")]

use stateledger_core::json::{self, Value};
use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../core/tests/vectors/bundles.rs"]
mod bundles;
#[path = "../../core/tests/vectors/entries.rs"]
mod entries;
#[path = "../../core/tests/vectors/receipts.rs"]
mod receipts;
#[path = "../../core/tests/vectors/run.rs"]
mod run;
#[path = "../../core/tests/vectors/world.rs"]
mod world;

/// The files, by name; npm/test/vectors.test.mjs demands that none is missing.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../tests/vectors/", $name, ".json")))),*]
    };
}

#[wasm_bindgen_test]
fn every_case_answers_its_code() {
    let files = files![
        "audit-bundle",
        "author-signature",
        "batch-proof",
        "checkpoint",
        "commitment",
        "disclosure",
        "entry",
        "fields",
        "json",
        "key-derivation",
        "legacy-chain",
        "note",
        "policy",
        "range",
        "receipt",
        "signature",
        "subtree-consistency",
        "subtree-inclusion",
        "tile-entries",
        "tile-path",
        "tlog-proof",
        "tlog-witness",
        "tree-consistency",
        "tree-inclusion",
    ];
    for (file, text) in files {
        let stored = json::parse(text.as_bytes()).unwrap();
        let cases = stored.get("cases").and_then(Value::as_array).unwrap();
        assert!(!cases.is_empty(), "{file}");
        for case in cases {
            assert_eq!(run::answer(file, case), run::text(case, "expect"), "{file}: {case:?}");
        }
    }
}
