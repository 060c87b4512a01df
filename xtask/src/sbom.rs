//! `sbom`: what is in the npm package, as CycloneDX. It has no npm dependencies, so this is the
//! package itself and the crates that its module is made of.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::process::{answer_of, program, run_quietly};
use crate::setup;
use crate::workspace;

/// Where to write.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Folder for stateledger.cdx.json
    #[arg(long, value_name = "DIR", default_value = "build/sbom")]
    out: PathBuf,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let tool = setup::extra(setup::Extra::Cyclonedx)?;
    let mut crates = program(tool);
    crates.args(["cyclonedx", "--manifest-path", "wasm/Cargo.toml", "--format", "json"]);
    crates.args(["--target", "wasm32-unknown-unknown", "--no-build-deps"]);
    crates.args(["--override-filename", "sbom"]);
    run_quietly("Listing the crates of the workspace", crates)?;
    let bill = workspace::read(&workspace::root().join("wasm/sbom.json"))?;
    // The tool writes beside every manifest of the workspace.
    for folder in members()? {
        let _ = fs::remove_file(workspace::root().join(folder).join("sbom.json"));
    }
    let bill = bill_of(&bill, &module_crates()?)?;
    let path = workspace::root().join(&options.out).join("stateledger.cdx.json");
    let doing = || format!("writing {}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(&path)).or_could_not_run(doing)?;
    fs::write(&path, format!("{bill:#}\n")).or_could_not_run(doing)?;
    println!("{}: {} components", path.display(), components(&bill).len());
    Ok(())
}

/// The folders of the workspace's crates.
fn members() -> Outcome<Vec<String>> {
    let manifest = workspace::read_toml(&workspace::root().join("Cargo.toml"))?;
    let members = manifest.get("workspace").and_then(|table| table.get("members")?.as_array());
    let names = members.into_iter().flatten().filter_map(|member| member.as_str());
    Ok(names.map(str::to_owned).collect())
}

/// Name and version of what the module is compiled from, as `name v1.2.3`: the tool also lists
/// what only tests of the workspace switch on.
fn module_crates() -> Outcome<BTreeSet<String>> {
    let mut tree = program("cargo");
    tree.args(["tree", "--locked", "-p", "stateledger-wasm", "--target", "wasm32-unknown-unknown"]);
    tree.args(["--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let Some(tree) = answer_of(tree) else { return could_not_run("cargo tree failed") };
    let named = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(tree.lines().map(named).collect())
}

/// The tool's bill, of the npm package and with these crates alone.
fn bill_of(bill: &str, crates: &BTreeSet<String>) -> Outcome<Value> {
    let mut bill: Value =
        serde_json::from_str(bill).or_could_not_run(|| "reading a bill".into())?;
    let package = json!({
        "type": "library",
        "bom-ref": bill["metadata"]["component"]["bom-ref"],
        "name": "stateledger",
        "version": workspace::VERSION,
        "purl": format!("pkg:npm/stateledger@{}", workspace::VERSION),
    });
    let subject = package["bom-ref"].clone();
    let kept: Vec<Value> = components(&bill)
        .iter()
        .filter(|one| {
            let [name, version] = ["name", "version"].map(|member| one[member].as_str());
            crates.contains(&format!("{} v{}", name.unwrap_or(""), version.unwrap_or("")))
        })
        .cloned()
        .collect();
    if bill["bomFormat"] != "CycloneDX" || kept.iter().all(|one| one["name"] != "stateledger-core")
    {
        return Err(Failure::DoesNotHold("the bill does not name stateledger-core".into()));
    }
    let refs: BTreeSet<String> =
        kept.iter().chain([&package]).map(|one| one["bom-ref"].to_string()).collect();
    if let Some(dependencies) = bill["dependencies"].as_array_mut() {
        dependencies.retain(|one| refs.contains(&one["ref"].to_string()) || one["ref"] == subject);
        for one in dependencies {
            if let Some(on) = one["dependsOn"].as_array_mut() {
                on.retain(|reference| refs.contains(&reference.to_string()));
            }
        }
    }
    bill["metadata"]["component"] = package;
    bill["components"] = kept.into();
    Ok(bill)
}

fn components(bill: &Value) -> &[Value] {
    bill["components"].as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bill_is_of_the_package_and_its_module_alone() {
        let bill = r#"{"bomFormat":"CycloneDX","metadata":{"component":{"name":"w","bom-ref":"r"}},
            "components":[{"name":"stateledger-core","version":"1.0.0","bom-ref":"a"},
                          {"name":"only-tests","version":"2.0.0","bom-ref":"b"}],
            "dependencies":[{"ref":"r","dependsOn":["a"]},{"ref":"a","dependsOn":["b"]},{"ref":"b"}]}"#;
        let crates = BTreeSet::from(["stateledger-core v1.0.0".to_owned()]);
        let made = bill_of(bill, &crates).unwrap();
        assert_eq!(made["metadata"]["component"]["name"], "stateledger");
        assert_eq!(components(&made).len(), 1);
        assert_eq!(made["dependencies"][1], json!({"ref":"a","dependsOn":[]}));
        assert_eq!(made["dependencies"].as_array().map(Vec::len), Some(2));
        assert_eq!(bill_of(bill, &BTreeSet::new()).unwrap_err().exit_code(), 1);
        assert_eq!(bill_of("{", &crates).unwrap_err().exit_code(), 2);
    }
}
