//! Pages of records.

use stateledger_core::tree::TreeSize;

use super::*;
use crate::store::{Order, PayloadRow, RecordRow};
use crate::{ListQuery, Page};

fn list(host: &Host, query: &ListQuery) -> Result<Page, ReadError> {
    block_on(host.reader().list(&host.id, &Caller::Admin, query))
}

fn page_indexes(page: &Page) -> Vec<u64> {
    page.records.iter().map(|record| record.index.get()).collect()
}

fn of_source(source: &str, limit: usize) -> ListQuery {
    ListQuery { source: Some(source.into()), limit: Some(limit), ..ListQuery::default() }
}

/// Sources alternate between `x0` and `x1`.
fn alternating(count: usize) -> Host {
    let host = Host::with_ledger();
    let records = (0..count).map(|i| record(&format!("x{}", i % 2))).collect();
    append(&host.sequencer(), request(records)).unwrap();
    host
}

#[test]
fn pages_join_to_the_whole_list() {
    let host = alternating(25);
    for order in [Order::Ascending, Order::Descending] {
        for limit in [1, 4, 12, 13, 100] {
            let mut query = ListQuery { order, ..of_source("x0", limit) };
            let mut all = Vec::new();
            loop {
                let page = list(&host, &query).unwrap();
                assert!(page.records.len() <= limit);
                all.extend(page_indexes(&page));
                query.cursor = page.next_cursor;
                if query.cursor.is_none() {
                    break;
                }
            }
            if order == Order::Descending {
                all.reverse();
            }
            assert_eq!(all, (0..25).step_by(2).collect::<Vec<u64>>(), "{order:?} {limit}");
        }
    }
}

#[test]
fn a_full_page_with_nothing_after_it_has_no_cursor() {
    let host = alternating(4);
    let page = list(&host, &ListQuery { limit: Some(4), ..ListQuery::default() }).unwrap();
    assert_eq!((page.records.len(), page.next_cursor), (4, None));
}

#[test]
fn a_page_ends_before_it_grows_too_large() {
    let host = Host::with_ledger();
    let large = |_| NewRecord { payload: Payload::bytes(vec![1; 32 * 1024]), ..record("l") };
    append(&host.sequencer(), request((0..200).map(large).collect())).unwrap();
    let first = list(&host, &ListQuery { limit: Some(1000), ..ListQuery::default() }).unwrap();
    assert!((100..130).contains(&first.records.len()), "{}", first.records.len());
    assert!(first.next_cursor.is_some());
}

#[test]
fn a_cursor_continues_its_own_list_only() {
    let host = alternating(10);
    let query = of_source("x0", 2);
    let cursor = list(&host, &query).unwrap().next_cursor.unwrap();
    let with = |query: ListQuery, cursor: &str| {
        list(&host, &ListQuery { cursor: Some(cursor.into()), ..query })
    };
    assert_eq!(page_indexes(&with(query.clone(), &cursor).unwrap()), [4, 6]);
    // Another limit is another cut of the same list.
    assert_eq!(page_indexes(&with(of_source("x0", 3), &cursor).unwrap()), [4, 6, 8]);
    let text = |text: &str| Some(String::from(text));
    for other in [
        of_source("x1", 2),
        ListQuery { order: Order::Descending, ..query.clone() },
        ListQuery { record_type: text("test"), ..query.clone() },
        ListQuery { subject: text(""), ..query.clone() },
        ListQuery { since: Some(0), ..query.clone() },
        ListQuery { until: Some(u64::MAX), ..query.clone() },
        ListQuery { source: None, record_type: text("x0"), ..query.clone() },
    ] {
        assert_eq!(with(other, &cursor).unwrap_err(), ReadError::InvalidCursor);
    }
    for at in 0..cursor.len() {
        let mut bad = cursor.clone().into_bytes();
        bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
        let bad = String::from_utf8(bad).unwrap();
        assert_eq!(with(query.clone(), &bad).unwrap_err(), ReadError::InvalidCursor, "{at}");
    }
    for bad in ["", "A", "AAAA", "===="] {
        assert_eq!(with(query.clone(), bad).unwrap_err().code(), "invalid-cursor");
    }
}

/// The second page comes from a copy of the store that is older than the first page: it must not end
/// the list.
#[test]
fn a_cursor_does_not_continue_in_a_smaller_ledger() {
    let host = alternating(5);
    let copy = host.store.stored(&host.id);
    append(&host.sequencer(), many("x", 10)).unwrap();
    let whole = host.store.stored(&host.id);
    for order in [Order::Ascending, Order::Descending] {
        let page = |cursor: Option<&String>| {
            let (limit, cursor) = (Some(6), cursor.cloned());
            list(&host, &ListQuery { order, limit, cursor, ..ListQuery::default() })
        };
        let cursor = page(None).unwrap().next_cursor;
        host.store.replace(&host.id, copy.clone());
        let behind = ReadError::SizeUnknown { size: TreeSize::new(5) };
        assert_eq!(page(cursor.as_ref()).unwrap_err(), behind);
        host.store.replace(&host.id, whole.clone());
        assert_eq!(page(cursor.as_ref()).unwrap().records.len(), 6);
    }
    // A ledger that grew goes on.
    let of_source = of_source("x0", 2);
    let cursor = list(&host, &of_source).unwrap().next_cursor;
    append(&host.sequencer(), one("x0")).unwrap();
    let next = list(&host, &ListQuery { cursor, limit: Some(9), ..of_source }).unwrap();
    assert_eq!(page_indexes(&next), [4, 5, 15]);
}

#[test]
fn limits_of_a_page_are_refused() {
    let host = alternating(1);
    for limit in [0, 1001, usize::MAX] {
        let query = ListQuery { limit: Some(limit), ..ListQuery::default() };
        assert_eq!(list(&host, &query).unwrap_err().code(), "invalid-query");
    }
}

#[test]
fn since_is_inclusive_and_until_exclusive() {
    let host = Host::with_ledger();
    let start = FakePlatform::START_MS;
    for second in 0..5 {
        host.platform.set_now(start + second * 1000);
        append(&host.sequencer(), one("t")).unwrap();
    }
    let between = |since, until| {
        let since = Some(start + since);
        let query = ListQuery { since, until: Some(start + until), ..ListQuery::default() };
        page_indexes(&list(&host, &query).unwrap())
    };
    assert_eq!(between(1000, 3000), [1, 2]);
    assert_eq!(between(1001, 3001), [2, 3]);
    assert_eq!(between(2000, 2000), Vec::<u64>::new());
}

/// A changed column must not move a record into another list, nor a changed entry into any.
#[test]
fn a_changed_row_is_corrupt() {
    let host = alternating(4);
    host.store.tamper(&host.id, |stored| {
        stored.records.get_mut(&1).unwrap().source = "x0".into();
    });
    assert_eq!(list(&host, &of_source("x0", 9)).unwrap_err(), ReadError::Corrupt);
    assert!(list(&host, &of_source("x1", 9)).is_ok());
}

/// A row that hashes and says the same everywhere, but that nobody signed for.
#[test]
fn a_row_that_is_not_in_the_tree_is_in_no_list() {
    let host = alternating(300);
    host.store.tamper(&host.id, |stored| {
        let other = stored.records[&2].clone();
        stored.records.insert(256, RecordRow { index: 256, ..other });
        let opening = stored.payloads[&2].clone();
        stored.payloads.insert(256, PayloadRow { index: 256, ..opening });
    });
    for query in [of_source("x0", 129), ListQuery { limit: Some(257), ..ListQuery::default() }] {
        assert_eq!(list(&host, &query).unwrap_err(), ReadError::Corrupt);
        let before = ListQuery { limit: query.limit.map(|limit| limit - 1), ..query };
        assert!(list(&host, &before).is_ok());
    }
}

/// Without a filter a list is the tree's leaves from its cursor to its end, so a lost row shows
/// wherever it was.
#[test]
fn a_list_without_filters_leaves_nothing_out() {
    let whole = |order| ListQuery { order, limit: Some(4), ..ListQuery::default() };
    let walk = |host: &Host, mut query: ListQuery| loop {
        match list(host, &query) {
            Err(error) => return Err(error),
            Ok(Page { next_cursor: None, .. }) => return Ok(()),
            Ok(page) => query.cursor = page.next_cursor,
        }
    };
    for order in [Order::Ascending, Order::Descending] {
        for lost in 0..10 {
            let host = alternating(10);
            assert_eq!(walk(&host, whole(order)), Ok(()));
            host.store.tamper(&host.id, |stored| drop(stored.records.remove(&lost)));
            assert_eq!(walk(&host, whole(order)), Err(ReadError::Corrupt), "{order:?} {lost}");
        }
    }
}
