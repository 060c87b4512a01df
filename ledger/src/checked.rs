//! Stored rows, hashed again. What does not fit is [`StoreError::Corrupt`], never an answer.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use stateledger_core::commitment::{self, fields};
use stateledger_core::entry::{Algorithm, Commitment, Entry};
use stateledger_core::hash::Hash;
use stateledger_core::json;
use stateledger_core::tile::{self, TileId, TileSet};
use stateledger_core::tree::{self, LeafIndex, TreeSize};

use crate::blobs::Blobs;
use crate::calls::Calls;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::request::{Erased, Payload};
use crate::sealed;
use crate::secrets::RowKeys;
use crate::store::{Body, Fetch, HeadId, Sealed, Source, Store, StoreError, StoredRecord};

/// Rows or tiles named in one query: bounds its parameter to some 20 KiB and its answer to 2 MiB of
/// tiles.
const NAMES_PER_QUERY: usize = 256;

/// A record whose bytes hash to its leaf and whose payload, where it was read, opens the commitment.
#[derive(Debug, Clone)]
pub(crate) struct CheckedRecord {
    pub(crate) index: LeafIndex,
    pub(crate) leaf_hash: Hash,
    pub(crate) entry: Entry,
    /// `None` only for a record whose payload was erased.
    pub(crate) salt: Option<[u8; 32]>,
    /// `None` where salts alone were fetched, after an erasure, and where it is [`absent`](Self::absent).
    pub(crate) payload: Option<Payload>,
    /// That the value of its payload is not there, or not yet: nothing opens the commitment.
    pub(crate) absent: bool,
    pub(crate) erased: Option<Erased>,
}

pub(crate) fn ensure(holds: bool) -> Result<(), StoreError> {
    if holds { Ok(()) } else { Err(StoreError::Corrupt) }
}

impl CheckedRecord {
    /// Bytes of entry and payload together.
    pub(crate) fn bytes(&self) -> u64 {
        let payload = self.payload.as_ref().map_or(0, |payload| payload.as_bytes().len());
        self.entry.as_bytes().len().saturating_add(payload) as u64
    }

    async fn new<S: Store, P: Platform>(
        calls: &Calls<S, P>,
        keys: &RowKeys,
        stored: StoredRecord,
        fetch: Fetch,
    ) -> Result<Self, StoreError> {
        let StoredRecord { row, salt, body, erased } = stored;
        let leaf_hash = tree::leaf_hash(&row.entry);
        ensure(leaf_hash == row.leaf_hash)?;
        let entry = Entry::parse(&row.entry).map_err(|_| StoreError::Corrupt)?;
        let fields = entry.statement().fields();
        // The columns that queries filter by are copies; a changed copy must not move a record into
        // another list.
        ensure(row.record_type == fields.record_type && row.source == fields.source)?;
        ensure(row.subject == fields.subject && row.time == entry.time().millis())?;
        ensure(erased.is_none_or(|erased| keys.verify_erasure(&erased)))?;
        let erased = erased.map(|row| Erased { by: LeafIndex::new(row.by), time: row.time });
        // A commit writes salt and payload together, and only an erasure takes them away.
        let (payload, absent) = match (erased, fetch, salt, body) {
            (None, Fetch::Salts, Some(_), None) | (Some(_), _, None, None) => (None, false),
            (None, Fetch::Payloads, Some(salt), Some(body)) => {
                match payload(calls, &fields.commit, &salt, body).await {
                    Ok(payload) => (Some(payload), false),
                    Err(StoreError::Absent) => (None, true),
                    Err(error) => return Err(error),
                }
            }
            _ => return Err(StoreError::Corrupt),
        };
        let index = LeafIndex::new(row.index);
        Ok(Self { index, leaf_hash, entry, salt, payload, absent, erased })
    }
}

/// A payload that opens its commitment, wherever its bytes are.
async fn payload<S: Store, P: Platform>(
    calls: &Calls<S, P>,
    commit: &Commitment,
    salt: &[u8; 32],
    body: Body,
) -> Result<Payload, StoreError> {
    let payload = match body {
        Body::Inline(payload) => payload,
        Body::Sealed(Sealed { name, key, is_json, .. }) => {
            let value = calls.blob(calls.store.blobs().get(&name)).await?;
            // The row names it, so it was written and is not deleted: it has not come here yet.
            let value = value.ok_or(StoreError::Absent)?;
            let bytes = sealed::open(&key, &commit.digest, value).ok_or(StoreError::Corrupt)?;
            Payload::from_stored(bytes, is_json)
        }
    };
    check_payload(commit, salt, &payload)?;
    Ok(payload)
}

/// [`opens`] of each payload that is there; the others are passed. Many at once are faster.
pub(crate) fn opens_each<'a>(
    openings: impl Iterator<Item = (&'a Commitment, &'a [u8; 32], Option<&'a [u8]>)> + Clone,
) -> Vec<bool> {
    let salted = |commit: &Commitment| commit.algorithm == Algorithm::Sha256SaltedV1;
    let together = openings.clone().filter_map(|(commit, salt, payload)| {
        payload.filter(|_| salted(commit)).map(|payload| (salt, payload))
    });
    let mut digests = commitment::commit_each(together).into_iter();
    let opens = |(commit, salt, payload): (&Commitment, _, Option<&[u8]>)| match payload {
        None => true,
        Some(_) if salted(commit) => digests.next().as_ref() == Some(&commit.digest),
        Some(payload) => opens(commit, salt, payload),
    };
    openings.map(opens).collect()
}

/// Whether a payload is the one that a record commits to.
pub(crate) fn opens(commit: &Commitment, salt: &[u8; 32], payload: &[u8]) -> bool {
    match commit.algorithm {
        Algorithm::Sha256SaltedV1 => commitment::verify(&commit.digest, salt, payload),
        Algorithm::Sha256FieldsV1 => {
            fields::verify(&commit.digest, salt, payload).is_ok_and(|same| same)
        }
        // Core knows another one; until it is written here, nothing opens it.
        _ => false,
    }
}

fn check_payload(
    commit: &Commitment,
    salt: &[u8; 32],
    payload: &Payload,
) -> Result<(), StoreError> {
    ensure(opens(commit, salt, payload.as_bytes()))?;
    if payload.is_json() {
        // Whoever changes the flag must not make an answer of raw bytes that are no JSON.
        let value = json::parse(payload.as_bytes()).map_err(|_| StoreError::Corrupt)?;
        ensure(value.to_canonical() == payload.as_bytes())?;
    }
    Ok(())
}

/// Those of the named records that exist, in the order of `indexes`, which has no duplicates.
pub(crate) async fn records<S: Store, P: Platform>(
    calls: &Calls<S, P>,
    ledger: &LedgerId,
    keys: &RowKeys,
    indexes: &[u64],
    fetch: Fetch,
) -> Result<Vec<CheckedRecord>, StoreError> {
    let mut checked = Vec::new();
    for named in indexes.chunks(NAMES_PER_QUERY) {
        let mut rest = named;
        while !rest.is_empty() {
            let rows = calls.read(calls.store.records(ledger, rest, fetch)).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let at = rest.iter().position(|index| *index == row.row.index);
                // Each row shortens `rest`, so the loop ends.
                let after = at.and_then(|at| rest.get(at.saturating_add(1)..));
                rest = after.ok_or(StoreError::Corrupt)?;
            }
            let rows = rows.into_iter().map(|row| CheckedRecord::new(calls, keys, row, fetch));
            checked.extend(try_join_all(rows).await?);
        }
    }
    Ok(checked)
}

/// What `check` makes of the tiles as they were at `size`. Tiles that do not pass are read once more,
/// past every cache: one may hold what a recovery has replaced.
pub(crate) async fn tiles<S: Store, P: Platform, T>(
    calls: &Calls<S, P>,
    ledger: &LedgerId,
    ids: &BTreeSet<TileId>,
    size: TreeSize,
    check: impl Fn(TileSet) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let ids: Vec<TileId> = ids.iter().copied().collect();
    let near = read_tiles(calls, ledger, &ids, size, Source::Nearest).await;
    match near.and_then(&check) {
        Err(StoreError::Corrupt) => {
            check(read_tiles(calls, ledger, &ids, size, Source::Rows).await?)
        }
        judged => judged,
    }
}

/// A tile that has grown since `size` is cut, one that is missing or narrower is corrupt.
async fn read_tiles<S: Store, P: Platform>(
    calls: &Calls<S, P>,
    ledger: &LedgerId,
    ids: &[TileId],
    size: TreeSize,
    source: Source,
) -> Result<TileSet, StoreError> {
    let mut set = TileSet::new();
    for named in ids.chunks(NAMES_PER_QUERY) {
        for row in calls.read(calls.store.tiles(ledger, named, source)).await? {
            let bytes = usize::from(tile::width_at(row.id, size)).saturating_mul(Hash::LEN);
            let hashes = row.hashes.get(..bytes).ok_or(StoreError::Corrupt)?;
            set.insert(row.id, hashes).map_err(|_| StoreError::Corrupt)?;
        }
    }
    ensure(ids.iter().all(|id| set.hashes(*id).is_some()))?;
    Ok(set)
}

/// Inclusion proofs of these leaves under `head`, each verified.
pub(crate) async fn prove<S: Store, P: Platform>(
    calls: &Calls<S, P>,
    ledger: &LedgerId,
    head: &HeadId,
    leaves: &[(LeafIndex, Hash)],
) -> Result<Vec<Vec<Hash>>, StoreError> {
    let mut ids = BTreeSet::new();
    for (index, _) in leaves {
        ids.extend(tile::tiles_for_inclusion(*index, head.size).map_err(|_| StoreError::Corrupt)?);
    }
    let proofs = |set: TileSet| {
        leaves.iter().map(|(index, leaf)| prove_in(&set, head, *index, leaf)).collect()
    };
    tiles(calls, ledger, &ids, head.size, proofs).await
}

/// One verified proof from tiles at hand.
pub(crate) fn prove_in(
    set: &TileSet,
    head: &HeadId,
    index: LeafIndex,
    leaf: &Hash,
) -> Result<Vec<Hash>, StoreError> {
    let proof = tree::prove_inclusion(index, head.size, set).map_err(|_| StoreError::Corrupt)?;
    tree::verify_inclusion(leaf, index, head.size, &proof, &head.root)
        .map_err(|_| StoreError::Corrupt)?;
    Ok(proof)
}
