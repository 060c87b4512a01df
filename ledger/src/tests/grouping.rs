//! Group commit: while one commit is under way, the next one fills.

use futures_util::FutureExt;
use futures_util::future::join_all;
use stateledger_core::tree::TreeSize;

use super::*;
use crate::fake::Failure;
use crate::limits::{MAX_INLINE_BYTES, MAX_QUEUED_BYTES};
use crate::store::Beside;

/// Sends the first request alone and holds its commit until `rest` wait.
fn while_held(
    host: &Host,
    first: AppendRequest,
    rest: Vec<AppendRequest>,
) -> Vec<Result<Appended, AppendError>> {
    let sequencer = host.sequencer();
    let release = host.faults.hold_commit();
    block_on(async {
        let mut first = Box::pin(sequencer.append(first));
        assert!((&mut first).now_or_never().is_none(), "the commit is held");
        let mut rest: Vec<_> = rest.into_iter().map(|r| Box::pin(sequencer.append(r))).collect();
        // Let each of them join the queue.
        for waiting in &mut rest {
            assert!(waiting.now_or_never().is_none());
        }
        drop(release);
        let mut answers = vec![first.await];
        answers.extend(join_all(rest).await);
        answers
    })
}

fn never_expiring() -> Host {
    let host = Host::empty(Timers::Never);
    host.create(Visibility::Proofs).unwrap();
    host
}

#[test]
fn a_batch_of_a_hundred_is_one_commit() {
    let host = Host::with_ledger();
    append(&host.sequencer(), many("b", 100)).unwrap();
    assert_eq!(host.store.commits(), 1);
}

/// A pause costs time, so only work that follows on other work makes one.
#[test]
fn others_are_let_in_between_commits_and_not_before_the_first() {
    let host = never_expiring();
    append(&host.sequencer(), one("a")).unwrap();
    assert_eq!(host.platform.pauses(), 0);
    let answers = while_held(&host, one("b"), vec![one("c"), one("d")]);
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!((host.store.commits(), host.platform.pauses()), (3, 1));
    // A round without an answer is followed by another.
    host.faults.fail_commits([Failure::Lost]);
    append(&host.sequencer(), one("e")).unwrap();
    assert_eq!(host.platform.pauses(), 2);
}

/// The values of a group are written one by one; those of one request are no concern of the others.
#[test]
fn only_the_request_whose_value_could_not_be_written_is_refused() {
    let host = never_expiring();
    let sized = |source: &str, bytes: usize| NewRecord {
        payload: Payload::bytes(vec![1; MAX_INLINE_BYTES + bytes]),
        ..record(source)
    };
    let keyed = |key: &str, records: Vec<NewRecord>| AppendRequest {
        idempotency_key: Some(IdempotencyKey::parse(key).unwrap()),
        ..request(records)
    };
    host.store.blobs().take_at_most(Some(MAX_INLINE_BYTES + 100));
    let refused = || keyed("k", vec![sized("w1", 1), sized("w2", 1000), sized("w3", 1000)]);
    let rest = vec![one("w0"), refused(), refused(), request(vec![sized("w4", 2)])];
    let sizes = [Some(4), None];
    let rest = rest.into_iter().chain(
        sizes.map(|size| AppendRequest { expected_size: size.map(TreeSize::new), ..one("w5") }),
    );
    let answers = while_held(&host, one("first"), rest.collect());
    let told = |answer: &Result<Appended, AppendError>| {
        answer.as_ref().map(indexes).map_err(AppendError::code)
    };
    let gone = || Err("storage-unavailable");
    let got: Vec<_> = answers.iter().map(told).collect();
    let wanted = [
        Ok(vec![0]),
        Ok(vec![1]),
        gone(),
        gone(),
        Ok(vec![2]),
        Err("expected-size-mismatch"),
        Ok(vec![3]),
    ];
    assert_eq!(got, wanted);
    // Nothing of what was refused is there, so the same request is new once the values are taken.
    host.store.blobs().take_at_most(None);
    let again = append(&host.sequencer(), refused()).unwrap();
    assert_eq!((indexes(&again), again.all_replayed()), (vec![4, 5, 6], false));
    host.assert_sound();
}

#[test]
fn what_waits_is_committed_together() {
    let host = never_expiring();
    let rest = (0..50).map(|i| one(&format!("w{i}"))).collect();
    let answers = while_held(&host, one("first"), rest);
    let found: Vec<u64> = answers.iter().map(|a| indexes(a.as_ref().unwrap())[0]).collect();
    assert_eq!(found, (0..51).collect::<Vec<u64>>());
    assert_eq!(host.store.commits(), 2);
    for answer in answers {
        host.verify(&answer.unwrap().records[0].receipt);
    }
    host.assert_sound();
}

#[test]
fn a_group_stays_below_the_limits_of_a_commit() {
    let host = never_expiring();
    let rest = (0..3).map(|i| many(&format!("w{i}-"), 400)).collect();
    while_held(&host, one("first"), rest).into_iter().for_each(|answer| {
        answer.unwrap();
    });
    // 400 + 400 fit a commit, the third 400 do not.
    assert_eq!((host.size(), host.store.commits()), (1201, 3));
    host.assert_sound();
}

#[test]
fn in_a_group_each_request_sees_the_size_after_the_one_before() {
    let host = never_expiring();
    let at =
        |name: &str, size| AppendRequest { expected_size: Some(TreeSize::new(size)), ..one(name) };
    let answers = while_held(&host, one("first"), vec![at("a", 1), at("b", 1), at("c", 2)]);
    let size = TreeSize::new(2);
    assert_eq!(indexes(answers[1].as_ref().unwrap()), [1]);
    assert_eq!(answers[2].as_ref().unwrap_err(), &AppendError::ExpectedSize { size });
    assert_eq!(indexes(answers[3].as_ref().unwrap()), [2]);
    assert_eq!(host.sources(), ["first", "a", "c"]);
}

#[test]
fn concurrent_requests_with_one_key_are_one_record() {
    let host = never_expiring();
    let same = || request(vec![keyed("a", "k")]);
    let rest = vec![same(), same(), request(vec![keyed("other", "k")]), many("z", 2)];
    let answers = while_held(&host, same(), rest);
    let expect = [(0, false), (0, true), (0, true)];
    for (answer, (index, replayed)) in answers.iter().zip(expect) {
        let record = &answer.as_ref().unwrap().records[0];
        assert_eq!((record.index.get(), record.replayed), (index, replayed));
    }
    assert_eq!(answers[3].as_ref().unwrap_err(), &AppendError::IdempotencyConflict);
    assert_eq!(host.sources(), ["a", "z0", "z1"]);

    // And within one group.
    let group = vec![request(vec![keyed("b", "g")]), request(vec![keyed("b", "g")])];
    let answers = while_held(&host, one("first"), group);
    assert_eq!(indexes(answers[1].as_ref().unwrap()), indexes(answers[2].as_ref().unwrap()));
    assert!(answers[2].as_ref().unwrap().all_replayed());
    assert_eq!(host.size(), 5);
    host.assert_sound();
}

#[test]
fn a_refused_request_does_not_hold_up_its_group() {
    let host = never_expiring();
    let mut bad = record("bad");
    bad.record_type = "stateledger.x".into();
    let rest = vec![one("a"), request(vec![record("x"), bad]), one("b")];
    let answers = while_held(&host, one("first"), rest);
    assert_eq!(answers[2].as_ref().unwrap_err(), &AppendError::TypeReserved);
    assert_eq!(host.sources(), ["first", "a", "b"]);
    assert_eq!(host.store.commits(), 2);
}

/// The client of the request that works goes away in the middle of the commit.
#[test]
fn a_dropped_leader_leaves_nothing_behind() {
    let host = never_expiring();
    let sequencer = host.sequencer();
    let release = host.faults.hold_commit();
    block_on(async {
        let mut leader = Box::pin(sequencer.append(request(vec![keyed("leader", "k")])));
        assert!((&mut leader).now_or_never().is_none());
        let mut follower = Box::pin(sequencer.append(one("follower")));
        assert!((&mut follower).now_or_never().is_none());
        drop(leader);
        drop(release);
        follower.await.unwrap();
        let again = sequencer.append(request(vec![keyed("leader", "k")])).await.unwrap();
        assert!(again.all_replayed(), "it was taken up, so it was committed");
    });
    assert_eq!(host.sources(), ["leader", "follower"]);
    host.assert_sound();
}

#[test]
fn a_full_queue_refuses_at_once() {
    let host = never_expiring();
    let sequencer = host.sequencer();
    let release = host.faults.hold_commit();
    let large = || {
        let payload = Payload::bytes(vec![0; 32 * 1024]);
        let record = NewRecord { payload, ..record("large") };
        request(vec![record; 350])
    };
    let fit = MAX_QUEUED_BYTES / (350 * 33 * 1024);
    block_on(async {
        let mut waiting: Vec<_> = (0..fit).map(|_| Box::pin(sequencer.append(large()))).collect();
        for request in &mut waiting {
            assert!(request.now_or_never().is_none());
        }
        assert_eq!(sequencer.append(large()).await.unwrap_err().code(), "overloaded");
        drop(release);
        for answer in join_all(waiting).await {
            answer.unwrap();
        }
        sequencer.append(one("after")).await.unwrap();
    });
    assert_eq!(host.size(), fit as u64 * 350 + 1);
}
