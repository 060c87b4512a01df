//! Erasure and holds: what goes, what stays, and every storage call failing.

use stateledger_core::tree::LeafIndex;

use super::payloads::long;
use super::*;
use crate::fake::Failure;
use crate::request::Erased;
use crate::store::Beside;
use crate::{Disclosure, EraseError, Erasure, Hold, ListQuery};

const FIRST: LeafIndex = LeafIndex::new(0);

fn erase(host: &Host, index: u64) -> Result<Erasure, EraseError> {
    block_on(host.sequencer().erase(LeafIndex::new(index)))
}

/// Records 0 to 2 under one key, the second of them long; 3 under a key of its own; 4 without.
fn base() -> Host {
    let host = Host::with_ledger();
    append(&host.sequencer(), batch()).unwrap();
    append(&host.sequencer(), request(vec![keyed("own", "own"), record("none")])).unwrap();
    host
}

fn batch() -> AppendRequest {
    AppendRequest {
        idempotency_key: Some(key("batch")),
        ..request(vec![record("a"), long("b"), record("c")])
    }
}

fn erased(host: &Host, index: u64) -> Option<Erased> {
    let index = LeafIndex::new(index);
    block_on(host.reader().record(&host.id, &Caller::Admin, index)).unwrap().erased
}

#[test]
fn an_erasure_destroys_the_payload_and_leaves_every_proof() {
    let host = base();
    let reader = host.reader();
    let index = LeafIndex::new(1);
    let call = reader.receipt(&host.id, &Caller::Admin, index, None, Disclosure::WithPayload);
    let before = block_on(call).unwrap();
    let done = erase(&host, 1).unwrap();
    assert_eq!((done.erased.by.get(), done.record.size.get()), (5, 6));
    host.verify(&done.record.records[0].receipt);
    assert!(host.values().is_empty(), "the value is gone at once if nothing fails");
    let stored = host.store.stored(&host.id).unwrap();
    assert!(!stored.payloads.contains_key(&1));
    // The ledger says so: type, subject, and what was committed to.
    let told = block_on(reader.record(&host.id, &Caller::Admin, LeafIndex::new(5))).unwrap();
    let fields = told.entry.statement().fields();
    assert_eq!(
        (fields.record_type.as_str(), fields.subject.as_deref()),
        ("stateledger.erased", Some("1"))
    );
    let payload = told.opening.unwrap().payload.into_bytes();
    assert!(String::from_utf8(payload).unwrap().ends_with("\"index\":\"1\"}"));
    // The record stays, with every proof; receipts given before verify as before.
    let view = block_on(reader.record(&host.id, &Caller::Anonymous, index)).unwrap();
    assert_eq!((view.opening, view.erased), (None, Some(done.erased)));
    let call = reader.receipt(&host.id, &Caller::Admin, index, None, Disclosure::WithPayload);
    let after = block_on(call).unwrap();
    assert_eq!((after.payload.as_ref(), after.salt), (None, None));
    assert_eq!(after.entry, before.entry);
    host.verify(&after);
    host.verify(&before);
    let page = block_on(reader.list(&host.id, &Caller::Admin, &ListQuery::default())).unwrap();
    assert_eq!(page.records.iter().filter(|view| view.erased.is_some()).count(), 1);
    host.assert_sound();
}

#[test]
fn what_cannot_be_erased() {
    let host = base();
    let first = erase(&host, 0).unwrap();
    let again = erase(&host, 0).unwrap();
    assert_eq!((again.erased, host.size()), (first.erased, 6));
    assert!(again.record.records[0].replayed && !first.record.records[0].replayed);
    assert_eq!(erase(&host, 5).unwrap_err(), EraseError::NotErasable);
    for index in [6, u64::MAX] {
        assert_eq!(erase(&host, index).unwrap_err(), EraseError::RecordNotFound);
    }
    let empty = Host::empty(Timers::Expire);
    assert_eq!(erase(&empty, 0).unwrap_err(), EraseError::NotFound);
    assert_eq!(host.size(), 6);
}

/// Whatever of a batch was erased, its key still finds all of its records, and no digest is left that
/// could confirm a guess.
#[test]
fn a_key_answers_after_an_erasure_without_comparing_bodies() {
    for index in [0, 1, 2] {
        let host = base();
        let first = append(&host.sequencer(), batch()).unwrap();
        erase(&host, index).unwrap();
        assert_eq!(host.store.stored(&host.id).unwrap().keys["batch"].digest, [0; 32]);
        let other = AppendRequest {
            idempotency_key: Some(key("batch")),
            ..request(vec![record("x"), record("y"), record("z")])
        };
        for request in [batch(), other] {
            let again = append(&host.sequencer(), request).unwrap();
            assert!(again.all_replayed());
            for (place, (first, again)) in first.records.iter().zip(&again.records).enumerate() {
                assert_eq!(
                    (first.index, first.leaf_hash, first.time),
                    (again.index, again.leaf_hash, again.time)
                );
                // The body was not compared, so it opens nothing for whoever has only the key.
                assert_eq!(again.receipt.salt, None, "{place}");
                host.verify(&again.receipt);
            }
        }
        let fewer = AppendRequest { idempotency_key: Some(key("batch")), ..one("x") };
        assert_eq!(append(&host.sequencer(), fewer).unwrap_err(), AppendError::IdempotencyConflict);
        // Other keys are compared as ever.
        let own = append(&host.sequencer(), request(vec![keyed("other", "own")]));
        assert_eq!(own.unwrap_err(), AppendError::IdempotencyConflict);
        host.assert_sound();
    }
}

#[test]
fn a_hold_forbids_the_erasure_until_it_ends() {
    let host = base();
    let sequencer = host.sequencer();
    let first = block_on(sequencer.hold(FIRST)).unwrap();
    assert_eq!(first, Hold { index: FIRST, time: FakePlatform::START_MS, before: false });
    host.platform.set_now(FakePlatform::START_MS + 9);
    let again = Hold { time: FakePlatform::START_MS + 9, before: true, ..first };
    assert_eq!(block_on(host.sequencer().hold(FIRST)), Ok(again));
    // In the same millisecond it is another hold, too.
    let third = Hold { time: again.time + 1, ..again };
    assert_eq!(block_on(host.sequencer().hold(FIRST)), Ok(third));
    assert_eq!(erase(&host, 0).unwrap_err(), EraseError::Held);
    assert!(erase(&host, 2).is_ok(), "other records are free");
    block_on(sequencer.release(FIRST)).unwrap();
    block_on(sequencer.release(FIRST)).unwrap();
    erase(&host, 0).unwrap();
    assert_eq!(block_on(host.sequencer().hold(FIRST)), Err(EraseError::Erased));
    let none = LeafIndex::new(99);
    assert_eq!(block_on(sequencer.hold(none)), Err(EraseError::RecordNotFound));
    assert_eq!(block_on(sequencer.release(none)), Err(EraseError::RecordNotFound));
    host.assert_sound();
}

/// A hold that another process placed after this one had looked: the database refuses the erasure.
#[test]
fn a_hold_and_an_erasure_exclude_each_other_in_the_store() {
    let host = base();
    let gate = host.faults.hold_commit();
    let sequencer = host.sequencer();
    let done = block_on(async {
        host.platform.set_timers(Timers::Never);
        let mut erasing = Box::pin(sequencer.erase(FIRST));
        assert!(futures_util::FutureExt::now_or_never(&mut erasing).is_none());
        host.sequencer().hold(FIRST).await.unwrap();
        drop(gate);
        erasing.await
    });
    assert_eq!(done.unwrap_err(), EraseError::Held);
    assert_eq!((host.size(), erased(&host, 0)), (5, None));
}

/// Rows that decide about payloads carry a MAC.
#[test]
fn forged_rows_are_corrupt() {
    let host = base();
    erase(&host, 0).unwrap();
    let read = |host: &Host| block_on(host.reader().record(&host.id, &Caller::Admin, FIRST));
    host.store.tamper(&host.id, |stored| stored.erasures.get_mut(&0).unwrap().time += 1);
    assert_eq!(read(&host).unwrap_err(), ReadError::Corrupt);
    assert_eq!(erase(&host, 0).unwrap_err(), EraseError::Corrupt);
    host.store.tamper(&host.id, |stored| {
        stored.erasures.remove(&0);
    });
    assert_eq!(
        read(&host).unwrap_err(),
        ReadError::Corrupt,
        "a payload that is gone without a word"
    );
    block_on(host.sequencer().hold(LeafIndex::new(2))).unwrap();
    host.store.tamper(&host.id, |stored| stored.holds.get_mut(&2).unwrap().mac[0] ^= 1);
    assert_eq!(erase(&host, 2).unwrap_err(), EraseError::Corrupt);
    host.store.tamper(&host.id, |stored| stored.keys.get_mut("own").unwrap().count += 1);
    assert_eq!(erase(&host, 3).unwrap_err(), EraseError::Corrupt);
}

/// What must hold after an erasure, whatever failed on the way.
fn assert_erased(host: &Host, index: u64, what: &str) {
    host.faults.end();
    let stored = host.store.stored(&host.id).unwrap();
    assert_eq!(stored.records.len(), 6, "{what}: one record tells of it");
    assert!(!stored.payloads.contains_key(&index), "{what}");
    assert_eq!(erased(host, index).map(|erased| erased.by.get()), Some(5), "{what}");
    host.sweep().expect(what);
    assert_eq!(host.values().len(), usize::from(index != 1), "{what}: the value goes in the end");
    assert_eq!(block_on(host.store.deletions()).unwrap(), Vec::<String>::new(), "{what}");
    host.assert_sound();
    append(&host.sequencer(), one("after")).expect(what);
}

fn for_every_call(test: impl Fn(Host, u64, usize, Failure, &str)) {
    for index in [0, 1, 4] {
        let host = base();
        let before = host.faults.calls();
        erase(&host, index).unwrap();
        for number in 0..host.faults.calls() - before {
            for failure in Failure::ALL {
                let what = format!("record {index}, call {number}, {failure:?}");
                test(base(), index, number, failure, &what);
            }
        }
    }
}

#[test]
fn one_failed_call_of_an_erasure_is_not_noticed() {
    for_every_call(|host, index, number, failure, what| {
        host.faults.fail(number, failure);
        erase(&host, index).expect(what);
        assert_erased(&host, index, what);
    });
}

#[test]
fn after_an_outage_an_erasure_is_asked_again_and_happens_once() {
    for_every_call(|host, index, number, failure, what| {
        host.faults.fail_from(number, failure);
        // Once it is committed and answered, only the deletion of the value can still fail.
        let _ = erase(&host, index);
        host.faults.end();
        erase(&host, index).expect(what);
        assert_erased(&host, index, what);
    });
}

#[test]
fn a_hold_survives_every_fault() {
    let host = base();
    let before = host.faults.calls();
    block_on(host.sequencer().hold(FIRST)).unwrap();
    for number in 0..host.faults.calls() - before {
        for failure in Failure::ALL {
            let what = format!("call {number}, {failure:?}");
            let host = base();
            host.faults.fail(number, failure);
            block_on(host.sequencer().hold(FIRST)).expect(&what);
            host.faults.end();
            assert_eq!(erase(&host, 0).unwrap_err(), EraseError::Held, "{what}");
        }
    }
}

/// A commit that arrives twice erases once and tells of it once, whoever writes next.
#[test]
fn a_repeated_commit_of_an_erasure_has_one_effect() {
    for index in [0, 1, 4] {
        for restarts in [false, true] {
            let what = format!("record {index}, {restarts}");
            let (host, place) = (base(), LeafIndex::new(index));
            let (one_sequencer, other) = (host.sequencer(), host.sequencer());
            let commits = host.store.commits();
            host.faults.fail_commits([Failure::Repeated]);
            let first = block_on(one_sequencer.erase(place)).expect(&what);
            assert_eq!((first.index, first.erased.by.get()), (place, 5), "{what}");
            assert!(!first.record.records[0].replayed, "{what}");
            host.verify(&first.record.records[0].receipt);
            // Before this one the erasure's commit comes again.
            let next = if restarts { &other } else { &one_sequencer };
            append(next, one("next")).expect(&what);
            assert_eq!(host.store.commits() - commits, 2, "{what}");
            assert_eq!(erase(&host, index).expect(&what).erased, first.erased, "{what}");
            let stored = host.store.stored(&host.id).unwrap();
            let told =
                stored.records.values().filter(|row| row.record_type == crate::sequencer::ERASED);
            assert_eq!((told.count(), stored.erasures.len()), (1, 1), "{what}");
            assert_eq!(stored.records.len(), 7, "{what}");
            assert!(!stored.payloads.contains_key(&index), "{what}");
            assert_eq!(host.values().len(), usize::from(index != 1), "{what}");
            host.assert_sound();
        }
    }
}

/// How many calls it takes, and all that is stored in the end; one of the calls comes twice.
fn run(act: fn(&Host), repeated: Option<usize>) -> (usize, String) {
    let host = base();
    let before = host.faults.calls();
    if let Some(number) = repeated {
        host.faults.fail(number, Failure::Repeated);
    }
    act(&host);
    let calls = host.faults.calls() - before;
    // Before this one a commit comes again.
    append(&host.sequencer(), one("next")).unwrap();
    host.assert_sound();
    let stored = host.store.stored(&host.id);
    (calls, format!("{stored:?} {:?} {:?}", host.kept.get(), host.store.blobs().values()))
}

/// Commits, kept heads, holds, releases, and values that are written, deleted and forgotten.
#[test]
fn no_call_that_comes_twice_is_noticed() {
    let acts: [fn(&Host); 4] = [
        |host| drop(append(&host.sequencer(), request(vec![long("a"), keyed("b", "b")])).unwrap()),
        |host| drop(erase(host, 1).unwrap()),
        |host| {
            block_on(host.sequencer().hold(FIRST)).unwrap();
        },
        |host| {
            block_on(host.sequencer().hold(FIRST)).unwrap();
            block_on(host.sequencer().release(FIRST)).unwrap();
            erase(host, 0).unwrap();
        },
    ];
    for (place, act) in acts.into_iter().enumerate() {
        let once = run(act, None);
        for number in 0..once.0 {
            assert_eq!(run(act, Some(number)), once, "act {place}, call {number}");
        }
    }
}
