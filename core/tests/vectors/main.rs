//! The vectors in `tests/vectors/`: written from fixed seeds, and run.
//!
//! `UPDATE_VECTORS=1 cargo test -p stateledger-core --test vectors` writes the
//! files anew. Without it the same bytes must be there already.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod batches;
mod bundles;
mod entries;
mod fields;
mod format;
mod legacy;
mod ranges;
mod receipts;
mod run;
mod subtrees;
mod texts;
mod tiles;
mod trees;
mod witness;
mod world;

use std::fs;
use std::path::PathBuf;

use stateledger_core::json::{self, Value};

/// One file: its name and its cases.
struct File {
    name: &'static str,
    cases: Vec<Value>,
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "vectors"].iter().collect()
}

fn files() -> Vec<File> {
    let file = |name, cases| File { name, cases };
    vec![
        file("audit-bundle", bundles::bundles()),
        file("author-signature", entries::author_signatures()),
        file("batch-proof", batches::proofs()),
        file("checkpoint", texts::checkpoints()),
        file("commitment", entries::commitments()),
        file("disclosure", fields::disclosures()),
        file("entry", entries::entries()),
        file("fields", fields::fields()),
        file("json", texts::jsons()),
        file("key-derivation", entries::keys()),
        file("legacy-chain", legacy::chains()),
        file("note", texts::notes()),
        file("policy", texts::policies()),
        file("range", ranges::ranges()),
        file("receipt", receipts::receipts()),
        file("signature", texts::signatures()),
        file("subtree-consistency", subtrees::consistency()),
        file("subtree-inclusion", subtrees::inclusion()),
        file("tile-entries", tiles::entries()),
        file("tile-path", tiles::paths()),
        file("tlog-proof", texts::proofs()),
        file("tlog-witness", witness::bodies()),
        file("tree-consistency", trees::consistency()),
        file("tree-inclusion", trees::inclusion()),
    ]
}

/// One case a line, so that a change shows as the lines it touches.
fn render(file: &File) -> String {
    let lines: Vec<String> =
        file.cases.iter().map(|case| String::from_utf8(case.to_canonical()).unwrap()).collect();
    format!("{{\"cases\":[\n{}\n]}}\n", lines.join(",\n"))
}

#[test]
fn the_files_are_what_the_generator_writes() {
    let update = std::env::var_os("UPDATE_VECTORS").is_some();
    for file in files() {
        let path = folder().join(file.name).with_extension("json");
        let fresh = render(&file);
        if update {
            fs::write(&path, &fresh).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == fresh, "{} is not what the generator writes", file.name);
    }
}

#[test]
fn every_case_answers_its_code() {
    for file in files() {
        let path = folder().join(file.name).with_extension("json");
        let stored = json::parse(&fs::read(&path).unwrap()).unwrap();
        for case in stored.get("cases").and_then(Value::as_array).unwrap() {
            let name = run::text(case, "name");
            assert_eq!(run::answer(file.name, case), run::text(case, "expect"), "{name}");
        }
    }
}

/// README.md says which case holds the kernel to which clause: each of them is there.
#[test]
fn the_covered_clauses_name_cases() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let (_, coverage) = readme.split_once("## Coverage").unwrap();
    let files = files();
    let rows: Vec<&str> = coverage.lines().filter(|line| line.starts_with("| \"")).collect();
    assert!(rows.len() > 60, "{} clauses", rows.len());
    for row in rows {
        let (_, cases) = row.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        for case in cases.split("; ") {
            let (file, name) = case.split_once(": ").unwrap_or_else(|| panic!("{row}"));
            let file = file.trim_matches('`');
            let mut files = files.iter().filter(|one| one.name == file);
            let known =
                files.any(|one| one.cases.iter().any(|case| run::text(case, "name") == name));
            assert!(known, "no case {case:?}");
        }
    }
}

/// Every file has good and bad cases, names are unique, and each bad case
/// names the good one that it is one step away from.
#[test]
fn the_files_have_their_shape() {
    for file in files() {
        let mut names: Vec<&str> = file.cases.iter().map(|case| run::text(case, "name")).collect();
        let good: Vec<&str> = file
            .cases
            .iter()
            .filter(|case| run::text(case, "expect") == "ok")
            .map(|case| run::text(case, "name"))
            .collect();
        for case in &file.cases {
            let bad = run::text(case, "expect") != "ok";
            let from = case.get("mutates").and_then(Value::as_str);
            assert_eq!(bad, from.is_some_and(|from| good.contains(&from)), "{case:?}");
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{}", file.name);
    }
}
