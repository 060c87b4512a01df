//! Long values of a native host.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stateledger_ledger::blobs::{BlobError, BlobPage, Blobs};

/// Values in memory; clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlobs(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl MemoryBlobs {
    /// The values themselves, to look at them or to damage them.
    pub fn values(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blobs for MemoryBlobs {
    async fn put(&self, name: &str, value: Vec<u8>) -> Result<(), BlobError> {
        self.values().insert(name.to_owned(), value);
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, BlobError> {
        Ok(self.values().get(name).cloned())
    }

    async fn delete(&self, name: &str) -> Result<(), BlobError> {
        self.values().remove(name);
        Ok(())
    }

    /// All at once, and each as old as can be.
    async fn list(&self, prefix: &str, _: Option<String>) -> Result<BlobPage, BlobError> {
        let values = self.values();
        let names = values.keys().filter(|name| name.starts_with(prefix));
        Ok(BlobPage { names: names.map(|name| (name.clone(), 0)).collect(), cursor: None })
    }
}
