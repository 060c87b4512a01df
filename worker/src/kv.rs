//! Workers KV as the place of full tiles.

use worker::KvStore;
use worker::send::SendFuture;

use crate::lines;
use crate::tile_cache::Values;
use crate::wait_until::wait_until;

/// A KV namespace.
#[derive(Debug, Clone)]
pub(crate) struct Kv {
    store: KvStore,
}

impl Kv {
    pub(crate) fn new(store: KvStore) -> Self {
        Self { store }
    }
}

impl Kv {
    /// Whether the namespace answers: reads a key that is never written.
    pub(crate) async fn answers(&self) -> bool {
        self.store.get("readyz").bytes().await.is_ok()
    }
}

impl Values for Kv {
    fn get(&self, key: String) -> impl Future<Output = Option<Vec<u8>>> + Send {
        SendFuture::new(async move { self.store.get(&key).bytes().await.ok().flatten() })
    }

    fn put(&self, key: String, value: Vec<u8>) {
        if let Ok(put) = self.store.put_bytes(&key, &value) {
            wait_until(async move {
                // Two readers that missed write the same value; KV refuses the second within a second.
                if let Err(error) = put.execute().await {
                    lines::failed("kv-put", &error);
                }
            });
        }
    }
}
