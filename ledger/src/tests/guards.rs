//! The guards of design §5. Each test fails if its guard is taken out.

use futures_util::FutureExt;
use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use super::*;
use crate::error::Halt;
use crate::platform::Kept;
use crate::store::Body;
use crate::store::{Head, HeadId};
use crate::{CreateError, seal};

/// The next append halts for this reason, which names the kept head.
fn halted(host: &Host, halt: impl FnOnce(HeadId) -> Halt) {
    let kept = host.kept.get().unwrap().head();
    halted_without(host, halt(kept));
    let detail = halt_detail(host);
    assert!(detail.contains(&format!("size {} and root {}", kept.size, kept.root)), "{detail}");
}

fn halt_detail(host: &Host) -> String {
    append(&host.sequencer(), one("x")).unwrap_err().to_string()
}

fn halted_without(host: &Host, halt: Halt) {
    let size = host.store.stored(&host.id).map(|stored| stored.records.len());
    let refused = append(&host.sequencer(), one("x")).unwrap_err();
    assert_eq!(refused, AppendError::Halted(halt));
    assert_eq!(refused.code(), "ledger-halted");
    assert_eq!(host.store.stored(&host.id).map(|stored| stored.records.len()), size);
}

/// A ledger of 300 records, with the stores as they were at 200.
fn grown() -> (Host, crate::fake::Stored, Kept) {
    let host = Host::with_ledger();
    append(&host.sequencer(), many("a", 200)).unwrap();
    let (stored, kept) = (host.store.stored(&host.id).unwrap(), host.kept.get().unwrap());
    append(&host.sequencer(), many("b", 100)).unwrap();
    (host, stored, kept)
}

#[test]
fn the_kept_head_follows_every_commit() {
    let (host, ..) = grown();
    let description = host.describe().unwrap();
    let kept = host.kept.get().unwrap();
    assert_eq!((kept.size, kept.root), (description.size, description.root));
}

#[test]
fn a_store_behind_the_kept_head_halts() {
    let (host, old, _) = grown();
    host.store.replace(&host.id, Some(old));
    halted(&host, Halt::Behind);
}

#[test]
fn a_lost_store_halts_appends_and_creation() {
    let (host, ..) = grown();
    host.store.replace(&host.id, None);
    halted(&host, Halt::Missing);
    let refused = host.create(Visibility::Public).unwrap_err();
    let kept = host.kept.get().unwrap().head();
    assert_eq!(refused, CreateError::Halted(Halt::Missing(kept)));
}

#[test]
fn another_root_at_the_kept_size_halts() {
    let (host, ..) = grown();
    let mut kept = host.kept.get().unwrap();
    kept.root = Hash([1; 32]);
    host.kept.set(Some(kept));
    halted(&host, Halt::OtherRoot);
}

#[test]
fn a_ledger_made_again_under_the_same_name_halts() {
    let (host, ..) = grown();
    let kept = host.kept.get();
    host.store.replace(&host.id, None);
    host.kept.set(None);
    host.create(Visibility::Proofs).unwrap();
    append(&host.sequencer(), many("c", 400)).unwrap();
    host.kept.set(kept);
    halted(&host, Halt::OtherLedger);
}

/// A crash between the two writes, or the sequencer's storage restored.
#[test]
fn a_store_ahead_that_extends_the_kept_head_is_taken_over() {
    let (host, _, old) = grown();
    for kept in [Some(old), None] {
        host.kept.set(kept);
        append(&host.sequencer(), one("x")).unwrap();
        assert_eq!(host.kept.get().unwrap().size.get(), host.size());
    }
    assert_eq!(host.size(), 302);
    host.assert_sound();
}

#[test]
fn a_store_ahead_with_another_history_halts() {
    let (host, _, mut old) = grown();
    old.root = Hash([1; 32]);
    host.kept.set(Some(old));
    halted(&host, Halt::NotAnExtension);
}

/// The tree is sound, but the head over it was not signed by this ledger's key.
#[test]
fn a_store_ahead_with_a_foreign_signature_halts() {
    let (host, _, old) = grown();
    host.kept.set(Some(old));
    let uid = host.store.stored(&host.id).unwrap().row.uid;
    let other = Secrets::from_seed([8; 32]).for_sequencer();
    let signer = seal::LogSigner::new(&other, "example.com/log/demo", &uid).unwrap();
    host.store.tamper(&host.id, |stored| {
        let mut head = stored.heads.last_entry().unwrap();
        let id = head.get().id;
        head.get_mut().checkpoint = signer.sign(&id).unwrap();
    });
    halted(&host, |kept| Halt::BadCheckpoint(Some(kept)));
}

#[test]
fn a_head_over_another_tree_than_the_stored_one_halts() {
    let (host, ..) = grown();
    host.kept.set(None);
    host.store.tamper(&host.id, |stored| {
        for hashes in stored.tiles.values_mut() {
            hashes[8] ^= 1;
        }
    });
    halted_without(&host, Halt::BadCheckpoint(None));
    assert!(halt_detail(&host).ends_with("no head is kept"));
}

#[test]
fn changed_rules_halt() {
    let (host, ..) = grown();
    host.store.tamper(&host.id, |stored| {
        stored.row.rules = Rules::from(Visibility::Public).to_bytes();
    });
    halted(&host, |kept| Halt::BadLedgerRow(Some(kept)));
}

#[test]
fn another_seed_cannot_sign() {
    let (mut host, ..) = grown();
    host.secrets = Secrets::from_seed([9; 32]);
    halted(&host, |kept| Halt::BadLedgerRow(Some(kept)));
}

/// A restore under a live sequencer: its memory says 300, the store 200.
#[test]
fn a_live_sequencer_notices_a_restore_by_the_predecessor() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    append(&sequencer, many("a", 3)).unwrap();
    let old = host.store.stored(&host.id);
    append(&sequencer, one("b")).unwrap();
    host.store.replace(&host.id, old);
    let refused = append(&sequencer, one("c")).unwrap_err();
    assert_eq!(refused, AppendError::Halted(Halt::Behind(host.kept.get().unwrap().head())));
    assert_eq!(host.size(), 3);
}

/// Two sequencers over the same stores: the second one's memory is stale every time.
#[test]
fn two_sequencers_never_fork() {
    let host = Host::with_ledger();
    let (left, right) = (host.sequencer(), host.sequencer());
    for i in 0..10 {
        append(&left, one(&format!("l{i}"))).unwrap();
        append(&right, one(&format!("r{i}"))).unwrap();
    }
    assert_eq!(host.size(), 20);
    host.assert_sound();
}

/// The database is rewound between the two writes of a commit, and another sequencer goes on from
/// there. Each would answer a head of its own, if the kept head were not swapped but only written.
#[test]
fn a_head_that_another_sequencer_kept_is_not_replaced() {
    let host = Host::empty(Timers::Never);
    host.create(Visibility::Proofs).unwrap();
    let (left, right) = (host.sequencer(), host.sequencer());
    let size = Some(TreeSize::new(9));
    append(&left, AppendRequest { expected_size: size, ..one("x") }).unwrap_err();
    let empty = host.store.stored(&host.id);
    // A sequencer that has its ledger in memory looks at its kept head, commits, and then keeps.
    let release = host.faults.hold(2);
    let appended = block_on(async {
        let mut keeping = Box::pin(left.append(one("a")));
        assert!((&mut keeping).now_or_never().is_none(), "committed and not yet kept");
        host.store.replace(&host.id, empty);
        let others = right.append(many("b", 2)).await.unwrap();
        assert_eq!(indexes(&others), [0, 1]);
        drop(release);
        keeping.await
    });
    assert_eq!(indexes(&appended.unwrap()), [2]);
    assert_eq!(host.sources(), ["b0", "b1", "a"]);
}

/// A sequencer that loaded before another one's commits would not notice that they were rewound: the
/// head that it knows is there again. Nothing would be answered, but a second history stored.
#[test]
fn a_commit_over_a_head_that_is_no_longer_kept_is_not_sent() {
    let host = Host::with_ledger();
    let (left, right) = (host.sequencer(), host.sequencer());
    append(&left, one("a")).unwrap();
    let old = host.store.stored(&host.id);
    append(&right, one("b")).unwrap();
    host.store.replace(&host.id, old);
    let refused = append(&left, one("c")).unwrap_err();
    assert_eq!(refused, AppendError::Halted(Halt::Behind(host.kept.get().unwrap().head())));
    assert_eq!((host.size(), host.sources()), (1, vec!["a".to_owned()]));
}

/// A load reads its own head first. The other way round, a commit of another sequencer between the
/// two reads would look like a store that was rewound.
#[test]
fn a_commit_between_the_two_reads_of_a_load_is_no_rewind() {
    let host = Host::empty(Timers::Never);
    host.create(Visibility::Proofs).unwrap();
    let (left, right) = (host.sequencer(), host.sequencer());
    append(&left, one("before")).unwrap();
    let release = host.faults.hold(1);
    let appended = block_on(async {
        let mut loading = Box::pin(right.append(one("after")));
        assert!((&mut loading).now_or_never().is_none(), "held before its second read");
        left.append(one("between")).await.unwrap();
        drop(release);
        loading.await
    });
    assert_eq!(indexes(&appended.unwrap()), [2]);
    assert_eq!(host.sources(), ["before", "between", "after"]);
}

/// The record behind the key lies beyond the head that the first sequencer has in memory.
#[test]
fn a_key_that_another_sequencer_wrote_is_found() {
    let host = Host::with_ledger();
    let (left, right) = (host.sequencer(), host.sequencer());
    append(&left, one("l")).unwrap();
    append(&right, request(vec![keyed("a", "k")])).unwrap();
    let again = append(&left, request(vec![keyed("a", "k")])).unwrap();
    assert!(again.all_replayed());
    assert_eq!(indexes(&again), [1]);
}

/// The root is computed from what will be stored, so a byte that changes on the way to the store is
/// never signed for.
#[test]
fn damage_between_plan_and_store_is_noticed_before_the_signature() {
    type Damage = fn(&mut crate::store::Batch);
    let damages: [Damage; 16] = [
        |batch| batch.records[1].entry[20] ^= 1,
        |batch| batch.records[1].leaf_hash.0[0] ^= 1,
        |batch| batch.payloads[1].body = Body::Inline(Payload::bytes(b"other".to_vec())),
        |batch| batch.payloads[1].salt[0] ^= 1,
        |batch| batch.tiles[0].hashes[0] ^= 1,
        |batch| drop(batch.tiles.pop()),
        |batch| drop(batch.records.pop()),
        |batch| batch.records.swap(0, 1),
        |batch| batch.records[1].record_type.push('x'),
        |batch| batch.records[1].source.push('x'),
        |batch| batch.records[1].subject = Some("x".into()),
        |batch| batch.records[1].time += 1,
        |batch| {
            let Body::Inline(payload) = &batch.payloads[1].body else { panic!("a short payload") };
            batch.payloads[1].body = Body::Inline(Payload::bytes(payload.as_bytes().to_vec()));
        },
        |batch| drop(batch.payloads.pop()),
        |batch| drop(batch.keys.pop()),
        |batch| batch.keys[0].mac[0] ^= 1,
    ];
    for damage in damages {
        let host = Host::with_ledger();
        let sequencer = host.sequencer();
        append(&sequencer, many("a", 254)).unwrap();
        host.faults.damage_staged(damage);
        let three = || AppendRequest { idempotency_key: Some(key("k")), ..many("b", 3) };
        let refused = append(&sequencer, three()).unwrap_err();
        assert_eq!(refused, AppendError::Corrupt);
        assert_eq!((host.size(), host.store.commits()), (254, 1));
        host.assert_sound();
        append(&sequencer, three()).unwrap();
    }
}

/// Whoever changes an idempotency row does not get another record answered.
#[test]
fn a_changed_idempotency_row_is_refused_and_harms_nobody_else() {
    type Change = fn(&mut crate::store::KeyRow);
    let changes: [Change; 4] =
        [|row| row.first = 1, |row| row.count = 2, |row| row.digest[0] ^= 1, |row| row.mac[0] ^= 1];
    for change in changes {
        let host = Host::with_ledger();
        let sequencer = host.sequencer();
        append(&sequencer, request(vec![keyed("a", "k"), keyed("b", "l")])).unwrap();
        host.store.tamper(&host.id, |stored| change(stored.keys.get_mut("k").unwrap()));
        let refused = append(&sequencer, request(vec![keyed("a", "k")])).unwrap_err();
        assert_eq!(refused, AppendError::Corrupt);
        assert!(append(&sequencer, request(vec![keyed("b", "l")])).unwrap().all_replayed());
    }
}

/// Without the salt bodies cannot be compared, so neither the same body nor another is answered.
#[test]
fn a_replay_over_a_lost_payload_row_is_refused() {
    let host = Host::with_ledger();
    append(&host.sequencer(), request(vec![keyed("a", "k"), record("b")])).unwrap();
    host.store.tamper(&host.id, |stored| drop(stored.payloads.remove(&0)));
    for source in ["a", "other"] {
        let refused = append(&host.sequencer(), request(vec![keyed(source, "k")])).unwrap_err();
        assert_eq!(refused, AppendError::Corrupt);
    }
}

/// A replay is answered from the stored leaf, which must hash and be under the head.
#[test]
fn a_replay_over_a_changed_record_is_refused() {
    let host = Host::with_ledger();
    append(&host.sequencer(), request(vec![keyed("a", "k"), record("b")])).unwrap();
    host.store.tamper(&host.id, |stored| {
        let mut other = stored.records[&1].clone();
        other.index = 0;
        stored.records.insert(0, other);
    });
    let refused = append(&host.sequencer(), request(vec![keyed("a", "k")])).unwrap_err();
    assert_eq!(refused, AppendError::Corrupt);
}

#[test]
fn a_signed_head_that_says_something_else_is_not_opened() {
    let secrets = Secrets::from_seed([1; 32]).for_sequencer();
    let signer = seal::LogSigner::new(&secrets, "example.com/log/a", &[2; 32]).unwrap();
    let id = HeadId { size: TreeSize::new(3), root: Hash([3; 32]) };
    let head = Head { id, checkpoint: signer.sign(&id).unwrap(), time: 0 };
    let open = |head: &Head| seal::open(head, "example.com/log/a", signer.verifier_key());
    assert_eq!(open(&head), Ok(()));
    let mut other = head.clone();
    other.id.size = TreeSize::new(4);
    assert_eq!(open(&other), Err(()));
    other = head.clone();
    other.id.root = Hash([4; 32]);
    assert_eq!(open(&other), Err(()));
    assert_eq!(seal::open(&head, "example.com/log/b", signer.verifier_key()), Err(()));
}
