//! The suite that every host of the api must pass: the transcripts of `conformance/`, found by their name.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::transcript::{self, Client};

/// Runs every `*.http` file and panics with the names of those that failed, after all have run.
pub fn run_transcripts(run: &str, token: &str, client: &dyn Client) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let mut failed = Vec::new();
    let mut count = 0;
    for name in names(&folder) {
        let text = std::fs::read_to_string(folder.join(&name)).expect("a readable transcript");
        let ran = catch_unwind(AssertUnwindSafe(|| {
            transcript::run(&name, &text, run, token, client);
        }));
        println!("transcript {name} ... {}", if ran.is_ok() { "ok" } else { "FAILED" });
        if ran.is_err() {
            failed.push(name);
        }
        count += 1;
    }
    assert!(count > 0, "no transcript in {}", folder.display());
    assert!(failed.is_empty(), "{} of {count} transcripts failed: {failed:?}", failed.len());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder of transcripts");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("an ASCII name"));
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".http")).collect();
    names.sort_unstable();
    names
}
