//! Rows as the database answers them, decoded. `None` for anything that does not have the form this
//! crate writes.

use stateledger_core::hash::Hash;
use stateledger_core::tile::TileId;
use stateledger_core::tree::TreeSize;

use crate::database::Row;
use crate::id::LedgerId;
use crate::request::Payload;
use crate::store::{
    Body, ChangeRow, EntryRow, ErasureRow, FoundLeaf, Head, HeadId, KeyRow, LedgerRow, Listed,
    OpenedLedger, PageRow, PairRow, RecordRow, Sealed, StoredRecord, TileRow,
};

pub(crate) fn text(row: &Row, column: usize) -> Option<&str> {
    row.get(column)?.as_deref()
}

pub(crate) fn number<T: core::str::FromStr>(row: &Row, column: usize) -> Option<T> {
    text(row, column)?.parse().ok()
}

pub(crate) fn bytes(row: &Row, column: usize) -> Option<Vec<u8>> {
    base16ct::mixed::decode_vec(text(row, column)?).ok()
}

pub(crate) fn array(row: &Row, column: usize) -> Option<[u8; 32]> {
    bytes(row, column)?.try_into().ok()
}

pub(crate) fn hash(row: &Row, column: usize) -> Option<Hash> {
    array(row, column).map(Hash)
}

pub(super) fn opened(row: &Row) -> Option<OpenedLedger> {
    let ledger = LedgerRow {
        uid: array(row, 0)?,
        origin: text(row, 1)?.to_owned(),
        verifier_key: text(row, 2)?.to_owned(),
        rules: bytes(row, 3)?,
        created: number(row, 4)?,
        mac: array(row, 5)?,
    };
    Some(OpenedLedger { row: ledger, head: head(row, 6)? })
}

/// Size, root, checkpoint and time, from this column on.
pub(super) fn head(row: &Row, column: usize) -> Option<Head> {
    let column = |next: usize| column.saturating_add(next);
    let id = HeadId { size: TreeSize::new(number(row, column(0))?), root: hash(row, column(1))? };
    Some(Head { id, checkpoint: bytes(row, column(2))?, time: number(row, column(3))? })
}

pub(super) fn listed(row: &Row) -> Option<Listed> {
    Some(Listed { ledger: LedgerId::parse(text(row, 10)?).ok()?, opened: opened(row)? })
}

pub(super) fn tile(row: &Row) -> Option<TileRow> {
    let id = TileId { level: number(row, 0)?, index: number(row, 1)? };
    Some(TileRow { id, hashes: bytes(row, 2)? })
}

pub(super) fn entry(row: &Row) -> Option<EntryRow> {
    Some(EntryRow { index: number(row, 0)?, leaf_hash: hash(row, 1)?, entry: bytes(row, 2)? })
}

pub(super) fn found_leaf(row: &Row) -> Option<FoundLeaf> {
    Some(FoundLeaf { index: number(row, 0)?, leaf_hash: hash(row, 1)? })
}

pub(super) fn record_with_salt(row: &Row) -> Option<StoredRecord> {
    let record = RecordRow {
        index: number(row, 0)?,
        leaf_hash: hash(row, 1)?,
        entry: bytes(row, 2)?,
        record_type: text(row, 3)?.to_owned(),
        source: text(row, 4)?.to_owned(),
        subject: text(row, 5).map(str::to_owned),
        time: number(row, 6)?,
    };
    // hex(NULL) is the empty text: no payload row.
    let salt = match text(row, 7)? {
        "" => None,
        _ => Some(array(row, 7)?),
    };
    let erased = match text(row, 8) {
        None => None,
        Some(erased) => Some(erasure(record.index, erased)?),
    };
    Some(StoredRecord { row: record, salt, body: None, erased })
}

/// `by:time:machex`.
pub(crate) fn erasure(index: u64, text: &str) -> Option<ErasureRow> {
    let (by, rest) = text.split_once(':')?;
    let (time, mac) = rest.split_once(':')?;
    Some(ErasureRow { index, by: by.parse().ok()?, time: time.parse().ok()?, mac: unhex(mac)? })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    base16ct::mixed::decode_vec(text).ok()?.try_into().ok()
}

/// `size:keyhex:name`.
fn sealed(is_json: bool, text: &str) -> Option<Sealed> {
    let (size, rest) = text.split_once(':')?;
    let (key, name) = rest.split_once(':')?;
    Some(Sealed { name: name.to_owned(), key: unhex(key)?, size: size.parse().ok()?, is_json })
}

pub(super) fn record_with_payload(row: &Row) -> Option<StoredRecord> {
    let mut record = record_with_salt(row)?;
    if let Some(payload) = text(row, 9) {
        let (is_json, hex) = payload.split_at_checked(1)?;
        let is_json = is_json == "1";
        record.body = Some(match text(row, 10) {
            Some(text) => Body::Sealed(sealed(is_json, text)?),
            None => {
                let bytes = base16ct::mixed::decode_vec(hex).ok()?;
                Body::Inline(Payload::from_stored(bytes, is_json))
            }
        });
    }
    Some(record)
}

pub(super) fn key(row: &Row) -> Option<KeyRow> {
    Some(KeyRow {
        key: text(row, 0)?.to_owned(),
        first: number(row, 1)?,
        count: number(row, 2)?,
        digest: array(row, 3)?,
        mac: array(row, 4)?,
    })
}

pub(super) fn page(row: &Row) -> Option<PageRow> {
    Some(PageRow { index: number(row, 0)?, bytes: number(row, 1)? })
}

/// A number, or the lack of one.
fn maybe(row: &Row, column: usize) -> Option<Option<u64>> {
    match row.get(column)? {
        None => Some(None),
        Some(text) => text.parse().ok().map(Some),
    }
}

pub(super) fn pair(row: &Row) -> Option<PairRow> {
    Some(PairRow { first: number(row, 0)?, last: maybe(row, 1)?, bytes: number(row, 2)? })
}

pub(super) fn change(row: &Row) -> Option<ChangeRow> {
    let last = number::<u8>(row, 1)? == 1;
    Some(ChangeRow { index: number(row, 0)?, last, before: maybe(row, 2)?, bytes: number(row, 3)? })
}
