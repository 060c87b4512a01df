//! The [`Store`] over any SQLite-compatible [`Database`]: D1 at the edge, SQLite elsewhere, one SQL
//! for both.

mod beside;
mod bulk;
mod lookups;
mod overview;
pub(crate) mod rows;
mod shards;
mod stage;
mod text;
pub(crate) mod tokens;

use stateledger_core::hash::Hash;
use stateledger_core::json;
use stateledger_core::tile::TileId;

use crate::blobs::Blobs;
use crate::database::{Database, DatabaseError, Row, Statement};
use crate::id::LedgerId;
use crate::overview::{fingerprint, is_known};
use crate::store::{
    Batch, EntryRow, Fetch, FoundLeaf, Head, KeyRow, LedgerRow, OpenedLedger, PageQuery, PageRow,
    Source, Store, StoreError, StoredRecord, TileRow,
};

pub(crate) use beside::artifact;
pub use shards::Places;
pub use stage::SqlStaged;
pub(crate) use text::ANSWER_BYTES;

/// Every row names a tenant from the start, so that several can share a database later without a
/// migration of every table.
pub(crate) const TENANT: &str = "default";

/// A store in a database that has the schema of `migrations/`, or in several of them.
#[derive(Debug, Clone)]
pub struct SqlStore<D, B> {
    /// What belongs to no ledger is here.
    first: D,
    more: Vec<D>,
    places: Places,
    blobs: B,
}

impl<D: Database, B> SqlStore<D, B> {
    /// Takes a database whose migrations are applied and whose foreign keys are enforced, and a place
    /// for the values that its rows name.
    pub fn new(database: D, blobs: B) -> Self {
        Self { first: database, more: Vec::new(), places: Places::default(), blobs }
    }

    /// The same store over another view of each database, for example one that reads another copy.
    #[must_use]
    pub fn over(&self, view: impl Fn(&D) -> D) -> Self
    where
        B: Clone,
    {
        Self {
            first: view(&self.first),
            more: self.more.iter().map(view).collect(),
            places: self.places.clone(),
            blobs: self.blobs.clone(),
        }
    }
}

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Conflict => Self::Conflict,
            DatabaseError::Unavailable => Self::Unavailable,
            DatabaseError::Unknown => Self::Unknown,
        }
    }
}

/// A statement over one ledger: `?1` is the tenant, `?2` the ledger, the rest follow.
fn of_ledger(
    sql: &'static str,
    ledger: &LedgerId,
    rest: impl IntoIterator<Item = String>,
) -> Statement {
    let scope = [TENANT.to_owned(), ledger.as_str().to_owned()];
    Statement { sql: sql.into(), params: scope.into_iter().chain(rest).map(Some).collect() }
}

/// A JSON array of items that are JSON already.
fn json_array(items: impl IntoIterator<Item = String>) -> String {
    let joined = items.into_iter().collect::<Vec<_>>().join(",");
    format!("[{joined}]")
}

impl<D: Database, B: Blobs> Store for SqlStore<D, B> {
    type Staged = SqlStaged;

    async fn schema_is_known(&self, ledger: &LedgerId) -> Result<bool, StoreError> {
        let schema = self.query(ledger, overview::schema(), overview::table).await?;
        Ok(is_known(&fingerprint(&schema)))
    }

    async fn open(&self, ledger: &LedgerId) -> Result<Option<OpenedLedger>, StoreError> {
        Ok(self.query(ledger, of_ledger(text::OPEN, ledger, []), rows::opened).await?.pop())
    }

    async fn create(
        &self,
        ledger: &LedgerId,
        row: &LedgerRow,
        head: &Head,
    ) -> Result<(), StoreError> {
        let statements = vec![stage::ledger(ledger, row), stage::first_head(ledger, head)];
        self.batch(ledger, statements).await
    }

    fn stage(&self, batch: Batch) -> Result<SqlStaged, StoreError> {
        SqlStaged::new(batch)
    }

    /// One `batch`, so one transaction. Three constraints make it a compare-and-swap: a head's
    /// predecessor is a foreign key, each predecessor has one successor, and records are keyed by
    /// index. A second writer breaks one of them, and the database undoes all of its statements.
    async fn commit(&self, staged: SqlStaged, head: &Head) -> Result<(), StoreError> {
        if !staged.ends_at(head) {
            return Err(StoreError::Corrupt);
        }
        let ledger = staged.ledger().clone();
        self.batch(&ledger, staged.into_statements(head)).await
    }

    async fn tiles(
        &self,
        ledger: &LedgerId,
        ids: &[TileId],
        _: Source,
    ) -> Result<Vec<TileRow>, StoreError> {
        let ids = json_array(ids.iter().map(|id| format!("[{},{}]", id.level, id.index)));
        self.query(ledger, of_ledger(text::TILES, ledger, [ids]), rows::tile).await
    }

    async fn records(
        &self,
        ledger: &LedgerId,
        indexes: &[u64],
        fetch: Fetch,
    ) -> Result<Vec<StoredRecord>, StoreError> {
        let indexes = json_array(indexes.iter().map(u64::to_string));
        let (sql, decode): (_, fn(&Row) -> _) = match fetch {
            Fetch::Salts => (text::RECORDS_WITH_SALTS, rows::record_with_salt),
            Fetch::Payloads => (text::RECORDS_WITH_PAYLOADS, rows::record_with_payload),
        };
        let budget = ANSWER_BYTES.to_string();
        self.query(ledger, of_ledger(sql, ledger, [indexes, budget]), decode).await
    }

    async fn entries(
        &self,
        ledger: &LedgerId,
        start: u64,
        end: u64,
    ) -> Result<Vec<EntryRow>, StoreError> {
        let rest = [start.to_string(), end.to_string(), ANSWER_BYTES.to_string()];
        self.query(ledger, of_ledger(text::ENTRIES, ledger, rest), rows::entry).await
    }

    async fn find_leaves(
        &self,
        ledger: &LedgerId,
        from: u64,
        leaves: &[Hash],
    ) -> Result<Vec<FoundLeaf>, StoreError> {
        let leaves = json_array(leaves.iter().map(|leaf| format!("\"{leaf}\"")));
        let rest = [from.to_string(), leaves];
        self.query(ledger, of_ledger(text::FIND_LEAVES, ledger, rest), rows::found_leaf).await
    }

    async fn keys(&self, ledger: &LedgerId, keys: &[&str]) -> Result<Vec<KeyRow>, StoreError> {
        let keys = json_array(keys.iter().map(|key| json::quoted(key)));
        self.query(ledger, of_ledger(text::KEYS, ledger, [keys]), rows::key).await
    }

    async fn page(&self, ledger: &LedgerId, query: &PageQuery) -> Result<Vec<PageRow>, StoreError> {
        self.query(ledger, text::page(ledger, query), rows::page).await
    }
}
