//! Which file under a state directory is which store: told by the tables inside, not by its name.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::sqlite::{has_table, open};
use crate::failure::{Outcome, While, could_not_run};

/// The stores of a stopped deployment.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    databases: Vec<PathBuf>,
    objects: Vec<PathBuf>,
    values: Vec<PathBuf>,
    /// Held while the files are read, so that `dev` does not start on them.
    _lock: Option<File>,
}

/// Folders below the state directory, at most: more is no state directory.
const MAX_DEPTH: usize = 8;

impl State {
    pub(super) fn open(folder: &Path) -> Outcome<Self> {
        if !folder.is_dir() {
            return could_not_run(format!("{} is no folder", folder.display()));
        }
        let lock = claim(folder)?;
        let mut files = Vec::new();
        collect(folder, MAX_DEPTH, &mut files)?;
        files.sort();
        let mut databases = Vec::new();
        let (mut objects, mut values) = (Vec::new(), Vec::new());
        for file in files {
            let connection = open(&file)?;
            if has_table(&connection, "ledgers") && has_table(&connection, "heads") {
                databases.push(file);
            } else if has_table(&connection, "kept_head") {
                objects.push(file);
            } else if has_table(&connection, "_mf_entries") && is_under(&file, "kv") {
                values.push(file);
            }
        }
        if databases.is_empty() {
            return could_not_run(format!("{} holds no ledgers' database", folder.display()));
        }
        Ok(Self { folder: folder.to_owned(), databases, objects, values, _lock: lock })
    }

    /// The D1 databases.
    pub(super) fn databases(&self) -> &[PathBuf] {
        &self.databases
    }

    /// The sequencers' own databases.
    pub(super) fn objects(&self) -> &[PathBuf] {
        &self.objects
    }

    /// The KV namespaces' indexes.
    pub(super) fn values(&self) -> &[PathBuf] {
        &self.values
    }

    /// The signing seed, if it lies there.
    pub(super) fn seed(&self) -> Outcome<Option<[u8; 32]>> {
        let path = self.folder.join("secrets/seed");
        let Ok(text) = fs::read_to_string(&path) else { return Ok(None) };
        let doing = || format!("reading {}", path.display());
        let seed = stateledger_core::Hash::from_hex(text.trim_end()).or_could_not_run(doing)?;
        Ok(Some(*seed.as_bytes()))
    }
}

/// A served directory changes while it is read.
fn claim(folder: &Path) -> Outcome<Option<File>> {
    let Ok(lock) = File::open(folder.join("lock")) else { return Ok(None) };
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(_) => could_not_run(format!("{} is being served: stop it first", folder.display())),
    }
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Outcome {
    let doing = || format!("reading {}", folder.display());
    for item in fs::read_dir(folder).or_could_not_run(doing)? {
        let item = item.or_could_not_run(doing)?;
        let kind = item.file_type().or_could_not_run(doing)?;
        let path = item.path();
        if kind.is_dir() && depth > 0 {
            collect(&path, depth.saturating_sub(1), files)?;
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "sqlite") {
            files.push(path);
        }
    }
    Ok(())
}

fn is_under(file: &Path, folder: &str) -> bool {
    file.components().any(|part| part.as_os_str() == folder)
}
