//! Every storage call of an append fails in every way, and afterwards nothing acknowledged is lost,
//! nothing forks, and every retry resolves to exactly one leaf.

use stateledger_core::tree::TreeSize;

use super::*;
use crate::fake::Failure;

/// Records before the append under test: inside a tile, and just before its edge, so that three
/// more cross it.
const SIZES: [usize; 3] = [0, 3, 254];

/// A sequencer that has its ledger in memory, or one that has to load it: the load's calls fail,
/// too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    Warm,
    Cold,
}

pub(super) struct Case {
    pub(super) host: Host,
    pub(super) sequencer: TestSequencer,
    before: Vec<AppendedRecordId>,
}

/// Index and leaf hash of a record that was acknowledged.
type AppendedRecordId = (u64, stateledger_core::hash::Hash);

fn ids(appended: &Appended) -> Vec<AppendedRecordId> {
    appended.records.iter().map(|record| (record.index.get(), record.leaf_hash)).collect()
}

/// The ledger before the append under test; made once for all cases of a size.
struct Base {
    stored: crate::fake::Stored,
    kept: Option<crate::platform::Kept>,
    platform: FakePlatform,
    before: Vec<AppendedRecordId>,
}

impl Base {
    fn new(size: usize) -> Self {
        let host = Host::with_ledger();
        let mut before = Vec::new();
        if size > 0 {
            before = ids(&append(&host.sequencer(), many("before", size)).unwrap());
        }
        let stored = host.store.stored(&host.id).unwrap();
        Self { stored, kept: host.kept.get(), platform: host.platform, before }
    }

    fn case(&self, memory: Memory) -> Case {
        let mut host = Host::empty(Timers::Expire);
        host.store.replace(&host.id, Some(self.stored.clone()));
        host.kept.set(self.kept);
        // Shares the randomness, so that no salt comes twice.
        host.platform = self.platform.clone();
        host.platform.set_now(FakePlatform::START_MS);
        // A record that were made anew for a second attempt would be another leaf.
        host.platform.tick(1);
        let sequencer = host.sequencer();
        if memory == Memory::Warm {
            let size = Some(TreeSize::new(u64::MAX));
            append(&sequencer, AppendRequest { expected_size: size, ..one("x") }).unwrap_err();
        }
        Case { host, sequencer, before: self.before.clone() }
    }
}

pub(super) fn case(size: usize, memory: Memory) -> Case {
    Base::new(size).case(memory)
}

fn keyed_batch(name: &str) -> AppendRequest {
    AppendRequest { idempotency_key: Some(key(name)), ..many(name, 3) }
}

/// Storage calls of an append without faults.
fn calls(base: &Base, memory: Memory, request: AppendRequest) -> usize {
    let case = base.case(memory);
    let before = case.host.faults.calls();
    append(&case.sequencer, request).unwrap();
    case.host.faults.calls() - before
}

/// All that must hold in the end: exactly these records, acknowledged ones where they were, all
/// under one sound tree.
fn assert_whole(case: &Case, acknowledged: &[AppendedRecordId], names: &[&str], what: &str) {
    case.host.faults.end();
    case.host.assert_sound();
    let stored = case.host.store.stored(&case.host.id).unwrap();
    for (index, leaf) in case.before.iter().chain(acknowledged) {
        assert_eq!(stored.records[index].leaf_hash, *leaf, "{what}: a lost record");
    }
    let mut sources: Vec<String> =
        stored.records.values().map(|row| row.source.clone()).skip(case.before.len()).collect();
    sources.sort();
    let mut expected: Vec<String> =
        names.iter().flat_map(|name| (0..3).map(move |i| format!("{name}{i}"))).collect();
    expected.sort();
    assert_eq!(sources, expected, "{what}");
    let times: Vec<u64> = stored.records.values().map(|row| row.time).collect();
    assert!(times.is_sorted(), "{what}: times fall");
    assert_eq!(case.host.kept.get().unwrap().size.get(), case.host.size(), "{what}");
}

fn for_every_call(request: fn() -> AppendRequest, test: impl Fn(Case, usize, Failure, &str)) {
    for size in SIZES {
        let base = Base::new(size);
        for memory in [Memory::Warm, Memory::Cold] {
            for number in 0..calls(&base, memory, request()) {
                for failure in Failure::ALL {
                    let what = format!("size {size}, {memory:?}, call {number}, {failure:?}");
                    test(base.case(memory), number, failure, &what);
                }
            }
        }
    }
}

/// One fault is healed by a reload: the client does not notice. Without a key this rests on the
/// leaf alone.
#[test]
fn one_failed_call_is_not_noticed() {
    for request in [|| many("a", 3), || keyed_batch("a")] {
        for_every_call(request, |case, number, failure, what| {
            case.host.faults.fail(number, failure);
            let first = append(&case.sequencer, request()).expect(what);
            assert!(!first.all_replayed(), "{what}: the client's own records");
            first.records.iter().for_each(|record| case.host.verify(&record.receipt));
            let second = append(&case.sequencer, many("b", 3)).expect(what);
            let all = [ids(&first), ids(&second)].concat();
            assert_whole(&case, &all, &["a", "b"], what);
        });
    }
}

/// A commit that arrives twice has one effect, before the same records and before others, whoever
/// writes next.
#[test]
fn a_repeated_commit_has_one_effect() {
    for size in SIZES {
        let base = Base::new(size);
        for memory in [Memory::Warm, Memory::Cold] {
            for (next, names) in [("a", &["a"][..]), ("b", &["a", "b"])] {
                for restarts in [false, true] {
                    let what = format!("size {size}, {memory:?}, then {next}, {restarts}");
                    let case = base.case(memory);
                    let commits = case.host.store.commits();
                    case.host.faults.fail_commits([Failure::Repeated]);
                    let first = append(&case.sequencer, keyed_batch("a")).expect(&what);
                    let other = case.host.sequencer();
                    let sequencer = if restarts { &other } else { &case.sequencer };
                    let second = append(sequencer, keyed_batch(next)).expect(&what);
                    append(sequencer, keyed_batch("a")).expect(&what);
                    assert_eq!(case.host.store.commits() - commits, names.len(), "{what}");
                    let all = [ids(&first), ids(&second)].concat();
                    assert_whole(&case, &all, names, &what);
                }
            }
        }
    }
}

/// From some call on nothing answers. The client hears so, and repeats the request under its key
/// when it is over.
#[test]
fn after_an_outage_the_same_request_resolves_to_one_record() {
    for_every_call(
        || keyed_batch("a"),
        |case, number, failure, what| {
            case.host.faults.fail_from(number, failure);
            let refused = append(&case.sequencer, keyed_batch("a")).expect_err(what);
            assert_eq!(refused, AppendError::Unavailable, "{what}");
            case.host.faults.end();
            let first = append(&case.sequencer, keyed_batch("a")).expect(what);
            let again = append(&case.host.sequencer(), keyed_batch("a")).expect(what);
            assert_eq!(ids(&first), ids(&again), "{what}");
            assert_whole(&case, &ids(&first), &["a"], what);
        },
    );
}

/// The same outage, but other records come first when it is over; then the same request, at last.
#[test]
fn after_an_outage_other_records_may_come_first() {
    for_every_call(
        || keyed_batch("a"),
        |case, number, failure, what| {
            case.host.faults.fail_from(number, failure);
            append(&case.sequencer, keyed_batch("a")).expect_err(what);
            case.host.faults.end();
            case.host.platform.set_now(FakePlatform::START_MS + 1000);
            let other = append(&case.host.sequencer(), keyed_batch("b")).expect(what);
            let first = append(&case.sequencer, keyed_batch("a")).expect(what);
            let all = [ids(&other), ids(&first)].concat();
            assert_whole(&case, &all, &["a", "b"], what);
        },
    );
}

/// Two calls fail; wherever they are, four rounds suffice.
#[test]
fn two_failed_calls_are_not_noticed() {
    for (one, other) in [
        (Failure::Stored, Failure::Stored),
        (Failure::Late, Failure::Lost),
        (Failure::Late, Failure::Late),
        (Failure::StoredHang, Failure::Hang),
    ] {
        let base = Base::new(254);
        for first in 0..7 {
            for second in first + 1..14 {
                let what = format!("{one:?} at {first}, {other:?} at {second}");
                let case = base.case(Memory::Cold);
                case.host.faults.fail(first, one);
                case.host.faults.fail(second, other);
                let appended = append(&case.sequencer, many("a", 3)).expect(&what);
                append(&case.sequencer, many("b", 3)).expect(&what);
                assert_whole(&case, &ids(&appended), &["a", "b"], &what);
            }
        }
    }
}

/// A creation is a commit, too.
#[test]
fn a_creation_survives_every_fault() {
    for number in 0..6 {
        for failure in Failure::ALL {
            let host = Host::empty(Timers::Expire);
            host.faults.fail(number, failure);
            let what = format!("call {number}, {failure:?}");
            let made = host.create(Visibility::Proofs);
            host.faults.end();
            if made.is_err() {
                let again = host.create(Visibility::Proofs);
                let exists = again.as_ref().is_err_and(|error| error.code() == "ledger-exists");
                assert!(again.is_ok() || exists, "{what}: {again:?}");
            }
            append(&host.sequencer(), one("a")).expect(&what);
            assert_eq!(host.sources(), ["a"], "{what}");
        }
    }
}

/// The client went away with its request, whose commit lands only when somebody else writes. The
/// leaf bytes are the same in every attempt, so the two attempts are one record.
#[test]
fn a_late_commit_is_recognised_by_its_leaf() {
    let case = case(3, Memory::Warm);
    case.host.faults.fail_commits([Failure::Late]);
    let appended = append(&case.sequencer, one("a")).unwrap();
    assert_eq!(indexes(&appended), [3]);
    assert_eq!(case.host.size(), 4);
    assert_eq!(case.host.store.commits(), 1, "the late attempt landed, the second one collided");
}

/// Another sequencer took the place of a lost attempt, and its clock was ahead: the record gets a
/// new time, not a falling one.
#[test]
fn times_do_not_fall_when_another_writer_came_between() {
    let case = case(3, Memory::Warm);
    let other = case.host.sequencer();
    case.host.platform.tick(0);
    case.host.platform.set_now(FakePlatform::START_MS + 9000);
    append(&other, many("other", 3)).unwrap();
    case.host.platform.set_now(FakePlatform::START_MS);
    let appended = append(&case.sequencer, many("a", 3)).unwrap();
    assert_eq!(appended.records[0].time.millis(), FakePlatform::START_MS + 9000);
    assert_whole(&case, &ids(&appended), &["a", "other"], "a clock behind");
}

/// Equal bytes under an equal salt in the same millisecond are two records if the client says so
/// twice.
#[test]
fn equal_leaves_stay_two_records() {
    for failure in Failure::ALL {
        let case = case(3, Memory::Warm);
        let twin = NewRecord { salt: Some([5; 32]), ..record("twin") };
        case.host.faults.fail_commits([failure]);
        let appended = append(&case.sequencer, request(vec![twin.clone(), twin])).unwrap();
        assert_eq!(indexes(&appended), [3, 4], "{failure:?}");
        assert_eq!(case.host.size(), 5);
    }
}
