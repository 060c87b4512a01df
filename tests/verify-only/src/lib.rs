#![cfg(target_family = "wasm")]
#![no_std]
//! The smallest useful verifier: one receipt, one log key, Ed25519 and SHA-256.
//! `cargo xtask test --only size` builds, measures and caps it.
//!
//! Without the standard library, so that no panic brings its message and the
//! code that formats it.

extern crate alloc;

use alloc::string::String;
use core::panic::PanicInfo;

use rlsf::SmallGlobalTlsf;
use stateledger_core::receipt::verify_receipt_json;
use stateledger_core::trust::Trust;
use wasm_bindgen::prelude::wasm_bindgen;

#[global_allocator]
static ALLOCATOR: SmallGlobalTlsf = SmallGlobalTlsf::new();

#[panic_handler]
fn stop(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Verifies a receipt, its payload with it if it has one. Answers `ok`, or the
/// stable code of the refusal.
#[wasm_bindgen]
#[must_use]
pub fn verify_receipt(receipt: &[u8], log_key: &str) -> String {
    let code = match Trust::from_log_keys([log_key]) {
        Ok(trust) => match verify_receipt_json(receipt, &trust, None) {
            Ok(_) => "ok",
            Err(error) => error.code(),
        },
        Err(error) => error.code(),
    };
    code.into()
}
