//! The look-ups of readers in SQL, over the indexes of `migrations/0004_reads.sql` and
//! `migrations/0007_leaf_blocks.sql`.

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use crate::blobs::Blobs;
use crate::database::{Database, Row, Statement};
use crate::id::LedgerId;
use crate::store::{
    ChangeQuery, ChangeRow, Head, LedgerQuery, Listed, Lookups, PairQuery, PairRow, PrivateLedgers,
    Span, StoreError,
};

use super::{SqlStore, TENANT, of_ledger, rows};

/// The columns of `rows::opened`, then the id. `?2` is the id to begin after, or nothing.
const LEDGERS: &str = "\
select hex(l.uid), l.origin, l.verifier_key, hex(l.rules), cast(l.created as text), hex(l.mac),
       cast(h.size as text), hex(h.root), hex(h.checkpoint), cast(h.time as text), l.id
from ledgers l join heads h on h.tenant = l.tenant and h.ledger = l.id and h.size =
    (select n.size from heads n where n.tenant = l.tenant and n.ledger = l.id order by n.size desc limit 1)
where l.tenant = ?1 and l.id > coalesce(?2, '')";

/// The term of the index `ledgers_shown`.
const SHOWN: &str = "\
(case when json_valid(cast(l.rules as text))
 then json_extract(cast(l.rules as text), '$.visibility') <> 'private' end) = 1";

const HEAD_FROM: &str = "\
select cast(size as text), hex(root), hex(checkpoint), cast(time as text) from heads
where tenant = ?1 and ledger = ?2 and size >= ?3 order by size limit 1";

/// One seek in each block of `records_by_leaf_in_block`, whose term it repeats letter by letter.
const LEAF: &str = "\
with recursive block(n) as (
  select (select (size - 1) >> 13 from heads where tenant = ?1 and ledger = ?2 order by size desc limit 1)
  union all select n - 1 from block where n > 0)
select cast(min(r.idx) as text) from block cross join records r
on r.tenant = ?1 and r.ledger = ?2 and r.idx >> 13 = block.n and r.leaf_hash = unhex(?3)
having min(r.idx) is not null";

const FIRST_SINCE: &str = "\
select cast(idx as text) from records
where tenant = ?1 and ledger = ?2 and time >= ?3 order by time, idx limit 1";

const WITHOUT_SUBJECT: &str = "\
select cast(count(*) as text) from records
where tenant = ?1 and ledger = ?2 and subject is null and idx >= ?3 and idx < ?4";

/// What [`PairRow`] and [`ChangeRow`] say of the record `$idx`.
macro_rules! bytes_of {
    ($idx:literal) => {
        concat!(
            "coalesce((select length(e.entry) + coalesce((select length(p.payload) from payloads p
               where p.tenant = ?1 and p.ledger = ?2 and p.idx = e.idx), 0)
               + coalesce((select s.size from sealed_payloads s
               where s.tenant = ?1 and s.ledger = ?2 and s.idx = e.idx), 0)
             from records e where e.tenant = ?1 and e.ledger = ?2 and e.idx = ",
            $idx,
            "), 0)"
        )
    };
}

/// The first record of the first pair that `$of` lets through.
macro_rules! first_pair {
    ($of:literal) => {
        concat!(
            "(select x.idx from records x
              where x.tenant = ?1 and x.ledger = ?2 and x.subject is not null and ",
            $of,
            " order by x.type, x.subject, x.idx limit 1)"
        )
    };
}

/// Steps from each pair to the next along `records_by_pair`: a few look-ups a pair, however many
/// records it has. `n` counts the steps. A step has one row, so the pairs come in their order.
macro_rules! pairs {
    ($begin:expr, $next:expr) => {
        concat!(
            "with recursive pair(first, type, subject, n) as (
               select r.idx, r.type, r.subject, 1 from records r
               where r.tenant = ?1 and r.ledger = ?2 and r.idx = ",
            $begin,
            "  union all
               select r.idx, r.type, r.subject, p.n + 1 from pair p
               cross join records r on r.tenant = ?1 and r.ledger = ?2 and r.idx = ",
            $next,
            "  where p.n < ?4 + 0),
             last(first, idx) as (
               select first, (select y.idx from records y
                 where y.tenant = ?1 and y.ledger = ?2 and y.type = pair.type
                   and y.subject = pair.subject and y.idx < ?3 order by y.idx desc limit 1)
               from pair)
             select cast(first as text), cast(idx as text), cast(",
            bytes_of!("last.idx"),
            " as text) from last"
        )
    };
}

/// The next subject of the same type. Two terms, because SQLite does not seek to a pair of columns.
macro_rules! next_subject {
    () => {
        first_pair!("x.type = p.type and x.subject > p.subject")
    };
}

/// The next pair of any type.
macro_rules! next_pair {
    () => {
        concat!("coalesce(", next_subject!(), ", ", first_pair!("x.type > p.type"), ")")
    };
}

/// The pair after the one of a given record.
macro_rules! after {
    ($record:literal, $next:expr) => {
        concat!(
            "(select ",
            $next,
            " from records p where p.tenant = ?1 and p.ledger = ?2 and p.idx = ",
            $record,
            ")"
        )
    };
}

const ALL_PAIRS: &str = pairs!(first_pair!("true"), next_pair!());
const NEXT_PAIRS: &str = pairs!(after!("?5", next_pair!()), next_pair!());
const PAIRS_OF_TYPE: &str = pairs!(first_pair!("x.type = ?5"), next_subject!());
/// The type is the one of the record `?6`; a cursor belongs to one.
const NEXT_PAIRS_OF_TYPE: &str = pairs!(after!("?6", next_subject!()), next_subject!());

/// `?3` and `?4` bound the records, `?5` and `?6` are the sizes, `?7` is the limit.
macro_rules! changes {
    ($of_type:literal) => {
        concat!(
            "select cast(idx as text), cast(last as text), cast(before as text),
               cast(case when last then ",
            bytes_of!("c.idx"),
            " + ",
            bytes_of!("c.before"),
            " else 0 end as text)
             from (select r.idx as idx,
                 r.subject is not null and not exists (select 1 from records x
                   where x.tenant = ?1 and x.ledger = ?2 and x.type = r.type
                     and x.subject = r.subject and x.idx > r.idx and x.idx < ?6) as last,
                 (select b.idx from records b
                   where b.tenant = ?1 and b.ledger = ?2 and b.type = r.type
                     and b.subject = r.subject and b.idx < ?5 order by b.idx desc limit 1) as before
               from (select idx, type, subject from records
                 where tenant = ?1 and ledger = ?2 and idx >= ?3 and idx < ?4",
            $of_type,
            "    order by idx limit ?7 + 0) r) c
             order by idx"
        )
    };
}

const CHANGES: &str = changes!("");
const CHANGES_OF_TYPE: &str = changes!(" and type = ?8");

fn ledgers(query: &LedgerQuery) -> Statement {
    let after = query.after.as_ref().map(|id| id.as_str().to_owned());
    let mut params = vec![Some(TENANT.to_owned()), after];
    let among = match &query.private {
        PrivateLedgers::All => String::new(),
        PrivateLedgers::None => format!(" and {SHOWN}"),
        PrivateLedgers::One(id) => {
            params.push(Some(id.as_str().to_owned()));
            format!(" and ({SHOWN} or l.id = ?3)")
        }
    };
    Statement {
        sql: format!("{LEDGERS}{among} order by l.id limit {}", query.limit).into(),
        params,
    }
}

fn pairs(ledger: &LedgerId, query: &PairQuery) -> Statement {
    let sql = match (&query.record_type, query.after) {
        (None, None) => ALL_PAIRS,
        (None, Some(_)) => NEXT_PAIRS,
        (Some(_), None) => PAIRS_OF_TYPE,
        (Some(_), Some(_)) => NEXT_PAIRS_OF_TYPE,
    };
    let size_and_limit = [query.size.to_string(), query.limit.to_string()];
    let after = query.after.as_ref().map(u64::to_string);
    let rest = size_and_limit.into_iter().chain(query.record_type.clone()).chain(after);
    of_ledger(sql, ledger, rest)
}

fn changes(ledger: &LedgerId, query: &ChangeQuery) -> Statement {
    let Span { start, end, record_type } = &query.span;
    let sql = if record_type.is_some() { CHANGES_OF_TYPE } else { CHANGES };
    let numbers = [*start, *end, query.from.get(), query.to.get()].map(|number| number.to_string());
    let limit = query.limit.to_string();
    of_ledger(sql, ledger, numbers.into_iter().chain([limit]).chain(record_type.clone()))
}

fn without_subject(ledger: &LedgerId, span: &Span) -> Statement {
    let bounds = [span.start.to_string(), span.end.to_string()];
    let mut statement =
        of_ledger(WITHOUT_SUBJECT, ledger, bounds.into_iter().chain(span.record_type.clone()));
    if span.record_type.is_some() {
        // `+` keeps SQLite from going through the records of the type, which it would read whole.
        statement.sql = format!("{WITHOUT_SUBJECT} and +type = ?5").into();
    }
    statement
}

fn index(row: &Row) -> Option<u64> {
    rows::number(row, 0)
}

impl<D: Database, B: Blobs> Lookups for SqlStore<D, B> {
    async fn ledgers(&self, query: &LedgerQuery) -> Result<Vec<Listed>, StoreError> {
        let mut listed = self.query_all(&ledgers(query), rows::listed).await?.concat();
        listed.sort_unstable_by(|one, other| one.ledger.cmp(&other.ledger));
        listed.truncate(query.limit);
        Ok(listed)
    }

    async fn head_from(
        &self,
        ledger: &LedgerId,
        size: TreeSize,
    ) -> Result<Option<Head>, StoreError> {
        let statement = of_ledger(HEAD_FROM, ledger, [size.to_string()]);
        Ok(self.query(ledger, statement, |row| rows::head(row, 0)).await?.pop())
    }

    async fn leaf(&self, ledger: &LedgerId, leaf: &Hash) -> Result<Option<u64>, StoreError> {
        Ok(self.query(ledger, of_ledger(LEAF, ledger, [leaf.to_string()]), index).await?.pop())
    }

    async fn first_since(&self, ledger: &LedgerId, time: u64) -> Result<Option<u64>, StoreError> {
        Ok(self
            .query(ledger, of_ledger(FIRST_SINCE, ledger, [time.to_string()]), index)
            .await?
            .pop())
    }

    async fn without_subject(&self, ledger: &LedgerId, span: &Span) -> Result<u64, StoreError> {
        let count = self.query(ledger, without_subject(ledger, span), index).await?.pop();
        count.ok_or(StoreError::Corrupt)
    }

    async fn pairs(
        &self,
        ledger: &LedgerId,
        query: &PairQuery,
    ) -> Result<Vec<PairRow>, StoreError> {
        self.query(ledger, pairs(ledger, query), rows::pair).await
    }

    async fn changes(
        &self,
        ledger: &LedgerId,
        query: &ChangeQuery,
    ) -> Result<Vec<ChangeRow>, StoreError> {
        self.query(ledger, changes(ledger, query), rows::change).await
    }
}
