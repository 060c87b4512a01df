//! From a decided group to a durable, signed head.

use std::sync::Arc;

use futures_util::future::join_all;
use stateledger_core::hash::Hash;
use stateledger_core::plan::{self, Edge, Plan};
use stateledger_core::tile::TileSet;
use stateledger_core::tree::{self, TreeSize};

use super::Sequencer;
use super::group::{Decision, Fresh, Group, NewKey};
use super::job::Job;
use super::load::{Fault, Opened};
use super::recognise::note_attempts;
use crate::blobs::Blobs;
use crate::checked;
use crate::error::AppendError;
use crate::limits::MAX_VALUES_AT_A_TIME;
use crate::platform::{Kept, KeptHead, Platform};
use crate::sealed;
use crate::secrets::RowKeys;
use crate::store::{
    Batch, Body, Head, HeadId, KeyRow, PayloadRow, ReadBack, RecordRow, Sealed, Staged, Store,
    StoreError, TileRow,
};

/// A group in the form in which it will be stored, and the head over it, unsigned.
pub(super) struct Prepared<T> {
    staged: T,
    id: HeadId,
    edge: Edge,
    nodes: TileSet,
}

const CORRUPT: Fault = Fault::Refuse(AppendError::Corrupt);

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// What will be stored of the group's new records, checked against what was meant; `None` if there are none. Has no effect.
    pub(super) fn prepare(
        &self,
        opened: &Opened,
        group: &Group<'_>,
    ) -> Result<Option<Prepared<S::Staged>>, Fault> {
        if group.fresh.is_empty() {
            return Ok(None);
        }
        let previous = opened.head.id;
        let leaves: Vec<Hash> = group.fresh.iter().map(|fresh| fresh.leaf_hash).collect();
        let plan = opened.edge.append(&leaves).map_err(|_| CORRUPT)?;
        let nodes = plan.node_source().map_err(|_| CORRUPT)?;
        let keys = key_rows(group, previous.size, &opened.keys)?;
        let batch = Batch {
            ledger: self.ledger.clone(),
            previous,
            records: rows(group, previous.size, record_row)?,
            payloads: rows(group, previous.size, payload_row)?,
            tiles: plan.tiles.iter().map(tile_row).collect(),
            keys: keys.clone(),
            erasing: group.erasing.clone(),
        };
        let staged = self.calls.store.stage(batch)?;
        let stored = staged.read_back()?;
        same_rows(group, previous.size, &keys, &stored)?;
        let root = rehash(&opened.edge, &plan, &group.fresh, &stored)?;
        let id = HeadId { size: plan.size, root };
        Ok(Some(Prepared { staged, id, edge: plan.edge, nodes }))
    }

    /// Commits a group whose values are written, and remembers on the jobs that were decided what was sent. Answers the ledger
    /// after it, and the nodes that prove the new records.
    pub(super) async fn commit(
        &self,
        mut opened: Opened,
        group: &Group<'_>,
        decisions: &[Decision],
        prepared: Option<Prepared<S::Staged>>,
    ) -> Result<(Opened, Option<TileSet>), Fault> {
        let Some(Prepared { staged, id, edge, nodes }) = prepared else {
            return Ok((opened, None));
        };
        let checkpoint = opened.signer.sign(&id).map_err(|()| CORRUPT)?;
        let head = Head { id, checkpoint, time: group.last_time.millis() };
        // Another sequencer's head, kept since this one loaded: it must not commit over an older one, to
        // which the store may have been rewound.
        if self.load_kept().await? != opened.kept {
            return Err(Fault::Retry);
        }
        // The point of no return, and why it is safe: the head names its predecessor by a foreign
        // key and as that head's only successor, and the rows are keyed by (ledger, index). So
        // whatever another writer, a restored database or a late earlier attempt did, either all of
        // this lands on top of exactly `previous`, or nothing of it does.
        let sent = note_attempts(decisions, opened.head.id.size, group);
        let written = self.calls.write(self.calls.store.commit(staged, &head)).await;
        if written == Err(StoreError::Conflict) {
            sent.iter().for_each(|job| job.progress().had_no_effect());
        }
        written?;
        // After the store and before any answer: a store that later shows less than this was
        // rewound.
        let kept = Kept::after(opened.kept.as_ref(), opened.head.id.size, id, opened.uid);
        self.keep(opened.kept.as_ref(), &kept).await?;
        opened.kept = Some(kept);
        opened.head = head;
        opened.edge = edge;
        opened.last_time = group.last_time;
        Ok((opened, Some(nodes)))
    }

    /// Writes the values of long payloads, each once for all attempts of its request. Answers the requests with a value that
    /// could not be written: the others need not wait for it.
    ///
    /// Called when everything that can refuse has agreed, and before the commit: a row never names a value that was not
    /// written, and a value without a row is swept away. Once a write did not come to its end in time, the rest is not
    /// tried, now or when the others are decided anew: the values' store is `down`, and the ledger waits for one deadline, not for
    /// one after the other.
    pub(super) async fn write_values(
        &self,
        group: &Group<'_>,
        down: &mut bool,
    ) -> Result<Vec<Arc<Job>>, Fault> {
        let waiting = |fresh: &&Fresh| fresh.draft.value.as_ref().is_some_and(|v| !v.written);
        let waiting: Vec<&Fresh> = group.fresh.iter().filter(waiting).collect();
        let mut unwritten: Vec<Arc<Job>> = Vec::new();
        let mut leave_out = |fresh: &Fresh| {
            if !unwritten.iter().any(|job| Arc::ptr_eq(job, &fresh.job)) {
                unwritten.push(fresh.job.clone());
            }
        };
        for some in waiting.chunks(MAX_VALUES_AT_A_TIME) {
            if *down {
                some.iter().for_each(|fresh| leave_out(fresh));
                continue;
            }
            let written = join_all(some.iter().map(|fresh| self.write_value(fresh))).await;
            for (fresh, written) in some.iter().zip(written) {
                match written {
                    Ok(()) => {}
                    Err(StoreError::Corrupt) => return Err(CORRUPT),
                    Err(error) => {
                        *down |= error == StoreError::Unknown;
                        leave_out(fresh);
                    }
                }
            }
        }
        Ok(unwritten)
    }

    async fn write_value(&self, fresh: &Fresh) -> Result<(), StoreError> {
        const CORRUPT: StoreError = StoreError::Corrupt;
        let record = fresh.new_record().ok_or(CORRUPT)?;
        let draft = &fresh.draft;
        let Some(value) = &draft.value else { return Ok(()) };
        let digest = &draft.commit.digest;
        let bytes =
            sealed::seal(&value.key, digest, record.payload.as_bytes().to_vec()).ok_or(CORRUPT)?;
        // What is written opens the commitment, not only what was meant to be written.
        let opened = sealed::open(&value.key, digest, bytes.clone()).ok_or(CORRUPT)?;
        if !checked::opens(&draft.commit, &draft.salt, &opened) {
            return Err(CORRUPT);
        }
        drop(opened);
        self.calls.blob(self.calls.store.blobs().put(&value.name, bytes)).await?;
        fresh.note_written();
        Ok(())
    }
}

/// Every row that will be stored is there, in its place, and says what was meant: what no hash covers
/// too, which a reader would otherwise find changed for ever.
fn same_rows(
    group: &Group<'_>,
    first: TreeSize,
    keys: &[KeyRow],
    stored: &ReadBack,
) -> Result<(), Fault> {
    let first_index = first.get();
    let same = are_rows(group, first_index, &stored.records, is_record_row)
        && are_rows(group, first_index, &stored.payloads, is_payload_row)
        && stored.keys == keys
        && stored.erasing == group.erasing;
    if same { Ok(()) } else { Err(CORRUPT) }
}

/// Whether these are the group's rows of a kind.
fn are_rows<T>(
    group: &Group<'_>,
    first: u64,
    stored: &[T],
    is_row: fn(&T, u64, &Fresh) -> Option<bool>,
) -> bool {
    let mut rows = stored.iter().zip((first..).zip(&group.fresh));
    stored.len() == group.fresh.len()
        && rows.all(|(row, (index, fresh))| is_row(row, index, fresh) == Some(true))
}

/// Whether it is what [`record_row`] makes, without making it. Its leaf's hash is for [`rehash`] to judge.
fn is_record_row(row: &RecordRow, index: u64, fresh: &Fresh) -> Option<bool> {
    let RecordRow { index: at, leaf_hash: _, entry, record_type, source, subject, time } = row;
    let record = fresh.new_record()?;
    Some(
        *at == index
            && *entry == fresh.draft.entry
            && *record_type == record.record_type
            && *source == record.source
            && *subject == record.subject
            && *time == fresh.draft.time.millis(),
    )
}

/// Whether it is what [`payload_row`] makes; only what lies in the row itself may be long.
fn is_payload_row(row: &PayloadRow, index: u64, fresh: &Fresh) -> Option<bool> {
    let PayloadRow { index: at, salt, body } = row;
    let same_body = match (body, &fresh.draft.value) {
        (Body::Inline(payload), None) => *payload == fresh.new_record()?.payload,
        _ => *row == payload_row(index, fresh)?,
    };
    Some(*at == index && *salt == fresh.draft.salt && same_body)
}

/// The guard before the signature: the root of what will be stored, out of the very bytes that will
/// be stored.
fn rehash(edge: &Edge, plan: &Plan, fresh: &[Fresh], stored: &ReadBack) -> Result<Hash, Fault> {
    let leaves = tree::leaf_hashes(stored.records.iter().map(|row| row.entry.as_slice()));
    let opened = opens(fresh, stored);
    let mut meant = stored.records.iter().zip(leaves.iter().zip(opened));
    if !meant.all(|(row, (leaf, opens))| opens && *leaf == row.leaf_hash) {
        return Err(CORRUPT);
    }
    let tiles = stored.tiles.iter().map(|tile| (tile.id, tile.hashes.as_slice()));
    let root = plan::rehash(edge, &leaves, tiles).map_err(|_| CORRUPT)?;
    if root == plan.root { Ok(root) } else { Err(CORRUPT) }
}

/// Whether each stored payload is the one that its record commits to.
fn opens(fresh: &[Fresh], stored: &ReadBack) -> Vec<bool> {
    let openings = stored.payloads.iter().zip(fresh).map(|(row, fresh)| {
        let payload = match &row.body {
            Body::Inline(payload) => Some(payload.as_bytes()),
            // Its value is opened when it is written.
            Body::Sealed(_) => None,
        };
        (&fresh.draft.commit, &fresh.draft.salt, payload)
    });
    checked::opens_each(openings)
}

fn rows<T>(
    group: &Group<'_>,
    first: TreeSize,
    row: fn(u64, &Fresh) -> Option<T>,
) -> Result<Vec<T>, Fault> {
    let numbered = (first.get()..).zip(&group.fresh);
    numbered.map(|(index, fresh)| row(index, fresh)).collect::<Option<_>>().ok_or(CORRUPT)
}

fn record_row(index: u64, fresh: &Fresh) -> Option<RecordRow> {
    let record = fresh.new_record()?;
    Some(RecordRow {
        index,
        leaf_hash: fresh.leaf_hash,
        entry: fresh.draft.entry.clone(),
        record_type: record.record_type.clone(),
        source: record.source.clone(),
        subject: record.subject.clone(),
        time: fresh.draft.time.millis(),
    })
}

fn payload_row(index: u64, fresh: &Fresh) -> Option<PayloadRow> {
    let payload = &fresh.new_record()?.payload;
    let body = match &fresh.draft.value {
        None => Body::Inline(payload.clone()),
        Some(value) => Body::Sealed(Sealed {
            name: value.name.clone(),
            key: value.key,
            size: u64::try_from(payload.as_bytes().len()).ok()?,
            is_json: payload.is_json(),
        }),
    };
    Some(PayloadRow { index, salt: fresh.draft.salt, body })
}

fn tile_row(tile: &plan::TileWrite) -> TileRow {
    TileRow { id: tile.id, hashes: tile.hashes.clone() }
}

fn key_rows(group: &Group<'_>, first: TreeSize, keys: &RowKeys) -> Result<Vec<KeyRow>, Fault> {
    let row = |new: &NewKey| {
        let position = u64::try_from(new.position).ok()?;
        Some(KeyRow {
            key: new.key.as_str().to_owned(),
            first: first.get().checked_add(position)?,
            count: u32::try_from(new.count).ok()?,
            digest: new.digest,
            mac: [0; 32],
        })
    };
    let mut rows = group.keys.iter().map(row).collect::<Option<Vec<_>>>().ok_or(CORRUPT)?;
    let macs = keys.key_macs(&rows);
    rows.iter_mut().zip(macs).for_each(|(row, mac)| row.mac = mac);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{AppendRequest, NewRecord, Payload};
    use crate::sequencer::draft::server_draft;
    use stateledger_core::json::Value;
    use stateledger_core::time::Time;

    const SALT: [u8; 32] = [7; 32];

    fn record(payload: &str) -> NewRecord {
        NewRecord {
            record_type: "t".into(),
            source: "s".into(),
            subject: None,
            content_type: None,
            payload: Payload::json(&Value::string(payload)),
            salt: None,
            sigs: Vec::new(),
            commitment: None,
            idempotency_key: None,
        }
    }

    /// The verdict over one record that carries `carried` and whose entry commits to `committed`.
    fn judged(carried: &str, committed: &str) -> Result<(), Fault> {
        let request = AppendRequest {
            records: vec![record(carried)],
            idempotency_key: None,
            expected_size: None,
        };
        let (job, _) = Job::new(request).unwrap();
        let time = Time::from_millis(0).unwrap();
        let draft = server_draft(&record(committed), SALT, time).unwrap();
        let leaf_hash = tree::leaf_hash(&draft.entry);
        let fresh = Fresh { job: Arc::new(job), record: 0, draft, leaf_hash };
        let edge = Edge::empty();
        let plan = edge.append(&[leaf_hash]).unwrap();
        let stored = ReadBack {
            records: vec![record_row(0, &fresh).unwrap()],
            payloads: vec![payload_row(0, &fresh).unwrap()],
            tiles: plan.tiles.iter().map(tile_row).collect(),
            keys: Vec::new(),
            erasing: Vec::new(),
        };
        rehash(&edge, &plan, &[fresh], &stored).map(|root| assert_eq!(root, leaf_hash))
    }

    #[test]
    fn a_payload_that_its_entry_does_not_commit_to_is_not_signed_for() {
        assert_eq!(judged("a", "a"), Ok(()));
        assert_eq!(judged("a", "b"), Err(CORRUPT));
    }
}
