//! The standard library for WebAssembly, of the pinned toolchain.

use std::fs;
use std::path::{Path, PathBuf};

use super::rust_src;
use crate::failure::{Outcome, could_not_run};
use crate::process::{answer_of, program, run_quietly};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Installs the target where the active toolchain lacks it.
pub(crate) fn ensure(cache: &Path) -> Outcome {
    let sysroot = sysroot()?;
    if has_std(&sysroot) {
        return Ok(());
    }
    let mut rustup = program("rustup");
    rustup.args(["target", "add", TARGET]);
    let added = run_quietly(&format!("Installing the Rust target {TARGET}"), rustup);
    if added.is_err() {
        rust_src::build_std(cache, &sysroot)?;
    }
    if has_std(&sysroot) {
        return Ok(());
    }
    could_not_run(format!("{} still has no standard library for {TARGET}", sysroot.display()))
}

fn sysroot() -> Outcome<PathBuf> {
    let mut rustc = program("rustc");
    rustc.args(["--print", "sysroot"]);
    match answer_of(rustc) {
        Some(sysroot) => Ok(PathBuf::from(sysroot)),
        None => could_not_run("rustc does not say where its toolchain is"),
    }
}

/// Where the compiler looks for the target's libraries.
pub(crate) fn library_folder(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn has_std(sysroot: &Path) -> bool {
    let Ok(files) = fs::read_dir(library_folder(sysroot)) else { return false };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_its_standard_library_is_not_installed() {
        let sysroot = tempfile::tempdir().unwrap();
        let folder = library_folder(sysroot.path());
        assert!(!has_std(sysroot.path()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("libcore-0a.rlib"), "").unwrap();
        assert!(!has_std(sysroot.path()));
        fs::write(folder.join("libstd-0a.rlib"), "").unwrap();
        assert!(has_std(sysroot.path()));
    }
}
