//! `build`: everything that is shipped or served, each step skipped while its inputs stay the same.

mod commit;
mod remap;
mod stamp;

use std::fs::File;
use std::path::PathBuf;

pub(crate) use remap::Place;
pub(crate) use stamp::newest_change;

use crate::failure::{Outcome, While};
use crate::process::{program, run_quietly};
use crate::setup::{Tools, npm_binary};
use crate::workspace;
use stamp::Recipe;

/// What changes any Rust build.
const RUST: [&str; 4] = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml"];

const WASM: Recipe = Recipe {
    name: "wasm",
    inputs: &["core/Cargo.toml", "core/src", "wasm/Cargo.toml", "wasm/src"],
    outputs: &["wasm/pkg"],
};
const NPM: Recipe = Recipe {
    name: "npm",
    inputs: &[
        "LICENSE",
        "package-lock.json",
        "npm/html",
        "npm/package.json",
        "npm/scripts",
        "npm/src",
        "npm/tsconfig.json",
        "wasm/pkg",
    ],
    outputs: &["npm/dist"],
};
const SCALAR: Recipe = Recipe {
    name: "scalar",
    inputs: &[
        "core/Cargo.toml",
        "core/src",
        "wasm/Cargo.toml",
        "wasm/src",
        "npm/dist",
        "tests/bench/scalar.mjs",
    ],
    outputs: &["build/bench/scalar"],
};
const DEMO: Recipe = Recipe {
    name: "demo",
    inputs: &[
        "package-lock.json",
        "demo/bundling",
        "demo/docs.html",
        "demo/index.html",
        "demo/package.json",
        "demo/public",
        "demo/src",
        "demo/tsconfig.json",
        "demo/vite.config.ts",
        "npm/package.json",
        "npm/dist",
    ],
    outputs: &["demo/dist"],
};
const WORKER: Recipe = Recipe {
    name: "worker",
    inputs: &[
        "core/Cargo.toml",
        "core/src",
        "ledger/Cargo.toml",
        "ledger/migrations",
        "ledger/src",
        "api/Cargo.toml",
        "api/src",
        "worker/Cargo.toml",
        "worker/src",
    ],
    outputs: &["worker/build"],
};

/// The bare Worker that `bench edge` compares the server with.
const FLOOR: Recipe = Recipe {
    name: "floor",
    inputs: &["tests/bench/floor/Cargo.toml", "tests/bench/floor/src"],
    outputs: &["tests/bench/floor/build"],
};

/// The Worker with the feature `faults`, which tests need and nobody deploys.
const FAULTY: Recipe =
    Recipe { name: "faulty", inputs: WORKER.inputs, outputs: &["build/faults/build"] };

/// Every file that some step of [`all`] reads and a person edits.
pub(crate) fn sources() -> Vec<&'static str> {
    let made = ["wasm/pkg", "npm/dist"];
    let read = [WASM, NPM, DEMO, WORKER].into_iter().flat_map(|recipe| recipe.inputs);
    RUST.iter().chain(read).copied().filter(|path| !made.contains(path)).collect()
}

/// Hash of the database's migrations.
pub(crate) fn migrations() -> Outcome<String> {
    stamp::fingerprint(&workspace::root(), &["ledger/migrations"], "")
}

/// How much the Worker is worked on after it is compiled.
#[derive(Clone, Copy)]
enum Finish {
    /// As it is shipped and measured.
    Optimised,
    /// Without wasm-opt, which takes longer than compiling what an edit has changed.
    Quick,
}

/// Builds the wasm module, the npm package, the page and the Worker.
pub(crate) fn all(tools: &Tools) -> Outcome {
    all_with(tools, Finish::Optimised)
}

/// Builds everything for someone who waits to see an edit.
pub(crate) fn all_after_an_edit(tools: &Tools) -> Outcome {
    all_with(tools, Finish::Quick)
}

fn all_with(tools: &Tools, finish: Finish) -> Outcome {
    let _one_at_a_time = lock()?;
    build_package(tools)?;
    npm_script("Building the page", &DEMO, "demo")?;
    build_worker(tools, finish)
}

/// Builds the npm package and the wasm module inside it.
pub(crate) fn package(tools: &Tools) -> Outcome {
    let _one_at_a_time = lock()?;
    build_package(tools)
}

/// Builds the Worker: wrangler.toml's `[build]` calls this.
pub(crate) fn worker(tools: &Tools) -> Outcome {
    let _one_at_a_time = lock()?;
    build_worker(tools, Finish::Optimised)
}

/// Builds the Worker that `bench edge` compares ours with, as ours is built.
pub(crate) fn floor(tools: &Tools) -> Outcome {
    let _one_at_a_time = lock()?;
    let build = || worker_build(tools, "tests/bench/floor", &["--release"]);
    FLOOR.unless_fresh(&RUST, &tools.versions(), build)
}

/// Builds the Worker that panics on demand.
pub(crate) fn faulty_worker(tools: &Tools) -> Outcome {
    let _one_at_a_time = lock()?;
    FAULTY.unless_fresh(&RUST, &tools.versions(), || {
        // Its speed does not matter, and an optimised one takes minutes more.
        let out = ["--release", "--no-opt", "--out-dir", "../build/faults/build"];
        worker_build(tools, "worker", &[&out[..], &["--features", "faults"]].concat())
    })?;
    let copy = folder().join("faults/entry.mjs");
    std::fs::copy(workspace::root().join("worker/entry.mjs"), &copy)
        .or_could_not_run(|| format!("writing {}", copy.display()))?;
    Ok(())
}

/// A second build of this clone waits: a step empties its output before it fills it.
fn lock() -> Outcome<File> {
    let path = folder().join("lock");
    let doing = || format!("locking {}", path.display());
    std::fs::create_dir_all(folder()).or_could_not_run(doing)?;
    let file = File::create(&path).or_could_not_run(doing)?;
    if file.try_lock().is_err() {
        eprintln!("     waiting for another build of this clone to finish ...");
        file.lock().or_could_not_run(doing)?;
    }
    Ok(file)
}

fn build_package(tools: &Tools) -> Outcome {
    WASM.unless_fresh(&RUST, &tools.versions(), || wasm_pack(tools, &Place::here()?))?;
    npm_script("Building the npm package", &NPM, "npm")
}

fn build_worker(tools: &Tools, finish: Finish) -> Outcome {
    let optimised = tools.versions();
    let quick = format!("{optimised}\nquick");
    match finish {
        Finish::Optimised => {
            WORKER.unless_fresh(&RUST, &optimised, || worker_build(tools, "worker", &["--release"]))
        }
        Finish::Quick if WORKER.is_fresh(&RUST, &optimised)? => Ok(()),
        Finish::Quick => {
            let how = ["--release", "--no-opt"];
            WORKER.unless_fresh(&RUST, &quick, || worker_build(tools, "worker", &how))
        }
    }
}

/// Builds the wasm module and its bindings.
pub(crate) fn wasm_pack(tools: &Tools, place: &Place) -> Outcome {
    let mut command = program(tools.wasm_pack());
    place.prepare(&mut command)?;
    // no-install: with the right tools on PATH a download would hide a wrong pin.
    command.args(["--log-level", "warn", "build", "wasm", "--target", "web", "--release"]);
    command.args(["--out-dir", "pkg", "--mode", "no-install", "--no-pack"]);
    command.env("PATH", tools.path()?);
    run_quietly("Building the wasm module", command)
}

/// Builds the package around a module without simd128, for comparison; answers its folder.
pub(crate) fn scalar_package(tools: &Tools) -> Outcome<PathBuf> {
    let _one_at_a_time = lock()?;
    let (made, package) = (folder().join("bench/scalar-pkg"), folder().join("bench/scalar"));
    SCALAR.unless_fresh(&RUST, &tools.versions(), || {
        let mut command = program(tools.wasm_pack());
        command.args(["--log-level", "warn", "build", "wasm", "--target", "web", "--release"]);
        command.args(["--mode", "no-install", "--no-pack", "--out-dir"]).arg(&made);
        // Instead of what .cargo/config.toml says, less simd128.
        command.env("RUSTFLAGS", "--cfg=curve25519_dalek_bits=\"32\"");
        command.env("CARGO_TARGET_DIR", workspace::root().join("target/scalar"));
        command.env("PATH", tools.path()?);
        run_quietly("Building the wasm module without simd128", command)?;
        let mut copy = program("node");
        copy.arg("tests/bench/scalar.mjs").args([&made, &package]);
        run_quietly("Building the package around it", copy)
    })?;
    Ok(package)
}

fn npm_script(title: &str, recipe: &Recipe, folder: &str) -> Outcome {
    recipe.unless_fresh(&[], "", || {
        let mut npm = program("npm");
        npm.args(["run", "build", "--workspace", folder]);
        run_quietly(title, npm)
    })
}

fn worker_build(tools: &Tools, folder: &str, how: &[&str]) -> Outcome {
    let mut command = program(tools.worker_build());
    let place = Place::here()?;
    // With the flags of the package's module, with which it shares what is compiled.
    place.prepare(&mut command)?;
    command.args(how).current_dir(place.root.join(folder));
    if let Some(commit) = commit::checked_out(&place.root) {
        command.env(commit::VARIABLE, commit);
    }
    // It downloads each of these that no variable names.
    command.env("WASM_BINDGEN_BIN", tools.wasm_bindgen());
    command.env("WASM_OPT_BIN", npm_binary("wasm-opt"));
    command.env("ESBUILD_BIN", npm_binary("esbuild"));
    run_quietly(&format!("Building the Worker in {folder}"), command)
}

/// Where build products that are nobody's package live.
pub(crate) fn folder() -> PathBuf {
    workspace::root().join("build")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_that_a_step_names_is_watched_and_nothing_that_it_makes() {
        let sources = sources();
        for path in ["core/src", "npm/src", "demo/src", "worker/src", "Cargo.lock"] {
            assert!(sources.contains(&path), "{path}");
        }
        assert!(!sources.contains(&"npm/dist"));
    }
}
