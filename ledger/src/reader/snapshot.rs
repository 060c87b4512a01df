//! The state of a ledger at a moment: the last record of each type and subject.

use stateledger_core::tree::TreeSize;

use crate::access::Caller;
use crate::checked::{CheckedRecord, ensure};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::store::{PageRow, PairQuery, PairRow, Span, Store};

use super::cursor::Scope;
use super::list::{bytes_of, fitting};
use super::{Moment, Reader, RecordView, Seen, TreeState, page_limit};

/// Which state to answer. `Default` is that of now, 100 records on a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SnapshotQuery {
    /// The moment; now if absent.
    pub moment: Option<Moment>,
    /// Only this type.
    pub record_type: Option<String>,
    /// Pairs of type and subject that a page looks at: 1 to 1,000, or 100 if absent.
    pub limit: Option<usize>,
    /// [`Snapshot::next_cursor`] of the page before; it stays at the first page's moment.
    pub cursor: Option<String>,
}

/// One page of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The tree at the moment.
    pub tree: TreeState,
    /// Records up to the moment that have no subject, so that none of them follows another.
    pub without_subject: u64,
    /// The last record of each type and subject, by type, then subject, byte by byte. Each is
    /// proven; that no later one was left out is not: audit the entries for that.
    pub records: Vec<RecordView>,
    /// Present if more may follow. Pairs that appeared after the moment count towards the limit, so
    /// a page may even be empty and have a cursor.
    pub next_cursor: Option<String>,
}

impl SnapshotQuery {
    fn scope(&self) -> Scope {
        let [size, before] = Moment::parts(self.moment);
        Scope::of("snapshot").number(size).number(before).text(self.record_type.as_deref())
    }
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// One page of the state at a moment. A pair costs two look-ups, however many records it has; the
    /// first page also counts the records without subject.
    ///
    /// # Errors
    /// As [`Reader::list`]; [`ReadError::SizeUnknown`].
    pub async fn snapshot(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        query: &SnapshotQuery,
    ) -> Result<Snapshot, ReadError> {
        let limit = page_limit(query.limit)?;
        let seen = self.see(ledger, caller).await?;
        let scope = query.scope();
        let (size, without_subject, after) = match &query.cursor {
            Some(text) => {
                let [size, without_subject, after] =
                    scope.read_numbers(&seen.keys, text).ok_or(ReadError::InvalidCursor)?;
                let size = self.size_at(&seen, Some(Moment::Size(TreeSize::new(size)))).await?;
                (size, without_subject, Some(after))
            }
            None => {
                let size = self.size_at(&seen, query.moment).await?;
                let record_type = query.record_type.clone();
                let span = Span { start: 0, end: size.get(), record_type };
                let call = self.calls.store.without_subject(ledger, &span);
                (size, self.calls.read(call).await?, None)
            }
        };
        let pairs = PairQuery {
            record_type: query.record_type.clone(),
            after,
            size,
            // One more tells whether another page follows.
            limit: limit.saturating_add(1),
        };
        let mut rows = self.calls.read(self.calls.store.pairs(ledger, &pairs)).await?;
        let page: Vec<PageRow> = rows.iter().map(page_row).collect();
        let fit = fitting(&page, limit).count();
        self.take_room(bytes_of(fitting(&page, limit)))?;
        let more = fit < rows.len();
        rows.truncate(fit);
        let records = self.last_records(&seen, &rows, query, size).await?;
        let next_cursor = rows.last().filter(|_| more).map(|last| {
            scope.write_numbers(&seen.keys, &[size.get(), without_subject, last.first])
        });
        Ok(Snapshot {
            tree: self.tree_at(&seen, size).await?,
            without_subject,
            records: records
                .into_iter()
                .map(|record| RecordView::new(record, seen.payloads))
                .collect(),
            next_cursor,
        })
    }

    /// The pairs' last records, each in the tree, of the type asked for, and in order.
    async fn last_records(
        &self,
        seen: &Seen,
        rows: &[PairRow],
        query: &SnapshotQuery,
        size: TreeSize,
    ) -> Result<Vec<CheckedRecord>, ReadError> {
        let indexes: Vec<u64> = rows.iter().filter_map(|row| row.last).collect();
        let records = self.records(seen, &indexes, seen.fetch()).await?;
        ensure(records.len() == indexes.len())?;
        ensure(records.iter().all(|record| record.index.get() < size.get()))?;
        ensure(records.is_sorted_by(|a, b| pair(a) < pair(b)))?;
        let wanted = |record: &CheckedRecord| {
            pair(record).is_some_and(|(record_type, _)| {
                query.record_type.as_deref().is_none_or(|wanted| wanted == record_type)
            })
        };
        ensure(records.iter().all(wanted))?;
        self.covered(seen, &records).await?;
        Ok(records)
    }
}

/// A pair as it counts towards a page.
fn page_row(row: &PairRow) -> PageRow {
    PageRow { index: row.last.unwrap_or(row.first), bytes: row.bytes }
}

/// Type and subject, as the entry has them.
pub(super) fn pair(record: &CheckedRecord) -> Option<(&str, &str)> {
    let fields = record.entry.statement().fields();
    Some((fields.record_type.as_str(), fields.subject.as_deref()?))
}
