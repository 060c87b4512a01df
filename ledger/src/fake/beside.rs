//! What lies beside the tree, in memory.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stateledger_core::hash::Hash;

use super::{FakePlatform, Faults, MemoryStore, Stored};
use crate::blobs::{BlobError, BlobPage, Blobs};
use crate::id::LedgerId;
use crate::store::{ArtifactRow, Beside, Body, Erasing, HoldRow, Sealed, Standing, StoreError};

/// Values by name. Clones share them; calls fail as their `Faults` say.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlobs {
    values: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    longest: Arc<Mutex<Option<usize>>>,
    /// How many writes have not been answered, while none is.
    unanswered: Arc<Mutex<Option<usize>>>,
    stuck: Arc<Mutex<Option<String>>>,
    faults: Faults,
}

impl MemoryBlobs {
    /// None; calls may fail as `faults` says.
    pub fn new(faults: Faults) -> Self {
        Self { faults, ..Self::default() }
    }

    /// Every value. Changing them is what an intruder would do.
    pub fn values(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses longer values from now on; none if there is no limit.
    pub fn take_at_most(&self, bytes: Option<usize>) {
        *self.longest.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
    }

    /// Answers no write any more.
    pub fn hang(&self) {
        *self.unanswered() = Some(0);
    }

    /// Answers writes again, and says how many were not answered.
    pub fn go_on(&self) -> usize {
        self.unanswered().take().unwrap_or_default()
    }

    fn unanswered(&self) -> MutexGuard<'_, Option<usize>> {
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a write is not to be answered; then it counts.
    fn hangs(&self) -> bool {
        let mut unanswered = self.unanswered();
        *unanswered = unanswered.map(|writes| writes.saturating_add(1));
        unanswered.is_some()
    }

    /// Refuses to delete this value from now on; none if there is no name.
    pub fn never_delete(&self, name: Option<&str>) {
        *self.stuck.lock().unwrap_or_else(PoisonError::into_inner) = name.map(str::to_owned);
    }

    fn deletes(&self, name: &str) -> bool {
        let stuck = self.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        stuck.as_deref() != Some(name)
    }

    fn takes(&self, value: &[u8]) -> bool {
        let longest = *self.longest.lock().unwrap_or_else(PoisonError::into_inner);
        longest.is_none_or(|longest| value.len() <= longest)
    }

    pub(super) fn peek(&self, name: &str) -> Option<Vec<u8>> {
        self.values().get(name).cloned()
    }
}

impl Blobs for MemoryBlobs {
    async fn put(&self, name: &str, value: Vec<u8>) -> Result<(), BlobError> {
        if !self.takes(&value) {
            return Err(BlobError);
        }
        if self.hangs() {
            pending::<()>().await;
        }
        let put = || {
            let before = self.values().insert(name.to_owned(), value.clone());
            assert!(before.is_none_or(|before| before == value), "a value was changed");
            Ok(())
        };
        self.faults.write(put).await.map_err(|_| BlobError)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, BlobError> {
        self.faults.read().await.map_err(|_| BlobError)?;
        Ok(self.peek(name))
    }

    async fn delete(&self, name: &str) -> Result<(), BlobError> {
        let delete = || {
            if !self.deletes(name) {
                return Err(StoreError::Unavailable);
            }
            self.values().remove(name);
            Ok(())
        };
        self.faults.write(delete).await.map_err(|_| BlobError)
    }

    /// One name at a time, all written when the clock of [`FakePlatform`] started.
    async fn list(&self, prefix: &str, cursor: Option<String>) -> Result<BlobPage, BlobError> {
        self.faults.read().await.map_err(|_| BlobError)?;
        let values = self.values();
        let after = |name: &&String| cursor.as_ref().is_none_or(|cursor| *name > cursor);
        let mut names = values.keys().filter(|name| name.starts_with(prefix)).filter(after);
        let name = names.next().cloned();
        let cursor = name.clone().filter(|_| names.next().is_some());
        let names = name.into_iter().map(|name| (name, FakePlatform::START_MS)).collect();
        Ok(BlobPage { names, cursor })
    }
}

/// Whether none of these was erased or is held.
pub(super) fn may_erase(stored: &Stored, erasing: &[Erasing]) -> bool {
    erasing.iter().all(|erasing| {
        let index = &erasing.row.index;
        !stored.erasures.contains_key(index) && !stored.holds.contains_key(index)
    })
}

/// Destroys payloads; answers the names of their values.
pub(super) fn erase(stored: &mut Stored, erasing: Vec<Erasing>) -> Vec<String> {
    let mut names = Vec::new();
    for Erasing { row, key } in erasing {
        let payload = stored.payloads.remove(&row.index);
        if let Some(Body::Sealed(Sealed { name, .. })) = payload.map(|row| row.body) {
            names.push(name);
        }
        stored.erasures.insert(row.index, row);
        if let Some(key) = key {
            stored.keys.insert(key.key.clone(), key);
        }
    }
    names
}

impl Beside for MemoryStore {
    type Blobs = MemoryBlobs;

    fn blobs(&self) -> &MemoryBlobs {
        &self.blobs
    }

    async fn standing(&self, ledger: &LedgerId, index: u64) -> Result<Standing, StoreError> {
        self.faults.read().await?;
        let standing = self.read(ledger, |stored| Standing {
            erased: stored.erasures.get(&index).copied(),
            hold: stored.holds.get(&index).copied(),
            key: stored.keys.values().filter(|k| k.first <= index).max_by_key(|k| k.first).cloned(),
        });
        Ok(standing.unwrap_or_default())
    }

    async fn hold(&self, ledger: &LedgerId, hold: &HoldRow) -> Result<(), StoreError> {
        let write = || {
            let mut state = self.state();
            let stored = state.ledgers.get_mut(ledger).ok_or(StoreError::Conflict)?;
            let erased = stored.erasures.contains_key(&hold.index);
            if erased || !stored.records.contains_key(&hold.index) {
                return Err(StoreError::Conflict);
            }
            stored.holds.insert(hold.index, *hold);
            Ok(())
        };
        self.faults.write(write).await
    }

    async fn release(&self, ledger: &LedgerId, hold: &HoldRow) -> Result<(), StoreError> {
        let write = || {
            if let Some(stored) = self.state().ledgers.get_mut(ledger) {
                stored.holds.retain(|_, row| row != hold);
            }
            Ok(())
        };
        self.faults.write(write).await
    }

    async fn deletions(&self) -> Result<Vec<String>, StoreError> {
        self.faults.read().await?;
        Ok(self.state().deletions.iter().take(2).cloned().collect())
    }

    async fn forget_deletions(&self, names: &[String]) -> Result<(), StoreError> {
        let write = || {
            self.state().deletions.retain(|name| !names.contains(name));
            Ok(())
        };
        self.faults.write(write).await
    }

    async fn sweep_cursor(&self, prefix: &str) -> Result<Option<String>, StoreError> {
        self.faults.read().await?;
        Ok(self.state().sweeps.get(prefix).cloned())
    }

    async fn set_sweep_cursor(&self, prefix: &str, cursor: Option<&str>) -> Result<(), StoreError> {
        let write = || {
            let sweeps = &mut self.state().sweeps;
            match cursor {
                Some(cursor) => sweeps.insert(prefix.to_owned(), cursor.to_owned()),
                None => sweeps.remove(prefix),
            };
            Ok(())
        };
        self.faults.write(write).await
    }

    async fn artifact(
        &self,
        ledger: &LedgerId,
        digest: &Hash,
    ) -> Result<Option<ArtifactRow>, StoreError> {
        self.faults.read().await?;
        Ok(self.read(ledger, |stored| stored.artifacts.get(digest).cloned()).flatten())
    }

    async fn add_artifact(&self, ledger: &LedgerId, row: &ArtifactRow) -> Result<(), StoreError> {
        let write = || {
            let mut state = self.state();
            // A row names a value that is there.
            if self.blobs.peek(&row.name).is_none() {
                state.breaches.push("an artifact's row came before its value");
            }
            let stored = state.ledgers.get_mut(ledger).ok_or(StoreError::Conflict)?;
            if stored.artifacts.contains_key(&row.digest) {
                return Err(StoreError::Conflict);
            }
            stored.artifacts.insert(row.digest, row.clone());
            Ok(())
        };
        self.faults.write(write).await
    }

    async fn named(&self, names: &[String]) -> Result<Vec<String>, StoreError> {
        self.faults.read().await?;
        let state = self.state();
        let payloads = state.ledgers.values().flat_map(|stored| stored.payloads.values());
        let own = payloads.filter_map(|row| match &row.body {
            Body::Sealed(sealed) => Some(sealed.name.clone()),
            Body::Inline(_) => None,
        });
        let artifacts = state.ledgers.values().flat_map(|stored| stored.artifacts.values());
        let all = own.chain(artifacts.map(|row| row.name.clone()));
        Ok(all.filter(|name| names.contains(name)).collect())
    }
}
