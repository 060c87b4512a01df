//! What readers look up is never cached.

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;
use stateledger_ledger::id::LedgerId;
use stateledger_ledger::store::{
    ChangeQuery, ChangeRow, Head, LedgerQuery, Listed, Lookups, PairQuery, PairRow, Span, Store,
    StoreError,
};

use super::{CachedTiles, Values};

type Answer<T> = Result<T, StoreError>;

impl<S: Store, V: Values> Lookups for CachedTiles<S, V> {
    fn ledgers(&self, query: &LedgerQuery) -> impl Future<Output = Answer<Vec<Listed>>> + Send {
        self.store.ledgers(query)
    }

    fn head_from(
        &self,
        ledger: &LedgerId,
        size: TreeSize,
    ) -> impl Future<Output = Answer<Option<Head>>> + Send {
        self.store.head_from(ledger, size)
    }

    fn leaf(
        &self,
        ledger: &LedgerId,
        leaf: &Hash,
    ) -> impl Future<Output = Answer<Option<u64>>> + Send {
        self.store.leaf(ledger, leaf)
    }

    fn first_since(
        &self,
        ledger: &LedgerId,
        time: u64,
    ) -> impl Future<Output = Answer<Option<u64>>> + Send {
        self.store.first_since(ledger, time)
    }

    fn without_subject(
        &self,
        ledger: &LedgerId,
        span: &Span,
    ) -> impl Future<Output = Answer<u64>> + Send {
        self.store.without_subject(ledger, span)
    }

    fn pairs(
        &self,
        ledger: &LedgerId,
        query: &PairQuery,
    ) -> impl Future<Output = Answer<Vec<PairRow>>> + Send {
        self.store.pairs(ledger, query)
    }

    fn changes(
        &self,
        ledger: &LedgerId,
        query: &ChangeQuery,
    ) -> impl Future<Output = Answer<Vec<ChangeRow>>> + Send {
        self.store.changes(ledger, query)
    }
}
