//! The SQL. Every result column is cast to text or hex, every value is a parameter.
//!
//! `cross join` keeps SQLite's planner to the written order: the short list first, then a look-up
//! by primary key. `running = own` is the first row of an answer that would otherwise be empty.

use std::borrow::Cow;

use crate::database::Statement;
use crate::id::LedgerId;
use crate::store::{Order, PageQuery};

use super::of_ledger;

/// Entries and payloads of one answer: 4 MiB, which hex makes 8 MiB.
pub(crate) const ANSWER_BYTES: usize = 4 * 1024 * 1024;

pub(super) const INSERT_LEDGER: &str = "\
insert into ledgers (tenant, id, uid, origin, verifier_key, rules, created, mac)
values (?1, ?2, unhex(?3), ?4, ?5, unhex(?6), ?7, unhex(?8))";

pub(super) const INSERT_FIRST_HEAD: &str = "\
insert into heads (tenant, ledger, size, root, prev_size, prev_root, checkpoint, time)
values (?1, ?2, 0, unhex(?3), null, null, unhex(?4), ?5)";

pub(super) const INSERT_HEAD: &str = "\
insert into heads (tenant, ledger, size, root, checkpoint, time, prev_size, prev_root)
values (?1, ?2, ?3, unhex(?4), unhex(?5), ?6, ?7, unhex(?8))";

/// Items of `?4`: `[leafhex || entryhex, type, source, subject, time]`; the first is record `?3`.
pub(super) const INSERT_RECORDS: &str = "\
insert into records (tenant, ledger, idx, leaf_hash, entry, type, source, subject, time)
select ?1, ?2, ?3 + key, unhex(substr(value ->> 0, 1, 64)), unhex(substr(value ->> 0, 65)),
       value ->> 1, value ->> 2, value ->> 3, value ->> 4
from json_each(?4)";

/// Items of `?4`: `is_json || salthex || payloadhex`; the first belongs to record `?3`.
pub(super) const INSERT_PAYLOADS: &str = "\
insert into payloads (tenant, ledger, idx, is_json, salt, payload)
select ?1, ?2, ?3 + key, cast(substr(value, 1, 1) as integer), unhex(substr(value, 2, 64)),
       unhex(substr(value, 66))
from json_each(?4)";

/// Items of `?3`: `[level, index, hashes]`. Tiles only grow: the clause leaves a wider stored tile
/// alone. `where true` tells SQLite's parser that `on conflict` is no join constraint.
pub(super) const UPSERT_TILES: &str = "\
insert into tiles (tenant, ledger, level, idx, hashes)
select ?1, ?2, value ->> 0, value ->> 1, unhex(value ->> 2) from json_each(?3) where true
on conflict (tenant, ledger, level, idx) do update set hashes = excluded.hashes
where length(excluded.hashes) > length(tiles.hashes)";

/// Items of `?3`: `[key, first, count, digesthex || machex]`.
pub(super) const INSERT_KEYS: &str = "\
insert into idempotency (tenant, ledger, key, first, count, digest, mac)
select ?1, ?2, value ->> 0, value ->> 1, value ->> 2, unhex(substr(value ->> 3, 1, 64)),
       unhex(substr(value ->> 3, 65))
from json_each(?3)";

pub(super) const OPEN: &str = "\
select hex(l.uid), l.origin, l.verifier_key, hex(l.rules), cast(l.created as text), hex(l.mac),
       cast(h.size as text), hex(h.root), hex(h.checkpoint), cast(h.time as text)
from ledgers l join heads h on h.tenant = l.tenant and h.ledger = l.id
where l.tenant = ?1 and l.id = ?2
order by h.size desc limit 1";

pub(super) const TILES: &str = "\
select cast(t.level as text), cast(t.idx as text), hex(t.hashes)
from json_each(?3) j cross join tiles t
  on t.tenant = ?1 and t.ledger = ?2 and t.level = j.value ->> 0 and t.idx = j.value ->> 1";

pub(super) const RECORDS_WITH_SALTS: &str = "\
select cast(idx as text), hex(leaf_hash), hex(entry), type, source, subject, time, salt, erased
from (select r.idx, r.leaf_hash, r.entry, r.type, r.source, r.subject, cast(r.time as text) as time,
             hex(p.salt) as salt, e.by_idx || ':' || e.time || ':' || hex(e.mac) as erased,
             j.key as place, length(r.entry) as own,
             sum(length(r.entry)) over (order by j.key) as running
      from json_each(?3) j
      cross join records r on r.tenant = ?1 and r.ledger = ?2 and r.idx = j.value
      left join payloads p on p.tenant = ?1 and p.ledger = ?2 and p.idx = j.value
      left join erasures e on e.tenant = ?1 and e.ledger = ?2 and e.idx = j.value)
where running <= ?4 + 0 or running = own
order by place";

pub(super) const RECORDS_WITH_PAYLOADS: &str = "\
select cast(idx as text), hex(leaf_hash), hex(entry), type, source, subject, time, salt, erased,
       payload, sealed
from (select r.idx, r.leaf_hash, r.entry, r.type, r.source, r.subject, cast(r.time as text) as time,
             hex(p.salt) as salt, e.by_idx || ':' || e.time || ':' || hex(e.mac) as erased,
             p.is_json || hex(p.payload) as payload,
             s.size || ':' || hex(s.key) || ':' || s.name as sealed, j.key as place,
             length(r.entry) + coalesce(length(p.payload), 0) as own,
             sum(length(r.entry) + coalesce(length(p.payload), 0)) over (order by j.key) as running
      from json_each(?3) j
      cross join records r on r.tenant = ?1 and r.ledger = ?2 and r.idx = j.value
      left join payloads p on p.tenant = ?1 and p.ledger = ?2 and p.idx = j.value
      left join sealed_payloads s on s.tenant = ?1 and s.ledger = ?2 and s.idx = j.value
      left join erasures e on e.tenant = ?1 and e.ledger = ?2 and e.idx = j.value)
where running <= ?4 + 0 or running = own
order by place";

pub(super) const ENTRIES: &str = "\
select cast(idx as text), hex(leaf_hash), hex(entry)
from (select idx, leaf_hash, entry, sum(length(entry)) over (order by idx) as running
      from records where tenant = ?1 and ledger = ?2 and idx >= ?3 and idx < ?4)
where running <= ?5 + 0 or idx = ?3 + 0
order by idx";

pub(super) const FIND_LEAVES: &str = "\
select cast(idx as text), hex(leaf_hash) from records
where tenant = ?1 and ledger = ?2 and idx >= ?3
  and leaf_hash in (select unhex(value) from json_each(?4))
order by idx";

pub(super) const KEYS: &str = "\
select i.key, cast(i.first as text), cast(i.count as text), hex(i.digest), hex(i.mac)
from json_each(?3) j cross join idempotency i
  on i.tenant = ?1 and i.ledger = ?2 and i.key = j.value";

/// The first record at or after a time, followed by the time.
const FIRST_AT: &str =
    "(select t.idx from records t where t.tenant = ?1 and t.ledger = ?2 and t.time >= ";

/// One page of indexes.
///
/// Each end of the range is one term, because SQLite seeks to one term only and walks over what the
/// others exclude: so a page starts at its first row, however deep it lies. Times rise with
/// indexes, so a bound in time is looked up once as a bound of the index. `max` and `min` have no
/// affinity of their own, hence the casts.
pub(super) fn page(ledger: &LedgerId, query: &PageQuery) -> Statement {
    let mut sql = String::from(
        "select cast(r.idx as text), cast(length(r.entry) + coalesce((select length(p.payload)
        from payloads p where p.tenant = ?1 and p.ledger = ?2 and p.idx = r.idx), 0)
        + coalesce((select s.size from sealed_payloads s where s.tenant = ?1 and s.ledger = ?2
        and s.idx = r.idx), 0) as text)
        from records r where r.tenant = ?1 and r.ledger = ?2",
    );
    let mut params = vec![query.start.to_string(), query.end.to_string()];
    // ?1 and ?2 are the scope.
    let mut number = |value: String| {
        params.push(value);
        params.len().saturating_add(2)
    };
    match query.since.map(|since| number(since.to_string())) {
        None => sql.push_str(" and r.idx >= ?3"),
        Some(since) => sql.push_str(&format!(
            " and r.idx >= max(cast(?3 as integer), {FIRST_AT}?{since} order by t.time, t.idx limit 1))"
        )),
    }
    match query.until.map(|until| number(until.to_string())) {
        None => sql.push_str(" and r.idx < ?4"),
        Some(until) => sql.push_str(&format!(
            " and r.idx < min(cast(?4 as integer), coalesce(\
             {FIRST_AT}?{until} order by t.time, t.idx limit 1), 9223372036854775807))"
        )),
    }
    for (column, value) in
        [("type", &query.record_type), ("source", &query.source), ("subject", &query.subject)]
    {
        if let Some(value) = value {
            sql.push_str(&format!(" and r.{column} = ?{}", number(value.clone())));
        }
    }
    let direction = match query.order {
        Order::Ascending => "asc",
        Order::Descending => "desc",
    };
    sql.push_str(&format!(" order by r.idx {direction} limit {}", query.limit));
    let mut statement = of_ledger("", ledger, params);
    statement.sql = Cow::Owned(sql);
    statement
}
