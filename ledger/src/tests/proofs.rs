//! Proofs, moments and the server's own check: right for every size, and never wrong over changed
//! rows.

use stateledger_core::tree::{self, LeafIndex, TreeSize};

use super::*;
use crate::fake::Stored;
use crate::store::TileRow;
use crate::{DiffQuery, Disclosure, Moment, SnapshotQuery, Verification, VerifyQuery};

/// Heads at 1, 2, 257 and 300.
fn grown() -> Host {
    let host = Host::empty(Timers::Expire);
    host.create(Visibility::Public).unwrap();
    for (prefix, count) in [("a", 1), ("b", 1), ("c", 255), ("d", 43)] {
        append(&host.sequencer(), many(prefix, count)).unwrap();
    }
    host
}

/// Every kind of proof over one host, as its code or nothing.
fn proofs(host: &Host, at: TreeSize) -> Vec<Result<(), ReadError>> {
    let (reader, id, caller) = (host.reader(), &host.id, &Caller::Anonymous);
    let (first, last) = (LeafIndex::new(0), LeafIndex::new(at.get() - 1));
    let both: Vec<_> = if first == last { vec![first] } else { vec![first, last] };
    vec![
        block_on(reader.prove_inclusion(id, caller, last, Some(at))).map(drop),
        block_on(reader.prove_consistency(id, caller, TreeSize::new(1), Some(at))).map(drop),
        block_on(reader.prove_batch(id, caller, &both, Some(at))).map(drop),
        block_on(reader.prove_range(id, caller, first, at, Some(at))).map(drop),
        block_on(reader.prove_subtree(id, caller, first, at, Some(at))).map(drop),
    ]
}

#[test]
fn every_size_up_to_the_head_has_its_proofs() {
    let host = grown();
    let leaves: Vec<_> =
        host.store.stored(&host.id).unwrap().records.values().map(|row| row.leaf_hash).collect();
    for size in [1, 2, 3, 255, 256, 257, 299, 300] {
        let at = TreeSize::new(size);
        let root = tree::root_of_leaves(&leaves[..size as usize]);
        for index in [0, size / 2, size - 1] {
            let index = LeafIndex::new(index);
            let call = host.reader();
            let call = call.prove_inclusion(&host.id, &Caller::Anonymous, index, Some(at));
            let proof = block_on(call).unwrap();
            assert_eq!((proof.root, proof.leaf), (root, leaves[index.get() as usize]));
            tree::verify_inclusion(&proof.leaf, index, at, &proof.hashes, &root).unwrap();
        }
        assert!(proofs(&host, at).iter().all(Result::is_ok), "{size}");
    }
    let past = block_on(host.reader().prove_inclusion(
        &host.id,
        &Caller::Anonymous,
        LeafIndex::new(0),
        Some(TreeSize::new(301)),
    ));
    assert_eq!(past.unwrap_err(), ReadError::SizeUnknown { size: TreeSize::new(300) });
}

/// Also a tile that the answer does not need by itself: it is chained to the root through others.
#[test]
fn a_changed_tile_makes_no_proof() {
    for TileRow { id, .. } in tiles(&grown()) {
        for at in [257, 300].map(TreeSize::new) {
            let host = grown();
            host.store.tamper(&host.id, |stored| stored.tiles.get_mut(&id).unwrap()[0] ^= 1);
            for answer in proofs(&host, at) {
                assert!(matches!(answer, Ok(()) | Err(ReadError::Corrupt)), "{id:?}");
            }
            let inclusion = proofs(&host, at).remove(3);
            assert_eq!(inclusion, Err(ReadError::Corrupt), "{id:?}: all leaves need every tile");
        }
    }
}

fn tiles(host: &Host) -> Vec<TileRow> {
    let stored = host.store.stored(&host.id).unwrap();
    stored.tiles.into_iter().map(|(id, hashes)| TileRow { id, hashes }).collect()
}

#[test]
fn a_receipt_of_an_earlier_head_verifies_and_others_are_named() {
    let host = grown();
    let receipt = |index, size| {
        let (index, size) = (LeafIndex::new(index), Some(TreeSize::new(size)));
        let disclosure = Disclosure::WithPayload;
        block_on(host.reader().receipt(&host.id, &Caller::Admin, index, size, disclosure))
    };
    for (index, size) in [(0, 1), (1, 2), (256, 257), (0, 257), (299, 300)] {
        host.verify(&receipt(index, size).unwrap());
    }
    let next = TreeSize::new(257);
    assert_eq!(receipt(0, 3).unwrap_err(), ReadError::CheckpointUnknown { next });
    assert_eq!(receipt(2, 2).unwrap_err().code(), "index-out-of-range");
    assert_eq!(receipt(300, 300).unwrap_err(), ReadError::RecordNotFound);
    // An earlier head with a changed root or signature signs nothing.
    type Change = fn(&mut Stored);
    let changes: [Change; 2] = [
        |s| s.heads.get_mut(&2).unwrap().id.root.0[0] ^= 1,
        |s| *s.heads.get_mut(&2).unwrap().checkpoint.last_mut().unwrap() ^= 1,
    ];
    for change in changes {
        let host = grown();
        host.store.tamper(&host.id, change);
        let (index, size) = (LeafIndex::new(0), Some(TreeSize::new(2)));
        let disclosure = Disclosure::WithoutPayload;
        let call = host.reader();
        let call = call.receipt(&host.id, &Caller::Admin, index, size, disclosure);
        assert_eq!(block_on(call).unwrap_err(), ReadError::Corrupt);
    }
}

/// Changes and restores that a column alone would not show: the pair, the time and the order come
/// from the entries.
#[test]
fn moments_over_changed_columns_are_corrupt() {
    let host = || {
        let host = Host::empty(Timers::Expire);
        host.create(Visibility::Public).unwrap();
        let of = |subject: &str| NewRecord { subject: Some(subject.into()), ..record("s") };
        append(&host.sequencer(), request(vec![of("p"), of("q"), of("p"), of("q")])).unwrap();
        host
    };
    let snapshot = |host: &Host, moment| {
        let query = SnapshotQuery { moment, ..SnapshotQuery::default() };
        block_on(host.reader().snapshot(&host.id, &Caller::Anonymous, &query))
            .map(|page| page.records.iter().map(|record| record.index.get()).collect::<Vec<_>>())
    };
    let size = |size| Some(Moment::Size(TreeSize::new(size)));
    assert_eq!(snapshot(&host(), None), Ok(vec![2, 3]));
    assert_eq!(snapshot(&host(), size(3)), Ok(vec![2, 1]));
    assert_eq!(snapshot(&host(), Some(Moment::Before(0))), Ok(vec![]));
    let changed = host();
    changed.store.tamper(&changed.id, |stored| {
        stored.records.get_mut(&2).unwrap().subject = Some("q".into());
    });
    assert_eq!(snapshot(&changed, size(3)), Err(ReadError::Corrupt));
    let changed = host();
    changed.store.tamper(&changed.id, |stored| stored.records.get_mut(&1).unwrap().time += 9);
    let before = FakePlatform::START_MS + 5;
    assert_eq!(snapshot(&changed, Some(Moment::Before(before))), Err(ReadError::Corrupt));
    let changed = host();
    changed.store.tamper(&changed.id, |stored| drop(stored.records.remove(&2)));
    let query = DiffQuery {
        from: Moment::Size(TreeSize::new(1)),
        to: None,
        record_type: None,
        limit: None,
        cursor: None,
    };
    let diff = block_on(changed.reader().diff(&changed.id, &Caller::Anonymous, &query));
    assert_eq!(diff.unwrap_err(), ReadError::Corrupt);
}

/// Walks to the end, in steps of `limit`.
fn walk(host: &Host, limit: usize) -> Verification {
    let mut query = VerifyQuery { limit: Some(limit), token: None };
    let mut next = 0;
    loop {
        let step = block_on(host.reader().verify(&host.id, &Caller::Anonymous, &query)).unwrap();
        assert_eq!(step.from, next, "steps join");
        next = step.to;
        query.token = step.token.clone();
        if query.token.is_none() {
            return step;
        }
    }
}

#[test]
fn the_servers_check_names_the_first_bad_record() {
    type Change = fn(&mut Stored);
    let cases: [(u64, Change); 8] = [
        (7, |s| s.records.get_mut(&7).unwrap().entry[9] ^= 1),
        (7, |s| s.records.get_mut(&7).unwrap().leaf_hash.0[0] ^= 1),
        (7, |s| s.records.get_mut(&7).unwrap().source.push('x')),
        (8, |s| s.payloads.get_mut(&8).unwrap().salt[0] ^= 1),
        (299, |s| drop(s.records.remove(&299))),
        (0, |s| drop(s.records.remove(&0))),
        (256, |s| s.tiles.values_mut().nth(1).unwrap()[0] ^= 1),
        (9, |s| {
            let (a, b) = (s.records[&9].clone(), s.records[&10].clone());
            s.records.insert(9, crate::store::RecordRow { index: 9, ..b });
            s.records.insert(10, crate::store::RecordRow { index: 10, ..a });
        }),
    ];
    let sound = walk(&grown(), 100);
    assert_eq!((sound.bad, sound.to, sound.root.is_some()), (None, 300, true));
    for limit in [1000, 100, 7] {
        for (number, (index, change)) in cases.iter().enumerate() {
            let host = grown();
            host.store.tamper(&host.id, change);
            let end = walk(&host, limit);
            let bad = end.bad.map(|bad| (bad.index, bad.error));
            // The tile at the tree's edge is part of the root, so no record holds without it.
            let index = if *index == 256 { 0 } else { *index };
            assert_eq!(bad, Some((index, ReadError::Corrupt)), "{number} by {limit}");
            assert_eq!(end.to, index);
        }
    }
}

/// A request may call the store only so often, and it is over a damaged ledger that the answer counts.
#[test]
fn a_step_over_a_bad_record_takes_few_calls_more_than_one_over_sound_ones() {
    let host = Host::empty(Timers::Expire);
    host.create(Visibility::Public).unwrap();
    append(&host.sequencer(), many("a", 1_000)).unwrap();
    let step = || {
        let before = host.faults.calls();
        let end = walk(&host, 1_000);
        (end.bad.map(|bad| bad.index), host.faults.calls() - before)
    };
    let (bad, sound) = step();
    assert_eq!(bad, None);
    for index in [0, 1, 499, 500, 900, 999] {
        let whole = host.store.stored(&host.id);
        host.store.tamper(&host.id, |stored| stored.records.get_mut(&index).unwrap().entry[9] ^= 1);
        let (bad, calls) = step();
        assert_eq!(bad, Some(index));
        assert!(calls <= 4 * sound, "{calls} calls to find {index}, {sound} where all are sound");
        host.store.replace(&host.id, whole);
    }
}
