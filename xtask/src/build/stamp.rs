//! Which build steps can be skipped: a stamp holds the hash of what a step read and of what it made.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::folder;
use crate::failure::{Outcome, While, could_not_run};
use crate::workspace;

/// Folders that no step reads when it is given the folder around them.
const NOT_SOURCES: [&str; 4] = ["node_modules", "dist", "build", "target"];

/// A step's files, as paths from the repository's root; a folder stands for all that is in it.
pub(super) struct Recipe {
    pub(super) name: &'static str,
    pub(super) inputs: &'static [&'static str],
    pub(super) outputs: &'static [&'static str],
}

impl Recipe {
    /// Whether inputs, tools and outputs are what they were when the step last ran.
    pub(super) fn is_fresh(&self, more_inputs: &[&str], tools: &str) -> Outcome<bool> {
        let Ok(stamp) = fs::read_to_string(self.stamp()) else { return Ok(false) };
        Ok(stamp == self.read(more_inputs, tools)? + &self.made()?)
    }

    /// Runs `step` unless it would make what is there already.
    pub(super) fn unless_fresh(
        &self,
        more_inputs: &[&str],
        tools: &str,
        step: impl FnOnce() -> Outcome,
    ) -> Outcome {
        if self.is_fresh(more_inputs, tools)? {
            return Ok(());
        }
        // The inputs as they are before the step: an edit meanwhile makes the stamp stale.
        let read = self.read(more_inputs, tools)?;
        step()?;
        let root = workspace::root();
        if self.outputs.iter().any(|output| !root.join(output).exists()) {
            return could_not_run(format!(
                "the {} step made no {}",
                self.name,
                self.outputs.join(", ")
            ));
        }
        let path = self.stamp();
        let doing = || format!("writing {}", path.display());
        fs::create_dir_all(path.parent().unwrap_or(&path)).or_could_not_run(doing)?;
        fs::write(&path, read + &self.made()?).or_could_not_run(doing)
    }

    fn stamp(&self) -> PathBuf {
        folder().join("stamps").join(self.name)
    }

    fn read(&self, more_inputs: &[&str], tools: &str) -> Outcome<String> {
        let inputs: Vec<_> = self.inputs.iter().chain(more_inputs).copied().collect();
        fingerprint(&workspace::root(), &inputs, tools)
    }

    fn made(&self) -> Outcome<String> {
        fingerprint(&workspace::root(), self.outputs, "")
    }
}

/// Hash over names and contents of all files under `paths`, as 64 hex digits.
pub(super) fn fingerprint(root: &Path, paths: &[&str], extra: &str) -> Outcome<String> {
    let mut all = Sha256::new();
    all.update(extra.as_bytes());
    for path in files_under(root, paths) {
        let bytes = fs::read(&path).or_could_not_run(|| format!("reading {}", path.display()))?;
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        // Digests have one length, so no content can pass for another file's name.
        all.update(Sha256::digest(name.as_bytes()));
        all.update(Sha256::digest(&bytes));
    }
    Ok(all.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The files under `paths`, sorted; a path that does not exist has none.
fn files_under(root: &Path, paths: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting: Vec<_> = paths.iter().map(|path| root.join(path)).collect();
    while let Some(path) = waiting.pop() {
        if path.is_file() {
            found.push(path);
        } else if let Ok(inside) = fs::read_dir(&path) {
            let inside = inside.flatten().map(|file| file.path());
            waiting.extend(inside.filter(|path| !NOT_SOURCES.iter().any(|no| path.ends_with(no))));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// When the youngest file under `paths` was written, and how many there are: either changes with
/// an edit. Cheap enough to ask twice a second.
pub(crate) fn newest_change(paths: &[&str]) -> (Option<SystemTime>, usize) {
    let files = files_under(&workspace::root(), paths);
    let written = |path: &PathBuf| fs::metadata(path).and_then(|facts| facts.modified()).ok();
    (files.iter().filter_map(written).max(), files.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_names_and_tools_count_and_products_do_not() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let print = |tools: &str| fingerprint(root.path(), &["room"], tools).unwrap();
        write("room/src/a.rs", "1");
        let first = print("tool 1");
        assert_eq!(print("tool 1"), first);
        assert_ne!(print("tool 2"), first);
        write("room/node_modules/x.js", "1");
        write("room/dist/x.js", "1");
        assert_eq!(print("tool 1"), first);
        write("room/src/a.rs", "2");
        let edited = print("tool 1");
        assert_ne!(edited, first);
        fs::rename(root.path().join("room/src/a.rs"), root.path().join("room/src/b.rs")).unwrap();
        assert_ne!(print("tool 1"), edited);
    }
}
