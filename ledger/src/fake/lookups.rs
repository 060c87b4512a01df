//! The look-ups of readers, by going through everything.

use std::collections::BTreeMap;

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use crate::id::LedgerId;
use crate::rules::{Rules, Visibility};
use crate::store::{
    ChangeQuery, ChangeRow, Head, LedgerQuery, Listed, Lookups, OpenedLedger, PairQuery, PairRow,
    PrivateLedgers, RecordRow, Span, StoreError,
};

use super::{MemoryStore, Stored, bytes};

fn is_private(stored: &Stored) -> bool {
    Rules::parse(&stored.row.rules).is_ok_and(|rules| rules.visibility == Visibility::Private)
}

fn among(private: &PrivateLedgers, id: &LedgerId) -> bool {
    match private {
        PrivateLedgers::None => false,
        PrivateLedgers::One(one) => one == id,
        PrivateLedgers::All => true,
    }
}

fn opened(stored: &Stored) -> Option<OpenedLedger> {
    let (_, head) = stored.heads.last_key_value()?;
    Some(OpenedLedger { row: stored.row.clone(), head: head.clone() })
}

fn of_span<'a>(stored: &'a Stored, span: &'a Span) -> impl Iterator<Item = &'a RecordRow> {
    let of_type =
        |row: &&RecordRow| span.record_type.as_ref().is_none_or(|t| *t == row.record_type);
    stored.records.range(span.start..span.end).map(|(_, row)| row).filter(of_type)
}

/// Indexes of every pair of type and subject.
fn pairs(stored: &Stored) -> BTreeMap<(&str, &str), Vec<u64>> {
    let mut pairs: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for row in stored.records.values() {
        if let Some(subject) = &row.subject {
            pairs.entry((row.record_type.as_str(), subject.as_str())).or_default().push(row.index);
        }
    }
    pairs
}

fn last_below(indexes: &[u64], end: TreeSize) -> Option<u64> {
    indexes.iter().copied().filter(|index| *index < end.get()).max()
}

fn change(stored: &Stored, query: &ChangeQuery, row: &RecordRow) -> ChangeRow {
    let pairs = pairs(stored);
    let subject = row.subject.as_deref();
    let indexes = subject.and_then(|subject| pairs.get(&(row.record_type.as_str(), subject)));
    let of_pair = |end| indexes.and_then(|indexes| last_below(indexes, end));
    let (last, before) = (of_pair(query.to) == Some(row.index), of_pair(query.from));
    let both = [Some(row.index), before].into_iter().flatten().map(|index| bytes(stored, index));
    let bytes = if last { both.sum() } else { 0 };
    ChangeRow { index: row.index, last, before, bytes }
}

impl Lookups for MemoryStore {
    async fn ledgers(&self, query: &LedgerQuery) -> Result<Vec<Listed>, StoreError> {
        self.faults.read().await?;
        let state = self.state();
        let listed = state.ledgers.iter().filter(|(id, stored)| {
            query.after.as_ref().is_none_or(|after| *id > after)
                && (!is_private(stored) || among(&query.private, id))
        });
        let listed = listed.filter_map(|(id, stored)| {
            Some(Listed { ledger: id.clone(), opened: opened(stored)? })
        });
        Ok(listed.take(query.limit).collect())
    }

    async fn head_from(
        &self,
        ledger: &LedgerId,
        size: TreeSize,
    ) -> Result<Option<Head>, StoreError> {
        self.faults.read().await?;
        let head = self.read(ledger, |stored| {
            stored.heads.range(size.get()..).next().map(|(_, head)| head.clone())
        });
        Ok(head.flatten())
    }

    async fn leaf(&self, ledger: &LedgerId, leaf: &Hash) -> Result<Option<u64>, StoreError> {
        self.faults.read().await?;
        let found = self.read(ledger, |stored| {
            stored.records.values().find(|row| row.leaf_hash == *leaf).map(|row| row.index)
        });
        Ok(found.flatten())
    }

    async fn first_since(&self, ledger: &LedgerId, time: u64) -> Result<Option<u64>, StoreError> {
        self.faults.read().await?;
        let found = self.read(ledger, |stored| {
            stored.records.values().find(|row| row.time >= time).map(|row| row.index)
        });
        Ok(found.flatten())
    }

    async fn without_subject(&self, ledger: &LedgerId, span: &Span) -> Result<u64, StoreError> {
        self.faults.read().await?;
        let count = self.read(ledger, |stored| {
            of_span(stored, span).filter(|row| row.subject.is_none()).count()
        });
        Ok(count.unwrap_or_default() as u64)
    }

    async fn pairs(
        &self,
        ledger: &LedgerId,
        query: &PairQuery,
    ) -> Result<Vec<PairRow>, StoreError> {
        self.faults.read().await?;
        let rows = self.read(ledger, |stored| {
            let pairs = pairs(stored);
            let after = query.after.and_then(|index| stored.records.get(&index));
            let after =
                after.and_then(|row| Some((row.record_type.as_str(), row.subject.as_deref()?)));
            let wanted = pairs.iter().filter(|(pair, _)| {
                query.record_type.as_ref().is_none_or(|record_type| record_type == pair.0)
                    && after.is_none_or(|after| **pair > after)
            });
            let row = |indexes: &Vec<u64>| {
                let last = last_below(indexes, query.size);
                let bytes = last.map_or(0, |index| bytes(stored, index));
                PairRow { first: indexes.first().copied().unwrap_or_default(), last, bytes }
            };
            wanted.map(|(_, indexes)| row(indexes)).take(query.limit).collect()
        });
        Ok(rows.unwrap_or_default())
    }

    async fn changes(
        &self,
        ledger: &LedgerId,
        query: &ChangeQuery,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        self.faults.read().await?;
        let rows = self.read(ledger, |stored| {
            let span = of_span(stored, &query.span).take(query.limit);
            span.map(|row| change(stored, query, row)).collect()
        });
        Ok(rows.unwrap_or_default())
    }
}
