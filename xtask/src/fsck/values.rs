//! What KV holds: copies of full tiles, long payloads, and artifacts.

use std::path::{Path, PathBuf};

use futures_executor::block_on;
use rusqlite::OptionalExtension;
use stateledger_core::Hash;
use stateledger_ledger::LedgerId;
use stateledger_ledger::blobs::{BlobError, BlobPage, Blobs};
use stateledger_ledger::fsck::{self, Fault, Finding};

use super::sqlite::{Sqlite, open};
use super::{Stop, obstacle};

/// The state's KV namespaces as the place of values, for reading only.
#[derive(Debug)]
pub(super) struct Values<'a> {
    indexes: &'a [PathBuf],
}

impl<'a> Values<'a> {
    /// `None` if the state has no KV at all, as a backup of the database alone.
    pub(super) fn of(indexes: &'a [PathBuf]) -> Option<Self> {
        (!indexes.is_empty()).then_some(Self { indexes })
    }

    fn find(&self, name: &str) -> Result<Option<Vec<u8>>, Stop> {
        for index in self.indexes {
            let failed =
                |error: rusqlite::Error| obstacle(format!("reading {}: {error}", index.display()));
            let sql = "select blob_id from _mf_entries where key = ?1";
            let found = open(index)?.query_row(sql, [name], |row| row.get::<_, String>(0));
            if let Some(blob) = found.optional().map_err(failed)? {
                return Ok(value(index, &blob));
            }
        }
        Ok(None)
    }
}

impl Blobs for Values<'_> {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, BlobError> {
        self.find(name).map_err(|stop| {
            eprintln!("     {stop:?}");
            BlobError
        })
    }

    /// Nothing is ever written.
    async fn put(&self, _name: &str, _value: Vec<u8>) -> Result<(), BlobError> {
        Err(BlobError)
    }

    async fn delete(&self, _name: &str) -> Result<(), BlobError> {
        Err(BlobError)
    }

    /// A check asks for names that rows have, and for no others.
    async fn list(&self, _prefix: &str, _cursor: Option<String>) -> Result<BlobPage, BlobError> {
        Err(BlobError)
    }
}

/// Compares this ledger's copies with its tiles and answers their number.
pub(super) fn check(
    indexes: &[PathBuf],
    database: &Sqlite,
    ledger: &LedgerId,
    uid: &[u8; 32],
) -> Result<u64, Stop> {
    let mut copies = 0u64;
    for index in indexes {
        for (key, blob) in entries(index)? {
            // A value that is gone is a miss, which falls through to the database.
            let Some(value) = value(index, &blob) else { continue };
            let copied = block_on(fsck::check_copy(database, ledger, uid, &key, &value))?;
            copies = copies.saturating_add(u64::from(copied));
        }
    }
    Ok(copies)
}

/// What keys begin with, before the ledger's uid.
const KINDS: [&str; 3] = ["tile/", "payload/", "artifact/"];

/// No value is of a ledger other than these.
pub(super) fn none_beside(indexes: &[PathBuf], uids: &[[u8; 32]]) -> Result<(), Stop> {
    for index in indexes {
        for (key, _) in entries(index)? {
            let place = KINDS.iter().find_map(|kind| key.strip_prefix(kind));
            let Some(uid) = place.and_then(|rest| rest.get(..64)) else { continue };
            if !uids.iter().any(|known| Hash(*known).to_string() == uid) {
                let message = "it is of no ledger of the database";
                return Err(Finding::new(Fault::RowOrphaned, "kv", key, message).into());
            }
        }
    }
    Ok(())
}

/// Keys, each with the name of the file of its value.
fn entries(index: &Path) -> Result<Vec<(String, String)>, Stop> {
    let failed = |error: rusqlite::Error| obstacle(format!("reading {}: {error}", index.display()));
    let connection = open(index)?;
    let sql = "select key, blob_id from _mf_entries order by key";
    let mut statement = connection.prepare(sql).map_err(failed)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
    rows.collect::<Result<_, _>>().map_err(failed)
}

/// Values lie beside the folder of the index, under the namespace's own.
fn value(index: &Path, blob: &str) -> Option<Vec<u8>> {
    let namespaces = index.parent()?.parent()?;
    let folders = std::fs::read_dir(namespaces).ok()?;
    let mut paths = folders.flatten().map(|folder| folder.path().join("blobs").join(blob));
    paths.find_map(|path| std::fs::read(path).ok())
}
