//! The heads that the sequencers keep, each in the database of its own object.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sha2::{Digest, Sha256};
use stateledger_core::Hash;
use stateledger_core::mac::hmac_sha256;
use stateledger_core::tree::TreeSize;
use stateledger_ledger::LedgerId;
use stateledger_ledger::fsck::{Fault, Finding};
use stateledger_ledger::platform::Kept;

use super::sqlite::open;
use super::{Stop, malformed, obstacle};
use crate::failure::Outcome;

/// Every object that keeps a head.
#[derive(Debug)]
pub(super) struct Objects {
    files: Vec<(PathBuf, Connection)>,
}

impl Objects {
    pub(super) fn open(files: &[PathBuf]) -> Outcome<Self> {
        let files = files.iter().map(|path| Ok((path.clone(), open(path)?)));
        Ok(Self { files: files.collect::<Outcome<_>>()? })
    }

    /// What the object of this ledger keeps.
    pub(super) fn kept(&self, ledger: &LedgerId) -> Result<Option<Kept>, Stop> {
        let mine = self.files.iter().find(|(path, _)| is_object_of(path, ledger.as_str()));
        mine.map_or(Ok(None), |(path, connection)| read(path, connection))
    }

    /// No object keeps a head of a ledger other than these.
    pub(super) fn none_beside(&self, uids: &[[u8; 32]]) -> Result<(), Stop> {
        for (path, connection) in &self.files {
            let kept = read(path, connection)?;
            if kept.is_some_and(|kept| !uids.contains(&kept.uid)) {
                let message = "the sequencer keeps a head of a ledger that the database has not";
                return Err(Finding::new(Fault::RowMissing, "ledgers", stem(path), message).into());
            }
        }
        Ok(())
    }
}

fn read(path: &Path, connection: &Connection) -> Result<Option<Kept>, Stop> {
    let sql = "select size, root, uid from kept_head order by slot";
    let failed = |error: rusqlite::Error| obstacle(format!("reading {}: {error}", path.display()));
    let mut statement = connection.prepare(sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let Some(row) = rows.next().map_err(failed)? else { return Ok(None) };
    let decoded = decode(row);
    let kept = decoded.ok_or_else(|| {
        malformed("kept_head", &stem(path), "it does not hold a size, a root and a uid")
    })?;
    match rows.next().map_err(failed)? {
        None => Ok(Some(kept)),
        Some(_) => Err(malformed("kept_head", &stem(path), "there are two heads").into()),
    }
}

fn decode(row: &rusqlite::Row<'_>) -> Option<Kept> {
    let size: String = row.get(0).ok()?;
    let root: Vec<u8> = row.get(1).ok()?;
    let uid: Vec<u8> = row.get(2).ok()?;
    let number: u64 = size.parse().ok()?;
    Some(Kept {
        // As it is written, and not "007".
        size: (number.to_string() == size).then(|| TreeSize::new(number))?,
        root: Hash::from_slice(&root).ok()?,
        uid: uid.try_into().ok()?,
        // A count that decides nothing.
        given_up: 0,
    })
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// workerd names an object's file after its id, which it derives from the class and the name: the
/// folder is the class's unique key.
fn is_object_of(path: &Path, name: &str) -> bool {
    let class = path.parent().and_then(Path::file_name);
    class.is_some_and(|class| stem(path) == object_id(&class.to_string_lossy(), name))
}

/// `idFromName` of workerd: 16 bytes of a MAC of the name, then 16 bytes of a MAC of those.
fn object_id(class: &str, name: &str) -> String {
    let key: [u8; 32] = Sha256::digest(class.as_bytes()).into();
    let half = |part: &[u8]| hmac_sha256(&key, &[part]).into_iter().take(16);
    let base: Vec<u8> = half(name.as_bytes()).collect();
    base.iter().copied().chain(half(&base)).map(|byte| format!("{byte:02x}")).collect()
}
