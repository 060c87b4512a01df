//! Stored rows, hashed again. What does not fit is [`StoreError::Corrupt`], never an answer.

use std::collections::BTreeSet;

use stateledger_core::commitment;
use stateledger_core::entry::Entry;
use stateledger_core::hash::Hash;
use stateledger_core::json;
use stateledger_core::tile::{self, TileId, TileSet};
use stateledger_core::tree::{self, LeafIndex, TreeSize};

use crate::calls::Calls;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::request::Payload;
use crate::store::{Fetch, HeadId, Store, StoreError, StoredRecord};

/// Rows or tiles named in one query: bounds its parameter to some 20 KiB and its answer to 2 MiB of
/// tiles.
const NAMES_PER_QUERY: usize = 256;

/// A record whose bytes hash to its leaf and whose payload, if it is there, opens the commitment.
#[derive(Debug, Clone)]
pub(crate) struct CheckedRecord {
    pub(crate) index: LeafIndex,
    pub(crate) leaf_hash: Hash,
    pub(crate) entry: Entry,
    pub(crate) salt: Option<[u8; 32]>,
    pub(crate) payload: Option<Payload>,
}

pub(crate) fn ensure(holds: bool) -> Result<(), StoreError> {
    if holds { Ok(()) } else { Err(StoreError::Corrupt) }
}

impl CheckedRecord {
    pub(crate) fn new(stored: StoredRecord) -> Result<Self, StoreError> {
        let StoredRecord { row, salt, payload } = stored;
        let leaf_hash = tree::leaf_hash(&row.entry);
        ensure(leaf_hash == row.leaf_hash)?;
        let entry = Entry::parse(&row.entry).map_err(|_| StoreError::Corrupt)?;
        let fields = entry.statement().fields();
        // The columns that queries filter by are copies; a changed copy must not move a record into
        // another list.
        ensure(row.record_type == fields.record_type && row.source == fields.source)?;
        ensure(row.subject == fields.subject && row.time == entry.time().millis())?;
        if let Some(payload) = &payload {
            check_payload(&entry, salt.as_ref(), payload)?;
        }
        Ok(Self { index: LeafIndex::new(row.index), leaf_hash, entry, salt, payload })
    }
}

fn check_payload(
    entry: &Entry,
    salt: Option<&[u8; 32]>,
    payload: &Payload,
) -> Result<(), StoreError> {
    let salt = salt.ok_or(StoreError::Corrupt)?;
    let commit = entry.statement().fields().commit;
    ensure(commitment::verify(&commit.digest, salt, payload.as_bytes()))?;
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
            for row in rows {
                let at = rest.iter().position(|index| *index == row.row.index);
                // Each row shortens `rest`, so the loop ends.
                let after = at.and_then(|at| rest.get(at.saturating_add(1)..));
                rest = after.ok_or(StoreError::Corrupt)?;
                checked.push(CheckedRecord::new(row)?);
            }
        }
    }
    Ok(checked)
}

/// The tiles as they were at `size`: a tile that has grown since is cut, one that is missing or
/// narrower is corrupt.
pub(crate) async fn tiles<S: Store, P: Platform>(
    calls: &Calls<S, P>,
    ledger: &LedgerId,
    ids: &BTreeSet<TileId>,
    size: TreeSize,
) -> Result<TileSet, StoreError> {
    let ids: Vec<TileId> = ids.iter().copied().collect();
    let mut set = TileSet::new();
    for named in ids.chunks(NAMES_PER_QUERY) {
        for row in calls.read(calls.store.tiles(ledger, named)).await? {
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
    let set = tiles(calls, ledger, &ids, head.size).await?;
    leaves.iter().map(|(index, leaf)| prove_in(&set, head, *index, leaf)).collect()
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
