#![cfg(target_arch = "wasm32")]
//! Every vector of `tests/vectors` through the kernel as WebAssembly, for any host that runs it: the answers are those that it
//! gives natively. The package runs all but what servers alone do; here nothing is left out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![allow(dead_code, unused_imports, reason = "what writes the vectors runs natively")]

use stateledger_core::json::{self, Value};
use wasm_bindgen::prelude::wasm_bindgen;

#[path = "../../../core/tests/vectors/bundles.rs"]
mod bundles;
#[path = "../../../core/tests/vectors/entries.rs"]
mod entries;
#[path = "../../../core/tests/vectors/receipts.rs"]
mod receipts;
#[path = "../../../core/tests/vectors/run.rs"]
mod run;
#[path = "../../../core/tests/vectors/world.rs"]
mod world;

/// Runs one file of vectors: its name without the ending, and its text. Answers how each case went, in order: empty
/// where it gave the code that it expects, else both codes.
#[wasm_bindgen]
#[must_use]
pub fn judge(file: &str, text: &str) -> Vec<String> {
    let stored = json::parse(text.as_bytes()).unwrap();
    let cases = stored.get("cases").and_then(Value::as_array).unwrap();
    cases.iter().map(|case| complaint(file, case)).collect()
}

fn complaint(file: &str, case: &Value) -> String {
    let (expected, got) = (run::text(case, "expect"), run::answer(file, case));
    if got == expected {
        return String::new();
    }
    format!("{file}: {}: expected {expected}, got {got}", run::text(case, "name"))
}
