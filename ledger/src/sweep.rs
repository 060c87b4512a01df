//! The deletion of values that no row needs: those of erased payloads, and those of appends and
//! artifacts that never landed.

use crate::blobs::{BlobPage, Blobs};
use crate::calls::Calls;
use crate::error::ReadError;
use crate::limits::SWEEP_AFTER_MS;
use crate::platform::Platform;
use crate::sealed::Kind;
use crate::store::{Store, StoreError};

/// Pages of names that one sweep looks at: some hundred each. The next one goes on after them.
const PAGES: usize = 100;

/// Sweeps all ledgers of a store. Any number may run at a time, beside any number of sequencers.
#[derive(Debug, Clone)]
pub struct Sweeper<S, P> {
    calls: Calls<S, P>,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Values of erased payloads that are gone now.
    pub erased: usize,
    /// Values that no row named.
    pub orphans: usize,
}

impl<S: Store, P: Platform> Sweeper<S, P> {
    /// A sweeper of all ledgers of `store`.
    pub fn new(store: S, platform: P) -> Self {
        Self { calls: Calls { store, platform } }
    }

    /// Deletes what erasures put down for deletion, and values older than [`SWEEP_AFTER_MS`]
    /// that no row names.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] if a store did not answer; the next sweep goes on.
    pub async fn sweep(&self) -> Result<Swept, ReadError> {
        let mut swept = Swept::default();
        for _ in 0..PAGES {
            let erased = delete_values(&self.calls).await?;
            swept.erased = swept.erased.saturating_add(erased);
            if erased == 0 {
                break;
            }
        }
        for kind in Kind::ALL {
            let orphans = self.sweep_orphans(kind).await?;
            swept.orphans = swept.orphans.saturating_add(orphans);
        }
        Ok(swept)
    }

    /// Deletes the values of one kind that no row names; answers their number.
    async fn sweep_orphans(&self, kind: Kind) -> Result<usize, ReadError> {
        let (prefix, store) = (kind.prefix(), &self.calls.store);
        // A hint: without it, as in the schema before this table, the sweep begins at the first name.
        let mut cursor = self.calls.read(store.sweep_cursor(prefix)).await.unwrap_or(None);
        let mut count = 0usize;
        for _ in 0..PAGES {
            let page = self.calls.blob(store.blobs().list(prefix, cursor)).await;
            if page.is_err() {
                // Maybe it knows this cursor no more.
                self.go_on_at(prefix, None).await;
            }
            let page = page?;
            let orphans = self.orphans(&page).await?;
            for name in &orphans {
                self.calls.blob(store.blobs().delete(name)).await?;
            }
            count = count.saturating_add(orphans.len());
            cursor = page.cursor;
            if cursor.is_none() {
                break;
            }
        }
        self.go_on_at(prefix, cursor.as_deref()).await;
        Ok(count)
    }

    /// A hint that gets lost costs no more than names that are looked at once more.
    async fn go_on_at(&self, prefix: &str, cursor: Option<&str>) {
        let _ = self.calls.write(self.calls.store.set_sweep_cursor(prefix, cursor)).await;
    }

    /// Those old enough that no write can still be about to name them, and that none has named.
    async fn orphans(&self, page: &BlobPage) -> Result<Vec<String>, StoreError> {
        let before = self.calls.platform.now_ms().saturating_sub(SWEEP_AFTER_MS);
        let old = page.names.iter().filter(|(_, time)| *time < before);
        let mut names: Vec<String> = old.map(|(name, _)| name.clone()).collect();
        if !names.is_empty() {
            let named = self.calls.read(self.calls.store.named(&names)).await?;
            names.retain(|name| !named.contains(name));
        }
        Ok(names)
    }
}

/// Deletes some of the values that were put down for deletion. A crash in between leaves a name whose
/// value is gone; deleting that again does no harm.
pub(crate) async fn delete_values<S: Store, P: Platform>(
    calls: &Calls<S, P>,
) -> Result<usize, StoreError> {
    let names = calls.read(calls.store.deletions()).await?;
    if names.is_empty() {
        return Ok(0);
    }
    for name in &names {
        calls.blob(calls.store.blobs().delete(name)).await?;
    }
    calls.write(calls.store.forget_deletions(&names)).await?;
    Ok(names.len())
}
