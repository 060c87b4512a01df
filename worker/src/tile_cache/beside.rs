//! What lies beside the tree is never in the tile cache: every call goes to the store.

use stateledger_core::Hash;
use stateledger_ledger::id::LedgerId;
use stateledger_ledger::store::{ArtifactRow, Beside, HoldRow, Standing, Store, StoreError};

use super::{CachedTiles, Values};

impl<S: Store, V: Values> Beside for CachedTiles<S, V> {
    type Blobs = S::Blobs;

    fn blobs(&self) -> &Self::Blobs {
        self.store.blobs()
    }

    fn standing(
        &self,
        ledger: &LedgerId,
        index: u64,
    ) -> impl Future<Output = Result<Standing, StoreError>> + Send {
        self.store.standing(ledger, index)
    }

    fn hold(
        &self,
        ledger: &LedgerId,
        hold: &HoldRow,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.store.hold(ledger, hold)
    }

    fn release(
        &self,
        ledger: &LedgerId,
        hold: &HoldRow,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.store.release(ledger, hold)
    }

    fn deletions(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        self.store.deletions()
    }

    fn forget_deletions(
        &self,
        names: &[String],
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.store.forget_deletions(names)
    }

    fn artifact(
        &self,
        ledger: &LedgerId,
        digest: &Hash,
    ) -> impl Future<Output = Result<Option<ArtifactRow>, StoreError>> + Send {
        self.store.artifact(ledger, digest)
    }

    fn add_artifact(
        &self,
        ledger: &LedgerId,
        artifact: &ArtifactRow,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.store.add_artifact(ledger, artifact)
    }

    fn sweep_cursor(
        &self,
        prefix: &str,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send {
        self.store.sweep_cursor(prefix)
    }

    fn set_sweep_cursor(
        &self,
        prefix: &str,
        cursor: Option<&str>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.store.set_sweep_cursor(prefix, cursor)
    }

    fn named(
        &self,
        names: &[String],
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        self.store.named(names)
    }
}
