//! A batch as the parameters that will be written, and those parameters read back.

use stateledger_core::hash::Hash;
use stateledger_core::tile::TileId;

use crate::database::Statement;
use crate::id::LedgerId;
use crate::request::Payload;
use crate::store::{
    Batch, Body, Head, HeadId, KeyRow, LedgerRow, PayloadRow, ReadBack, RecordRow, Staged,
    StoreError, TileRow,
};

use super::bulk::{Bulk, Text, pack, unpack};
use super::{beside, of_ledger, text};

/// A batch as SQL statements, without the head.
#[derive(Debug, Clone)]
pub struct SqlStaged {
    ledger: LedgerId,
    previous: HeadId,
    size: u64,
    records: Vec<Bulk>,
    payloads: Vec<Bulk>,
    tiles: Vec<Bulk>,
    keys: Vec<Bulk>,
    sealed: Vec<Bulk>,
    erasing: Vec<Bulk>,
}

pub(super) fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

fn write_record(out: &mut Text, row: &RecordRow) {
    out.raw("[\"").hex(row.leaf_hash.as_bytes()).hex(&row.entry).raw("\",");
    out.string(&row.record_type).raw(",").string(&row.source).raw(",");
    match &row.subject {
        Some(subject) => out.string(subject),
        None => out.raw("null"),
    };
    out.raw(",").number(row.time).raw("]");
}

fn write_payload(out: &mut Text, row: &PayloadRow) {
    let (is_json, bytes) = match &row.body {
        Body::Inline(payload) => (payload.is_json(), payload.as_bytes()),
        Body::Sealed(sealed) => (sealed.is_json, [].as_slice()),
    };
    out.raw("\"").number(is_json).hex(&row.salt).hex(bytes).raw("\"");
}

fn write_tile(out: &mut Text, row: &TileRow) {
    out.raw("[").number(row.id.level).raw(",").number(row.id.index);
    out.raw(",\"").hex(&row.hashes).raw("\"]");
}

fn write_key(out: &mut Text, row: &KeyRow) {
    out.raw("[").string(&row.key).raw(",").number(row.first).raw(",").number(row.count);
    out.raw(",\"").hex(&row.digest).hex(&row.mac).raw("\"]");
}

impl SqlStaged {
    pub(super) fn new(batch: Batch) -> Result<Self, StoreError> {
        let first = batch.previous.size.get();
        let count = u64::try_from(batch.records.len()).map_err(|_| StoreError::Corrupt)?;
        let size = first.checked_add(count).ok_or(StoreError::Corrupt)?;
        // The SQL numbers rows by their place in the array.
        let records_in_order = batch.records.iter().map(|row| row.index).eq(first..size);
        let payloads_in_order = batch.payloads.iter().map(|row| row.index).eq(first..size);
        if !records_in_order || !payloads_in_order {
            return Err(StoreError::Corrupt);
        }
        Ok(Self {
            records: pack(first, &batch.records, write_record)?,
            payloads: pack(first, &batch.payloads, write_payload)?,
            tiles: pack(0, &batch.tiles, write_tile)?,
            keys: pack(0, &batch.keys, write_key)?,
            sealed: pack(
                0,
                batch.payloads.iter().filter_map(beside::sealed_row),
                beside::write_sealed,
            )?,
            erasing: pack(0, &batch.erasing, beside::write_erasing)?,
            ledger: batch.ledger,
            previous: batch.previous,
            size,
        })
    }

    /// Whether this head is the one over the staged records.
    pub(super) fn ledger(&self) -> &LedgerId {
        &self.ledger
    }

    pub(super) fn ends_at(&self, head: &Head) -> bool {
        head.id.size.get() == self.size
    }

    /// The head comes first: a batch that is too late fails before it has written anything.
    pub(super) fn into_statements(self, head: &Head) -> Vec<Statement> {
        let previous = [self.previous.size.to_string(), self.previous.root.to_string()];
        let root = head.id.root.to_string();
        let columns = [self.size.to_string(), root, hex(&head.checkpoint), head.time.to_string()];
        let insert_head =
            of_ledger(text::INSERT_HEAD, &self.ledger, columns.into_iter().chain(previous));
        let ledger = &self.ledger;
        let numbered =
            |sql| move |bulk: Bulk| of_ledger(sql, ledger, [bulk.first.to_string(), bulk.json]);
        let plain = |sql| move |bulk: Bulk| of_ledger(sql, ledger, [bulk.json]);
        core::iter::once(insert_head)
            .chain(self.records.into_iter().map(numbered(text::INSERT_RECORDS)))
            .chain(self.payloads.into_iter().map(numbered(text::INSERT_PAYLOADS)))
            .chain(self.tiles.into_iter().map(plain(text::UPSERT_TILES)))
            .chain(self.keys.into_iter().map(plain(text::INSERT_KEYS)))
            .chain(self.sealed.into_iter().map(plain(beside::INSERT_SEALED)))
            .chain(self.erasing.iter().flat_map(|bulk| beside::erase(ledger, &bulk.json)))
            .collect()
    }
}

/// The row of a new ledger.
pub(super) fn ledger(ledger: &LedgerId, row: &LedgerRow) -> Statement {
    let columns = [
        hex(&row.uid),
        row.origin.clone(),
        row.verifier_key.clone(),
        hex(&row.rules),
        row.created.to_string(),
        hex(&row.mac),
    ];
    of_ledger(text::INSERT_LEDGER, ledger, columns)
}

/// The head of a new ledger.
pub(super) fn first_head(ledger: &LedgerId, head: &Head) -> Statement {
    let columns = [head.id.root.to_string(), hex(&head.checkpoint), head.time.to_string()];
    of_ledger(text::INSERT_FIRST_HEAD, ledger, columns)
}

impl Staged for SqlStaged {
    fn read_back(&self) -> Result<ReadBack, StoreError> {
        let mut payloads = unpack(&self.payloads, read_payload)?;
        for (index, sealed) in unpack(&self.sealed, |_, item| beside::read_sealed(item))? {
            let row = payloads.iter_mut().find(|row: &&mut PayloadRow| row.index == index);
            let row = row.ok_or(StoreError::Corrupt)?;
            row.body = beside::sealed_body(&row.body, sealed).ok_or(StoreError::Corrupt)?;
        }
        Ok(ReadBack {
            records: unpack(&self.records, read_record)?,
            payloads,
            tiles: unpack(&self.tiles, |_, item| read_tile(item))?,
            keys: unpack(&self.keys, |_, item| read_key(item))?,
            erasing: unpack(&self.erasing, |_, item| beside::read_erasing(item))?,
        })
    }
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    base16ct::lower::decode_vec(hex).ok()
}

pub(super) fn unhex_array(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let decoded = base16ct::lower::decode(hex, &mut bytes).ok()?.len();
    (decoded == bytes.len()).then_some(bytes)
}

/// `[leafhex || entryhex, type, source, subject, time]`. A text without escapes can be borrowed, and hex has none.
type RecordItem<'a> = (&'a str, String, String, Option<String>, u64);

fn read_record(index: u64, item: RecordItem<'_>) -> Option<RecordRow> {
    let (bytes, record_type, source, subject, time) = item;
    let (leaf_hash, entry) = bytes.split_at_checked(64)?;
    let (leaf_hash, entry) = (Hash(unhex_array(leaf_hash)?), unhex(entry)?);
    Some(RecordRow { index, leaf_hash, entry, record_type, source, subject, time })
}

fn read_payload(index: u64, item: &str) -> Option<PayloadRow> {
    let (is_json, hex) = item.split_at_checked(1)?;
    let (salt, payload) = hex.split_at_checked(64)?;
    let is_json = match is_json {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    let payload = Payload::from_stored(unhex(payload)?, is_json);
    Some(PayloadRow { index, salt: unhex_array(salt)?, body: Body::Inline(payload) })
}

fn read_tile((level, index, hashes): (u8, u64, &str)) -> Option<TileRow> {
    Some(TileRow { id: TileId { level, index }, hashes: unhex(hashes)? })
}

fn read_key((key, first, count, hashes): (String, u64, u32, &str)) -> Option<KeyRow> {
    let (digest, mac) = hashes.split_at_checked(64)?;
    Some(KeyRow { key, first, count, digest: unhex_array(digest)?, mac: unhex_array(mac)? })
}

#[cfg(test)]
mod tests {
    use stateledger_core::tree::TreeSize;

    use super::*;
    use crate::store::{Erasing, ErasureRow, Sealed};

    /// Rows with every kind of value, at an index that is not 0.
    fn batch() -> Batch {
        let record = |index: u64, subject: Option<&str>| RecordRow {
            index,
            leaf_hash: Hash([index as u8; 32]),
            entry: vec![index as u8; 3],
            record_type: "a \"type\" \\ ü".into(),
            source: "\u{1}\u{10000}".into(),
            subject: subject.map(str::to_owned),
            time: 1_795_428_000_000 + index,
        };
        let payload = |index: u64, body| PayloadRow { index, salt: [index as u8; 32], body };
        let key = |key: &str, first| KeyRow {
            key: key.into(),
            first,
            count: 2,
            digest: [5; 32],
            mac: [6; 32],
        };
        let sealed = Sealed { name: "n\"".into(), key: [4; 32], size: 40_000, is_json: true };
        let row = ErasureRow { index: 3, by: 7, time: 5, mac: [8; 32] };
        let erasing = vec![
            Erasing { row, key: Some(key("old\"", 2)) },
            Erasing { row: ErasureRow { index: 4, ..row }, key: None },
        ];
        Batch {
            erasing,
            ledger: LedgerId::parse("demo").unwrap(),
            previous: HeadId { size: TreeSize::new(7), root: Hash([9; 32]) },
            records: vec![record(7, None), record(8, Some("subject")), record(9, None)],
            payloads: vec![
                payload(7, Body::Inline(Payload::from_stored(b"{}".to_vec(), true))),
                payload(8, Body::Inline(Payload::bytes(Vec::new()))),
                payload(9, Body::Sealed(sealed)),
            ],
            tiles: vec![TileRow { id: TileId { level: 1, index: 258 }, hashes: vec![3; 64] }],
            keys: vec![key("k\"\\", 7), key("~", 8)],
        }
    }

    #[test]
    fn what_was_staged_is_read_back() {
        let batch = batch();
        let ReadBack { records, payloads, tiles, keys, erasing } =
            SqlStaged::new(batch.clone()).unwrap().read_back().unwrap();
        assert_eq!(records, batch.records);
        assert_eq!(payloads, batch.payloads);
        assert_eq!(tiles, batch.tiles);
        assert_eq!(keys, batch.keys);
        assert_eq!(erasing, batch.erasing);
    }

    /// Any one byte of any parameter, changed: it is refused, or read back as another row, and the
    /// engine compares rows. A cut or a longer parameter is refused.
    #[test]
    fn no_changed_byte_is_read_back_as_what_was_meant() {
        type Part = fn(&mut SqlStaged) -> &mut Vec<Bulk>;
        let parts: [Part; 6] = [
            |s| &mut s.records,
            |s| &mut s.payloads,
            |s| &mut s.tiles,
            |s| &mut s.keys,
            |s| &mut s.sealed,
            |s| &mut s.erasing,
        ];
        let staged = SqlStaged::new(batch()).unwrap();
        let meant = staged.read_back().unwrap();
        for part in parts {
            let json = part(&mut staged.clone())[0].json.clone();
            let with = |json: String| {
                let mut damaged = staged.clone();
                part(&mut damaged)[0].json = json;
                damaged.read_back()
            };
            for at in (0..json.len()).filter(|at| json.as_bytes()[*at].is_ascii()) {
                for other in ["0", "7", "g", "\"", ",", "[", "]"] {
                    let mut changed = json.clone();
                    changed.replace_range(at..=at, other);
                    let differs = changed == json || with(changed) != Ok(meant.clone());
                    assert!(differs, "{json} at {at}: {other}");
                }
            }
            assert_eq!(with(json[..json.len() - 1].into()), Err(StoreError::Corrupt));
            assert_eq!(with(format!("{json}]")), Err(StoreError::Corrupt));
        }
    }
}
