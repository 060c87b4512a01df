//! `fuzz`: every target of tests/fuzz for a while, from the vectors and what earlier runs found.

mod seeds;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build;
use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::process::{check_quietly, program, run_quietly};
use crate::setup::{self, Extra};
use crate::workspace;

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub(crate) seconds: u32,
    /// Run this target alone; may be repeated
    #[arg(long, value_name = "TARGET")]
    pub(crate) only: Vec<String>,
}

/// The package of the targets.
const FOLDER: &str = "tests/fuzz";

/// The longest input: some parsers' bounds are beyond it, but nothing new happens there.
const MOST_BYTES: u32 = 16 * 1024;

/// How libFuzzer ends when an input took too long or too much memory, or broke the target.
const FINDINGS: [i32; 3] = [70, 71, 77];

pub(crate) fn run(options: &Options) -> Outcome {
    let targets = chosen(&options.only)?;
    let tools = setup::run()?;
    let fuzz = setup::extra(Extra::Fuzz)?;
    let nightly = setup::nightly("rust-src")?;
    let guest = build_guest()?;
    drop(tools);
    compile(&fuzz, nightly)?;
    let mut broken = Vec::new();
    for target in targets {
        let mut command = target_command(&target, options.seconds)?;
        command.env("STATELEDGER_FUZZ_GUEST", &guest);
        let title = format!("Fuzzing {target} for {} s", options.seconds);
        match check_quietly(&title, command, &FINDINGS) {
            Ok(()) => {}
            Err(Failure::DoesNotHold(_)) => broken.push(target),
            // It did not start: no answer, not a finding.
            Err(obstacle) => return Err(obstacle),
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    let inputs = build::folder().join("fuzz/findings");
    Err(Failure::DoesNotHold(format!(
        "{} broke; the inputs are in {}",
        broken.join(", "),
        inputs.display()
    )))
}

/// The targets that the package lists, or those that were asked for.
fn chosen(only: &[String]) -> Outcome<Vec<String>> {
    let manifest = workspace::read_toml(&workspace::root().join(FOLDER).join("Cargo.toml"))?;
    let bins = manifest.get("bin").and_then(toml::Value::as_array);
    let names = bins.into_iter().flatten().filter_map(|bin| bin.get("name")?.as_str());
    let all: Vec<String> = names.map(str::to_owned).collect();
    if let Some(unknown) = only.iter().find(|name| !all.contains(name)) {
        return could_not_run(format!("no target {unknown}; the targets are {}", all.join(", ")));
    }
    if only.is_empty() { Ok(all) } else { Ok(only.to_vec()) }
}

/// The kernel as a wasm module, which one target compares with the native one.
fn build_guest() -> Outcome<PathBuf> {
    let mut cargo = program("cargo");
    cargo.args(["build", "--release", "--target", "wasm32-unknown-unknown"]);
    cargo.args(["-p", "stateledger-fuzz-guest", "--manifest-path"]);
    cargo.arg(Path::new(FOLDER).join("Cargo.toml")).arg("--target-dir").arg(target_folder());
    run_quietly("Building the wasm module to compare with", cargo)?;
    Ok(target_folder().join("wasm32-unknown-unknown/release/stateledger_fuzz_guest.wasm"))
}

fn compile(fuzz: &Path, nightly: &str) -> Outcome {
    let mut command = program(fuzz);
    command.args(["fuzz", "build", "--fuzz-dir", FOLDER, "--target-dir"]).arg(target_folder());
    // There is no unsafe code for a sanitizer to watch; overflows and bounds are checked anyway.
    command.args(["--sanitizer", "none"]);
    // The cargo that runs us has named itself and its toolchain.
    command.env("RUSTUP_TOOLCHAIN", nightly).env_remove("CARGO").env_remove("RUSTC");
    match run_quietly("Building the fuzz targets", command) {
        Ok(()) => Ok(()),
        Err(why) => could_not_run(format!(
            "the fuzz targets do not build (libFuzzer needs a C++ compiler): {}",
            why.message()
        )),
    }
}

fn target_command(target: &str, seconds: u32) -> Outcome<Command> {
    let folder = build::folder().join("fuzz");
    let (corpus, seeds) = (folder.join("corpus").join(target), folder.join("seeds").join(target));
    let findings = folder.join("findings");
    for folder in [&corpus, &seeds, &findings] {
        std::fs::create_dir_all(folder)
            .or_could_not_run(|| format!("creating {}", folder.display()))?;
    }
    seeds::write(target, &seeds)?;
    let built = target_folder().join(host()?).join("release").join(target);
    let mut command = program(built);
    command.arg(&corpus).arg(&seeds);
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={MOST_BYTES}"));
    command.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    command.arg(format!("-artifact_prefix={}/{target}-", findings.display()));
    Ok(command)
}

fn target_folder() -> PathBuf {
    workspace::root().join("target/fuzz")
}

/// The machine's own target, where cargo-fuzz puts what it builds.
fn host() -> Outcome<String> {
    let mut rustc = program("rustc");
    rustc.arg("-vV");
    let answer = crate::process::answer_of(rustc).unwrap_or_default();
    match answer.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => could_not_run("rustc does not say which machine this is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_its_file_and_its_seeds() {
        let all = chosen(&[]).unwrap();
        assert!(all.len() > 15, "{all:?}");
        for target in &all {
            let file = workspace::root().join(FOLDER).join("targets").join(format!("{target}.rs"));
            assert!(file.is_file(), "{}", file.display());
            let folder = tempfile::tempdir().unwrap();
            seeds::write(target, folder.path()).unwrap();
            assert!(folder.path().read_dir().unwrap().count() > 0, "{target} has no seeds");
        }
        assert_eq!(chosen(&["nonsense".into()]).unwrap_err().exit_code(), 2);
    }
}
