//! Node itself, and the npm packages of the lockfile.

use std::path::Path;

use crate::failure::{Outcome, While, could_not_run};
use crate::process::{answer_of, program, run_quietly};
use crate::workspace;

/// The oldest Node that the package promises to run on, as in package.json's `engines`.
const OLDEST_NODE: (u64, u64) = (20, 19);

/// Refuses a machine without a Node that is new enough.
pub(crate) fn check() -> Outcome {
    let (major, minor) = OLDEST_NODE;
    let mut node = program("node");
    node.arg("--version");
    let Some(version) = answer_of(node) else {
        return could_not_run(format!("node is missing: install Node {major}.{minor} or later"));
    };
    match release_of(&version) {
        Some(release) if release >= OLDEST_NODE => Ok(()),
        _ => could_not_run(format!("node is {version}: Node {major}.{minor} or later is needed")),
    }
}

fn release_of(version: &str) -> Option<(u64, u64)> {
    let mut numbers = version.strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Runs `npm ci` where what is installed is not what the lockfile says.
pub(crate) fn ensure_packages() -> Outcome {
    ensure_packages_in(&workspace::root(), "Installing the npm packages", &[])
}

/// The runtimes, bundlers and frameworks in which the package is tried: half a gigabyte, which
/// nothing else needs. None of them has to run a script to be installed.
pub(crate) fn ensure_hosts() -> Outcome {
    let folder = workspace::root().join("tests/hosts");
    ensure_packages_in(&folder, "Installing runtimes and bundlers", &["--ignore-scripts"])
}

fn ensure_packages_in(folder: &Path, title: &str, how: &[&str]) -> Outcome {
    let locked = workspace::read(&folder.join("package-lock.json"))?;
    let locked =
        serde_json::from_str(&locked).or_could_not_run(|| "parsing the lockfile".into())?;
    // npm leaves its own account of what it installed.
    let installed = workspace::read(&folder.join("node_modules/.package-lock.json"));
    let installed = installed.ok().and_then(|text| serde_json::from_str(&text).ok());
    if installed.is_some_and(|installed| up_to_date(&locked, &installed)) {
        return Ok(());
    }
    let mut npm = program("npm");
    npm.args(["ci", "--no-fund", "--no-audit"]).args(how).current_dir(folder);
    run_quietly(title, npm)
}

/// Whether every package of the lockfile is installed in its version. An optional one may be
/// missing: it is for another platform.
fn up_to_date(locked: &serde_json::Value, installed: &serde_json::Value) -> bool {
    let Some(packages) = locked["packages"].as_object() else { return false };
    packages.iter().filter(|(path, _)| path.contains("node_modules/")).all(|(path, package)| {
        match installed["packages"].get(path) {
            Some(found) => found["version"] == package["version"],
            None => package["optional"] == true,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_release_is_compared_by_number() {
        assert_eq!(release_of("v20.20.2"), Some((20, 20)));
        assert!(release_of("v9.11.0").unwrap() < OLDEST_NODE);
        assert_eq!(release_of("node"), None);
    }

    #[test]
    fn another_version_or_a_missing_package_is_out_of_date() {
        let lock = |version: &str| {
            json!({"packages": {"": {}, "npm": {"version": "0.1.0"},
                "node_modules/a": {"version": version},
                "node_modules/other-os": {"version": "1.0.0", "optional": true}}})
        };
        let installed = json!({"packages": {"node_modules/a": {"version": "1.0.0"}}});
        assert!(up_to_date(&lock("1.0.0"), &installed));
        assert!(!up_to_date(&lock("1.0.1"), &installed));
        assert!(!up_to_date(&lock("1.0.0"), &json!({"packages": {}})));
    }
}
