//! Design §10, Idempotency.

use super::*;

fn headed(text: &str, records: Vec<NewRecord>) -> AppendRequest {
    AppendRequest { idempotency_key: Some(key(text)), ..request(records) }
}

fn replayed(appended: &Appended) -> Vec<bool> {
    appended.records.iter().map(|record| record.replayed).collect()
}

#[test]
fn a_replay_answers_the_same_record_after_any_restart() {
    let host = Host::with_ledger();
    let first = append(&host.sequencer(), request(vec![keyed("a", "k")])).unwrap();
    append(&host.sequencer(), many("b", 300)).unwrap();
    host.platform.set_now(FakePlatform::START_MS + 9);
    let again = append(&host.sequencer(), request(vec![keyed("a", "k")])).unwrap();
    assert!(again.all_replayed() && !first.all_replayed());
    let (first, again) = (&first.records[0], &again.records[0]);
    assert_eq!(
        (first.index, first.leaf_hash, first.time),
        (again.index, again.leaf_hash, again.time)
    );
    assert_ne!(first.receipt.proof, again.receipt.proof, "for a newer head");
    host.verify(&again.receipt);
    assert_eq!(host.size(), 301);
}

#[test]
fn a_header_key_of_one_record_is_its_member_key() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    append(&sequencer, headed("h", vec![record("a")])).unwrap();
    assert!(append(&sequencer, request(vec![keyed("a", "h")])).unwrap().all_replayed());
    append(&sequencer, request(vec![keyed("b", "m")])).unwrap();
    assert!(append(&sequencer, headed("m", vec![record("b")])).unwrap().all_replayed());
    assert_eq!(host.size(), 2);
}

#[test]
fn a_header_key_stands_for_the_whole_batch() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    append(&sequencer, one("before")).unwrap();
    let batch = || headed("h", vec![record("a"), record("b"), record("c")]);
    assert_eq!(indexes(&append(&sequencer, batch()).unwrap()), [1, 2, 3]);
    let again = append(&sequencer, batch()).unwrap();
    assert_eq!(indexes(&again), [1, 2, 3]);
    assert!(again.all_replayed());
    for other in [
        headed("h", vec![record("a"), record("b")]),
        headed("h", vec![record("a"), record("c"), record("b")]),
        headed("h", vec![record("a")]),
        request(vec![keyed("a", "h")]),
    ] {
        assert_eq!(append(&sequencer, other).unwrap_err(), AppendError::IdempotencyConflict);
    }
    assert_eq!(host.size(), 4);
}

#[test]
fn every_part_of_the_body_is_compared() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    let base = NewRecord { subject: Some("s".into()), salt: Some([1; 32]), ..keyed("a", "k") };
    append(&sequencer, request(vec![base.clone()])).unwrap();
    type Change = fn(&mut NewRecord);
    let changes: [Change; 8] = [
        |r| r.record_type = "other".into(),
        |r| r.source = "other".into(),
        |r| r.subject = None,
        |r| r.content_type = Some("text/plain".into()),
        |r| r.payload = Payload::json(&json::parse(b"{\"a\":2}").unwrap()),
        |r| r.payload = Payload::bytes(b"{\"a\":1}".to_vec()),
        |r| r.salt = None,
        |r| r.commitment = Some("other".into()),
    ];
    for change in changes {
        let mut other = base.clone();
        change(&mut other);
        let refused = append(&sequencer, request(vec![other])).unwrap_err();
        assert_eq!(refused, AppendError::IdempotencyConflict);
    }
    // Defaults written out are the same body.
    let mut same = base;
    same.content_type = Some("application/json".into());
    same.commitment = Some("sha256-salted-v1".into());
    assert!(append(&sequencer, request(vec![same])).unwrap().all_replayed());
    assert_eq!(host.size(), 1);
}

#[test]
fn one_key_twice_in_a_batch_is_one_record_or_a_conflict() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    let twice = || request(vec![keyed("a", "k"), record("b"), keyed("a", "k")]);
    let first = append(&sequencer, twice()).unwrap();
    assert_eq!((indexes(&first), replayed(&first)), (vec![0, 1, 0], vec![false, false, true]));
    let again = append(&sequencer, twice()).unwrap();
    assert_eq!((indexes(&again), replayed(&again)), (vec![0, 2, 0], vec![true, false, true]));
    let other = request(vec![record("x"), keyed("c", "n"), keyed("d", "n")]);
    assert_eq!(append(&sequencer, other).unwrap_err(), AppendError::IdempotencyConflict);
    assert_eq!(host.size(), 3);
    append(&sequencer, request(vec![keyed("d", "n")])).unwrap();
    host.assert_sound();
}

/// "Order of checks: replay, then expectedSize, rules, limits."
#[test]
fn a_replay_passes_by_the_other_checks() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    let at_zero = || AppendRequest {
        expected_size: Some(stateledger_core::tree::TreeSize::ZERO),
        ..request(vec![keyed("a", "k")])
    };
    append(&sequencer, at_zero()).unwrap();
    assert!(append(&sequencer, at_zero()).unwrap().all_replayed());
    // With a new record beside it the expected size counts again.
    let mut mixed = at_zero();
    mixed.records.push(record("b"));
    let refused = append(&sequencer, mixed).unwrap_err();
    assert_eq!(refused.code(), "expected-size-mismatch");
    // Another body under a known key is a conflict even where a limit would refuse it too.
    let mut reserved = keyed("a", "k");
    reserved.record_type = "stateledger.x".into();
    let refused = append(&sequencer, request(vec![reserved])).unwrap_err();
    assert_eq!(refused, AppendError::IdempotencyConflict);
}

#[test]
fn keys_are_checked_when_they_are_read() {
    let longest = "~".repeat(255);
    for good in ["a", "!", longest.as_str()] {
        assert!(IdempotencyKey::parse(good).is_ok());
    }
    let long = "a".repeat(256);
    for bad in ["", " ", "a b", "\u{7f}", "\t", "é", long.as_str()] {
        assert_eq!(IdempotencyKey::parse(bad).unwrap_err().code(), "invalid-idempotency-key");
    }
}
