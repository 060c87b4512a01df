//! Rules on the manifests of the rooms.

use serde_json::Value as Json;

use super::{Findings, House};

/// What each crate may use of the others; a room that is not listed may use everything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("ledger", &["core"]),
    ("api", &["core", "ledger"]),
    ("wasm", &["core"]),
    ("worker", &["core", "ledger", "api"]),
    ("xtask", &["core", "ledger"]),
];
const NPM_ROOMS: [&str; 5] = ["npm", "demo", "tests", "tests/bench", "tests/hosts"];

fn manifest(house: &House, path: &str) -> toml::Table {
    house.text(path).parse().unwrap_or_default()
}

fn members(house: &House) -> Vec<String> {
    let workspace = manifest(house, "Cargo.toml");
    let members = workspace.get("workspace").and_then(|w| w.get("members")?.as_array());
    members.into_iter().flatten().filter_map(|m| m.as_str().map(str::to_owned)).collect()
}

/// Every member says `[lints] workspace = true`; lints that nobody inherits check nothing.
pub(super) fn lints(house: &House) -> Findings {
    let mut findings = Findings::new();
    for member in members(house) {
        let manifest = manifest(house, &format!("{member}/Cargo.toml"));
        let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
        if inherits != Some(true) {
            findings.push(format!("{member}/Cargo.toml does not inherit the workspace's lints"));
        }
    }
    if members(house).is_empty() {
        findings.push("Cargo.toml lists no members".into());
    }
    findings
}

/// Rooms use only the rooms below them: as crates, and as npm packages.
pub(super) fn direction(house: &House) -> Findings {
    let mut findings = Findings::new();
    for (room, allowed) in MAY_USE {
        let manifest = manifest(house, &format!("{room}/Cargo.toml"));
        // Dev-dependencies too: a test that crosses rooms belongs in tests/.
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let uses = manifest.get(table).and_then(toml::Value::as_table);
            let rooms = uses
                .into_iter()
                .flatten()
                .filter_map(|(name, _)| name.strip_prefix("stateledger-"));
            for used in rooms.filter(|used| !allowed.contains(used) && used != room) {
                findings.push(format!("{room} depends on {used}"));
            }
        }
    }
    for (room, forbidden) in [("npm", "stateledger-explorer"), ("demo", "stateledger-system-tests")]
    {
        let text = house.text(format!("{room}/package.json"));
        let manifest: Json = serde_json::from_str(&text).unwrap_or_default();
        if manifest["dependencies"].get(forbidden).is_some() {
            findings.push(format!("{room} depends on {forbidden}"));
        }
    }
    findings
}

/// One version number: the workspace's, in every crate, package and the changelog.
pub(super) fn one_version(house: &House) -> Findings {
    let mut findings = Findings::new();
    let workspace = manifest(house, "Cargo.toml");
    let workspace = workspace.get("workspace").cloned().unwrap_or(toml::Value::Boolean(false));
    let package = |member: &str| workspace.get("package")?.get(member)?.as_str();
    let Some(version) = package("version") else {
        return vec!["Cargo.toml has no workspace version".into()];
    };
    for member in members(house) {
        let manifest = manifest(house, &format!("{member}/Cargo.toml"));
        let inherited = manifest.get("package").and_then(|p| p.get("version")?.get("workspace"));
        if inherited.and_then(toml::Value::as_bool) != Some(true) {
            findings.push(format!("{member}/Cargo.toml has a version of its own"));
        }
    }
    let pinned = workspace.get("dependencies").and_then(toml::Value::as_table);
    for (name, dependency) in pinned.into_iter().flatten() {
        let own = dependency.get("path").is_some();
        if own && dependency.get("version").and_then(toml::Value::as_str) != Some(version) {
            findings.push(format!("the workspace's dependency {name} is not {version}"));
        }
    }
    for room in NPM_ROOMS {
        let text = house.text(format!("{room}/package.json"));
        let manifest: Json = serde_json::from_str(&text).unwrap_or_default();
        if manifest["version"] != version {
            findings.push(format!("{room}/package.json is not {version}"));
        }
    }
    // The newest release stands first.
    let changelog = house.text("CHANGELOG.md");
    let newest = changelog.lines().find_map(|line| line.strip_prefix("## "));
    if newest.and_then(|title| title.split(' ').next()) != Some(version) {
        findings.push(format!("CHANGELOG.md does not begin with {version}"));
    }
    let toolchain = manifest(house, "rust-toolchain.toml");
    let channel = toolchain.get("toolchain").and_then(|t| t.get("channel")?.as_str());
    let msrv = package("rust-version").unwrap_or_default();
    if channel.is_none_or(|channel| !format!("{channel}.").starts_with(&format!("{msrv}."))) {
        findings.push(format!("rust-toolchain.toml's channel is not the rust-version {msrv}"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::house;
    use super::*;

    const ROOT: &str = "[workspace]\nmembers = [\"core\"]\n[workspace.package]\nversion = \"1.2.3\"\n\
                        rust-version = \"1.95\"\n[workspace.dependencies]\n\
                        stateledger-core = { path = \"core\", version = \"1.2.3\" }\n";
    const CORE: &str = "[package]\nversion.workspace = true\n[lints]\nworkspace = true\n";
    const NPM: &str = "{\"version\":\"1.2.3\"}";
    const GOOD: [(&str, &str); 9] = [
        ("CHANGELOG.md", "# Changelog\n\n## 1.2.3 (2026-11-23)\n\n## 1.2.2\n"),
        ("Cargo.toml", ROOT),
        ("core/Cargo.toml", CORE),
        ("npm/package.json", NPM),
        ("demo/package.json", NPM),
        ("tests/package.json", NPM),
        ("tests/bench/package.json", NPM),
        ("tests/hosts/package.json", NPM),
        ("rust-toolchain.toml", "[toolchain]\nchannel = \"1.95.0\"\n"),
    ];

    /// Findings of a rule after one file of the good house is replaced.
    fn after(rule: fn(&House) -> Findings, file: &'static str, text: &str) -> Findings {
        let files: Vec<_> =
            GOOD.iter().map(|good| if good.0 == file { (file, text) } else { *good }).collect();
        rule(&house(&files).1)
    }

    #[test]
    fn a_good_house_has_no_findings() {
        let (_folder, house) = house(&GOOD);
        for rule in [lints, direction, one_version] {
            assert_eq!(rule(&house), Findings::new());
        }
    }

    #[test]
    fn each_rule_finds_its_breach() {
        let alone = "[package]\nversion = \"1.2.3\"\n";
        assert_eq!(after(lints, "core/Cargo.toml", alone).len(), 1);
        assert_eq!(after(one_version, "core/Cargo.toml", alone).len(), 1);
        assert_eq!(after(one_version, "npm/package.json", "{\"version\":\"1.2.4\"}").len(), 1);
        let other = "[toolchain]\nchannel = \"1.9.0\"\n";
        assert_eq!(after(one_version, "rust-toolchain.toml", other).len(), 1);
        let older = "# Changelog\n\n## 1.2.2\n";
        assert_eq!(after(one_version, "CHANGELOG.md", older).len(), 1);
        let upward = format!("{CORE}[dev-dependencies]\nstateledger-api.workspace = true\n");
        assert_eq!(after(direction, "core/Cargo.toml", &upward), ["core depends on api"]);
    }
}
