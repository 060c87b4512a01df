//! The position of a list, opaque to its reader: base64url of `index (8 bytes, big-endian) || MAC
//! (32 bytes)`.
//!
//! The MAC covers the filters and the order too, so a cursor continues its own list and no other.

use stateledger_core::base64;
use stateledger_core::mac::constant_time_eq;

use super::ListQuery;
use crate::secrets::RowKeys;
use crate::store::Order;

fn mac(keys: &RowKeys, query: &ListQuery, index: &[u8; 8]) -> [u8; 32] {
    // One byte says whether a filter is there, so that an absent one is not an empty one.
    let text = |filter: &Option<String>| match filter {
        Some(text) => [b"=", text.as_bytes()].concat(),
        None => Vec::new(),
    };
    let time = |filter: Option<u64>| filter.map_or(Vec::new(), |ms| ms.to_be_bytes().to_vec());
    let order: &[u8] = match query.order {
        Order::Ascending => b"asc",
        Order::Descending => b"desc",
    };
    let filters = [&query.record_type, &query.source, &query.subject].map(text);
    let [record_type, source, subject] = &filters;
    let (since, until) = (time(query.since), time(query.until));
    keys.cursor_mac(&[index, record_type, source, subject, &since, &until, order])
}

/// The cursor after `index`.
pub(super) fn write(keys: &RowKeys, query: &ListQuery, index: u64) -> String {
    let index = index.to_be_bytes();
    base64::encode_url(&[index.as_slice(), &mac(keys, query, &index)].concat())
}

/// The index in a cursor of this ledger and query; `None` for any other text.
pub(super) fn read(keys: &RowKeys, query: &ListQuery, cursor: &str) -> Option<u64> {
    let bytes = base64::decode_url(cursor).ok()?;
    let (index, given) = bytes.split_first_chunk::<8>()?;
    constant_time_eq(&mac(keys, query, index), given).then(|| u64::from_be_bytes(*index))
}
