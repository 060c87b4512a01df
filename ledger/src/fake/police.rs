//! The rules of the storage contract that a careless engine could break.

use std::collections::BTreeSet;

use stateledger_core::entry::Entry;
use stateledger_core::plan::Edge;
use stateledger_core::tree::leaf_hash;

use super::{MemoryBlobs, Stored};
use crate::checked::opens;
use crate::sealed;
use crate::store::{Body, KeyRow, Sealed};

/// Whether a step from one state to another keeps a rule.
type Rule<'a> = &'a dyn Fn(&Stored, &Stored) -> bool;

/// What a step from one state to another breaks.
pub(super) fn breaches(old: &Stored, new: &Stored, blobs: &MemoryBlobs) -> Vec<&'static str> {
    let open = |old: &Stored, new: &Stored| payloads_open(old, new, blobs);
    let checks: [(&'static str, Rule<'_>); 7] = [
        ("a record index leaves a gap", &no_gap),
        ("a stored row was changed", &unchanged),
        ("a tile lost hashes that it had", &tiles_grow),
        ("an entry does not hash to its leaf", &leaves_hash),
        ("a payload does not open its commitment", &open),
        ("the head or a tile is not the tree's", &head_fits),
        ("an idempotency key stands for no new record", &keys_fit),
    ];
    checks.into_iter().filter(|(_, holds)| !holds(old, new)).map(|(name, _)| name).collect()
}

fn no_gap(_: &Stored, new: &Stored) -> bool {
    let indexes = 0..new.records.len() as u64;
    let erased = new.erasures.keys().chain(new.payloads.keys()).copied();
    let beside: BTreeSet<u64> = erased.collect();
    let once = beside.len() == new.payloads.len() + new.erasures.len();
    new.records.keys().copied().eq(indexes.clone()) && beside.into_iter().eq(indexes) && once
}

fn unchanged(old: &Stored, new: &Stored) -> bool {
    old.row == new.row
        && old.heads.iter().all(|(size, head)| new.heads.get(size) == Some(head))
        && old.records.iter().all(|(index, row)| new.records.get(index) == Some(row))
        && old.payloads.iter().all(|(index, row)| match new.payloads.get(index) {
            Some(later) => later == row,
            None => new.erasures.contains_key(index),
        })
        && old.erasures.iter().all(|(index, row)| new.erasures.get(index) == Some(row))
        && old
            .keys
            .iter()
            .all(|(key, row)| new.keys.get(key).is_some_and(|later| kept(new, row, later)))
}

/// A key stays as it is, or loses its digest with a payload that went into it.
fn kept(new: &Stored, row: &KeyRow, later: &KeyRow) -> bool {
    let end = row.first.saturating_add(u64::from(row.count));
    let erased = new.erasures.range(row.first..end).next().is_some();
    let overwritten = KeyRow { digest: [0; 32], mac: later.mac, ..row.clone() };
    if erased { *later == overwritten } else { later == row }
}

fn tiles_grow(old: &Stored, new: &Stored) -> bool {
    let grown = |id, hashes: &Vec<u8>| {
        new.tiles.get(id).is_some_and(|later: &Vec<u8>| later.starts_with(hashes))
    };
    old.tiles.iter().all(|(id, hashes)| grown(id, hashes))
}

/// Of the new records; the old ones were checked when they were.
fn leaves_hash(old: &Stored, new: &Stored) -> bool {
    let mut added = new.records.range(old.records.len() as u64..);
    added.all(|(_, row)| leaf_hash(&row.entry) == row.leaf_hash)
}

fn payloads_open(old: &Stored, new: &Stored, blobs: &MemoryBlobs) -> bool {
    let mut added = new.payloads.range(old.records.len() as u64..);
    added.all(|(_, row)| {
        let entry = new.records.get(&row.index).and_then(|row| Entry::parse(&row.entry).ok());
        entry.is_some_and(|entry| {
            let commit = entry.statement().fields().commit;
            let payload = match &row.body {
                Body::Inline(payload) => Some(payload.as_bytes().to_vec()),
                Body::Sealed(Sealed { name, key, .. }) => {
                    blobs.peek(name).and_then(|value| sealed::open(key, &commit.digest, value))
                }
            };
            payload.is_some_and(|payload| opens(&commit, &row.salt, &payload))
        })
    })
}

/// The newest head over all stored leaves, and all tiles of that tree, computed from nothing.
fn head_fits(_: &Stored, new: &Stored) -> bool {
    let leaves: Vec<_> = new.records.values().map(|row| row.leaf_hash).collect();
    let Ok(plan) = Edge::empty().append(&leaves) else { return false };
    let head = new.heads.last_key_value().map(|(_, head)| head.id);
    head.is_some_and(|id| id.size == plan.size && id.root == plan.root)
        && plan.tiles.iter().all(|tile| new.tiles.get(&tile.id) == Some(&tile.hashes))
        && plan.tiles.len() == new.tiles.len()
}

fn keys_fit(old: &Stored, new: &Stored) -> bool {
    let (from, to) = (old.records.len() as u64, new.records.len() as u64);
    let mut added = new.keys.iter().filter(|(key, _)| !old.keys.contains_key(*key));
    added.all(|(_, row)| {
        row.first >= from && row.first.saturating_add(u64::from(row.count)) <= to && row.count > 0
    })
}
