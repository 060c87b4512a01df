//! `sbom`: what is in the npm package, as CycloneDX: the package itself, and the crates that are
//! compiled into its module.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::process::{answer_of, program, run_quietly};
use crate::setup;
use crate::workspace;

/// Where to write.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Folder for npm.cdx.json and wasm.cdx.json
    #[arg(long, value_name = "DIR", default_value = "build/sbom")]
    out: PathBuf,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let tool = setup::cargo_cyclonedx()?;
    setup::run()?;
    let out = workspace::root().join(&options.out);
    fs::create_dir_all(&out).or_could_not_run(|| format!("creating {}", out.display()))?;

    let mut crates = program(tool);
    // What tests and builds use is not in the module; what all platforms use, only as far as wasm32 does.
    crates.args(["cyclonedx", "--manifest-path", "wasm/Cargo.toml", "--format", "json"]);
    crates.args(["--target", "wasm32-unknown-unknown", "--no-build-deps"]);
    crates.args(["--override-filename", "sbom"]);
    run_quietly("Listing the crates in the module", crates)?;
    let made = workspace::root().join("wasm/sbom.json");
    let module = workspace::read(&made)?;
    // The tool writes beside every manifest of the workspace.
    for folder in members()? {
        let _ = fs::remove_file(workspace::root().join(folder).join("sbom.json"));
    }
    write(&out.join("wasm.cdx.json"), &module, "stateledger-core")?;

    let mut npm = program("npm");
    npm.args(["sbom", "--workspace", "npm", "--omit", "dev", "--sbom-format", "cyclonedx"]);
    match answer_of(npm) {
        Some(package) => write(&out.join("npm.cdx.json"), &package, "stateledger"),
        None => could_not_run("npm sbom failed"),
    }
}

/// The folders of the workspace's crates.
fn members() -> Outcome<Vec<String>> {
    let manifest = workspace::read_toml(&workspace::root().join("Cargo.toml"))?;
    let members = manifest.get("workspace").and_then(|table| table.get("members")?.as_array());
    let names = members.into_iter().flatten().filter_map(|member| member.as_str());
    Ok(names.map(str::to_owned).collect())
}

/// Writes a bill that names what it must name.
fn write(path: &std::path::Path, bill: &str, expected: &str) -> Outcome {
    let names = names_in(bill)?;
    if !names.iter().any(|name| name == expected) {
        return Err(Failure::DoesNotHold(format!("{} does not name {expected}", path.display())));
    }
    fs::write(path, bill).or_could_not_run(|| format!("writing {}", path.display()))?;
    println!("{}: {} components", path.display(), names.len());
    Ok(())
}

/// The names of the component that the bill is about and of those in it.
fn names_in(bill: &str) -> Outcome<Vec<String>> {
    let bill: Value = serde_json::from_str(bill).or_could_not_run(|| "reading a bill".into())?;
    if bill["bomFormat"] != "CycloneDX" {
        return Err(Failure::DoesNotHold("the bill is not CycloneDX".into()));
    }
    let listed = bill["components"].as_array().into_iter().flatten();
    let all = [&bill["metadata"]["component"]].into_iter().chain(listed);
    Ok(all.filter_map(|component| component["name"].as_str().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_names_its_subject_and_its_parts() {
        let bill = r#"{"bomFormat":"CycloneDX","metadata":{"component":{"name":"a"}},
                       "components":[{"name":"b"},{"name":"c"}]}"#;
        assert_eq!(names_in(bill).unwrap(), ["a", "b", "c"]);
        assert_eq!(names_in(r#"{"bomFormat":"SPDX"}"#).unwrap_err().exit_code(), 1);
        assert_eq!(names_in("{").unwrap_err().exit_code(), 2);
        let nowhere = std::path::Path::new("/nonexistent/bill.json");
        assert_eq!(write(nowhere, bill, "d").unwrap_err().exit_code(), 1);
    }
}
