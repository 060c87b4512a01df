//! The SQL of a check, and its rows decoded.
//!
//! Unlike the engine's own SQL it looks at rows by their place and not by what should be there.

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use crate::database::{Row, Statement};
use crate::sql::rows::{array, bytes, hash, number, text};
use crate::store::{HeadId, KeyRow, LedgerRow};

/// The only tenant of this version.
pub(super) const TENANT: &str = crate::sql::TENANT;

pub(super) const LEDGERS: &str = "select tenant, id from ledgers order by id, tenant";

pub(super) const LEDGER: &str = "\
select hex(uid), origin, verifier_key, hex(rules), cast(created as text), hex(mac)
from ledgers where tenant = ?1 and id = ?2";

/// From size `?3` on, at most `?4` rows.
pub(super) const HEADS: &str = "\
select cast(size as text), hex(root), cast(prev_size as text), hex(prev_root), hex(checkpoint),
       cast(time as text)
from heads where tenant = ?1 and ledger = ?2 and size >= ?3 + 0 order by size limit ?4 + 0";

/// From index `?3` on, at most `?4` rows and about `?5` bytes, but at least one row.
pub(super) const RECORDS: &str = "\
select cast(idx as text), hex(leaf_hash), hex(entry), type, source, subject, cast(time as text),
       cast(payload_idx as text), hex(salt), cast(is_json as text), hex(payload),
       cast(sealed_idx as text), name, hex(key), cast(size as text), cast(erased_idx as text)
from (select *, sum(own) over (order by idx) as running
      from (select r.idx, r.leaf_hash, r.entry, r.type, r.source, r.subject, r.time,
                   p.idx as payload_idx, p.salt, p.is_json, p.payload,
                   s.idx as sealed_idx, s.name, s.key, s.size, e.idx as erased_idx,
                   length(r.entry) + coalesce(length(p.payload), 0) as own
            from records r
            left join payloads p on p.tenant = r.tenant and p.ledger = r.ledger and p.idx = r.idx
            left join sealed_payloads s
              on s.tenant = r.tenant and s.ledger = r.ledger and s.idx = r.idx
            left join erasures e on e.tenant = r.tenant and e.ledger = r.ledger and e.idx = r.idx
            where r.tenant = ?1 and r.ledger = ?2 and r.idx >= ?3 + 0
            order by r.idx limit ?4 + 0))
where running <= ?5 + 0 or running = own
order by idx";

pub(super) const TILE: &str = "\
select hex(hashes) from tiles
where tenant = ?1 and ledger = ?2 and level = ?3 + 0 and idx = ?4 + 0";

/// After key `?3`, at most `?4` rows.
pub(super) const KEYS: &str = "\
select key, cast(first as text), cast(count as text), hex(digest), hex(mac)
from idempotency where tenant = ?1 and ledger = ?2 and key > ?3 order by key limit ?4 + 0";

/// After id `?1`, at most `?2` rows, with the tenant as the last column.
pub(super) const TOKENS: &str = "\
select id, hex(hash), scopes, ledger, name, cast(created as text), cast(expires as text), hex(mac),
       tenant
from tokens where id > ?1 order by id limit ?2 + 0";

/// Tiles that a tree has no place for: `?3` is a JSON array of the number of tiles of each level.
pub(super) const TILES_BEYOND: &str = "\
select cast(t.level as text) || '/' || cast(t.idx as text)
from tiles t left join json_each(?3) j on j.key = t.level
where t.tenant = ?1 and t.ledger = ?2 and (j.value is null or t.idx < 0 or t.idx >= j.value)
order by t.level, t.idx limit 1";

pub(super) const RECORDS_BEYOND: &str = "\
select cast(idx as text) from records
where tenant = ?1 and ledger = ?2 and (idx < 0 or idx >= ?3 + 0) order by idx limit 1";

pub(super) const PAYLOADS_BEYOND: &str = "\
select cast(idx as text) from payloads
where tenant = ?1 and ledger = ?2 and (idx < 0 or idx >= ?3 + 0) order by idx limit 1";

pub(super) const SEALED_BEYOND: &str = "\
select cast(idx as text) from sealed_payloads
where tenant = ?1 and ledger = ?2 and (idx < 0 or idx >= ?3 + 0) order by idx limit 1";

pub(super) const ERASURES_BEYOND: &str = "\
select cast(idx as text) from erasures
where tenant = ?1 and ledger = ?2 and (idx < 0 or idx >= ?3 + 0) order by idx limit 1";

pub(super) const HOLDS_BEYOND: &str = "\
select cast(idx as text) from holds
where tenant = ?1 and ledger = ?2 and (idx < 0 or idx >= ?3 + 0) order by idx limit 1";

pub(super) const HEADS_BELOW: &str = "\
select cast(size as text) from heads
where tenant = ?1 and ledger = ?2 and size < 0 order by size limit 1";

/// A statement with these parameters.
pub(super) fn statement(sql: &'static str, params: impl IntoIterator<Item = String>) -> Statement {
    Statement { sql: sql.into(), params: params.into_iter().map(Some).collect() }
}

/// A text column as it is; one that is NULL is empty.
pub(super) fn cell(row: &Row, column: usize) -> String {
    text(row, column).unwrap_or_default().to_owned()
}

pub(super) fn ledger(row: &Row) -> Option<LedgerRow> {
    Some(LedgerRow {
        uid: array(row, 0)?,
        origin: text(row, 1)?.to_owned(),
        verifier_key: text(row, 2)?.to_owned(),
        rules: bytes(row, 3)?,
        created: number(row, 4)?,
        mac: array(row, 5)?,
    })
}

/// A head with its predecessor.
#[derive(Debug, Clone)]
pub(super) struct HeadRow {
    pub(super) id: HeadId,
    pub(super) previous: Option<HeadId>,
    pub(super) checkpoint: Vec<u8>,
    pub(super) time: u64,
}

pub(super) fn head(row: &Row) -> Option<HeadRow> {
    let id = HeadId { size: TreeSize::new(number(row, 0)?), root: hash(row, 1)? };
    let previous = match (text(row, 2), text(row, 3)?) {
        (None, "") => None,
        (Some(_), _) => Some(HeadId { size: TreeSize::new(number(row, 2)?), root: hash(row, 3)? }),
        (None, _) => return None,
    };
    Some(HeadRow { id, previous, checkpoint: bytes(row, 4)?, time: number(row, 5)? })
}

/// A record with the payload row beside it.
#[derive(Debug, Clone)]
pub(super) struct FullRecord {
    pub(super) index: u64,
    pub(super) leaf_hash: Hash,
    pub(super) entry: Vec<u8>,
    pub(super) record_type: String,
    pub(super) source: String,
    pub(super) subject: Option<String>,
    pub(super) time: u64,
    pub(super) payload: Found<PayloadColumns>,
    pub(super) sealed: Found<SealedColumns>,
    /// Whether there is a row that says that the payload was erased.
    pub(super) erased: bool,
}

/// A row beside a record.
#[derive(Debug, Clone)]
pub(super) enum Found<T> {
    Missing,
    Malformed,
    Columns(T),
}

impl<T> Found<T> {
    /// `key` is NULL without a row, and `columns` are `None` where a row does not decode.
    fn new(key: Option<&str>, columns: Option<T>) -> Self {
        match (key, columns) {
            (None, _) => Self::Missing,
            (Some(_), None) => Self::Malformed,
            (Some(_), Some(columns)) => Self::Columns(columns),
        }
    }
}

/// The columns of a payload row.
#[derive(Debug, Clone)]
pub(super) struct PayloadColumns {
    pub(super) salt: [u8; 32],
    pub(super) is_json: bool,
    pub(super) bytes: Vec<u8>,
}

/// The columns of the row that finds and opens a payload's value.
#[derive(Debug, Clone)]
pub(super) struct SealedColumns {
    pub(super) name: String,
    pub(super) key: [u8; 32],
    pub(super) size: u64,
}

fn payload(row: &Row) -> Option<PayloadColumns> {
    let is_json = match text(row, 9)? {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    Some(PayloadColumns { salt: array(row, 8)?, is_json, bytes: bytes(row, 10)? })
}

fn sealed(row: &Row) -> Option<SealedColumns> {
    let name = text(row, 12)?.to_owned();
    Some(SealedColumns { name, key: array(row, 13)?, size: number(row, 14)? })
}

pub(super) fn record(row: &Row) -> Option<FullRecord> {
    Some(FullRecord {
        index: number(row, 0)?,
        leaf_hash: hash(row, 1)?,
        entry: bytes(row, 2)?,
        record_type: text(row, 3)?.to_owned(),
        source: text(row, 4)?.to_owned(),
        subject: text(row, 5).map(str::to_owned),
        time: number(row, 6)?,
        payload: Found::new(text(row, 7), payload(row)),
        sealed: Found::new(text(row, 11), sealed(row)),
        erased: text(row, 15).is_some(),
    })
}

pub(super) fn tile(row: &Row) -> Option<Vec<u8>> {
    bytes(row, 0)
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
