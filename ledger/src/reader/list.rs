//! Pages of records.

use std::collections::BTreeSet;

use stateledger_core::tile::{FULL_WIDTH, TileId};

use crate::access::Caller;
use crate::checked::{self, CheckedRecord, ensure};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::limits::{DEFAULT_PAGE_RECORDS, MAX_PAGE_BYTES, MAX_PAGE_RECORDS, MAX_PAGE_TILES};
use crate::platform::Platform;
use crate::store::{Fetch, Order, PageQuery, PageRow, Store};

use super::{Reader, RecordView, Seen, cursor};

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
    /// The records, each with a leaf under the signed head. Without a filter none is left out; of a
    /// filtered list that is not proven: audit the entries for that.
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
    /// [`ReadError::InvalidCursor`].
    pub async fn list(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        query: &ListQuery,
    ) -> Result<Page, ReadError> {
        let limit = query.limit.unwrap_or(DEFAULT_PAGE_RECORDS);
        if !(1..=MAX_PAGE_RECORDS).contains(&limit) {
            return Err(ReadError::InvalidQuery);
        }
        let seen = self.see(ledger, caller).await?;
        let after = match &query.cursor {
            None => None,
            Some(text) => {
                Some(cursor::read(&seen.keys, query, text).ok_or(ReadError::InvalidCursor)?)
            }
        };
        let page = PageQuery {
            record_type: query.record_type.clone(),
            source: query.source.clone(),
            subject: query.subject.clone(),
            since: query.since,
            until: query.until,
            order: query.order,
            after,
            size: seen.head.id.size,
            // One more tells whether another page follows.
            limit: limit.saturating_add(1),
        };
        let rows = self.calls.read(self.calls.store.page(ledger, &page)).await?;
        ensure(query.filters() || whole(&page, &rows))?;
        let indexes: Vec<u64> = fitting(&rows, limit).map(|row| row.index).collect();
        let more = indexes.len() < rows.len();
        let next_cursor = indexes.last().filter(|_| more);
        let next_cursor = next_cursor.map(|index| cursor::write(&seen.keys, query, *index));
        let fetch = if seen.payloads { Fetch::Payloads } else { Fetch::Salts };
        let records = checked::records(&self.calls, ledger, &indexes, fetch).await?;
        if records.len() != indexes.len() || !records.iter().all(|record| query.matches(record)) {
            return Err(ReadError::Corrupt);
        }
        self.covered(&seen, &records).await?;
        let records =
            records.into_iter().map(|record| RecordView::new(record, seen.payloads)).collect();
        Ok(Page { records, next_cursor })
    }

    /// Whether the records' leaves are those of the signed tree: the tiles that hold them are chained
    /// to the root once for the whole page, which costs less than a proof for each record.
    async fn covered(&self, seen: &Seen, records: &[CheckedRecord]) -> Result<(), ReadError> {
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
/// and as many as it asks for or as the tree has.
fn whole(page: &PageQuery, rows: &[PageRow]) -> bool {
    let size = page.size.get();
    let rows = rows.iter().map(|row| row.index);
    match page.order {
        Order::Ascending => {
            let first = page.after.map_or(0, |after| after.saturating_add(1));
            rows.eq((first..size).take(page.limit))
        }
        Order::Descending => {
            let end = page.after.map_or(size, |after| after.min(size));
            rows.eq((0..end).rev().take(page.limit))
        }
    }
}

impl ListQuery {
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

/// The rows that fit a page by number, by bytes and by the tiles that hold their leaves; at least
/// one.
fn fitting(rows: &[PageRow], limit: usize) -> impl Iterator<Item = &PageRow> {
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
