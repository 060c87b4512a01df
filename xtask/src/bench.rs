//! `bench`: what this repository's code does beside its peers, all of them in one interleaved run.
//!
//! Rows are made by the harnesses in tests/bench, which time nobody before all have answered alike
//! on a good and on a tampered input. Machines differ, so what is kept are ratios.

mod report;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::build;
use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::process::{output_of, program};
use crate::setup::{self, Tools};
use crate::test::chromium;
use crate::workspace;

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    suite: Suite,
    /// Write the rows to this file as a JSON list
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Little of everything and one sample: that all agree, not how fast they are
    #[arg(long)]
    quick: bool,
    /// Put the table into BENCHMARKS.md
    #[arg(long, conflicts_with = "quick")]
    update: bool,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Suite {
    /// The kernel: in wasm against its own scalar build and npm packages, natively against crates
    Core,
    /// The npm package, in Node and in Chromium
    Npm,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let rows = measure(options.suite, &setup::run()?, options.quick)?;
    let table = report::table(&rows)?;
    println!("{table}");
    if let Some(path) = &options.json {
        let text = format!("{}\n", Json::Array(rows));
        std::fs::write(path, text).or_could_not_run(|| format!("writing {}", path.display()))?;
    }
    if options.update { report::update(options.suite, &table) } else { Ok(()) }
}

fn measure(suite: Suite, tools: &Tools, quick: bool) -> Outcome<Vec<Json>> {
    build::package(tools)?;
    let mut rows = Vec::new();
    match suite {
        Suite::Core => {
            let scalar = build::scalar_package(tools)?;
            let mut node = script("node.mjs", &["core"]);
            node.arg("--scalar").arg(scalar);
            rows.extend(rows_of(node, quick)?);
            let mut native = program("cargo");
            // The release profile links for size and takes minutes; speed is a matter of opt-level.
            native.args(["run", "--quiet", "--profile", "bench", "-p", "stateledger-bench", "--"]);
            rows.extend(rows_of(native, quick)?);
        }
        Suite::Npm => {
            rows.extend(rows_of(script("node.mjs", &["npm"]), quick)?);
            let mut browser = script("chromium.mjs", &[]);
            browser.env(chromium::VARIABLE, chromium::ensure()?);
            rows.extend(rows_of(browser, quick)?);
        }
    }
    Ok(rows)
}

fn script(name: &str, arguments: &[&str]) -> Command {
    let mut node = program("node");
    node.arg(Path::new("tests/bench").join(name)).args(arguments);
    node
}

/// The rows that a harness prints as its last line. It ends with 1 where contestants disagree.
fn rows_of(mut command: Command, quick: bool) -> Outcome<Vec<Json>> {
    command.args(quick.then_some("--quick"));
    let name = command.get_program().to_string_lossy().into_owned();
    let (status, text) = output_of(command)?;
    match status.code() {
        Some(0) => {}
        Some(1) => return Err(Failure::DoesNotHold("the contestants do not agree".into())),
        _ => return could_not_run(format!("{name} ended with {status}")),
    }
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).or_could_not_run(|| format!("reading the rows of {name}"))
}

/// The file that `--update` writes.
fn document() -> PathBuf {
    workspace::root().join("BENCHMARKS.md")
}
