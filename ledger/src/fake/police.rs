//! The rules of the storage contract that a careless engine could break.

use stateledger_core::commitment;
use stateledger_core::entry::Entry;
use stateledger_core::plan::Edge;
use stateledger_core::tree::leaf_hash;

use super::Stored;

/// Whether a step from one state to another keeps a rule.
type Rule = fn(&Stored, &Stored) -> bool;

/// What a step from one state to another breaks.
pub(super) fn breaches(old: &Stored, new: &Stored) -> Vec<&'static str> {
    let checks: [(&'static str, Rule); 7] = [
        ("a record index leaves a gap", no_gap),
        ("a stored row was changed", unchanged),
        ("a tile lost hashes that it had", tiles_grow),
        ("an entry does not hash to its leaf", leaves_hash),
        ("a payload does not open its commitment", payloads_open),
        ("the head or a tile is not the tree's", head_fits),
        ("an idempotency key stands for no new record", keys_fit),
    ];
    checks.into_iter().filter(|(_, holds)| !holds(old, new)).map(|(name, _)| name).collect()
}

fn no_gap(_: &Stored, new: &Stored) -> bool {
    let indexes = 0..new.records.len() as u64;
    new.records.keys().copied().eq(indexes.clone()) && new.payloads.keys().copied().eq(indexes)
}

fn unchanged(old: &Stored, new: &Stored) -> bool {
    old.row == new.row
        && old.heads.iter().all(|(size, head)| new.heads.get(size) == Some(head))
        && old.records.iter().all(|(index, row)| new.records.get(index) == Some(row))
        && old.payloads.iter().all(|(index, row)| new.payloads.get(index) == Some(row))
        && old.keys.iter().all(|(key, row)| new.keys.get(key) == Some(row))
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

fn payloads_open(old: &Stored, new: &Stored) -> bool {
    let mut added = new.payloads.range(old.payloads.len() as u64..);
    added.all(|(_, row)| {
        let entry = new.records.get(&row.index).and_then(|row| Entry::parse(&row.entry).ok());
        entry.is_some_and(|entry| {
            let digest = entry.statement().fields().commit.digest;
            commitment::verify(&digest, &row.salt, row.payload.as_bytes())
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
