//! `soak`: what is too long for every change: coverage, Miri, long fuzzing, mutants.

use crate::failure::{Failure, Outcome, could_not_run};
use crate::process::{check, program};
use crate::{coverage, fuzz, mutants, setup};

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run this part alone; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
}

type Part = (&'static str, fn() -> Outcome);

/// Quickest first.
const PARTS: [Part; 4] = [
    ("coverage", coverage::run),
    ("miri", miri),
    ("fuzz", || fuzz::run(&fuzz::Options { seconds: 600, only: Vec::new() })),
    ("mutants", || mutants::run(&mutants::Options { file: Vec::new() })),
];

pub(crate) fn run(options: &Options) -> Outcome {
    if let Some(unknown) =
        options.only.iter().find(|name| PARTS.iter().all(|part| part.0 != **name))
    {
        return could_not_run(format!(
            "no part {unknown}; they are {}",
            PARTS.map(|p| p.0).join(", ")
        ));
    }
    let asked = |name: &str| options.only.is_empty() || options.only.iter().any(|one| one == name);
    let mut failed = Vec::new();
    for (name, part) in PARTS.into_iter().filter(|part| asked(part.0)) {
        println!("== {name}");
        match part() {
            Ok(()) => println!("== {name} holds"),
            Err(Failure::DoesNotHold(why)) => {
                println!("== {name} does not hold: {why}");
                failed.push(name);
            }
            Err(obstacle) => return Err(obstacle),
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::DoesNotHold(failed.join(", "))) }
}

/// The kernel's unit tests in the interpreter that watches for undefined behaviour. It takes a
/// thousand times as long: random tests draw few cases, and the curve's arithmetic, which is a
/// library's, runs elsewhere.
fn miri() -> Outcome {
    let nightly = setup::nightly("miri")?;
    setup::nightly("rust-src")?;
    let mut cargo = program("cargo");
    cargo.args(["miri", "test", "--package", "stateledger-core", "--lib", "--"]);
    for long in MIRI_SKIPS {
        cargo.args(["--skip", long]);
    }
    cargo.env("RUSTUP_TOOLCHAIN", nightly).env_remove("CARGO").env_remove("RUSTC");
    // Random tests write what they find to a file.
    cargo.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", "2");
    cargo.env("CARGO_TARGET_DIR", crate::workspace::root().join("target/miri"));
    check(cargo)
}

/// Tests of the curve, and those that go through every tree up to some size.
const MIRI_SKIPS: [&str; 1] = ["ed25519::"];
