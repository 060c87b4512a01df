//! `reproduce`: builds the npm package twice, in two folders and with two cargo homes, and
//! compares every file of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::build::{self, Place};
use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::process::{answer_of, check, program, run_quietly};
use crate::setup;
use crate::workspace;

/// Name and SHA-256 of each file.
type Hashes = BTreeMap<String, String>;

pub(crate) fn run() -> Outcome {
    let tools = setup::run()?;
    let folder = tempfile::Builder::new().prefix("stateledger-reproduce-").tempdir();
    let folder: TempDir = folder.or_could_not_run(|| "creating a folder".into())?;
    let here = Place::here()?;
    // Of different lengths: a path that got into the bytes would also move what comes after it.
    let mut made = Vec::new();
    for name in ["one", "another/and/deeper"] {
        let place = Place {
            root: folder.path().join(name).join("clone"),
            cargo_home: folder.path().join(name).join("home"),
        };
        copy_clone(&here, &place)?;
        build::wasm_pack(&tools, &place)?;
        let mut npm = program("npm");
        npm.args(["run", "build", "--workspace", "npm"]).current_dir(&place.root);
        run_quietly("Building the package around it", npm)?;
        made.push(hashes(&place.root.join("npm/dist"))?);
    }
    match made.as_slice() {
        [one, another] => compare(one, another),
        _ => could_not_run("two builds were to be compared"),
    }
}

/// The files of the last commit and of the index, with what the build finds installed.
fn copy_clone(here: &Place, there: &Place) -> Outcome {
    let doing = || format!("copying this clone to {}", there.root.display());
    let mut git = program("git");
    let Some(files) = answer_of({
        git.args(["ls-files", "-z"]);
        git
    }) else {
        return could_not_run("git lists no files: reproduce works in a clone");
    };
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        let (from, to) = (here.root.join(file), there.root.join(file));
        // Deleted and not committed yet.
        if !from.exists() {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap_or(&there.root)).or_could_not_run(doing)?;
        fs::copy(from, to).or_could_not_run(doing)?;
    }
    symlink(here.root.join("node_modules"), there.root.join("node_modules"))
        .or_could_not_run(doing)?;
    // What was downloaded is copied; it is unpacked anew.
    fs::create_dir_all(there.cargo_home.join("registry")).or_could_not_run(doing)?;
    for part in ["cache", "index"] {
        let mut copy = program("cp");
        copy.arg("-r").arg(here.cargo_home.join("registry").join(part));
        copy.arg(there.cargo_home.join("registry"));
        check(copy)?;
    }
    Ok(())
}

fn hashes(folder: &Path) -> Outcome<Hashes> {
    let mut found = Hashes::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let doing = || format!("reading {}", next.display());
        for entry in fs::read_dir(&next).or_could_not_run(doing)? {
            let path = entry.or_could_not_run(doing)?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).or_could_not_run(doing)?;
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            let digest = Sha256::digest(bytes);
            found.insert(name, digest.iter().map(|byte| format!("{byte:02x}")).collect());
        }
    }
    Ok(found)
}

fn compare(one: &Hashes, another: &Hashes) -> Outcome {
    let names: Vec<_> = one.keys().chain(another.keys()).collect();
    let differ = |name: &&&String| one.get(**name) != another.get(**name);
    let mut different: Vec<&str> = names.iter().filter(differ).map(|name| name.as_str()).collect();
    different.dedup();
    if !different.is_empty() {
        return Err(Failure::DoesNotHold(format!("differ: {}", different.join(", "))));
    }
    match one.get("stateledger.wasm") {
        Some(digest) => {
            println!("{} files are the same in both builds", one.len());
            println!("{digest}  stateledger.wasm");
            Ok(())
        }
        None => could_not_run(format!("no module was built in {}", workspace::root().display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes_of(files: &[(&str, &str)]) -> Hashes {
        files.iter().map(|(name, digest)| ((*name).into(), (*digest).into())).collect()
    }

    #[test]
    fn a_file_that_differs_or_is_missing_is_named() {
        let one = hashes_of(&[("stateledger.wasm", "aa"), ("node.js", "bb")]);
        assert!(compare(&one, &one.clone()).is_ok());
        let other = hashes_of(&[("stateledger.wasm", "ab"), ("node.js", "bb")]);
        let message = compare(&one, &other).unwrap_err().message().to_owned();
        assert_eq!(message, "differ: stateledger.wasm");
        let fewer = hashes_of(&[("stateledger.wasm", "aa")]);
        assert_eq!(compare(&one, &fewer).unwrap_err().exit_code(), 1);
        assert_eq!(compare(&Hashes::new(), &Hashes::new()).unwrap_err().exit_code(), 2);
    }
}
