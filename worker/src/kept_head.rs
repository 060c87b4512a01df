//! The sequencer's own storage: one row in the SQLite database of its Durable Object, and one more after a recovery.

use std::sync::OnceLock;

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;
use stateledger_ledger::platform::{Kept, KeptHead, KeptHeadError};
use worker::send::SendFuture;
use worker::{SqlStorageValue, Storage};

// Sizes travel as text: integers would pass through a JavaScript number.
const CREATE: &str = "create table if not exists kept_head (
    slot integer primary key check (slot = 1), size text not null, root blob not null, uid blob not null
) strict;
create table if not exists given_up (slot integer primary key check (slot = 1), records text not null) strict";
const LOAD: &str = "select k.size, k.root, k.uid, g.records from kept_head k left join given_up g on g.slot = k.slot";
const STORE: &str =
    "insert or replace into kept_head (slot, size, root, uid) values (1, ?1, ?2, ?3)";
const GIVE_UP: &str = "insert or replace into given_up (slot, records) values (1, ?1)";

/// The kept head of the one ledger that this object sequences.
pub(crate) struct ObjectStorage {
    storage: Storage,
    /// The tables are there: this object saw to it.
    created: OnceLock<()>,
}

impl ObjectStorage {
    pub(crate) fn new(storage: Storage) -> Self {
        Self { storage, created: OnceLock::new() }
    }

    fn read(&self) -> worker::Result<Option<Kept>> {
        let sql = self.storage.sql();
        if self.created.get().is_none() {
            sql.exec(CREATE, None)?;
            // Set by this call or by one before it.
            let _ = self.created.set(());
        }
        let row = sql.exec(LOAD, None)?.raw().next().transpose()?;
        row.map(|cells| decode(&cells).ok_or_else(|| "the kept head is malformed".into()))
            .transpose()
    }

    async fn write(&self, previous: Option<&Kept>, kept: &Kept) -> worker::Result<()> {
        // Comparing and writing is one step: nothing else of this object runs before the next await.
        let held = self.read()?;
        if held.as_ref() != previous && held.as_ref() != Some(kept) {
            return Err("another head was kept in the meantime".into());
        }
        let size = SqlStorageValue::from(kept.size.get().to_string());
        let root = SqlStorageValue::from(kept.root.as_bytes().to_vec());
        let uid = SqlStorageValue::from(kept.uid.to_vec());
        // The count comes first: a call that throws undoes nothing before it, and a head without its count would not be written again.
        if held.map_or(0, |held| held.given_up) != kept.given_up {
            let records = SqlStorageValue::from(kept.given_up.to_string());
            self.storage.sql().exec(GIVE_UP, vec![records])?;
        }
        self.storage.sql().exec(STORE, vec![size, root, uid])?;
        // A write is in memory until now. The output gate would hold the answer back as well, but a
        // write that fails must be seen here, before the engine calls the records acknowledged.
        self.storage.sync().await
    }
}

impl KeptHead for ObjectStorage {
    fn load(&self) -> impl Future<Output = Result<Option<Kept>, KeptHeadError>> + Send {
        let read = self.read().map_err(|error| failed(&error));
        core::future::ready(read)
    }

    fn store(
        &self,
        previous: Option<&Kept>,
        kept: &Kept,
    ) -> impl Future<Output = Result<(), KeptHeadError>> + Send {
        SendFuture::new(
            async move { self.write(previous, kept).await.map_err(|error| failed(&error)) },
        )
    }
}

fn failed(error: &worker::Error) -> KeptHeadError {
    crate::lines::failed("kept-head", error);
    KeptHeadError
}

fn decode(cells: &[SqlStorageValue]) -> Option<Kept> {
    let [
        SqlStorageValue::String(size),
        SqlStorageValue::Blob(root),
        SqlStorageValue::Blob(uid),
        given_up,
    ] = cells
    else {
        return None;
    };
    // It decides nothing, so an unreadable one stops nothing.
    let given_up = match given_up {
        SqlStorageValue::String(records) => records.parse().unwrap_or_default(),
        _ => 0,
    };
    Some(Kept {
        size: TreeSize::new(size.parse().ok()?),
        root: Hash::from_slice(root).ok()?,
        uid: uid.as_slice().try_into().ok()?,
        given_up,
    })
}
