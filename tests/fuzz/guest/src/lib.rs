//! What the kernel answers to any bytes: the same in wasm as natively, which a fuzz target compares.

mod answer;
#[cfg(target_arch = "wasm32")]
mod exports;
mod verdicts;

pub use answer::{KINDS, answer};
pub use verdicts::{chain_rows, trust};
