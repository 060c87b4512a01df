//! The pinned command-line tools, each built once into the per-user cache under its version.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Outcome, While};
use crate::process::{path_with, program, run_quietly};
use crate::workspace;

/// A tool of a registry, at one version.
struct Pin {
    name: &'static str,
    version: String,
    binary: &'static str,
}

/// Where the tools are.
pub(crate) struct Tools {
    wasm_bindgen: PathBuf,
    wasm_pack: PathBuf,
    worker_build: PathBuf,
}

impl Tools {
    pub(crate) fn wasm_pack(&self) -> &Path {
        &self.wasm_pack
    }

    pub(crate) fn worker_build(&self) -> &Path {
        &self.worker_build
    }

    pub(crate) fn wasm_bindgen(&self) -> &Path {
        &self.wasm_bindgen
    }

    /// `PATH` on which wasm-pack finds our wasm-bindgen, test runner and wasm-opt, and downloads none.
    pub(crate) fn path(&self) -> Outcome<std::ffi::OsString> {
        let ours = self.wasm_bindgen.parent().unwrap_or(&self.wasm_bindgen);
        path_with(&[ours, &npm_binary("")])
    }

    /// What a stamp has to remember: another tool makes another output.
    pub(crate) fn versions(&self) -> String {
        let names = [&self.wasm_bindgen, &self.wasm_pack, &self.worker_build];
        names.map(|path| path.to_string_lossy().into_owned()).join("\n")
    }
}

/// A program that `npm ci` installed.
pub(crate) fn npm_binary(name: &str) -> PathBuf {
    workspace::root().join("node_modules/.bin").join(name)
}

/// Builds the tools that are missing.
pub(crate) fn ensure(cache: &Path) -> Outcome<Tools> {
    let folder = cache.join("tools");
    let at = |pin: Pin| ensure_tool(&folder, &pin);
    let tools = Tools {
        // The bindings and the tool that reads them speak one version's private format.
        wasm_bindgen: at(Pin {
            name: "wasm-bindgen-cli",
            version: workspace::locked_version("wasm-bindgen")?,
            binary: "wasm-bindgen",
        })?,
        wasm_pack: at(Pin { name: "wasm-pack", version: "0.15.1".into(), binary: "wasm-pack" })?,
        // Follows the worker crate, whose glue it writes.
        worker_build: at(Pin {
            name: "worker-build",
            version: workspace::locked_version("worker")?,
            binary: "worker-build",
        })?,
    };
    discard_shared_target(&folder);
    Ok(tools)
}

/// Tools that only some commands need.
#[derive(Clone, Copy)]
pub(crate) enum Extra {
    /// Checks licences and sources of dependencies.
    Deny,
    /// Writes bills of materials.
    Cyclonedx,
    /// Builds fuzz targets.
    Fuzz,
    /// Changes the code in small ways and looks whether a test notices.
    Mutants,
    /// Counts the lines that tests reach.
    Coverage,
}

impl Extra {
    fn pin(self) -> Pin {
        let (name, version) = match self {
            Self::Deny => ("cargo-deny", "0.20.2"),
            Self::Cyclonedx => ("cargo-cyclonedx", "0.5.9"),
            Self::Fuzz => ("cargo-fuzz", "0.13.2"),
            Self::Mutants => ("cargo-mutants", "27.1.0"),
            Self::Coverage => ("cargo-llvm-cov", "0.9.1"),
        };
        Pin { name, version: version.into(), binary: name }
    }
}

/// Builds such a tool if it is missing.
pub(super) fn ensure_extra(cache: &Path, extra: Extra) -> Outcome<PathBuf> {
    let folder = cache.join("tools");
    let binary = ensure_tool(&folder, &extra.pin())?;
    discard_shared_target(&folder);
    Ok(binary)
}

/// It holds only the compiled dependencies that tools have in common.
fn discard_shared_target(folder: &Path) {
    let _ = fs::remove_dir_all(shared_target(folder));
}

fn shared_target(folder: &Path) -> PathBuf {
    folder.join(".target")
}

fn ensure_tool(folder: &Path, pin: &Pin) -> Outcome<PathBuf> {
    let home = folder.join(format!("{}-{}", pin.name, pin.version));
    let binary = home.join("bin").join(pin.binary);
    if !binary.is_file() {
        install(folder, &home, pin)?;
    }
    Ok(binary)
}

/// Installs into a temporary folder and renames it: a folder of a tool's name is whole.
fn install(folder: &Path, home: &Path, pin: &Pin) -> Outcome {
    fs::create_dir_all(folder).or_could_not_run(|| format!("creating {}", folder.display()))?;
    let unfinished = tempfile::Builder::new()
        .prefix(".installing-")
        .tempdir_in(folder)
        .or_could_not_run(|| format!("creating a folder in {}", folder.display()))?;
    let install = |locked: bool| {
        let how = if locked { "its own lockfile" } else { "the newest dependencies" };
        let title = format!("Building {} {} with {how}", pin.name, pin.version);
        let mut command = program("cargo");
        command.arg("install").args(["--root".as_ref(), unfinished.path().as_os_str()]);
        command.args(["--version", &format!("={}", pin.version), pin.name]);
        command.args(locked.then_some("--locked"));
        // Tools that are built once and run for seconds: what optimising them takes is more than it saves.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        command.env("CARGO_PROFILE_RELEASE_LTO", "false");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        command.env("CARGO_TARGET_DIR", shared_target(folder)).env_remove("RUSTFLAGS");
        run_quietly(&title, command)
    };
    // A published lockfile can age badly: a yanked or broken version in it is no reason to stop.
    install(true).or_else(|_| install(false))?;
    // A folder without the program in it is what an interrupted installation by hand leaves.
    let _ = fs::remove_dir_all(home);
    fs::rename(unfinished.path(), home).or_could_not_run(|| format!("creating {}", home.display()))
}
