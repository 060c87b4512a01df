//! The databases of a deployment, and in which of them a ledger is.
//!
//! A ledger is pinned to one database when it is created: where its row is, everything of it is, for ever. Its row carries a
//! MAC, so nothing else has to say where it is, and nothing else can disagree. With one database nothing is looked up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use super::{SqlStore, of_ledger};
use crate::database::{Database, Row, Statement};
use crate::id::LedgerId;
use crate::store::StoreError;

/// Ledgers whose place is remembered. An entry is about 100 bytes, so 1,000 take 100 KB.
const REMEMBERED: usize = 1_000;

const HERE: &str = "select id from ledgers where tenant = ?1 and id = ?2";

/// Which ledger is in which database. Stores over the same databases, in the same order, may share one.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Mutex<HashMap<LedgerId, usize>>>);

impl Places {
    fn known(&self) -> MutexGuard<'_, HashMap<LedgerId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, ledger: &LedgerId, place: usize) {
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(ledger.clone(), place);
    }
}

impl<D: Database, B> SqlStore<D, B> {
    /// The same store with `more` databases beside the first one. More of them may be added at the end later, none be taken away.
    #[must_use]
    pub fn with_shards(self, more: Vec<D>, places: Places) -> Self {
        Self { more, places, ..self }
    }

    /// Every database, the first one first.
    pub(super) fn databases(&self) -> impl Iterator<Item = &D> {
        core::iter::once(&self.first).chain(&self.more)
    }

    /// The database of a ledger; for one that does not exist, the database where it would be created.
    async fn at(&self, ledger: &LedgerId) -> Result<&D, StoreError> {
        if self.more.is_empty() {
            return Ok(&self.first);
        }
        let known = self.places.known().get(ledger).copied();
        let place = match known {
            Some(place) => place,
            None => self.find(ledger).await?,
        };
        self.databases().nth(place).ok_or(StoreError::Corrupt)
    }

    /// Asks every database. One that does not answer matters only to a ledger that the others do not have.
    async fn find(&self, ledger: &LedgerId) -> Result<usize, StoreError> {
        let asked = self.databases().map(|database| database.query(of_ledger(HERE, ledger, [])));
        let answers = join_all(asked).await;
        let has = |rows: &Result<Vec<Row>, _>| rows.as_ref().is_ok_and(|rows| !rows.is_empty());
        let mut places = (0..).zip(&answers).filter(|(_, rows)| has(rows)).map(|(place, _)| place);
        match (places.next(), places.next()) {
            (Some(place), None) => {
                self.places.remember(ledger, place);
                Ok(place)
            }
            // Two copies of one ledger: neither can be told to be the right one.
            (Some(_), Some(_)) => Err(StoreError::Corrupt),
            (None, _) => {
                answers.into_iter().collect::<Result<Vec<_>, _>>()?;
                Ok(place_of_new(ledger, self.more.len().saturating_add(1)))
            }
        }
    }

    /// Runs a query over one ledger.
    pub(super) async fn query<T>(
        &self,
        ledger: &LedgerId,
        statement: Statement,
        decode: fn(&Row) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        select(self.at(ledger).await?, statement, decode).await
    }

    /// Runs a transaction over one ledger.
    pub(super) async fn batch(
        &self,
        ledger: &LedgerId,
        statements: Vec<Statement>,
    ) -> Result<(), StoreError> {
        Ok(self.at(ledger).await?.batch(statements).await?)
    }

    /// Runs a query over all ledgers: the rows of each database in turn.
    pub(super) async fn query_all<T>(
        &self,
        statement: &Statement,
        decode: fn(&Row) -> Option<T>,
    ) -> Result<Vec<Vec<T>>, StoreError> {
        let asked = self.databases().map(|database| select(database, statement.clone(), decode));
        join_all(asked).await.into_iter().collect()
    }
}

/// Runs a query and decodes its rows.
pub(super) async fn select<D: Database, T>(
    database: &D,
    statement: Statement,
    decode: fn(&Row) -> Option<T>,
) -> Result<Vec<T>, StoreError> {
    let rows = database.query(statement).await?;
    rows.iter().map(decode).collect::<Option<_>>().ok_or(StoreError::Corrupt)
}

/// Where a new ledger goes: the same place for everybody who knows the same databases, so that two who create one at once collide.
fn place_of_new(ledger: &LedgerId, databases: usize) -> usize {
    let [high, low, ..]: [u8; 32] = Sha256::digest(ledger.as_str().as_bytes()).into();
    usize::from(u16::from_be_bytes([high, low])).checked_rem(databases).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ledgers_are_spread_over_all_databases() {
        for databases in 1..=5 {
            let mut counts = vec![0usize; databases];
            for n in 0..1000 {
                let ledger = LedgerId::parse(&format!("ledger-{n}")).unwrap();
                counts[place_of_new(&ledger, databases)] += 1;
            }
            let even = 1000 / databases;
            assert!(counts.iter().all(|count| count.abs_diff(even) < even / 4), "{counts:?}");
        }
    }
}
