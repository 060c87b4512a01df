//! Pages of records.

use core::ops::Range;
use std::collections::BTreeSet;

use stateledger_core::tile::{FULL_WIDTH, TileId};
use stateledger_core::tree::TreeSize;

use crate::access::Caller;
use crate::checked::{CheckedRecord, ensure};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::limits::{MAX_PAGE_BYTES, MAX_PAGE_TILES};
use crate::platform::Platform;
use crate::request::IdempotencyKey;
use crate::store::{Order, PageQuery, PageRow, Store};

use super::cursor::Scope;
use super::{Reader, RecordView, Seen, page_limit};

/// Which records to list. `Default` lists everything, oldest first, 100 on a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// Only this type.
    pub record_type: Option<String>,
    /// Only this source.
    pub source: Option<String>,
    /// Only this subject.
    pub subject: Option<String>,
    /// Only times at or after this, milliseconds since 1970.
    pub since: Option<u64>,
    /// Only times before this.
    pub until: Option<u64>,
    /// Only records that this idempotency key stands for.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Only indexes from this one on.
    pub start: Option<u64>,
    /// Only indexes below this one.
    pub end: Option<u64>,
    /// Records of a page: 1 to 1,000, or 100 if absent. A page may hold fewer.
    pub limit: Option<usize>,
    /// Direction by index.
    pub order: Order,
    /// [`Page::next_cursor`] of the page before, of the same filters and order.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The records, each with a leaf under the signed head. Without the filters type, source, subject,
    /// since and until none of the range is left out; with one of them that is not proven: audit the
    /// entries for that.
    pub records: Vec<RecordView>,
    /// Present if more may follow.
    pub next_cursor: Option<String>,
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// One page. Its cost does not depend on how deep it lies, and with at most one of the filters
    /// type, source and subject it does not depend on the size of the ledger. With several of them
    /// the database walks the records of one and drops those that the others do not match, so a rare
    /// combination of frequent values costs as much as one of these values is frequent.
    ///
    /// # Errors
    /// As [`Reader::describe`]; [`ReadError::InvalidQuery`] for a limit outside 1 to 1,000;
    /// [`ReadError::InvalidCursor`]; [`ReadError::SizeUnknown`] for a cursor from a larger ledger, of
    /// which a copy that lags behind does not know the end.
    pub async fn list(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        query: &ListQuery,
    ) -> Result<Page, ReadError> {
        let limit = page_limit(query.limit)?;
        let seen = self.see(ledger, caller).await?;
        let scope = query.scope();
        let after = match &query.cursor {
            None => None,
            Some(text) => {
                let [after, size] =
                    scope.read_numbers(&seen.keys, text).ok_or(ReadError::InvalidCursor)?;
                seen.size(Some(TreeSize::new(size)))?;
                Some(after)
            }
        };
        let range = query.range(after, self.key_range(&seen, query).await?);
        // One more tells whether another page follows.
        let page = query.page(range, limit.saturating_add(1));
        let rows = self.rows(&seen, &page, query.filters()).await?;
        self.take_room(bytes_of(fitting(&rows, limit)))?;
        let indexes: Vec<u64> = fitting(&rows, limit).map(|row| row.index).collect();
        let more = indexes.len() < rows.len();
        let next_cursor = indexes.last().filter(|_| more);
        let size = seen.head.id.size.get();
        let next_cursor = next_cursor.map(|index| scope.write_numbers(&seen.keys, &[*index, size]));
        let records = self.records(&seen, &indexes, seen.fetch()).await?;
        if records.len() != indexes.len() || !records.iter().all(|record| query.matches(record)) {
            return Err(ReadError::Corrupt);
        }
        self.covered(&seen, &records).await?;
        let records =
            records.into_iter().map(|record| RecordView::new(record, seen.payloads)).collect();
        Ok(Page { records, next_cursor })
    }

    /// The records that the query's idempotency key stands for, which follow each other; everything
    /// if it names none.
    async fn key_range(&self, seen: &Seen, query: &ListQuery) -> Result<Range<u64>, ReadError> {
        let all = 0..seen.head.id.size.get();
        let Some(key) = &query.idempotency_key else { return Ok(all) };
        let keys = [key.as_str()];
        let call = self.calls.store.keys(&seen.ledger, &keys);
        let Some(row) = self.calls.read(call).await?.pop() else { return Ok(0..0) };
        ensure(row.key == key.as_str() && seen.keys.verify_key(&row))?;
        let end = row.first.saturating_add(u64::from(row.count));
        Ok(row.first..end.min(all.end))
    }

    /// The rows of a page. Without filters none may be missing.
    pub(super) async fn rows(
        &self,
        seen: &Seen,
        page: &PageQuery,
        filtered: bool,
    ) -> Result<Vec<PageRow>, ReadError> {
        let range = page.start..page.end;
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.calls.read(self.calls.store.page(&seen.ledger, page)).await?;
        ensure(rows.iter().all(|row| range.contains(&row.index)))?;
        ensure(filtered || whole(page, &rows))?;
        Ok(rows)
    }

    /// Whether the records' leaves are those of the signed tree: the tiles that hold them are chained
    /// to the root once for the whole page, which costs less than a proof for each record.
    pub(super) async fn covered(
        &self,
        seen: &Seen,
        records: &[CheckedRecord],
    ) -> Result<(), ReadError> {
        if records.is_empty() {
            return Ok(());
        }
        let ids = BTreeSet::from_iter(records.iter().map(|record| leaf_tile(record.index.get())));
        let set = self.chained(seen, ids).await?;
        let holds = |record: &CheckedRecord| {
            let index = record.index.get();
            let place = usize::try_from(index % u64::from(FULL_WIDTH)).ok()?;
            set.hashes(leaf_tile(index))?.get(place).filter(|leaf| **leaf == record.leaf_hash)
        };
        Ok(ensure(records.iter().all(|record| holds(record).is_some()))?)
    }
}

/// The tile that holds the leaf of this index.
fn leaf_tile(index: u64) -> TileId {
    TileId { level: 0, index: index / u64::from(FULL_WIDTH) }
}

/// Whether the rows of a list without filters are all there: contiguous from where the page begins,
/// and as many as it asks for or as its range has.
fn whole(page: &PageQuery, rows: &[PageRow]) -> bool {
    let rows = rows.iter().map(|row| row.index);
    match page.order {
        Order::Ascending => rows.eq((page.start..page.end).take(page.limit)),
        Order::Descending => rows.eq((page.start..page.end).rev().take(page.limit)),
    }
}

impl ListQuery {
    /// What a cursor continues: everything but the limit.
    fn scope(&self) -> Scope {
        let order = match self.order {
            Order::Ascending => "asc",
            Order::Descending => "desc",
        };
        let [of_type, of_source, of_subject] =
            [&self.record_type, &self.source, &self.subject].map(Option::as_deref);
        let key = self.idempotency_key.as_ref().map(IdempotencyKey::as_str);
        let scope = Scope::of("records").text(of_type).text(of_source).text(of_subject).text(key);
        let scope = scope.number(self.since).number(self.until);
        scope.number(self.start).number(self.end).text(Some(order))
    }

    /// The indexes to look through: those asked for, beyond the last page, and of the key.
    fn range(&self, after: Option<u64>, of_key: Range<u64>) -> Range<u64> {
        let mut range = of_key;
        range.start = range.start.max(self.start.unwrap_or(0));
        range.end = range.end.min(self.end.unwrap_or(u64::MAX));
        match (self.order, after) {
            (_, None) => {}
            (Order::Ascending, Some(after)) => {
                range.start = range.start.max(after.saturating_add(1));
            }
            (Order::Descending, Some(after)) => range.end = range.end.min(after),
        }
        range
    }

    fn page(&self, range: Range<u64>, limit: usize) -> PageQuery {
        PageQuery {
            record_type: self.record_type.clone(),
            source: self.source.clone(),
            subject: self.subject.clone(),
            since: self.since,
            until: self.until,
            order: self.order,
            start: range.start,
            end: range.end,
            limit,
        }
    }

    /// Whether anything but the place in the tree decides what is listed.
    fn filters(&self) -> bool {
        let texts = [&self.record_type, &self.source, &self.subject];
        let times = [self.since, self.until];
        texts.iter().any(|text| text.is_some()) || times.iter().any(Option::is_some)
    }

    /// The filters once more, on the entry itself instead of the columns.
    fn matches(&self, record: &CheckedRecord) -> bool {
        let fields = record.entry.statement().fields();
        let time = record.entry.time().millis();
        let equal = |filter: &Option<String>, value: Option<&str>| {
            filter.as_deref().is_none_or(|filter| Some(filter) == value)
        };
        equal(&self.record_type, Some(&fields.record_type))
            && equal(&self.source, Some(&fields.source))
            && equal(&self.subject, fields.subject.as_deref())
            && self.since.is_none_or(|since| time >= since)
            && self.until.is_none_or(|until| time < until)
    }
}

/// Bytes of these rows' entries and payloads.
pub(super) fn bytes_of<'a>(rows: impl Iterator<Item = &'a PageRow>) -> u64 {
    rows.fold(0, |sum, row| sum.saturating_add(row.bytes))
}

/// The rows that fit a page by number, by bytes and by the tiles that hold their leaves; at least
/// one.
pub(super) fn fitting(rows: &[PageRow], limit: usize) -> impl Iterator<Item = &PageRow> {
    let budget = u64::try_from(MAX_PAGE_BYTES).unwrap_or(u64::MAX);
    let mut used = 0u64;
    let (mut tiles, mut last) = (0usize, None);
    rows.iter().take(limit).take_while(move |row| {
        let first = used == 0;
        used = used.saturating_add(row.bytes);
        let tile = Some(leaf_tile(row.index));
        if tile != last {
            tiles = tiles.saturating_add(1);
            last = tile;
        }
        first || (used <= budget && tiles <= MAX_PAGE_TILES)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records that lie far apart share no tile; a page of them ends before its proof grows large.
    #[test]
    fn a_page_ends_before_it_names_too_many_tiles() {
        let apart = |by: u64| -> Vec<PageRow> {
            (0..1000).map(|n| PageRow { index: n * by, bytes: 1 }).collect()
        };
        assert_eq!(fitting(&apart(256), 1000).count(), MAX_PAGE_TILES);
        assert_eq!(fitting(&apart(1), 1000).count(), 1000);
    }
}
