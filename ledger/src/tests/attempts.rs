//! Attempts of unknown outcome: what landed is recognised, and what may still land is not refused.

use futures_util::FutureExt;
use futures_util::future::join_all;
use stateledger_core::tree::TreeSize;

use super::faults::{Case, Memory, case};
use super::*;
use crate::fake::Failure;

/// Three rounds of A alone, and the fourth with the others, whose commit is sent and lands before the next write. What all of
/// them are answered; A is given up.
fn behind_one_that_is_given_up(
    case: &Case,
    a: AppendRequest,
    others: impl IntoIterator<Item = AppendRequest>,
) -> Vec<Result<Appended, AppendError>> {
    let (host, sequencer) = (&case.host, &case.sequencer);
    host.platform.set_timers(Timers::Never);
    host.faults.fail_commits([Failure::Lost, Failure::Lost, Failure::Lost, Failure::Late]);
    let gates = [(); 3].map(|()| host.faults.hold_commit());
    let [first, second, third] = gates;
    drop((first, second));
    block_on(async {
        let all = core::iter::once(a).chain(others);
        let mut all: Vec<_> = all.map(|request| Box::pin(sequencer.append(request))).collect();
        // The third commit is held.
        all.iter_mut().for_each(|append| assert!(append.now_or_never().is_none()));
        host.platform.set_timers(Timers::Expire);
        drop(third);
        join_all(all).await
    })
}

fn expecting(size: u64, source: &str) -> AppendRequest {
    AppendRequest { expected_size: Some(TreeSize::new(size)), ..one(source) }
}

/// An attempt is in flight with A and B. A is given up, so X, which stood between them and was
/// refused, is tried in A's place, and B behind it gets a later time and another leaf. Then the first
/// attempt lands.
#[test]
fn every_attempt_of_a_request_is_recognised() {
    let case = case(3, Memory::Warm);
    let answers = behind_one_that_is_given_up(&case, one("a"), [expecting(3, "x"), one("b")]);
    let [a, x, b] = answers.try_into().unwrap();
    assert_eq!(a.unwrap_err(), AppendError::Unavailable);
    assert_eq!(x.unwrap_err(), AppendError::ExpectedSize { size: TreeSize::new(5) });
    assert_eq!(indexes(&b.unwrap()), [4]);
    let sources = case.host.sources();
    assert_eq!(sources[3..], ["a", "b"]);
    case.host.assert_sound();
}

/// An attempt is in flight with A and B, which expects to stand behind A. A is given up, so B expects too much, but it is not
/// refused for that: the attempt may still land, and does.
#[test]
fn a_request_with_an_attempt_that_may_land_is_not_refused() {
    let case = case(3, Memory::Warm);
    let [a, b] =
        behind_one_that_is_given_up(&case, one("a"), [expecting(4, "b")]).try_into().unwrap();
    assert_eq!(a.unwrap_err(), AppendError::Unavailable);
    assert_eq!(b.unwrap_err(), AppendError::Unavailable);
    append(&case.sequencer, one("c")).unwrap();
    assert_eq!(case.host.sources()[3..], ["a", "b", "c"]);
    case.host.assert_sound();
}

/// The attempt that lands shares its leaf with A, which is given up: a record without a key that went with it is not appended
/// again.
#[test]
fn an_attempt_that_shares_a_leaf_is_recognised_when_its_owner_is_gone() {
    let case = case(3, Memory::Warm);
    let a = NewRecord { idempotency_key: Some(key("k")), ..record("a") };
    let b = request(vec![record("x"), a.clone()]);
    let [a, b] = behind_one_that_is_given_up(&case, request(vec![a]), [b]).try_into().unwrap();
    assert_eq!(a.unwrap_err(), AppendError::Unavailable);
    assert_eq!(indexes(&b.unwrap()), [4, 3]);
    assert_eq!(case.host.sources()[3..], ["a", "x"]);
    case.host.assert_sound();
}

/// The second attempt collides, and then the ledger is found halted: nothing is known of the first one.
#[test]
fn a_collision_does_not_settle_the_attempts_before_it() {
    let case = case(3, Memory::Warm);
    let (host, sequencer) = (&case.host, &case.sequencer);
    host.platform.set_timers(Timers::Never);
    host.faults.fail_commits([Failure::Lost]);
    let [first, second] = [(); 2].map(|()| host.faults.hold_commit());
    drop(first);
    let refused = block_on(async {
        let mut appended = Box::pin(sequencer.append(one("a")));
        assert!((&mut appended).now_or_never().is_none(), "the second commit is held");
        host.sequencer().append(one("other")).await.unwrap();
        // The commit, and the kept head, of the reload.
        let reload = host.faults.hold(1);
        drop(second);
        assert!((&mut appended).now_or_never().is_none(), "the reload is held");
        host.store.replace(&host.id, None);
        drop(reload);
        appended.await
    });
    assert_eq!(refused.unwrap_err(), AppendError::Unavailable);
}

/// The same where the ledger is found halted before it is known whether the attempt landed.
#[test]
fn a_halt_does_not_refuse_a_request_with_an_attempt_that_may_land() {
    let case = case(3, Memory::Warm);
    let (host, sequencer) = (&case.host, &case.sequencer);
    host.platform.set_timers(Timers::Never);
    host.faults.fail_commits([Failure::Lost]);
    // The kept head, the commit, and the kept head again, of the reload.
    let reload = host.faults.hold(2);
    let refused = block_on(async {
        let mut appended = Box::pin(sequencer.append(one("a")));
        assert!((&mut appended).now_or_never().is_none(), "the reload is held");
        host.store.replace(&host.id, None);
        drop(reload);
        appended.await
    });
    assert_eq!(refused.unwrap_err(), AppendError::Unavailable);
    assert_eq!(append(sequencer, one("b")).unwrap_err().code(), "ledger-halted");
}
