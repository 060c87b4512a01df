//! Look-ups that only readers need. None of them decides anything by itself: what they find is
//! hashed again, or carries a MAC.

use core::future::Future;

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use crate::id::LedgerId;

use super::{Head, OpenedLedger, StoreError};

/// Which ledgers to list, by rising id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerQuery {
    /// Only ids after this one.
    pub after: Option<LedgerId>,
    /// Which private ledgers are among them.
    pub private: PrivateLedgers,
    /// At most this many.
    pub limit: usize,
}

/// Some of the private ledgers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivateLedgers {
    /// None of them.
    None,
    /// This one, if it is private.
    One(LedgerId),
    /// Every one.
    All,
}

/// A ledger of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub ledger: LedgerId,
    /// Its row and newest head.
    pub opened: OpenedLedger,
}

/// Records from `start` and below `end`, of one type if one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// First index.
    pub start: u64,
    /// The index after the last one.
    pub end: u64,
    /// Only this type.
    pub record_type: Option<String>,
}

/// Which pairs of type and subject to list, by rising type, then subject, each compared byte by
/// byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairQuery {
    /// Only this type.
    pub record_type: Option<String>,
    /// [`PairRow::first`] of a pair: only pairs after it.
    pub after: Option<u64>,
    /// The last record of a pair is looked for below this index.
    pub size: TreeSize,
    /// At most this many pairs.
    pub limit: usize,
}

/// A pair of type and subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairRow {
    /// Its first record in the whole ledger, which may lie at or above the size asked for.
    pub first: u64,
    /// Its last record below the size.
    pub last: Option<u64>,
    /// Bytes of the last record's entry and payload together.
    pub bytes: u64,
}

/// Which records to look at for changes, by rising index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeQuery {
    /// The records to look at.
    pub span: Span,
    /// The earlier moment: earlier records of a pair are looked for below this index.
    pub from: TreeSize,
    /// The later moment: later records of a pair are looked for below this index.
    pub to: TreeSize,
    /// At most this many rows, whether they are changes or not.
    pub limit: usize,
}

/// A record between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeRow {
    /// Position of the record.
    pub index: u64,
    /// Whether it has a subject and is the last one of its type and subject at the later moment.
    pub last: bool,
    /// The last record of its type and subject at the earlier moment.
    pub before: Option<u64>,
    /// Bytes of the entries and payloads of both.
    pub bytes: u64,
}

/// What readers look up beside a [`Store`](super::Store)'s rows; same contract.
pub trait Lookups {
    /// Ledgers with their newest heads, by rising id.
    fn ledgers(
        &self,
        query: &LedgerQuery,
    ) -> impl Future<Output = Result<Vec<Listed>, StoreError>> + Send;

    /// The smallest head of at least this size.
    fn head_from(
        &self,
        ledger: &LedgerId,
        size: TreeSize,
    ) -> impl Future<Output = Result<Option<Head>, StoreError>> + Send;

    /// The first record with this leaf hash.
    fn leaf(
        &self,
        ledger: &LedgerId,
        leaf: &Hash,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// The first record whose time, in milliseconds since 1970, is not before this one.
    fn first_since(
        &self,
        ledger: &LedgerId,
        time: u64,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// The number of records of the span that have no subject.
    fn without_subject(
        &self,
        ledger: &LedgerId,
        span: &Span,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Pairs of type and subject.
    fn pairs(
        &self,
        ledger: &LedgerId,
        query: &PairQuery,
    ) -> impl Future<Output = Result<Vec<PairRow>, StoreError>> + Send;

    /// Records between two moments.
    fn changes(
        &self,
        ledger: &LedgerId,
        query: &ChangeQuery,
    ) -> impl Future<Output = Result<Vec<ChangeRow>, StoreError>> + Send;
}
