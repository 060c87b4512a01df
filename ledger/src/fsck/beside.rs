//! What decides over payloads: erasures, holds, and the values that are to be deleted.

use stateledger_core::base64;
use stateledger_core::hash::Hash;

use super::CheckError;
use super::finding::{Fault, Finding};
use super::pages::{Pages, Reader};
use super::rows::cell;
use crate::database::{Database, Row};
use crate::form::OVERWRITTEN;
use crate::sealed::Kind;
use crate::secrets::RowKeys;
use crate::sequencer::ERASED;
use crate::sql::rows::{array, number, text};
use crate::store::{ErasureRow, HoldRow};

/// From index `?3` on, at most `?4` rows.
pub(super) const ERASURES: &str = "\
select cast(e.idx as text), cast(e.by_idx as text), cast(e.time as text), hex(e.mac),
       cast(e.held as text), b.type, b.subject, cast(b.time as text),
       cast(p.idx as text), cast(s.idx as text), k.key, hex(k.digest)
from erasures e
left join records b on b.tenant = e.tenant and b.ledger = e.ledger and b.idx = e.by_idx
left join payloads p on p.tenant = e.tenant and p.ledger = e.ledger and p.idx = e.idx
left join sealed_payloads s on s.tenant = e.tenant and s.ledger = e.ledger and s.idx = e.idx
left join idempotency k on k.rowid = (
    select i.rowid from idempotency i
    where i.tenant = e.tenant and i.ledger = e.ledger
      and i.first <= e.idx and i.first + i.count > e.idx
    order by i.first desc limit 1)
where e.tenant = ?1 and e.ledger = ?2 and e.idx >= ?3 + 0 order by e.idx limit ?4 + 0";

/// The first erasure that a record of type `?3` tells of and that is not there.
const ERASURE_MISSING: &str = "\
select r.subject from records r
left join erasures e on e.tenant = r.tenant and e.ledger = r.ledger
                    and e.idx = cast(r.subject as integer) and e.by_idx = r.idx
where r.tenant = ?1 and r.ledger = ?2 and r.type = ?3 and e.idx is null order by r.idx limit 1";

/// From index `?3` on, at most `?4` rows.
pub(super) const HOLDS: &str = "\
select cast(h.idx as text), cast(h.time as text), hex(h.mac), cast(h.erased as text),
       cast(e.idx as text)
from holds h left join erasures e on e.tenant = h.tenant and e.ledger = h.ledger and e.idx = h.idx
where h.tenant = ?1 and h.ledger = ?2 and h.idx >= ?3 + 0 order by h.idx limit ?4 + 0";

/// After name `?3`, at most `?4` rows.
pub(super) const DELETIONS: &str = "\
select name from blob_deletions
where tenant = ?1 and ledger = ?2 and name > ?3 order by name limit ?4 + 0";

const NAMED: &str = "\
select cast(idx as text) from sealed_payloads where tenant = ?1 and ledger = ?2 and name = ?3";

/// An erased record whose entry contains this text.
const ERASED_DIGEST: &str = "\
select cast(r.idx as text) from erasures e
join records r on r.tenant = e.tenant and r.ledger = e.ledger and r.idx = e.idx
where e.tenant = ?1 and e.ledger = ?2 and instr(r.entry, cast(?3 as blob)) > 0 limit 1";

/// An erasure with what its record says and what must not be there any more.
#[derive(Debug, Clone)]
pub(super) struct FullErasure {
    pub(super) row: ErasureRow,
    held: bool,
    told: bool,
    payload: bool,
    sealed: bool,
    /// The idempotency key that stands for the record, if the digest of its request is still there.
    digest_of: Option<String>,
}

pub(super) fn erasure(row: &Row) -> Option<FullErasure> {
    let [index, by, time] = [number(row, 0)?, number(row, 1)?, number(row, 2)?];
    let own = ErasureRow { index, by, time, mac: array(row, 3)? };
    let told = text(row, 5) == Some(ERASED)
        && text(row, 6) == Some(index.to_string().as_str())
        && number(row, 7) == Some(time);
    let (payload, sealed) = (text(row, 8).is_some(), text(row, 9).is_some());
    let key = text(row, 10).filter(|_| array(row, 11) != Some(OVERWRITTEN));
    let digest_of = key.map(str::to_owned);
    Some(FullErasure { row: own, held: text(row, 4)? != "0", told, payload, sealed, digest_of })
}

/// A hold, and whether there is an erasure of the same record.
#[derive(Debug, Clone)]
pub(super) struct FullHold {
    pub(super) row: HoldRow,
    flagged: bool,
    erased: bool,
}

pub(super) fn hold(row: &Row) -> Option<FullHold> {
    let own = HoldRow { index: number(row, 0)?, time: number(row, 1)?, mac: array(row, 2)? };
    Some(FullHold { row: own, flagged: text(row, 3)? != "0", erased: text(row, 4).is_some() })
}

pub(super) fn deletion(row: &Row) -> Option<String> {
    Some(cell(row, 0))
}

/// Checks every row, after the records were checked. Answers the number of holds.
pub(super) async fn check<D: Database>(
    reader: &Reader<'_, D>,
    uid: &[u8; 32],
    keys: Option<&RowKeys>,
) -> Result<u64, CheckError> {
    let mut erasures = Pages::erasures();
    while let Some(erasure) = erasures.next(reader).await? {
        judge_erasure(&erasure, keys)?;
    }
    if let Some(of) = reader.first(ERASURE_MISSING, [ERASED.to_owned()]).await? {
        let message = "the ledger says that the payload was erased";
        return Err(Finding::new(Fault::RowMissing, "erasures", of, message).into());
    }
    let (mut holds, mut count) = (Pages::holds(), 0u64);
    while let Some(hold) = holds.next(reader).await? {
        judge_hold(&hold, keys)?;
        count = count.saturating_add(1);
    }
    let mut deletions = Pages::deletions();
    while let Some(name) = deletions.next(reader).await? {
        judge_deletion(reader, uid, &name).await?;
    }
    Ok(count)
}

fn judge_erasure(erasure: &FullErasure, keys: Option<&RowKeys>) -> Result<(), Finding> {
    let row = &erasure.row;
    let found = |fault, table, message: &str| {
        Err(Finding::new(fault, table, row.index.to_string(), message).at(row.index))
    };
    if keys.is_some_and(|keys| !keys.verify_erasure(row)) {
        let message = "index, record or time do not carry this deployment's MAC";
        return found(Fault::MacMismatch, "erasures", message);
    }
    if !erasure.told {
        let message = "the record that it names does not tell of it";
        return found(Fault::RowOrphaned, "erasures", message);
    }
    if erasure.held {
        return found(Fault::ColumnMismatch, "erasures", "it says that the payload was held");
    }
    // What was to be destroyed, with what opens it.
    let rest = [(erasure.payload, "payloads"), (erasure.sealed, "sealed_payloads")];
    match rest.into_iter().find(|(there, _)| *there) {
        None => {}
        Some((_, table)) => return found(Fault::RowOrphaned, table, "the payload was erased"),
    }
    match &erasure.digest_of {
        None => Ok(()),
        Some(key) => {
            let message = "the payload was erased, and the digest of its request is still there";
            let finding = Finding::new(Fault::ColumnMismatch, "idempotency", key, message);
            Err(finding.at(row.index))
        }
    }
}

fn judge_hold(hold: &FullHold, keys: Option<&RowKeys>) -> Result<(), Finding> {
    let row = &hold.row;
    let found = |fault, message: &str| {
        Err(Finding::new(fault, "holds", row.index.to_string(), message).at(row.index))
    };
    if keys.is_some_and(|keys| !keys.verify_hold(row)) {
        return found(Fault::MacMismatch, "index or time do not carry this deployment's MAC");
    }
    if hold.erased {
        return found(Fault::RowOrphaned, "the payload was erased");
    }
    if hold.flagged {
        return found(Fault::ColumnMismatch, "it says that the payload was erased");
    }
    Ok(())
}

/// A name to be deleted is of an erased payload's value, and of none that is needed. Which of the values
/// under one digest it is, nobody can tell any more: the key in the name was destroyed.
async fn judge_deletion<D: Database>(
    reader: &Reader<'_, D>,
    uid: &[u8; 32],
    name: &str,
) -> Result<(), CheckError> {
    let found = |fault, message| Finding::new(fault, "blob_deletions", name, message);
    let own = format!("{}{}/", Kind::Payload.prefix(), Hash(*uid));
    let digest = name.strip_prefix(&own).and_then(digest);
    let digest = digest.ok_or_else(|| found(Fault::RowMalformed, "it names no value"))?;
    if reader.first(NAMED, [name.to_owned()]).await?.is_some() {
        return Err(found(Fault::RowOrphaned, "a payload needs this value").into());
    }
    let text = base64::encode_url(digest.as_bytes());
    if reader.first(ERASED_DIGEST, [text]).await?.is_none() {
        return Err(found(Fault::RowOrphaned, "no payload of this digest was erased").into());
    }
    Ok(())
}

/// The digest of `<digest>/<key id>`, both in lowercase hex.
fn digest(place: &str) -> Option<Hash> {
    let (digest, id) = place.split_once('/')?;
    let hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (hex(digest) && hex(id) && id.len() == 32).then(|| Hash::from_hex(digest).ok())?
}
