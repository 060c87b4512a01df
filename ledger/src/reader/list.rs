//! Pages of records.

use crate::access::Caller;
use crate::checked;
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::limits::{DEFAULT_PAGE_RECORDS, MAX_PAGE_BYTES, MAX_PAGE_RECORDS};
use crate::platform::Platform;
use crate::store::{Fetch, Order, PageQuery, PageRow, Store};

use super::{Reader, RecordView, cursor};

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
    /// The records, each re-hashed. That none is left out is not proven: audit the entries for
    /// that.
    pub records: Vec<RecordView>,
    /// Present if more may follow.
    pub next_cursor: Option<String>,
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// One page. Its cost does not depend on how deep it lies.
    ///
    /// # Errors
    /// As [`Reader::describe`]; [`ReadError::InvalidQuery`] for a limit outside 1 to 1,000;
    /// [`ReadError::InvalidCursor`].
    pub async fn list(
        &self,
        ledger: &LedgerId,
        caller: Caller,
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
        let indexes: Vec<u64> = fitting(&rows, limit).map(|row| row.index).collect();
        let more = indexes.len() < rows.len();
        let next_cursor = indexes.last().filter(|_| more);
        let next_cursor = next_cursor.map(|index| cursor::write(&seen.keys, query, *index));
        let fetch = if seen.payloads { Fetch::Payloads } else { Fetch::Salts };
        let records = checked::records(&self.calls, ledger, &indexes, fetch).await?;
        if records.len() != indexes.len() || !records.iter().all(|record| query.matches(record)) {
            return Err(ReadError::Corrupt);
        }
        let records =
            records.into_iter().map(|record| RecordView::new(record, seen.payloads)).collect();
        Ok(Page { records, next_cursor })
    }
}

impl ListQuery {
    /// The filters once more, on the entry itself instead of the columns.
    fn matches(&self, record: &checked::CheckedRecord) -> bool {
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

/// The rows that fit a page by number and by bytes; at least one.
fn fitting(rows: &[PageRow], limit: usize) -> impl Iterator<Item = &PageRow> {
    let budget = u64::try_from(MAX_PAGE_BYTES).unwrap_or(u64::MAX);
    let mut used = 0u64;
    rows.iter().take(limit).take_while(move |row| {
        let first = used == 0;
        used = used.saturating_add(row.bytes);
        first || used <= budget
    })
}
