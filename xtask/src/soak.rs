//! `soak`: what is too long for every change: coverage, Miri, long fuzzing, load, mutants.

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::process::{check, program};
use crate::{build, coverage, fuzz, mutants, setup, workspace};

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run this part alone; may be repeated
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// How long the edge server is under load
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
}

type Part = (&'static str, fn(&Options) -> Outcome);

/// Quickest first.
const PARTS: [Part; 5] = [
    ("coverage", |_| coverage::run()),
    ("miri", |_| miri()),
    ("edge", edge),
    ("fuzz", |_| fuzz::run(&fuzz::Options { seconds: 600, only: Vec::new() })),
    ("mutants", |_| mutants::run(&mutants::Options { file: Vec::new(), resume: false })),
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
        match part(options) {
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

/// Mixed load on real workerd: memory flat, no append stalled, no queue that grows.
fn edge(options: &Options) -> Outcome {
    build::all(&setup::run()?)?;
    let mut node = program("node");
    node.arg("tests/reliability/soak.mjs").args(["--minutes", &options.minutes.to_string()]);
    // It audits with this very program, instead of waiting for cargo's lock.
    node.env("XTASK_BIN", workspace::own_program()?);
    let status = node.status().or_could_not_run(|| "running soak.mjs".into())?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Failure::DoesNotHold("under load: what must hold does not".into())),
        _ => could_not_run(format!("soak.mjs ended with {status}")),
    }
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
    cargo.env("CARGO_TARGET_DIR", workspace::root().join("target/miri"));
    check(cargo)
}

/// Tests of the curve, and those that go through every tree up to some size.
const MIRI_SKIPS: [&str; 1] = ["ed25519::"];
