//! Reading a table from its beginning to its end, a page at a time.

use std::collections::VecDeque;

use super::CheckError;
use super::artifacts;
use super::beside::{self, FullErasure, FullHold};
use super::finding::{Fault, Finding};
use super::rows::{self, FullRecord, HeadRow};
use crate::database::{Database, Row};
use crate::id::LedgerId;
use crate::sql::{self, ANSWER_BYTES};
use crate::store::{ArtifactRow, KeyRow, LedgerRow};

/// Rows of one page.
pub(super) const PAGE_ROWS: usize = 256;

/// One ledger's rows.
#[derive(Debug)]
pub(super) struct Reader<'a, D> {
    pub(super) database: &'a D,
    pub(super) ledger: &'a LedgerId,
}

impl<D> Clone for Reader<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Reader<'_, D> {}

impl<D: Database> Reader<'_, D> {
    /// Rows of a statement whose `?1` is the tenant and `?2` the ledger.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        rest: impl IntoIterator<Item = String>,
    ) -> Result<Vec<Row>, CheckError> {
        let scope = [rows::TENANT.to_owned(), self.ledger.to_string()];
        let statement = rows::statement(sql, scope.into_iter().chain(rest));
        Ok(self.database.query(statement).await?)
    }

    /// The first column of the first row, if there is a row.
    pub(super) async fn first(
        &self,
        sql: &'static str,
        rest: impl IntoIterator<Item = String>,
    ) -> Result<Option<String>, CheckError> {
        Ok(self.rows(sql, rest).await?.first().map(|row| rows::cell(row, 0)))
    }

    pub(super) async fn ledger_row(&self) -> Result<Option<LedgerRow>, CheckError> {
        let rows = self.rows(rows::LEDGER, []).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let decoded = rows::ledger(row);
        Ok(Some(decoded.ok_or_else(|| malformed("ledgers", self.ledger.to_string()))?))
    }

    pub(super) async fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, CheckError> {
        let rows = self.rows(rows::TILE, [level.to_string(), index.to_string()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let key = format!("{level}/{index}");
        Ok(Some(rows::tile(row).ok_or_else(|| malformed("tiles", key))?))
    }
}

pub(super) fn malformed(table: &'static str, key: String) -> Finding {
    Finding::new(Fault::RowMalformed, table, key, "a column has not the form it is written in")
}

/// A table under way.
#[derive(Debug)]
pub(super) struct Pages<T> {
    table: &'static str,
    sql: &'static str,
    /// The row to go on with, as the statement's `?3` takes it.
    next: String,
    rest: Vec<String>,
    decode: fn(&Row) -> Option<T>,
    /// What `next` is after this row.
    after: fn(&T) -> Option<String>,
    page: VecDeque<Row>,
    ended: bool,
}

fn following(number: u64) -> Option<String> {
    number.checked_add(1).map(|next| next.to_string())
}

impl Pages<HeadRow> {
    pub(super) fn heads() -> Self {
        let after = |row: &HeadRow| following(row.id.size.get());
        Self::new("heads", rows::HEADS, "0", [], rows::head, after)
    }
}

impl Pages<FullRecord> {
    pub(super) fn records() -> Self {
        let after = |row: &FullRecord| following(row.index);
        let budget = [ANSWER_BYTES.to_string()];
        Self::new("records", rows::RECORDS, "0", budget, rows::record, after)
    }
}

impl Pages<KeyRow> {
    pub(super) fn keys() -> Self {
        Self::new("idempotency", rows::KEYS, "", [], rows::key, |row| Some(row.key.clone()))
    }
}

impl Pages<FullErasure> {
    pub(super) fn erasures() -> Self {
        let after = |erasure: &FullErasure| following(erasure.row.index);
        Self::new("erasures", beside::ERASURES, "0", [], beside::erasure, after)
    }
}

impl Pages<FullHold> {
    pub(super) fn holds() -> Self {
        let after = |hold: &FullHold| following(hold.row.index);
        Self::new("holds", beside::HOLDS, "0", [], beside::hold, after)
    }
}

impl Pages<ArtifactRow> {
    pub(super) fn artifacts() -> Self {
        let after = |row: &ArtifactRow| Some(row.digest.to_string());
        Self::new("artifacts", artifacts::ARTIFACTS, "", [], sql::artifact, after)
    }
}

impl Pages<String> {
    pub(super) fn deletions() -> Self {
        let after = |name: &String| Some(name.clone());
        Self::new("blob_deletions", beside::DELETIONS, "", [], beside::deletion, after)
    }
}

impl<T> Pages<T> {
    fn new(
        table: &'static str,
        sql: &'static str,
        first: &str,
        rest: impl IntoIterator<Item = String>,
        decode: fn(&Row) -> Option<T>,
        after: fn(&T) -> Option<String>,
    ) -> Self {
        let rest = core::iter::once(PAGE_ROWS.to_string()).chain(rest).collect();
        let (next, page) = (first.to_owned(), VecDeque::new());
        Self { table, sql, next, rest, decode, after, page, ended: false }
    }

    /// The next row, by rising key.
    pub(super) async fn next<D: Database>(
        &mut self,
        reader: &Reader<'_, D>,
    ) -> Result<Option<T>, CheckError> {
        if self.page.is_empty() && !self.ended {
            let rest = core::iter::once(self.next.clone()).chain(self.rest.iter().cloned());
            self.page = reader.rows(self.sql, rest).await?.into();
        }
        let Some(row) = self.page.pop_front() else {
            self.ended = true;
            return Ok(None);
        };
        let decoded = (self.decode)(&row);
        let row = decoded.ok_or_else(|| malformed(self.table, rows::cell(&row, 0)))?;
        match (self.after)(&row) {
            Some(next) => self.next = next,
            None => self.ended = true,
        }
        Ok(Some(row))
    }
}
