//! What changed between two moments: the records that are last of their type and subject at the
//! later one and came after the earlier one.

use std::collections::BTreeMap;

use stateledger_core::tree::{TreeError, TreeSize};

use crate::access::Caller;
use crate::checked::{CheckedRecord, ensure};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::limits::{MAX_DIFF_RECORDS, MAX_PAGE_BYTES, MAX_PAGE_TILES};
use crate::platform::Platform;
use crate::store::{ChangeQuery, ChangeRow, Span, Store};

use super::cursor::Scope;
use super::snapshot::pair;
use super::{ConsistencyProof, Moment, Reader, RecordView, Seen, TreeState, page_limit};

/// Which difference to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffQuery {
    /// The earlier moment.
    pub from: Moment,
    /// The later moment; now if absent.
    pub to: Option<Moment>,
    /// Only this type.
    pub record_type: Option<String>,
    /// Changes of a page: 1 to 1,000, or 100 if absent.
    pub limit: Option<usize>,
    /// [`Diff::next_cursor`] of the page before; it stays between the first page's moments.
    pub cursor: Option<String>,
}

/// One page of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The tree at the earlier moment, at the later one, and that the one begins with the other.
    pub consistency: ConsistencyProof,
    /// The tree at the later moment with the signature that covers it.
    pub to: TreeState,
    /// Records between the moments that have no subject.
    pub without_subject: u64,
    /// By rising index of the later record.
    pub changes: Vec<Change>,
    /// Present if more may follow. A page looks at 1,000 records at most, so it may even be empty and
    /// have a cursor.
    pub next_cursor: Option<String>,
}

/// What changed for one type and subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its last record at the earlier moment, if there was one.
    pub before: Option<RecordView>,
    /// Its last record at the later moment.
    pub after: RecordView,
}

/// Where a walk between two moments is.
struct Walk {
    from: TreeSize,
    to: TreeSize,
    without_subject: u64,
    next: u64,
}

impl DiffQuery {
    fn scope(&self) -> Scope {
        let [size, before] = Moment::parts(Some(self.from));
        let scope = Scope::of("diff").number(size).number(before);
        let [size, before] = Moment::parts(self.to);
        scope.number(size).number(before).text(self.record_type.as_deref())
    }
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// One page of what changed between two moments. A page looks at 1,000 records at most, with two
    /// look-ups for each; the first one also counts the records without subject.
    ///
    /// # Errors
    /// As [`Reader::list`]; [`ReadError::SizeUnknown`]; [`ReadError::Tree`] (`sizes-reversed`).
    pub async fn diff(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        query: &DiffQuery,
    ) -> Result<Diff, ReadError> {
        let limit = page_limit(query.limit)?;
        let seen = self.see(ledger, caller).await?;
        let walk = self.walk(&seen, query).await?;
        let Walk { from, to, without_subject, next } = walk;
        let record_type = query.record_type.clone();
        let changes = ChangeQuery {
            span: Span { start: next, end: to.get(), record_type },
            from,
            to,
            limit: MAX_DIFF_RECORDS,
        };
        let rows = self.calls.read(self.calls.store.changes(ledger, &changes)).await?;
        ensure(looked_at(&changes, &rows))?;
        let fit = fitting(&rows, limit);
        let whole = fit.len() == rows.len() && rows.len() < MAX_DIFF_RECORDS;
        let cursor = fit.last().filter(|_| !whole).map(|last| {
            let next = last.index.saturating_add(1);
            let position = [from.get(), to.get(), without_subject, next];
            query.scope().write_numbers(&seen.keys, &position)
        });
        let changes = self.pairs_of(&seen, fit, query, from).await?;
        Ok(Diff {
            consistency: self.consistency(&seen, from, to).await?,
            to: self.tree_at(&seen, to).await?,
            without_subject,
            changes,
            next_cursor: cursor,
        })
    }

    async fn walk(&self, seen: &Seen, query: &DiffQuery) -> Result<Walk, ReadError> {
        if let Some(text) = &query.cursor {
            let position = query.scope().read_numbers(&seen.keys, text);
            let [from, to, without_subject, next] = position.ok_or(ReadError::InvalidCursor)?;
            let (from, to) = (TreeSize::new(from), seen.size(Some(TreeSize::new(to)))?);
            return Ok(Walk { from, to, without_subject, next });
        }
        let from = self.size_at(seen, Some(query.from)).await?;
        let to = self.size_at(seen, query.to).await?;
        if from > to {
            return Err(ReadError::Tree(TreeError::SizesReversed));
        }
        let record_type = query.record_type.clone();
        let span = Span { start: from.get(), end: to.get(), record_type };
        let call = self.calls.store.without_subject(&seen.ledger, &span);
        let without_subject = self.calls.read(call).await?;
        Ok(Walk { from, to, without_subject, next: from.get() })
    }

    /// The changes among these rows with both records, each in the tree and of one type and subject.
    async fn pairs_of(
        &self,
        seen: &Seen,
        rows: &[ChangeRow],
        query: &DiffQuery,
        from: TreeSize,
    ) -> Result<Vec<Change>, ReadError> {
        let last: Vec<&ChangeRow> = rows.iter().filter(|row| row.last).collect();
        self.take_room(last.iter().fold(0, |sum, row| sum.saturating_add(row.bytes)))?;
        let both = last.iter().flat_map(|row| [row.before, Some(row.index)]);
        let indexes: Vec<u64> = both.flatten().collect();
        let records = self.records(seen, &indexes, seen.fetch()).await?;
        ensure(records.len() == indexes.len())?;
        self.covered(seen, &records).await?;
        let mut records: BTreeMap<u64, CheckedRecord> =
            records.into_iter().map(|record| (record.index.get(), record)).collect();
        let mut changes = Vec::with_capacity(last.len());
        for row in last {
            let after = records.remove(&row.index).ok_or(ReadError::Corrupt)?;
            let before = row.before.map(|index| records.remove(&index).ok_or(ReadError::Corrupt));
            let before = before.transpose()?;
            let of_type = pair(&after).is_some_and(|(record_type, _)| {
                query.record_type.as_deref().is_none_or(|wanted| wanted == record_type)
            });
            ensure(of_type)?;
            let precedes = |before: &CheckedRecord| {
                pair(before) == pair(&after) && before.index.get() < from.get()
            };
            ensure(before.as_ref().is_none_or(precedes))?;
            let view = |record| RecordView::new(record, seen.payloads);
            changes.push(Change { before: before.map(view), after: view(after) });
        }
        Ok(changes)
    }
}

/// Whether the rows are those that were to be looked at: within the span and rising, and without a
/// type none left out.
fn looked_at(query: &ChangeQuery, rows: &[ChangeRow]) -> bool {
    let Span { start, end, record_type } = &query.span;
    let indexes = rows.iter().map(|row| row.index);
    if record_type.is_none() {
        indexes.eq((*start..*end).take(query.limit))
    } else {
        rows.is_sorted_by(|a, b| a.index < b.index)
            && rows.iter().all(|row| (*start..*end).contains(&row.index))
    }
}

/// The rows whose changes fit a page by number, by bytes and by the tiles that hold their leaves; at
/// least one. Rows behind the last change belong to the next page only if it has a change.
fn fitting(rows: &[ChangeRow], limit: usize) -> &[ChangeRow] {
    let budget = u64::try_from(MAX_PAGE_BYTES).unwrap_or(u64::MAX);
    let (mut changes, mut bytes) = (0usize, 0u64);
    let mut fits = |row: &ChangeRow| {
        if !row.last {
            return true;
        }
        let first = changes == 0;
        changes = changes.saturating_add(1);
        bytes = bytes.saturating_add(row.bytes);
        // Both records of a change may lie in a tile of their own.
        let tiles = changes.saturating_mul(2);
        first || (changes <= limit && bytes <= budget && tiles <= MAX_PAGE_TILES)
    };
    let end = rows.iter().position(|row| !fits(row)).unwrap_or(rows.len());
    rows.get(..end).unwrap_or(rows)
}
