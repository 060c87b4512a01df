//! The kernel, natively, against other crates: prints rows as `cargo xtask bench` reports them, as
//! one line of JSON. `--quick` takes little of everything, to see that all contestants agree.
#![allow(clippy::print_stdout, reason = "a command's answer goes to stdout")]

mod contests;
mod harness;

use std::process::ExitCode;

use contests::Amounts;
use serde_json::Value as Json;

/// Rounds of the interleaved run, as many as in the JavaScript harness.
const ROUNDS: usize = 11;

fn main() -> ExitCode {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (amounts, rounds) = if quick { (Amounts::SMALL, 1) } else { (Amounts::FULL, ROUNDS) };
    let run = || -> Result<Vec<Json>, String> {
        let mut rows = harness::run(contests::roots(amounts), rounds)?;
        rows.extend(harness::run(contests::inclusions(amounts)?, rounds)?);
        rows.extend(harness::run(contests::signatures(amounts)?, rounds)?);
        Ok(rows)
    };
    match run() {
        Ok(rows) => {
            println!("{}", Json::Array(rows));
            ExitCode::SUCCESS
        }
        Err(disagreement) => {
            eprintln!("{disagreement}");
            ExitCode::FAILURE
        }
    }
}
