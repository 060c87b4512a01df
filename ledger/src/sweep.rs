//! The deletion of values that no row needs: those of erased payloads, and those of appends and
//! artifacts that never landed.

use futures_util::future::join_all;

use crate::blobs::{BlobPage, Blobs};
use crate::calls::Calls;
use crate::error::ReadError;
use crate::limits::SWEEP_AFTER_MS;
use crate::platform::Platform;
use crate::sealed::Kind;
use crate::store::{Store, StoreError};

/// Pages of names that one sweep looks at: some hundred each. The next one goes on after them.
const PAGES: usize = 100;

/// Values that are deleted together: all that get no answer take no longer than one.
const AT_ONCE: usize = 100;

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
    /// [`ReadError::Unavailable`] if a store did not answer or refused a value; whatever else can go
    /// is gone then, and the next sweep goes on.
    pub async fn sweep(&self) -> Result<Swept, ReadError> {
        let erased = self.sweep_erased().await;
        let mut orphans: Result<usize, ReadError> = Ok(0);
        for kind in Kind::ALL {
            let of_kind = self.sweep_orphans(kind).await;
            orphans = orphans.and_then(|count| Ok(count.saturating_add(of_kind?)));
        }
        Ok(Swept { erased: erased?, orphans: orphans? })
    }

    /// Deletes what erasures put down for deletion; answers the number of values.
    async fn sweep_erased(&self) -> Result<usize, ReadError> {
        let mut all = Deleted::default();
        for _ in 0..PAGES {
            let page = delete_values(&self.calls).await?;
            // Those that were refused are among the next page's again.
            all = Deleted { gone: all.gone.saturating_add(page.gone), ..page };
            if page.gone == 0 {
                break;
            }
        }
        all.whole()
    }

    /// Deletes the values of one kind that no row names; answers their number.
    async fn sweep_orphans(&self, kind: Kind) -> Result<usize, ReadError> {
        let (prefix, store) = (kind.prefix(), &self.calls.store);
        // A hint: without it, as in the schema before this table, the sweep begins at the first name.
        let mut cursor = self.calls.read(store.sweep_cursor(prefix)).await.unwrap_or(None);
        let mut all = Deleted::default();
        for number in 0..PAGES {
            let page = self.calls.blob(store.blobs().list(prefix, cursor)).await;
            if page.is_err() && number == 0 {
                // Maybe it knows the cursor of an earlier sweep no more.
                self.go_on_at(prefix, None).await;
            }
            let page = page?;
            let orphans = self.orphans(&page).await?;
            let gone = delete(&self.calls, &orphans).await.len();
            all.gone = all.gone.saturating_add(gone);
            all.refused = all.refused.saturating_add(orphans.len().saturating_sub(gone));
            cursor = page.cursor;
            self.go_on_at(prefix, cursor.as_deref()).await;
            if cursor.is_none() {
                break;
            }
        }
        all.whole()
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

/// How many values are gone, and how many could not be deleted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Deleted {
    gone: usize,
    refused: usize,
}

impl Deleted {
    fn whole(self) -> Result<usize, ReadError> {
        if self.refused == 0 { Ok(self.gone) } else { Err(ReadError::Unavailable) }
    }
}

/// Deletes some of the values that were put down for deletion. A crash in between leaves a name whose
/// value is gone; deleting that again does no harm.
pub(crate) async fn delete_values<S: Store, P: Platform>(
    calls: &Calls<S, P>,
) -> Result<Deleted, StoreError> {
    let names = calls.read(calls.store.deletions()).await?;
    let gone = delete(calls, &names).await;
    if !gone.is_empty() {
        calls.write(calls.store.forget_deletions(&gone)).await?;
    }
    Ok(Deleted { gone: gone.len(), refused: names.len().saturating_sub(gone.len()) })
}

/// Deletes these values, and answers the names of those that are gone. One that cannot be deleted
/// holds up no other.
async fn delete<S: Store, P: Platform>(calls: &Calls<S, P>, names: &[String]) -> Vec<String> {
    let mut gone = Vec::new();
    for some in names.chunks(AT_ONCE) {
        let deletions = some.iter().map(|name| calls.blob(calls.store.blobs().delete(name)));
        let answers = join_all(deletions).await;
        let deleted = some.iter().zip(answers).filter(|(_, answer)| answer.is_ok());
        gone.extend(deleted.map(|(name, _)| name.clone()));
    }
    gone
}
