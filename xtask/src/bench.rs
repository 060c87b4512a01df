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
    /// With `edge`: fill one ledger to so many records and compare its last appends and reads with its first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(20_000..))]
    records: Option<u64>,
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
    /// The edge server on local workerd, against a bare Worker that inserts the same rows; and what the platform bills
    Edge,
}

/// What the harnesses of a suite print.
#[derive(Default)]
struct Measured {
    rows: Vec<Json>,
    /// Markdown to stand under the table.
    text: String,
}

pub(crate) fn run(options: &Options) -> Outcome {
    if options.records.is_some() && options.suite != Suite::Edge {
        return could_not_run("--records goes with edge");
    }
    let Measured { rows, text } = measure(options, &setup::run()?)?;
    let table = format!("{}\n\n{text}", report::table(&rows)?);
    let table = table.trim_end();
    println!("{table}");
    if let Some(path) = &options.json {
        let text = format!("{}\n", Json::Array(rows));
        std::fs::write(path, text).or_could_not_run(|| format!("writing {}", path.display()))?;
    }
    if options.update { report::update(options.suite, table) } else { Ok(()) }
}

fn measure(options: &Options, tools: &Tools) -> Outcome<Measured> {
    let quick = options.quick;
    let mut measured = Measured::default();
    match options.suite {
        Suite::Core => {
            build::package(tools)?;
            let scalar = build::scalar_package(tools)?;
            let mut node = script("node.mjs", &["core"]);
            node.arg("--scalar").arg(scalar);
            measured.rows.extend(rows_of(node, quick)?);
            let mut native = program("cargo");
            // The release profile links for size and takes minutes; speed is a matter of opt-level.
            native.args(["run", "--quiet", "--profile", "bench", "-p", "stateledger-bench", "--"]);
            measured.rows.extend(rows_of(native, quick)?);
        }
        Suite::Npm => {
            build::package(tools)?;
            measured.rows.extend(rows_of(script("node.mjs", &["npm"]), quick)?);
            let mut browser = script("chromium.mjs", &[]);
            browser.env(chromium::VARIABLE, chromium::ensure()?);
            measured.rows.extend(rows_of(browser, quick)?);
        }
        Suite::Edge => {
            build::all(tools)?;
            build::floor(tools)?;
            let mut edge = match options.records {
                None => script("edge.mjs", &[]),
                Some(records) => script("growth.mjs", &["--records", &records.to_string()]),
            };
            // It audits with this very program, instead of waiting for cargo's lock.
            edge.env("XTASK_BIN", workspace::own_program()?);
            measured = both_of(&printed_by(edge, quick)?)?;
        }
    }
    Ok(measured)
}

fn script(name: &str, arguments: &[&str]) -> Command {
    let mut node = program("node");
    node.arg(Path::new("tests/bench").join(name)).args(arguments);
    node
}

/// The rows that a harness prints as its last line.
fn rows_of(command: Command, quick: bool) -> Outcome<Vec<Json>> {
    match printed_by(command, quick)? {
        Json::Array(rows) => Ok(rows),
        other => could_not_run(format!("a harness printed something else than rows: {other}")),
    }
}

/// Rows, and the text beside them.
fn both_of(printed: &Json) -> Outcome<Measured> {
    let rows = printed.get("rows").and_then(Json::as_array);
    let text = printed.get("text").and_then(Json::as_str);
    match (rows, text) {
        (Some(rows), Some(text)) => Ok(Measured { rows: rows.clone(), text: text.to_owned() }),
        _ => could_not_run(format!("a harness printed something else than rows: {printed}")),
    }
}

/// The last line of a harness. It ends with 1 where contestants disagree, or a bound is not kept.
fn printed_by(mut command: Command, quick: bool) -> Outcome<Json> {
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
