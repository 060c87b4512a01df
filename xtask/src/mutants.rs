//! `mutants`: changes the kernel's deciding modules in small ways; a test must notice each change.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build;
use crate::failure::{Failure, Outcome, could_not_run};
use crate::process::{output_of, program};
use crate::setup::{self, Extra};
use crate::workspace;

/// Files that the same tests judge: the fewer are built and run, the sooner hundreds of mutants are through.
#[derive(Debug)]
struct Group {
    name: &'static str,
    files: &'static [&'static str],
    /// What is built: `--lib` has the unit tests.
    binaries: &'static [&'static str],
    /// Parts of the names of the tests that run.
    tests: &'static [&'static str],
}

/// What decides whether a proof, a note or a checkpoint holds.
const GROUPS: [Group; 2] = [
    Group {
        name: "trees",
        files: &[
            "core/src/tree/batch.rs",
            "core/src/tree/compact.rs",
            "core/src/tree/many.rs",
            "core/src/tree/mod.rs",
            "core/src/tree/prove.rs",
            "core/src/tree/range.rs",
            "core/src/tree/subtree.rs",
            "core/src/tree/verify.rs",
        ],
        binaries: &["--lib"],
        tests: &["tree::"],
    },
    Group {
        name: "notes",
        files: &[
            "core/src/checkpoint.rs",
            "core/src/cosignature.rs",
            "core/src/note.rs",
            "core/src/note/key.rs",
            "core/src/receipt/verify.rs",
        ],
        binaries: &["--lib", "--test=vectors"],
        tests: &[
            "note::",
            "checkpoint::",
            "cosignature::",
            "receipt::",
            "receipts::",
            "trust::",
            "proof::",
            "witness::",
            "every_case",
        ],
    },
];

/// Memory of a compiler or of a test.
const MOST_KIB: u32 = 8 * 1024 * 1024;

/// Mutants that may live: one a line, without its place in the file, ` | ` and the reason.
const ACCEPTED: &str = "tests/mutants.txt";

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Change this file alone; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Vec<String>,
    /// Leave out what the last run with the same output caught: after an interruption, or for what lived
    #[arg(long)]
    pub(crate) resume: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let groups = chosen(&options.file)?;
    let accepted = accepted(&workspace::read(&workspace::root().join(ACCEPTED))?)?;
    let tool = setup::extra(Extra::Mutants)?;
    let mut alive = Vec::new();
    for (group, files) in groups {
        let output = build::folder().join("mutants").join(group.name);
        let (status, text) = output_of(command(&tool, group, &files, &output, options.resume))?;
        println!("{}", text.trim_end());
        // 2: some live; 3: some ran out of time. Anything else is no answer.
        if !matches!(status.code(), Some(0 | 2 | 3)) {
            return could_not_run(format!("cargo-mutants ended with {status}"));
        }
        alive.extend(survivors(&output.join("mutants.out"), &accepted)?);
    }
    if alive.is_empty() {
        return Ok(());
    }
    Err(Failure::DoesNotHold(format!("no test notices:\n{}", alive.join("\n"))))
}

fn command(tool: &Path, group: &Group, files: &[&str], output: &Path, resume: bool) -> Command {
    let _ = std::fs::create_dir_all(output);
    let mut command = program("sh");
    // A mutant may allocate in a loop.
    command.args(["-c", &format!("ulimit -v {MOST_KIB} && exec \"$@\""), "sh"]).arg(tool);
    command.args(["mutants", "--package", "stateledger-core", "--colors", "never"]);
    // One at a time: a mutant that loops must not slow another into its time limit.
    command.args(["--jobs", "1", "--timeout", "30", "--output"]).arg(output);
    command.args(["--profile", "mutants"]);
    if resume {
        command.arg("--iterate");
    }
    for file in files {
        command.args(["--file", file]);
    }
    for binary in group.binaries {
        command.args(["--cargo-arg", binary]);
    }
    command.args(["--", "--"]).args(group.tests);
    command.env("STATELEDGER_SMALL_TREES", "1").env("PROPTEST_CASES", "32");
    // The copies of the repository differ in their path alone: what they depend on is built once.
    command.env("CARGO_TARGET_DIR", workspace::root().join("target/mutants")).env_remove("CARGO");
    command
}

/// The files asked for, or all, by group.
fn chosen(asked: &[String]) -> Outcome<Vec<(&'static Group, Vec<&'static str>)>> {
    let all = || GROUPS.iter().flat_map(|group| group.files).copied();
    if let Some(unknown) = asked.iter().find(|file| all().all(|known| known != *file)) {
        let known: Vec<_> = all().collect();
        return could_not_run(format!("{unknown} is not one of {}", known.join(", ")));
    }
    let wanted = |file: &&str| asked.is_empty() || asked.iter().any(|one| one == *file);
    let of = |group: &'static Group| (group, group.files.iter().copied().filter(wanted).collect());
    Ok(GROUPS.iter().map(of).filter(|(_, files): &(_, Vec<_>)| !files.is_empty()).collect())
}

/// The mutants that may live.
fn accepted(text: &str) -> Outcome<BTreeSet<String>> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mutant = |line: &str| match line.split_once(" | ") {
        Some((mutant, reason)) if !reason.trim().is_empty() => Ok(mutant.to_owned()),
        _ => could_not_run(format!("{ACCEPTED}: no reason is given for {line}")),
    };
    lines.map(mutant).collect()
}

/// The mutants of a run that live and may not.
fn survivors(folder: &Path, accepted: &BTreeSet<String>) -> Outcome<Vec<String>> {
    // A mutant that a test never ends on is noticed, too; but only a person can tell.
    let lists = ["missed.txt", "timeout.txt"].map(|name| folder.join(name));
    let mut alive = Vec::new();
    for path in lists.iter().filter(|path: &&PathBuf| path.is_file()) {
        alive.extend(workspace::read(path)?.lines().map(without_place));
    }
    alive.retain(|mutant| !accepted.contains(mutant));
    Ok(alive)
}

/// `file:12:3: what` without the numbers, which every edit above moves.
fn without_place(mutant: &str) -> String {
    let mut parts = mutant.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(_), Some(what)) => format!("{file}:{what}"),
        _ => mutant.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_mutant_is_a_finding_unless_it_is_listed_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let alive = |listed| survivors(folder.path(), &listed).unwrap();
        assert!(alive(BTreeSet::new()).is_empty());
        let mutant = "core/src/a.rs:12:3: replace < with <= in b";
        std::fs::write(folder.path().join("missed.txt"), format!("{mutant}\n")).unwrap();
        assert_eq!(alive(BTreeSet::new()), ["core/src/a.rs: replace < with <= in b"]);
        let listed = accepted("# why\ncore/src/a.rs: replace < with <= in b | both are right\n");
        assert!(alive(listed.unwrap()).is_empty());
        assert_eq!(accepted("core/src/a.rs: replace | \n").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn the_files_exist() {
        let all = chosen(&[]).unwrap();
        assert_eq!(all.len(), GROUPS.len());
        for (_, files) in all {
            assert!(files.iter().all(|file| workspace::root().join(file).is_file()), "{files:?}");
        }
        let one = chosen(&["core/src/note.rs".into()]).unwrap();
        assert!(matches!(&one[..], [(_, files)] if *files == ["core/src/note.rs"]));
        assert_eq!(chosen(&["core/src/lib.rs".into()]).unwrap_err().exit_code(), 2);
    }
}
