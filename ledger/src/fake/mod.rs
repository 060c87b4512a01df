//! An in-memory host for tests: a store that polices the contract of [`store`](crate::store), a
//! kept head, a platform, and faults at any storage call.

mod beside;
mod faults;
mod host;
mod lookups;
mod police;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stateledger_core::hash::Hash;
use stateledger_core::tile::TileId;

use crate::id::LedgerId;
use crate::store::{
    ArtifactRow, Batch, Body, EntryRow, ErasureRow, Fetch, FoundLeaf, Head, HoldRow, KeyRow,
    LedgerRow, OpenedLedger, Order, PageQuery, PageRow, PayloadRow, ReadBack, RecordRow, Source,
    Staged, Store, StoreError, StoredRecord, TileRow,
};

pub use beside::MemoryBlobs;
pub use faults::{Failure, Faults};
pub use host::{FakePlatform, MemoryKept, Timers};

/// Everything that is stored for one ledger. Public, so that a test can change what no commit may
/// change.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The ledger row.
    pub row: LedgerRow,
    /// Heads by size.
    pub heads: BTreeMap<u64, Head>,
    /// Records by index.
    pub records: BTreeMap<u64, RecordRow>,
    /// Payloads by index.
    pub payloads: BTreeMap<u64, PayloadRow>,
    /// Tiles.
    pub tiles: BTreeMap<TileId, Vec<u8>>,
    /// Idempotency keys.
    pub keys: BTreeMap<String, KeyRow>,
    /// Erasures by index.
    pub erasures: BTreeMap<u64, ErasureRow>,
    /// Holds by index.
    pub holds: BTreeMap<u64, HoldRow>,
    /// Artifacts by their hashes.
    pub artifacts: BTreeMap<Hash, ArtifactRow>,
}

#[derive(Debug, Default)]
struct State {
    ledgers: BTreeMap<LedgerId, Stored>,
    breaches: Vec<&'static str>,
    commits: usize,
    /// Writes that were given up and have not arrived yet.
    late: Vec<(MemoryStaged, Head)>,
    /// Names of values that are to be deleted.
    sweeps: BTreeMap<String, String>,
    deletions: BTreeSet<String>,
}

/// The store. Clones share their content.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    blobs: MemoryBlobs,
    faults: Faults,
}

/// A batch, not serialised any further; a test can damage it with [`Faults::damage_staged`].
#[derive(Debug, Clone)]
pub struct MemoryStaged {
    batch: Batch,
}

impl Staged for MemoryStaged {
    fn read_back(&self) -> Result<ReadBack, StoreError> {
        Ok(ReadBack {
            records: self.batch.records.clone(),
            payloads: self.batch.payloads.clone(),
            tiles: self.batch.tiles.clone(),
            keys: self.batch.keys.clone(),
            erasing: self.batch.erasing.clone(),
        })
    }
}

impl MemoryStore {
    /// Records that one call answers at most, so that callers have to ask again.
    const ROWS: usize = 7;

    /// An empty store whose calls may fail as `faults` says.
    pub fn new(faults: Faults) -> Self {
        Self { blobs: MemoryBlobs::new(faults.clone()), faults, ..Self::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Breaches of the contract so far.
    pub fn breaches(&self) -> Vec<&'static str> {
        self.state().breaches.clone()
    }

    /// Commits that took effect, creations not counted.
    pub fn commits(&self) -> usize {
        self.state().commits
    }

    /// What is stored for a ledger.
    pub fn stored(&self, ledger: &LedgerId) -> Option<Stored> {
        self.state().ledgers.get(ledger).cloned()
    }

    /// Replaces what is stored for a ledger, as a restore or an intruder would; `None` loses it.
    pub fn replace(&self, ledger: &LedgerId, stored: Option<Stored>) {
        let mut state = self.state();
        match stored {
            Some(stored) => state.ledgers.insert(ledger.clone(), stored),
            None => state.ledgers.remove(ledger),
        };
    }

    /// Changes one ledger's rows behind the engine's back.
    pub fn tamper(&self, ledger: &LedgerId, change: impl FnOnce(&mut Stored)) {
        if let Some(stored) = self.state().ledgers.get_mut(ledger) {
            change(stored);
        }
    }

    fn read<T>(&self, ledger: &LedgerId, read: impl FnOnce(&Stored) -> T) -> Option<T> {
        self.state().ledgers.get(ledger).map(read)
    }

    /// Late writes arrive before the next write, in the order in which they were sent.
    fn land_late(&self) {
        let late = std::mem::take(&mut self.state().late);
        for (staged, head) in late {
            // A late write that collides is one that lost; nobody waits for its answer.
            let _ = self.land(staged, &head);
        }
    }

    fn land(&self, staged: MemoryStaged, head: &Head) -> Result<(), StoreError> {
        let mut state = self.state();
        let Batch { ledger, previous, records, payloads, tiles, keys, erasing } = staged.batch;
        let State { ledgers, breaches, commits, deletions, .. } = &mut *state;
        let stored = ledgers.get_mut(&ledger).ok_or(StoreError::Conflict)?;
        if stored.heads.last_key_value().map(|(_, head)| head.id) != Some(previous) {
            return Err(StoreError::Conflict);
        }
        if keys.iter().any(|row| stored.keys.contains_key(&row.key)) {
            return Err(StoreError::Conflict);
        }
        if !beside::may_erase(stored, &erasing) {
            return Err(StoreError::Conflict);
        }
        let mut next = stored.clone();
        deletions.extend(beside::erase(&mut next, erasing));
        next.records.extend(records.into_iter().map(|row| (row.index, row)));
        next.payloads.extend(payloads.into_iter().map(|row| (row.index, row)));
        next.tiles.extend(tiles.into_iter().map(|row| (row.id, row.hashes)));
        next.keys.extend(keys.into_iter().map(|row| (row.key.clone(), row)));
        next.heads.insert(head.id.size.get(), head.clone());
        let found = police::breaches(stored, &next, &self.blobs);
        if !found.is_empty() {
            breaches.extend(found);
            return Err(StoreError::Corrupt);
        }
        *stored = next;
        *commits = commits.saturating_add(1);
        Ok(())
    }
}

fn record(stored: &Stored, index: u64, fetch: Fetch) -> Option<StoredRecord> {
    let payload = stored.payloads.get(&index);
    Some(StoredRecord {
        row: stored.records.get(&index)?.clone(),
        salt: payload.map(|row| row.salt),
        body: match fetch {
            Fetch::Salts => None,
            Fetch::Payloads => payload.map(|row| row.body.clone()),
        },
        erased: stored.erasures.get(&index).copied(),
    })
}

/// Bytes of a record's entry and payload together.
fn bytes(stored: &Stored, index: u64) -> u64 {
    let entry = stored.records.get(&index).map_or(0, |row| row.entry.len());
    let payload = stored.payloads.get(&index).map_or(0, |row| match &row.body {
        Body::Inline(payload) => payload.as_bytes().len(),
        Body::Sealed(sealed) => usize::try_from(sealed.size).unwrap_or(usize::MAX),
    });
    entry.saturating_add(payload) as u64
}

impl Store for MemoryStore {
    type Staged = MemoryStaged;

    async fn schema_is_known(&self, _: &LedgerId) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn open(&self, ledger: &LedgerId) -> Result<Option<OpenedLedger>, StoreError> {
        self.faults.read().await?;
        let opened = self.read(ledger, |stored| {
            let (_, head) = stored.heads.last_key_value()?;
            Some(OpenedLedger { row: stored.row.clone(), head: head.clone() })
        });
        Ok(opened.flatten())
    }

    async fn create(
        &self,
        ledger: &LedgerId,
        row: &LedgerRow,
        head: &Head,
    ) -> Result<(), StoreError> {
        let write = || {
            let mut state = self.state();
            if state.ledgers.contains_key(ledger) {
                return Err(StoreError::Conflict);
            }
            let stored = Stored {
                row: row.clone(),
                heads: BTreeMap::from([(0, head.clone())]),
                records: BTreeMap::new(),
                payloads: BTreeMap::new(),
                tiles: BTreeMap::new(),
                keys: BTreeMap::new(),
                erasures: BTreeMap::new(),
                holds: BTreeMap::new(),
                artifacts: BTreeMap::new(),
            };
            state.ledgers.insert(ledger.clone(), stored);
            Ok(())
        };
        self.faults.write(write).await
    }

    fn stage(&self, mut batch: Batch) -> Result<MemoryStaged, StoreError> {
        self.faults.damage(&mut batch);
        Ok(MemoryStaged { batch })
    }

    async fn commit(&self, staged: MemoryStaged, head: &Head) -> Result<(), StoreError> {
        self.land_late();
        self.faults.gate().await;
        let late = (staged.clone(), head.clone());
        let put_off = || self.state().late.push(late);
        self.faults.commit(|| self.land(staged, head), put_off).await
    }

    async fn tiles(
        &self,
        ledger: &LedgerId,
        ids: &[TileId],
        _: Source,
    ) -> Result<Vec<TileRow>, StoreError> {
        self.faults.read().await?;
        let row = |stored: &Stored, id: &TileId| {
            Some(TileRow { id: *id, hashes: stored.tiles.get(id)?.clone() })
        };
        let tiles =
            self.read(ledger, |stored| ids.iter().filter_map(|id| row(stored, id)).collect());
        Ok(tiles.unwrap_or_default())
    }

    async fn records(
        &self,
        ledger: &LedgerId,
        indexes: &[u64],
        fetch: Fetch,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        self.faults.read().await?;
        let records = self.read(ledger, |stored| {
            let found = indexes.iter().filter_map(|index| record(stored, *index, fetch));
            found.take(Self::ROWS).collect()
        });
        Ok(records.unwrap_or_default())
    }

    async fn entries(
        &self,
        ledger: &LedgerId,
        start: u64,
        end: u64,
    ) -> Result<Vec<EntryRow>, StoreError> {
        self.faults.read().await?;
        let row = |row: &RecordRow| EntryRow {
            index: row.index,
            leaf_hash: row.leaf_hash,
            entry: row.entry.clone(),
        };
        let entries = self.read(ledger, |stored| {
            stored.records.range(start..end).take(Self::ROWS).map(|(_, r)| row(r)).collect()
        });
        Ok(entries.unwrap_or_default())
    }

    async fn find_leaves(
        &self,
        ledger: &LedgerId,
        from: u64,
        leaves: &[Hash],
    ) -> Result<Vec<FoundLeaf>, StoreError> {
        self.faults.read().await?;
        let found = self.read(ledger, |stored| {
            let rows = stored.records.range(from..).map(|(_, row)| row);
            let named = rows.filter(|row| leaves.contains(&row.leaf_hash));
            named.map(|row| FoundLeaf { index: row.index, leaf_hash: row.leaf_hash }).collect()
        });
        Ok(found.unwrap_or_default())
    }

    async fn keys(&self, ledger: &LedgerId, keys: &[&str]) -> Result<Vec<KeyRow>, StoreError> {
        self.faults.read().await?;
        let rows = self.read(ledger, |stored| {
            keys.iter().filter_map(|key| stored.keys.get(*key).cloned()).collect()
        });
        Ok(rows.unwrap_or_default())
    }

    async fn page(&self, ledger: &LedgerId, query: &PageQuery) -> Result<Vec<PageRow>, StoreError> {
        self.faults.read().await?;
        let rows = self.read(ledger, |stored| {
            let matching = stored.records.values().filter(|row| matches(query, row));
            let row =
                |row: &RecordRow| PageRow { index: row.index, bytes: bytes(stored, row.index) };
            let mut rows: Vec<PageRow> = matching.map(row).collect();
            if query.order == Order::Descending {
                rows.reverse();
            }
            rows.truncate(query.limit);
            rows
        });
        Ok(rows.unwrap_or_default())
    }
}

fn matches(query: &PageQuery, row: &RecordRow) -> bool {
    let equal = |filter: &Option<String>, value: Option<&str>| {
        filter.as_deref().is_none_or(|filter| Some(filter) == value)
    };
    equal(&query.record_type, Some(&row.record_type))
        && equal(&query.source, Some(&row.source))
        && equal(&query.subject, row.subject.as_deref())
        && query.since.is_none_or(|since| row.time >= since)
        && query.until.is_none_or(|until| row.time < until)
        && (query.start..query.end).contains(&row.index)
}
