//! Full tiles in KV, read before the store and written after it.
//!
//! KV may be a minute stale and caches misses too, so it holds nothing that can change: only tiles
//! that the ledger's head says are full. Its keys carry the ledger's uid, so a ledger made again under
//! the same name never meets the old one's tiles. A missing or misshapen value falls through to the
//! store, and every reader hashes what it gets, from here as from the store. One thing can change a
//! full tile: a recovery after the database was rewound. What a reader then refuses it asks for again,
//! past the cache, and the answer replaces the value.

mod beside;
mod lookups;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use stateledger_core::hash::Hash;
use stateledger_core::tile::{FULL_BYTES, FULL_WIDTH, TileId, width_at};
use stateledger_core::tree::TreeSize;
use stateledger_ledger::id::LedgerId;
use stateledger_ledger::store::{
    Batch, EntryRow, Fetch, FoundLeaf, Head, KeyRow, LedgerRow, OpenedLedger, PageQuery, PageRow,
    Source, Store, StoreError, StoredRecord, TileRow,
};

/// Ledgers whose uid and size one isolate remembers. An entry is about 150 bytes, so 1,000 take 150 KB.
const REMEMBERED: usize = 1_000;

/// The part of KV that the cache needs.
pub(crate) trait Values: Send + Sync {
    /// The value, or `None` if there is none or KV did not answer.
    fn get(&self, key: String) -> impl Future<Output = Option<Vec<u8>>> + Send;

    /// Starts to write a value. The caller does not wait, and a failure only costs a later read.
    fn put(&self, key: String, value: Vec<u8>);
}

/// A store whose full tiles are looked up in `values` first.
#[derive(Debug)]
pub(crate) struct CachedTiles<S, V> {
    store: S,
    values: V,
    opened: Arc<Mutex<HashMap<LedgerId, Opened>>>,
}

/// What the newest `open` of a ledger said. An older size only means fewer tiles count as full.
#[derive(Debug, Clone, Copy)]
struct Opened {
    uid: [u8; 32],
    size: TreeSize,
}

impl<S: Store, V: Values> CachedTiles<S, V> {
    pub(crate) fn new(store: S, values: V) -> Self {
        Self { store, values, opened: Arc::default() }
    }

    /// The same cache over another view of the same store.
    pub(crate) fn over(&self, view: impl FnOnce(&S) -> S) -> Self
    where
        V: Clone,
    {
        let (values, opened) = (self.values.clone(), self.opened.clone());
        Self { store: view(&self.store), values, opened }
    }

    fn remember(&self, ledger: &LedgerId, found: &OpenedLedger) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= REMEMBERED {
            opened.clear();
        }
        opened.insert(ledger.clone(), Opened { uid: found.row.uid, size: found.head.id.size });
    }

    fn recall(&self, ledger: &LedgerId) -> Option<Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(ledger).copied()
    }

    async fn cached(&self, opened: &Opened, ids: &[TileId]) -> Vec<TileRow> {
        let full = ids.iter().filter(|id| opened.is_full(**id));
        let lookups = full.map(|&id| async move {
            let hashes = self.values.get(opened.key(id)).await?;
            (hashes.len() == FULL_BYTES).then_some(TileRow { id, hashes })
        });
        join_all(lookups).await.into_iter().flatten().collect()
    }
}

impl Opened {
    fn is_full(&self, id: TileId) -> bool {
        width_at(id, self.size) == FULL_WIDTH
    }

    fn key(&self, id: TileId) -> String {
        format!("tile/{}/{}/{}", Hash(self.uid), id.level, id.index)
    }
}

impl<S: Store, V: Values> Store for CachedTiles<S, V> {
    type Staged = S::Staged;

    fn schema_is_known(
        &self,
        ledger: &LedgerId,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send {
        self.store.schema_is_known(ledger)
    }

    async fn open(&self, ledger: &LedgerId) -> Result<Option<OpenedLedger>, StoreError> {
        let found = self.store.open(ledger).await?;
        if let Some(found) = &found {
            self.remember(ledger, found);
        }
        Ok(found)
    }

    async fn tiles(
        &self,
        ledger: &LedgerId,
        ids: &[TileId],
        source: Source,
    ) -> Result<Vec<TileRow>, StoreError> {
        let Some(opened) = self.recall(ledger) else {
            return self.store.tiles(ledger, ids, source).await;
        };
        let mut rows = match source {
            Source::Nearest => self.cached(&opened, ids).await,
            // What they hold then replaces what did not pass.
            Source::Rows => Vec::new(),
        };
        let missing: Vec<TileId> =
            ids.iter().filter(|id| rows.iter().all(|row| row.id != **id)).copied().collect();
        if missing.is_empty() {
            return Ok(rows);
        }
        for row in self.store.tiles(ledger, &missing, source).await? {
            if opened.is_full(row.id) && row.hashes.len() == FULL_BYTES {
                self.values.put(opened.key(row.id), row.hashes.clone());
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn create(
        &self,
        ledger: &LedgerId,
        row: &LedgerRow,
        head: &Head,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.store.create(ledger, row, head)
    }

    fn stage(&self, batch: Batch) -> Result<Self::Staged, StoreError> {
        self.store.stage(batch)
    }

    fn commit(
        &self,
        staged: Self::Staged,
        head: &Head,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.store.commit(staged, head)
    }

    fn records(
        &self,
        ledger: &LedgerId,
        indexes: &[u64],
        fetch: Fetch,
    ) -> impl Future<Output = Result<Vec<StoredRecord>, StoreError>> + Send {
        self.store.records(ledger, indexes, fetch)
    }

    fn entries(
        &self,
        ledger: &LedgerId,
        start: u64,
        end: u64,
    ) -> impl Future<Output = Result<Vec<EntryRow>, StoreError>> + Send {
        self.store.entries(ledger, start, end)
    }

    fn find_leaves(
        &self,
        ledger: &LedgerId,
        from: u64,
        leaves: &[Hash],
    ) -> impl Future<Output = Result<Vec<FoundLeaf>, StoreError>> + Send {
        self.store.find_leaves(ledger, from, leaves)
    }

    fn keys(
        &self,
        ledger: &LedgerId,
        keys: &[&str],
    ) -> impl Future<Output = Result<Vec<KeyRow>, StoreError>> + Send {
        self.store.keys(ledger, keys)
    }

    fn page(
        &self,
        ledger: &LedgerId,
        query: &PageQuery,
    ) -> impl Future<Output = Result<Vec<PageRow>, StoreError>> + Send {
        self.store.page(ledger, query)
    }
}

#[cfg(test)]
mod stale;
#[cfg(test)]
mod tests;
