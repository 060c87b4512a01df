//! Sweeps in which some call fails: whatever else can go is gone, and the next one goes on.

use stateledger_core::tree::LeafIndex;

use super::payloads::long;
use super::*;
use crate::Swept;
use crate::fake::Failure;
use crate::limits::SWEEP_AFTER_MS;
use crate::store::Beside;

const ORPHANS: [&str; 4] = ["artifact/a", "payload/a", "payload/b", "payload/c"];

fn with_orphans() -> Host {
    let host = Host::with_ledger();
    for name in ORPHANS {
        host.store.blobs().values().insert(name.to_owned(), vec![1]);
    }
    host.platform.set_now(FakePlatform::START_MS + SWEEP_AFTER_MS + 1);
    host
}

fn cursor(host: &Host) -> Option<String> {
    block_on(host.store.sweep_cursor("payload/")).unwrap()
}

/// The fake store lists two deletions at a time, by name, so the first name is on every page.
#[test]
fn a_value_that_cannot_be_deleted_holds_up_no_erasure() {
    let host = Host::with_ledger();
    append(&host.sequencer(), request((0..5).map(|n| long(&format!("n{n}"))).collect())).unwrap();
    let stuck = host.values().remove(0);
    host.store.blobs().never_delete(Some(&stuck));
    for index in 0..5 {
        block_on(host.sequencer().erase(LeafIndex::new(index))).unwrap();
    }
    assert_eq!(host.values(), [stuck.as_str()], "each went with its erasure");
    host.store.blobs().values().insert("payload/!orphan".to_owned(), vec![1]);
    host.platform.set_now(FakePlatform::START_MS + SWEEP_AFTER_MS + 1);
    // Nobody needs the stuck value, so as an orphan it is tried once more.
    assert_eq!(host.sweep(), Err(ReadError::Unavailable));
    assert_eq!(host.values(), [stuck.as_str()], "the orphan went all the same");
    assert_eq!(block_on(host.store.deletions()).unwrap(), [stuck.as_str()]);
    host.store.blobs().never_delete(None);
    assert_eq!(host.sweep(), Ok(Swept { erased: 1, orphans: 0 }));
    assert_eq!(block_on(host.store.deletions()).unwrap(), Vec::<String>::new());
    host.assert_sound();
}

#[test]
fn an_orphan_that_cannot_be_deleted_holds_up_no_other() {
    for stuck in ORPHANS {
        let host = with_orphans();
        host.store.blobs().never_delete(Some(stuck));
        assert_eq!(host.sweep(), Err(ReadError::Unavailable), "{stuck}");
        assert_eq!(host.values(), [stuck], "the others are gone");
        host.store.blobs().never_delete(None);
        assert_eq!(host.sweep(), Ok(Swept { erased: 0, orphans: 1 }), "{stuck}");
    }
}

/// Whichever call fails, a second sweep ends what the first one left.
#[test]
fn a_sweep_that_was_cut_short_is_ended_by_the_next() {
    let host = with_orphans();
    let before = host.faults.calls();
    assert_eq!(host.sweep(), Ok(Swept { erased: 0, orphans: 4 }));
    for number in 0..host.faults.calls() - before {
        for failure in Failure::ALL {
            let what = format!("call {number}, {failure:?}");
            let host = with_orphans();
            host.faults.fail(number, failure);
            let _ = host.sweep();
            host.faults.end();
            host.sweep().expect(&what);
            assert_eq!((host.values(), cursor(&host)), (Vec::new(), None), "{what}");
        }
    }
}

/// The fake store lists one name at a time.
#[test]
fn a_sweep_that_breaks_off_keeps_its_place() {
    let host = with_orphans();
    // The deletions, the cursor, and for the first name: its page, its row, its value, its place.
    host.faults.fail(6, Failure::Lost);
    assert_eq!(host.sweep(), Err(ReadError::Unavailable));
    assert_eq!(cursor(&host).as_deref(), Some("payload/a"));
    assert_eq!(host.values(), ["payload/b", "payload/c"], "artifacts were swept");
    // A cursor of an earlier sweep may be the reason for a failure: the next one begins anew.
    host.faults.fail(2, Failure::Lost);
    assert_eq!(host.sweep(), Err(ReadError::Unavailable));
    assert_eq!(cursor(&host), None);
    assert_eq!(host.sweep(), Ok(Swept { erased: 0, orphans: 2 }));
}
