//! Steps on the kernel alone: that it needs no standard library, can be published, and what it weighs.

use tempfile::TempDir;

use super::chromium;
use crate::build::Place;
use crate::failure::{Outcome, While, could_not_run};
use crate::process::{check, program, run_quietly};
use crate::setup::{self, BARE_METAL, Tools, npm_binary};
use crate::workspace;

/// Builds core for a target that has no standard library: bare, and with each feature alone.
/// (wasm32-unknown-unknown ships one, so building for it proves nothing.)
pub(super) fn no_std() -> Outcome {
    setup::bare_metal()?;
    build_bare(None)?;
    for feature in features()? {
        build_bare(Some(&feature))?;
    }
    Ok(())
}

fn build_bare(feature: Option<&str>) -> Outcome {
    let mut cargo = program("cargo");
    cargo.args(["build", "--quiet", "-p", "stateledger-core", "--lib", "--no-default-features"]);
    cargo.args(["--target", BARE_METAL.triple]);
    if let Some(feature) = feature {
        cargo.args(["--features", feature]);
    }
    let what = feature.map_or("no feature".into(), |feature| format!("the feature {feature}"));
    run_quietly(&format!("Building core for {} with {what}", BARE_METAL.triple), cargo)
}

/// Read from the manifest, so that a new feature is built without being named here.
fn features() -> Outcome<Vec<String>> {
    let path = workspace::root().join("core/Cargo.toml");
    let manifest: toml::Table = workspace::read(&path)?
        .parse()
        .or_could_not_run(|| format!("parsing {}", path.display()))?;
    match manifest.get("features").and_then(toml::Value::as_table) {
        Some(table) => Ok(table.keys().filter(|name| *name != "default").cloned().collect()),
        None => could_not_run("core/Cargo.toml has no features"),
    }
}

/// Packs core as the registry would get it, and builds what was packed. Whether its interface fits its
/// version is not compared: that takes a published version.
pub(super) fn package() -> Outcome {
    let mut cargo = program("cargo");
    cargo.args(["package", "--quiet", "--offline", "--allow-dirty", "-p", "stateledger-core"]);
    run_quietly("Packing core", cargo)
}

/// Builds the smallest verifier, lets it judge the vectors, and measures it.
pub(super) fn size(tools: &Tools) -> Outcome {
    let folder = module(tools, "stateledger-verify-only", "verify-only")?;
    let mut measure = program("node");
    measure.arg("tests/verify-only/measure.mjs").arg(folder.path()).arg(npm_binary("wasm-opt"));
    check(measure)
}

/// Runs every vector through the kernel as WebAssembly, in Node, Chromium and workerd.
pub(super) fn vectors(tools: &Tools) -> Outcome {
    let chromium = chromium::ensure()?;
    let folder = module(tools, "stateledger-kernel-vectors", "release")?;
    let mut node = program("node");
    node.args(["--test", "tests/kernel/vectors.test.mjs"]);
    node.env("KERNEL_VECTORS", folder.path()).env(chromium::VARIABLE, chromium);
    check(node)
}

/// Builds a crate as WebAssembly; the answered folder has the module and its bindings for any host.
fn module(tools: &Tools, name: &str, profile: &str) -> Outcome<TempDir> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let mut cargo = program("cargo");
    cargo.args(["build", "--quiet", "--profile", profile, "--target", TARGET, "-p", name]);
    // Its panics name paths: without this its size would be another machine's.
    Place::here()?.prepare(&mut cargo)?;
    run_quietly(&format!("Building {name}"), cargo)?;
    let folder = tempfile::tempdir().or_could_not_run(|| "creating a folder".into())?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map(std::path::PathBuf::from);
    let target = target.unwrap_or_else(|| workspace::root().join("target"));
    let file = format!("{}.wasm", name.replace('-', "_"));
    let mut bindgen = program(tools.wasm_bindgen());
    bindgen.args(["--target", "web", "--no-typescript", "--omit-default-module-path"]);
    bindgen.arg("--out-dir").arg(folder.path()).arg(target.join(TARGET).join(profile).join(file));
    run_quietly("Writing its bindings", bindgen)?;
    std::fs::write(folder.path().join("package.json"), r#"{"type":"module"}"#)
        .or_could_not_run(|| "writing package.json".into())?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_but_the_default_is_built_alone() {
        let features = features().unwrap();
        for name in ["doubles", "ml-dsa", "rs_merkle"] {
            assert!(features.iter().any(|feature| feature == name), "{name}");
        }
        assert!(!features.iter().any(|feature| feature == "default"));
    }
}
