//! Recovery from a halt: only the stored head, only when it verifies, only by its name, and never
//! without a record of it.

use stateledger_core::hash::Hash;
use stateledger_core::tree::LeafIndex;

use super::*;
use crate::RecoverError;
use crate::error::Halt;
use crate::fake::{Failure, Stored};
use crate::platform::Kept;
use crate::sequencer::RECOVERED;
use crate::store::HeadId;

const OLD: u64 = 200;

/// A ledger of 300 records whose store was rewound to 200; with the head that was kept and the one
/// that is stored.
fn rewound() -> (Host, HeadId, HeadId) {
    let host = Host::with_ledger();
    append(&host.sequencer(), many("a", 200)).unwrap();
    let old = host.store.stored(&host.id);
    append(&host.sequencer(), many("b", 100)).unwrap();
    host.store.replace(&host.id, old);
    let kept = host.kept.get().unwrap().head();
    let stored = stored_head(&host);
    (host, kept, stored)
}

fn stored_head(host: &Host) -> HeadId {
    let description = host.describe().unwrap();
    HeadId { size: description.size, root: description.root }
}

fn recover(host: &Host, head: HeadId) -> Result<Appended, RecoverError> {
    block_on(host.sequencer().recover(head))
}

fn view(host: &Host, index: u64) -> crate::RecordView {
    let index = LeafIndex::new(index);
    block_on(host.reader().record(&host.id, &Caller::Admin, index)).unwrap()
}

#[test]
fn the_stored_head_is_accepted_by_its_name_and_the_ledger_says_so() {
    let (host, kept, stored) = rewound();
    let recovered = recover(&host, stored).unwrap();
    assert_eq!((recovered.size.get(), indexes(&recovered)), (OLD + 1, vec![OLD]));
    host.verify(&recovered.records[0].receipt);
    let record = view(&host, OLD);
    assert_eq!(record.entry.statement().fields().record_type, RECOVERED);
    let payload = String::from_utf8(record.opening.unwrap().payload.into_bytes()).unwrap();
    let (is, was) = (stored.root.to_base64(), kept.root.to_base64());
    let told = format!(
        r#"{{"accepted":{{"rootHash":"{is}","size":"200"}},"kept":{{"rootHash":"{was}","size":"300"}},"reason":"behind"}}"#
    );
    assert_eq!(payload, told);

    let next = append(&host.sequencer(), one("next")).unwrap();
    assert_eq!(indexes(&next), [OLD + 1]);
    assert_eq!(host.kept.get().unwrap().head(), stored_head(&host));
    host.assert_sound();
}

/// What metrics count never falls: not when the store is rewound, and not when that is accepted.
#[test]
fn neither_a_rewind_nor_a_recovery_takes_back_what_was_appended() {
    let (host, _, stored) = rewound();
    let appended = || block_on(host.sequencer().status()).unwrap().appended;
    assert_eq!(appended(), Some(300), "the store has {OLD}");
    recover(&host, stored).unwrap();
    assert_eq!(appended(), Some(301), "the record of the recovery is one more");
    append(&host.sequencer(), many("c", 2)).unwrap();
    assert_eq!((appended(), host.size()), (Some(303), OLD + 3));
    host.store.replace(&host.id, None);
    assert_eq!(appended(), Some(303), "the store is lost");
    let created = Host::with_ledger();
    assert_eq!(block_on(created.sequencer().status()).unwrap().appended, Some(0));
}

#[test]
fn a_sequencer_that_goes_on_works_from_the_recovered_head() {
    let (host, _, stored) = rewound();
    let sequencer = host.sequencer();
    append(&sequencer, one("x")).unwrap_err();
    block_on(sequencer.recover(stored)).unwrap();
    assert_eq!(indexes(&append(&sequencer, one("x")).unwrap()), [OLD + 1]);
}

#[test]
fn a_head_that_is_not_the_stored_one_is_refused() {
    let (host, kept, stored) = rewound();
    let other_root = HeadId { root: Hash([1; 32]), ..stored };
    for named in [kept, other_root, HeadId { size: kept.size, ..stored }] {
        assert_eq!(recover(&host, named).unwrap_err(), RecoverError::OtherHead(stored));
    }
    assert_eq!(host.kept.get().unwrap().head(), kept);
    assert_eq!(host.size(), OLD, "nothing was written");
}

#[test]
fn a_ledger_that_is_not_halted_is_left_alone() {
    let host = Host::with_ledger();
    append(&host.sequencer(), many("a", 3)).unwrap();
    let head = stored_head(&host);
    assert_eq!(recover(&host, head).unwrap_err(), RecoverError::NotHalted);
    assert_eq!(host.size(), 3);
    let (host, _, stored) = rewound();
    let recovered = recover(&host, stored).unwrap();
    assert_eq!(recover(&host, stored_head(&host)).unwrap_err(), RecoverError::NotHalted);
    assert_eq!(host.size(), recovered.size.get());
    let nothing = Host::empty(Timers::Expire);
    assert_eq!(recover(&nothing, stored).unwrap_err(), RecoverError::NotFound);
}

#[test]
fn every_halt_over_a_sound_tree_can_be_ended() {
    let wrong = |change: fn(&mut Kept)| {
        let (host, ..) = rewound();
        let mut kept = host.kept.get().unwrap();
        kept.size = stored_head(&host).size;
        change(&mut kept);
        host.kept.set(Some(kept));
        host
    };
    let other_root = wrong(|kept| kept.root = Hash([1; 32]));
    let not_an_extension = wrong(|kept| {
        kept.size = stateledger_core::tree::TreeSize::new(100);
        kept.root = Hash([1; 32]);
    });
    for (host, reason) in [(other_root, "other-root"), (not_an_extension, "not-an-extension")] {
        recover(&host, stored_head(&host)).unwrap();
        let payload = view(&host, OLD).opening.unwrap().payload;
        let payload = String::from_utf8(payload.into_bytes()).unwrap();
        assert!(payload.ends_with(&format!(r#""reason":"{reason}"}}"#)), "{payload}");
        append(&host.sequencer(), one("next")).unwrap();
    }
}

#[test]
fn a_head_that_does_not_verify_is_never_accepted() {
    type Damage = fn(&mut Stored);
    let damages: [Damage; 3] = [
        |stored| {
            stored.tiles.values_mut().for_each(|hashes| hashes[8] ^= 1);
        },
        |stored| {
            let mut head = stored.heads.last_entry().unwrap();
            let at = head.get().checkpoint.len() - 5;
            head.get_mut().checkpoint[at] ^= 1;
        },
        |stored| stored.row.rules = b"{\"visibility\":\"public\"}".to_vec(),
    ];
    for damage in damages {
        let (host, kept, stored) = rewound();
        host.store.tamper(&host.id, damage);
        let refused = recover(&host, stored).unwrap_err();
        assert_eq!(refused.code(), "ledger-halted", "{refused}");
        assert_eq!(host.kept.get().unwrap().head(), kept);
    }
}

#[test]
fn a_lost_or_other_ledger_is_not_recovered() {
    let (host, kept, stored) = rewound();
    host.store.replace(&host.id, None);
    let missing = RecoverError::Halted(Halt::Missing(kept));
    assert_eq!(recover(&host, stored).unwrap_err(), missing);
    let memory = host.kept.get();
    host.kept.set(None);
    host.create(Visibility::Proofs).unwrap();
    host.kept.set(memory);
    let other = RecoverError::Halted(Halt::OtherLedger(kept));
    assert_eq!(recover(&host, stored_head(&host)).unwrap_err(), other);
}

/// Whatever fails on the way, the ledger is halted or says that it was recovered, and asking again
/// ends the halt.
#[test]
fn a_recovery_that_fails_anywhere_leaves_no_unrecorded_rewind() {
    let calls = {
        let (host, _, stored) = rewound();
        let before = host.faults.calls();
        recover(&host, stored).unwrap();
        host.faults.calls() - before
    };
    assert!(calls > 5, "{calls}");
    let mut failed = 0;
    for number in 0..calls {
        for failure in Failure::ALL {
            let (host, kept, stored) = rewound();
            host.faults.fail(number, failure);
            let first = recover(&host, stored);
            host.faults.end();
            failed += usize::from(first.is_err());
            match append(&host.sequencer(), one("next")) {
                Err(refused) => {
                    assert!(first.is_err());
                    assert_eq!(refused.code(), "ledger-halted", "{number} {failure:?}");
                    assert_eq!(host.kept.get().unwrap().head(), kept);
                }
                Ok(next) => assert!(indexes(&next)[0] > OLD, "{number} {failure:?}"),
            }
            for _ in 0..3 {
                if recover(&host, stored_head(&host)).err() == Some(RecoverError::NotHalted) {
                    break;
                }
            }
            append(&host.sequencer(), one("next")).unwrap();
            let at = view(&host, OLD);
            assert_eq!(at.entry.statement().fields().record_type, RECOVERED);
            host.assert_sound();
        }
    }
    assert!(failed >= calls, "{failed} recoveries of {calls} calls failed");
}
