//! Where things are in the repository, and the versions it pins.

use std::path::{Path, PathBuf};

use crate::failure::{Outcome, While, could_not_run};

/// The one version of everything in the repository.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The repository's root: the folder above this crate.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// This program's file. Building the workspace may replace it while we run; then the system calls
/// ours deleted, and the new one is as good.
pub(crate) fn own_program() -> Outcome<PathBuf> {
    let path = std::env::current_exe().or_could_not_run(|| "finding this program".into())?;
    let name = path.to_string_lossy();
    Ok(name.strip_suffix(" (deleted)").map_or_else(|| path.clone(), PathBuf::from))
}

/// Reads a file of the repository as text.
pub(crate) fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).or_could_not_run(|| format!("reading {}", path.display()))
}

/// Reads a TOML file of the repository.
pub(crate) fn read_toml(path: &Path) -> Outcome<toml::Table> {
    read(path)?.parse().or_could_not_run(|| format!("parsing {}", path.display()))
}

/// The version of `package` in Cargo.lock: a tool that must match its library follows it.
pub(crate) fn locked_version(package: &str) -> Outcome<String> {
    let lock = read_toml(&root().join("Cargo.lock"))?;
    match version_in_lock(&lock, package) {
        Some(version) => Ok(version),
        None => could_not_run(format!("Cargo.lock names no package {package}")),
    }
}

fn version_in_lock(lock: &toml::Table, package: &str) -> Option<String> {
    let packages = lock.get("package")?.as_array()?;
    let found = packages.iter().find(|entry| text(entry, "name") == Some(package))?;
    text(found, "version").map(str::to_owned)
}

fn text<'a>(entry: &'a toml::Value, member: &str) -> Option<&'a str> {
    entry.get(member)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_version_is_found_by_its_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        let lock: toml::Table = lock.parse().unwrap();
        assert_eq!(version_in_lock(&lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in_lock(&lock, "wasm"), None);
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.lock").is_file());
    }
}
