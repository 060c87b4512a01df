//! The repository's own rules, each a check that can fail.

mod documents;
mod manifests;
mod sources;

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome, could_not_run};
use crate::process::{answer_of, program};
use crate::workspace;

/// The files of the repository: what git tracks, and what it would.
struct House {
    root: PathBuf,
    files: Vec<String>,
}

impl House {
    fn open() -> Outcome<Self> {
        let mut git = program("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let Some(listed) = answer_of(git) else {
            return could_not_run("git does not list the repository's files");
        };
        let root = workspace::root();
        let files = listed.split('\0').filter(|file| root.join(file).is_file());
        Ok(Self { files: files.map(str::to_owned).collect(), root })
    }

    /// Files whose name ends so.
    fn ending(&self, endings: &[&str]) -> impl Iterator<Item = &str> {
        self.files
            .iter()
            .map(String::as_str)
            .filter(move |file| endings.iter().any(|ending| file.ends_with(ending)))
    }

    /// A file's text; a binary file has none.
    fn text(&self, file: impl AsRef<Path>) -> String {
        std::fs::read(self.root.join(file))
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

type Findings = Vec<String>;
type Check = fn(&House) -> Findings;

const CHECKS: &[(&str, Check)] = &[
    ("files stay short", sources::short),
    ("core is free of platforms", sources::core_is_pure),
    ("no registry is named", sources::no_registry),
    ("members inherit the lints", manifests::lints),
    ("dependencies point one way", manifests::direction),
    ("there is one version", manifests::one_version),
    ("links resolve", documents::links),
    ("CONTRIBUTING lists the steps", documents::steps),
];

pub(super) fn run() -> Outcome {
    let house = House::open()?;
    let mut count = 0;
    for (rule, check) in CHECKS {
        let findings = check(&house);
        count += findings.len();
        println!("{} {rule}", if findings.is_empty() { "ok  " } else { "FAIL" });
        for finding in findings {
            println!("     {finding}");
        }
    }
    if count == 0 {
        return Ok(());
    }
    Err(Failure::DoesNotHold(format!("{count} findings")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small repository of these files.
    pub(super) fn house(files: &[(&str, &str)]) -> (tempfile::TempDir, House) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let root = folder.path().to_path_buf();
        let files = files.iter().map(|file| file.0.to_owned()).collect();
        (folder, House { root, files })
    }
}
