//! The overview in the same database.

use crate::database::{Database, Row, Statement};
use crate::id::LedgerId;
use crate::overview::{OverviewStore, Statements};
use crate::store::StoreError;

use super::rows::{number, text};
use super::{SqlStore, TENANT};

/// Tables that D1, SQLite and the tool that applies migrations keep for themselves are not ours to judge.
const SCHEMA: &str = "\
select type, name, sql from sqlite_master
where sql is not null and name not like 'sqlite\\_%' escape '\\'
  and name not like '\\_cf\\_%' escape '\\' and name <> 'd1_migrations'
order by type, name";

/// One look into the index of heads for each ledger.
const SIZES: &str = "\
select l.id, cast((select max(h.size) from heads h where h.tenant = l.tenant and h.ledger = l.id) as text)
from ledgers l where l.tenant = ?1 order by l.id limit ?2 + 0";

/// The statement that answers the schema, and a row of its answer.
pub(super) fn schema() -> Statement {
    Statement { sql: SCHEMA.into(), params: Vec::new() }
}

pub(super) fn table(row: &Row) -> Option<(String, String, String)> {
    Some((text(row, 0)?.to_owned(), text(row, 1)?.to_owned(), text(row, 2)?.to_owned()))
}

impl<D: Database, B: Send + Sync> OverviewStore for SqlStore<D, B> {
    async fn schemas(&self) -> Result<Vec<Statements>, StoreError> {
        self.query_all(&schema(), table).await
    }

    async fn sizes(&self, limit: usize) -> Result<Vec<(LedgerId, u64)>, StoreError> {
        let params = vec![Some(TENANT.to_owned()), Some(limit.to_string())];
        let statement = Statement { sql: SIZES.into(), params };
        let decode = |row: &Row| Some((LedgerId::parse(text(row, 0)?).ok()?, number(row, 1)?));
        let mut sizes = self.query_all(&statement, decode).await?.concat();
        sizes.sort_unstable();
        sizes.truncate(limit);
        Ok(sizes)
    }
}
