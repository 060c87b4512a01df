//! Workers KV as the place of long payloads and artifacts, which are encrypted before they come here.

use std::sync::OnceLock;

use stateledger_ledger::blobs::{BlobError, BlobPage, Blobs};
use stateledger_ledger::{Sweeper, Swept};
use worker::kv::{KvError, KvStore};
use worker::send::SendFuture;
use worker::{Date, Env};

use stateledger_ledger::sql::{Places, SqlStore};

use crate::config;
use crate::d1::D1;
use crate::lines;
use crate::platform::EdgePlatform;

/// The deployment's databases with the values that their rows name.
pub(crate) type EdgeSql = SqlStore<D1, Payloads>;

/// # Errors
/// If a binding is missing.
pub(crate) fn sql_store(env: &Env) -> worker::Result<EdgeSql> {
    let payloads = Payloads { store: env.kv(config::PAYLOADS)? };
    let store = SqlStore::new(D1::new(env.d1(config::DATABASE)?), payloads);
    let more = config::shards(env)?.into_iter().map(D1::new).collect();
    Ok(store.with_shards(more, places()))
}

/// Where this isolate has found ledgers: objects of this Worker may share it.
fn places() -> Places {
    static PLACES: OnceLock<Places> = OnceLock::new();
    PLACES.get_or_init(Places::default).clone()
}

/// Deletes values that no row needs; the schedule in wrangler.toml calls it.
pub(crate) async fn sweep(env: &Env) -> worker::Result<Swept> {
    let sweeper = Sweeper::new(sql_store(env)?, EdgePlatform);
    sweeper.sweep().await.map_err(|error| error.to_string().into())
}

/// A KV namespace.
#[derive(Debug, Clone)]
pub(crate) struct Payloads {
    store: KvStore,
}

impl Blobs for Payloads {
    fn put(
        &self,
        name: &str,
        value: Vec<u8>,
    ) -> impl Future<Output = Result<(), BlobError>> + Send {
        SendFuture::new(async move {
            // The time lets a sweep tell a value that waits for its row from one that never got it.
            let put = self.store.put_bytes(name, &value).map_err(|error| failed(&error))?;
            drop(value);
            let put = put.metadata(Date::now().as_millis()).map_err(|error| failed(&error))?;
            put.execute().await.map_err(|error| failed(&error))
        })
    }

    fn get(&self, name: &str) -> impl Future<Output = Result<Option<Vec<u8>>, BlobError>> + Send {
        SendFuture::new(async move {
            self.store.get(name).bytes().await.map_err(|error| failed(&error))
        })
    }

    fn delete(&self, name: &str) -> impl Future<Output = Result<(), BlobError>> + Send {
        SendFuture::new(
            async move { self.store.delete(name).await.map_err(|error| failed(&error)) },
        )
    }

    fn list(
        &self,
        prefix: &str,
        cursor: Option<String>,
    ) -> impl Future<Output = Result<BlobPage, BlobError>> + Send {
        SendFuture::new(async move {
            let mut list = self.store.list().prefix(prefix.to_owned()).limit(500);
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            let page = list.execute().await.map_err(|error| failed(&error))?;
            let names = page.keys.into_iter().map(|key| {
                let time =
                    key.metadata.and_then(|time| time.as_u64().or(time.as_f64().map(|t| t as u64)));
                // Without a time it was not written here, and no sweep takes it.
                (key.name, time.unwrap_or(u64::MAX))
            });
            let cursor = page.cursor.filter(|_| !page.list_complete);
            Ok(BlobPage { names: names.collect(), cursor })
        })
    }
}

fn failed(error: &KvError) -> BlobError {
    lines::failed("payload-value", error);
    BlobError
}
