//! The server's own check of what it stores, step by step.

use stateledger_core::hash::Hash;
use stateledger_core::tile::tiles_for_root;
use stateledger_core::tree::{self, TreeSize};

use crate::access::Caller;
use crate::checked::{CheckedRecord, ensure};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::limits::MAX_PAGE_RECORDS;
use crate::platform::Platform;
use crate::store::{Fetch, Order, PageQuery, Store};

use super::cursor::Scope;
use super::list::{bytes_of, fitting};
use super::{Reader, Seen};

/// Which step to take. `Default` is the first one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyQuery {
    /// Records of a step: 1 to 1,000, or 1,000 if absent. A step may take fewer.
    pub limit: Option<usize>,
    /// [`Verification::token`] of the step before.
    pub token: Option<String>,
}

/// What one step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The size that the walk began with, and goes up to.
    pub size: TreeSize,
    /// Its root, chained to the signed one; `None` if the tiles under it do not hold.
    pub root: Option<Hash>,
    /// The first record of the step.
    pub from: u64,
    /// The index after the last record that holds.
    pub to: u64,
    /// Records of the step that hold but for their payloads, whose values are not there, or not yet.
    pub absent: Vec<u64>,
    /// The record that does not hold, if there is one. The walk ends there.
    pub bad: Option<BadRecord>,
    /// Takes the next step. Absent if there is none.
    pub token: Option<String>,
}

/// The first record that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRecord {
    /// Its index.
    pub index: u64,
    /// The code that reads of it answer.
    pub error: ReadError,
}

/// Where a walk is: how far it goes, the next record, and the time of the one before.
struct Walk {
    size: TreeSize,
    next: u64,
    time: u64,
}

/// What records that hold told.
struct Held {
    /// Time of the last one.
    time: u64,
    /// Those whose payloads have no value.
    absent: Vec<u64>,
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// One step of a walk over every record. Of each, the stored entry is hashed and its leaf chained
    /// through the stored tiles to the signed root, its columns are compared with the entry, its
    /// payload, unless its value is not there, opens its commitment, and its time is not before that of the one before.
    ///
    /// # Errors
    /// As [`Reader::describe`]; [`ReadError::InvalidQuery`] for a limit outside 1 to 1,000;
    /// [`ReadError::InvalidCursor`] for a token that this ledger did not make.
    pub async fn verify(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        query: &VerifyQuery,
    ) -> Result<Verification, ReadError> {
        let limit = super::page_limit(query.limit.or(Some(MAX_PAGE_RECORDS)))?;
        let seen = self.see(ledger, caller).await?;
        let scope = Scope::of("verify");
        let walk = match &query.token {
            None => Walk { size: seen.head.id.size, next: 0, time: 0 },
            Some(text) => {
                let position = scope.read_numbers(&seen.keys, text);
                let [size, next, time] = position.ok_or(ReadError::InvalidCursor)?;
                Walk { size: seen.size(Some(TreeSize::new(size)))?, next, time }
            }
        };
        let (end, Held { time, absent }, bad) = self.step(&seen, &walk, limit).await?;
        let root = match self.root_at(&seen, walk.size).await {
            Ok(root) => Some(root),
            Err(ReadError::Corrupt) => None,
            Err(error) => return Err(error),
        };
        let more = bad.is_none() && end < walk.size.get();
        let position = [walk.size.get(), end, time];
        Ok(Verification {
            size: walk.size,
            root,
            from: walk.next,
            to: bad.map_or(end, |bad: BadRecord| bad.index),
            absent,
            bad,
            token: more.then(|| scope.write_numbers(&seen.keys, &position)),
        })
    }

    async fn root_at(&self, seen: &Seen, size: TreeSize) -> Result<Hash, ReadError> {
        let set = self.chained(seen, tiles_for_root(size)).await?;
        Ok(tree::root(size, &set)?)
    }

    /// The index after the step's last record, what those before a bad one told, and the first bad one.
    async fn step(
        &self,
        seen: &Seen,
        walk: &Walk,
        limit: usize,
    ) -> Result<(u64, Held, Option<BadRecord>), ReadError> {
        let all = walk.page(limit);
        let wanted: Vec<u64> = match self.rows(seen, &all, false).await {
            Ok(rows) => {
                self.take_room(bytes_of(fitting(&rows, limit)))?;
                fitting(&rows, limit).map(|row| row.index).collect()
            }
            // A row is missing, or does not decode: the step ends at it.
            Err(ReadError::Corrupt) => (all.start..all.end).take(limit).collect(),
            Err(error) => return Err(error),
        };
        let end = wanted.last().map_or(walk.next, |last| last.saturating_add(1));
        match self.hold(seen, &wanted, walk.time).await {
            Ok(held) => Ok((end, held, None)),
            Err(ReadError::Corrupt) => {
                let (held, bad) = self.first_bad(seen, &wanted, walk.time).await?;
                Ok((end, held, Some(bad)))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether these records hold, and what they told.
    async fn hold(&self, seen: &Seen, indexes: &[u64], time: u64) -> Result<Held, ReadError> {
        let fetch = Fetch::Payloads;
        let records = self.records(seen, indexes, fetch).await?;
        ensure(records.len() == indexes.len())?;
        let times = core::iter::once(time).chain(records.iter().map(time_of));
        ensure(times.clone().is_sorted())?;
        self.covered(seen, &records).await?;
        let absent = records.iter().filter(|record| record.absent);
        let absent = absent.map(|record| record.index.get()).collect();
        Ok(Held { time: times.last().unwrap_or(time), absent })
    }

    /// The first of these records that does not hold. They are halved until it is alone, because a request may call the
    /// store only so often. If it holds by itself, they are bad together, and the first one stands for them.
    async fn first_bad(
        &self,
        seen: &Seen,
        indexes: &[u64],
        time: u64,
    ) -> Result<(Held, BadRecord), ReadError> {
        let bad = |index: Option<&u64>| BadRecord {
            index: index.copied().unwrap_or_default(),
            error: ReadError::Corrupt,
        };
        let mut before = Held { time, absent: Vec::new() };
        let mut among = indexes;
        while !among.is_empty() {
            let (first, second) = among.split_at(among.len().div_ceil(2));
            match self.hold(seen, first, before.time).await {
                Ok(held) => {
                    before.time = held.time;
                    before.absent.extend(held.absent);
                    among = second;
                }
                Err(ReadError::Corrupt) if first.len() == 1 => {
                    return Ok((before, bad(first.first())));
                }
                Err(ReadError::Corrupt) => among = first,
                Err(error) => return Err(error),
            }
        }
        Ok((Held { time, absent: Vec::new() }, bad(indexes.first())))
    }
}

impl Walk {
    fn page(&self, limit: usize) -> PageQuery {
        PageQuery {
            record_type: None,
            source: None,
            subject: None,
            since: None,
            until: None,
            order: Order::Ascending,
            start: self.next,
            end: self.size.get(),
            limit,
        }
    }
}

fn time_of(record: &CheckedRecord) -> u64 {
    record.entry.time().millis()
}
