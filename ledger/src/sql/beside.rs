//! What lies beside the tree, in SQL: the rows of `migrations/0002_payloads.sql`,
//! `0005_artifacts.sql` and `0006_sweeps.sql`.

use serde_json::Value;
use stateledger_core::hash::Hash;
use stateledger_core::json;

use super::bulk::Text;
use super::shards::select;
use super::stage::{hex, unhex_array};
use super::{SqlStore, TENANT, json_array, of_ledger, rows};
use crate::blobs::Blobs;
use crate::database::{Database, Row, Statement};
use crate::id::LedgerId;
use crate::store::{
    ArtifactRow, Beside, Body, Erasing, ErasureRow, HoldRow, KeyRow, PayloadRow, Sealed, Standing,
    StoreError,
};

/// Names that one call answers.
const DELETIONS: u64 = 100;

/// Items of `?3`: `[idx, name, keyhex, size]`.
pub(super) const INSERT_SEALED: &str = "\
insert into sealed_payloads (tenant, ledger, idx, name, key, size)
select ?1, ?2, value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3 from json_each(?3)";

/// Items of `?3`: `[idx, by, time, machex]`, and for a record with an idempotency key
/// `[..., key, first, count, digesthex, keymachex]`. A hold makes `held`
/// a number that the table refuses.
const INSERT_ERASURES: &str = "\
insert into erasures (tenant, ledger, idx, by_idx, time, held, mac)
select ?1, ?2, value ->> 0, value ->> 1, value ->> 2,
       (select count(*) from holds h
        where h.tenant = ?1 and h.ledger = ?2 and h.idx = j.value ->> 0), unhex(value ->> 3)
from json_each(?3) j";

const INSERT_DELETIONS: &str = "\
insert into blob_deletions (tenant, ledger, name)
select s.tenant, s.ledger, s.name from json_each(?3) j
cross join sealed_payloads s on s.tenant = ?1 and s.ledger = ?2 and s.idx = j.value ->> 0
where true on conflict do nothing";

const DELETE_SEALED: &str = "\
delete from sealed_payloads
where tenant = ?1 and ledger = ?2 and idx in (select value ->> 0 from json_each(?3))";

const DELETE_PAYLOADS: &str = "\
delete from payloads
where tenant = ?1 and ledger = ?2 and idx in (select value ->> 0 from json_each(?3))";

const OVERWRITE_KEYS: &str = "\
update idempotency set digest = unhex(j.value ->> 7), mac = unhex(j.value ->> 8)
from json_each(?3) j
where idempotency.tenant = ?1 and idempotency.ledger = ?2 and idempotency.key = j.value ->> 4";

const STANDING: &str = "\
select cast(e.by_idx as text), cast(e.time as text), hex(e.mac), cast(h.time as text), hex(h.mac),
       k.key, cast(k.first as text), cast(k.count as text), hex(k.digest), hex(k.mac)
from (select ?3 + 0 as idx) r
left join erasures e on e.tenant = ?1 and e.ledger = ?2 and e.idx = r.idx
left join holds h on h.tenant = ?1 and h.ledger = ?2 and h.idx = r.idx
left join idempotency k on k.tenant = ?1 and k.ledger = ?2 and k.rowid = (
    select i.rowid from idempotency i where i.tenant = ?1 and i.ledger = ?2 and i.first <= r.idx
    order by i.first desc limit 1)";

const INSERT_HOLD: &str = "\
insert into holds (tenant, ledger, idx, time, erased, mac)
values (?1, ?2, ?3 + 0, ?4, (select count(*) from erasures e
    where e.tenant = ?1 and e.ledger = ?2 and e.idx = ?3 + 0), unhex(?5))
on conflict (tenant, ledger, idx) do update set time = excluded.time, mac = excluded.mac";

const DELETE_HOLD: &str = "\
delete from holds where tenant = ?1 and ledger = ?2 and idx = ?3 + 0 and mac = unhex(?4)";

const LIST_DELETIONS: &str = "select name from blob_deletions where tenant = ?1 limit ?2 + 0";

const FORGET_DELETIONS: &str = "\
delete from blob_deletions
where tenant = ?1 and name in (select value from json_each(?2))";

const NAMED: &str = "\
select s.name from json_each(?2) j cross join sealed_payloads s on s.name = j.value
where s.tenant = ?1
union all
select a.name from json_each(?2) j cross join artifacts a on a.name = j.value
where a.tenant = ?1";

const SWEEP_CURSOR: &str = "select cursor from sweeps where tenant = ?1 and kind = ?2";

const SET_SWEEP_CURSOR: &str = "\
insert into sweeps (tenant, kind, cursor) values (?1, ?2, ?3)
on conflict (tenant, kind) do update set cursor = excluded.cursor";

const ARTIFACT: &str = "\
select sha256, name, hex(key), cast(size as text), cast(time as text), hex(mac)
from artifacts where tenant = ?1 and ledger = ?2 and sha256 = ?3";

const INSERT_ARTIFACT: &str = "\
insert into artifacts (tenant, ledger, sha256, name, key, size, time, mac)
values (?1, ?2, ?3, ?4, unhex(?5), ?6, ?7, unhex(?8))";

/// What the row beside a payload's has: its index, and its value's name and key.
pub(super) fn sealed_row(row: &PayloadRow) -> Option<(u64, &Sealed)> {
    match &row.body {
        Body::Inline(_) => None,
        Body::Sealed(sealed) => Some((row.index, sealed)),
    }
}

pub(super) fn write_sealed(out: &mut Text, (index, sealed): (u64, &Sealed)) {
    out.raw("[").number(index).raw(",").string(&sealed.name);
    out.raw(",\"").hex(&sealed.key).raw("\",").number(sealed.size).raw("]");
}

pub(super) fn read_sealed(
    (index, name, key, size): (u64, String, &str, u64),
) -> Option<(u64, Sealed)> {
    Some((index, Sealed { name, key: unhex_array(key)?, size, is_json: false }))
}

/// What a payload's own row and the one beside it say together.
pub(super) fn sealed_body(own: &Body, sealed: Sealed) -> Option<Body> {
    let Body::Inline(payload) = own else { return None };
    let is_json = payload.is_json();
    payload.as_bytes().is_empty().then_some(Body::Sealed(Sealed { is_json, ..sealed }))
}

pub(super) fn write_erasing(out: &mut Text, erasing: &Erasing) {
    let ErasureRow { index, by, time, mac } = &erasing.row;
    out.raw("[").number(*index).raw(",").number(*by).raw(",").number(*time);
    out.raw(",\"").hex(mac).raw("\"");
    if let Some(KeyRow { key, first, count, digest, mac }) = &erasing.key {
        out.raw(",").string(key).raw(",").number(*first).raw(",").number(*count);
        out.raw(",\"").hex(digest).raw("\",\"").hex(mac).raw("\"");
    }
    out.raw("]");
}

pub(super) fn read_erasing(item: Vec<Value>) -> Option<Erasing> {
    let (own, key) = item.split_at_checked(4)?;
    let [index, by, time, mac] = own else { return None };
    let mac = unhex_array(mac.as_str()?)?;
    let row = ErasureRow { index: index.as_u64()?, by: by.as_u64()?, time: time.as_u64()?, mac };
    let key = match key {
        [] => None,
        [key, first, count, digest, mac] => Some(KeyRow {
            key: key.as_str()?.to_owned(),
            first: first.as_u64()?,
            count: u32::try_from(count.as_u64()?).ok()?,
            digest: unhex_array(digest.as_str()?)?,
            mac: unhex_array(mac.as_str()?)?,
        }),
        _ => return None,
    };
    Some(Erasing { row, key })
}

/// The statements that destroy payloads, after those that insert the records which say so.
pub(super) fn erase(ledger: &LedgerId, json: &str) -> [Statement; 5] {
    [INSERT_ERASURES, INSERT_DELETIONS, DELETE_SEALED, DELETE_PAYLOADS, OVERWRITE_KEYS]
        .map(|sql| of_ledger(sql, ledger, [json.to_owned()]))
}

fn standing(row: &Row) -> Option<Standing> {
    // The index is the caller's; no column repeats it.
    let erased = match rows::text(row, 0) {
        None => None,
        Some(_) => Some(ErasureRow {
            index: 0,
            by: rows::number(row, 0)?,
            time: rows::number(row, 1)?,
            mac: rows::array(row, 2)?,
        }),
    };
    let hold = match rows::text(row, 3) {
        None => None,
        Some(_) => {
            Some(HoldRow { index: 0, time: rows::number(row, 3)?, mac: rows::array(row, 4)? })
        }
    };
    let key = match rows::text(row, 5) {
        None => None,
        Some(key) => Some(KeyRow {
            key: key.to_owned(),
            first: rows::number(row, 6)?,
            count: rows::number(row, 7)?,
            digest: rows::array(row, 8)?,
            mac: rows::array(row, 9)?,
        }),
    };
    Some(Standing { erased, hold, key })
}

pub(crate) fn artifact(row: &Row) -> Option<ArtifactRow> {
    Some(ArtifactRow {
        digest: Hash::from_hex(rows::text(row, 0)?).ok()?,
        name: rows::text(row, 1)?.to_owned(),
        key: rows::array(row, 2)?,
        size: rows::number(row, 3)?,
        time: rows::number(row, 4)?,
        mac: rows::array(row, 5)?,
    })
}

fn name(row: &Row) -> Option<String> {
    rows::text(row, 0).map(str::to_owned)
}

/// A statement over all ledgers: `?1` is the tenant.
fn of_all(sql: &'static str, param: String) -> Statement {
    Statement { sql: sql.into(), params: vec![Some(TENANT.to_owned()), Some(param)] }
}

fn names(names: &[String]) -> String {
    json_array(names.iter().map(|name| json::quoted(name)))
}

impl<D: Database, B: Blobs> Beside for SqlStore<D, B> {
    type Blobs = B;

    fn blobs(&self) -> &B {
        &self.blobs
    }

    async fn standing(&self, ledger: &LedgerId, index: u64) -> Result<Standing, StoreError> {
        let rows =
            self.query(ledger, of_ledger(STANDING, ledger, [index.to_string()]), standing).await?;
        let mut standing = rows.into_iter().next().ok_or(StoreError::Corrupt)?;
        standing.erased = standing.erased.map(|row| ErasureRow { index, ..row });
        standing.hold = standing.hold.map(|row| HoldRow { index, ..row });
        Ok(standing)
    }

    async fn hold(&self, ledger: &LedgerId, hold: &HoldRow) -> Result<(), StoreError> {
        let columns = [hold.index.to_string(), hold.time.to_string(), hex(&hold.mac)];
        self.batch(ledger, vec![of_ledger(INSERT_HOLD, ledger, columns)]).await
    }

    async fn release(&self, ledger: &LedgerId, hold: &HoldRow) -> Result<(), StoreError> {
        let columns = [hold.index.to_string(), hex(&hold.mac)];
        let statement = of_ledger(DELETE_HOLD, ledger, columns);
        self.batch(ledger, vec![statement]).await
    }

    async fn deletions(&self) -> Result<Vec<String>, StoreError> {
        let statement = of_all(LIST_DELETIONS, DELETIONS.to_string());
        Ok(self.query_all(&statement, name).await?.concat())
    }

    async fn forget_deletions(&self, gone: &[String]) -> Result<(), StoreError> {
        for database in self.databases() {
            database.batch(vec![of_all(FORGET_DELETIONS, names(gone))]).await?;
        }
        Ok(())
    }

    async fn artifact(
        &self,
        ledger: &LedgerId,
        digest: &Hash,
    ) -> Result<Option<ArtifactRow>, StoreError> {
        let statement = of_ledger(ARTIFACT, ledger, [digest.to_string()]);
        Ok(self.query(ledger, statement, artifact).await?.pop())
    }

    async fn add_artifact(&self, ledger: &LedgerId, row: &ArtifactRow) -> Result<(), StoreError> {
        let ArtifactRow { digest, name, key, size, time, mac } = row;
        let numbers = [size, time].map(u64::to_string);
        let [size, time] = numbers;
        let columns = [digest.to_string(), name.clone(), hex(key), size, time, hex(mac)];
        self.batch(ledger, vec![of_ledger(INSERT_ARTIFACT, ledger, columns)]).await
    }

    async fn sweep_cursor(&self, prefix: &str) -> Result<Option<String>, StoreError> {
        let cursor = |row: &Row| Some(rows::text(row, 0).map(str::to_owned));
        let statement = of_all(SWEEP_CURSOR, prefix.to_owned());
        Ok(select(&self.first, statement, cursor).await?.pop().flatten())
    }

    async fn set_sweep_cursor(&self, prefix: &str, cursor: Option<&str>) -> Result<(), StoreError> {
        let mut statement = of_all(SET_SWEEP_CURSOR, prefix.to_owned());
        statement.params.push(cursor.map(str::to_owned));
        Ok(self.first.batch(vec![statement]).await?)
    }

    async fn named(&self, of: &[String]) -> Result<Vec<String>, StoreError> {
        Ok(self.query_all(&of_all(NAMED, names(of)), name).await?.concat())
    }
}
