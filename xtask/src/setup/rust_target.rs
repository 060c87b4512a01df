//! The libraries of the pinned toolchain for the targets that are built for besides the machine itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::rust_src;
use crate::failure::{Outcome, could_not_run};
use crate::process::{answer_of, program, run_quietly};

/// A target, and what of the standard library it has.
pub(crate) struct Target {
    pub(crate) triple: &'static str,
    /// As cargo's `-Zbuild-std` wants them.
    pub(super) crates: &'static str,
    /// The library that needs all others, so it comes last and its presence says that they are there.
    pub(super) last: &'static str,
    /// The source of a crate that uses it all.
    pub(super) user: &'static str,
}

pub(super) const WASM: Target = Target {
    triple: "wasm32-unknown-unknown",
    crates: "std,panic_abort,test",
    last: "libstd-",
    user: "",
};

/// A microcontroller's: without an operating system there is no `std` to fall back on.
pub(crate) const BARE_METAL: Target = Target {
    triple: "thumbv7em-none-eabi",
    crates: "core,alloc",
    last: "liballoc-",
    user: "#![no_std]\nextern crate alloc;\n",
};

/// Installs the target where the active toolchain lacks it.
pub(super) fn ensure(target: &Target, cache: &Path) -> Outcome {
    let sysroot = sysroot()?;
    if is_installed(target, &sysroot) {
        return Ok(());
    }
    let mut rustup = program("rustup");
    rustup.args(["target", "add", target.triple]);
    let added = run_quietly(&format!("Installing the Rust target {}", target.triple), rustup);
    if added.is_err() {
        rust_src::build_std(target, cache, &sysroot)?;
    }
    if is_installed(target, &sysroot) {
        return Ok(());
    }
    let (sysroot, triple) = (sysroot.display(), target.triple);
    could_not_run(format!("{sysroot} still has no standard library for {triple}"))
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
pub(super) fn library_folder(target: &Target, sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(target.triple).join("lib")
}

fn is_installed(target: &Target, sysroot: &Path) -> bool {
    let Ok(files) = fs::read_dir(library_folder(target, sysroot)) else { return false };
    files.flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with(target.last) && name.ends_with(".rlib")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_without_its_last_library_is_not_installed() {
        for target in [&WASM, &BARE_METAL] {
            let sysroot = tempfile::tempdir().unwrap();
            let folder = library_folder(target, sysroot.path());
            assert!(!is_installed(target, sysroot.path()));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("libcore-0a.rlib"), "").unwrap();
            assert!(!is_installed(target, sysroot.path()));
            fs::write(folder.join(format!("{}0a.rlib", target.last)), "").unwrap();
            assert!(is_installed(target, sysroot.path()));
        }
    }
}
