//! Long payloads, erasures, holds and pending deletions: what more than one changed column looks like.

use stateledger_ledger::fsck::{Authority, CheckError, Fault, Finding, Report};

use crate::damaged::{ARTIFACTS, Damaged, ERASED, LONG, SIZE, secrets};

fn finding(outcome: Result<Report, CheckError>, what: &str) -> Finding {
    let Err(CheckError::Found(finding)) = outcome else { panic!("{what}: {outcome:?}") };
    finding
}

/// What somebody may try who can write to the database, each with the row that is named.
const TRIED: &[(&str, Fault, &str, &str)] = &[
    // The payload is back, and opens its commitment.
    (
        "insert into payloads select * from old_payloads where idx = 4",
        Fault::RowOrphaned,
        "payloads",
        "4",
    ),
    // It is back as if it had never been erased.
    (
        "insert into payloads select * from old_payloads where idx = 4;
         delete from erasures where idx = 4",
        Fault::RowMissing,
        "erasures",
        "4",
    ),
    // The key is back.
    (
        "insert into sealed_payloads select * from old_sealed where idx = 6",
        Fault::RowOrphaned,
        "sealed_payloads",
        "6",
    ),
    // The digest of the request is back, with its MAC.
    (
        "delete from idempotency where key = 'one';
         insert into idempotency select * from old_keys where key = 'one'",
        Fault::ColumnMismatch,
        "idempotency",
        "one",
    ),
    // An erasure that the ledger does not tell of does not excuse a lost payload.
    (
        "delete from payloads where idx = 9;
         insert into erasures select tenant, ledger, 9, by_idx, time, held, mac
         from erasures where idx = 4",
        Fault::MacMismatch,
        "erasures",
        "9",
    ),
    // The row that names the value moves to a payload that has none.
    ("update sealed_payloads set idx = 9 where idx = 1", Fault::RowMissing, "sealed_payloads", "1"),
    // The bytes of a short payload are gone.
    ("update payloads set payload = x'' where idx = 9", Fault::CommitmentMismatch, "payloads", "9"),
    // A value that is needed is to be deleted.
    (
        "delete from blob_deletions;
         insert into blob_deletions select tenant, ledger, name from sealed_payloads where idx = 1",
        Fault::RowOrphaned,
        "blob_deletions",
        "",
    ),
    // Or one under the digest of a payload that was never erased.
    (
        "insert into blob_deletions
         select tenant, ledger, substr(name, 1, length(name) - 32) || hex(zeroblob(16))
         from sealed_payloads where idx = 1",
        Fault::RowOrphaned,
        "blob_deletions",
        "",
    ),
];

#[test]
fn what_was_erased_or_put_elsewhere_stays_so() {
    let damaged = Damaged::new();
    for (sql, fault, table, key) in TRIED {
        let found = finding(damaged.with_sql(sql), sql);
        assert_eq!((found.fault, found.table), (*fault, *table), "{sql}: {found}");
        assert!(key.is_empty() || found.key == *key, "{sql}: {found}");
    }
}

/// The ledger itself tells of every erasure, so most is found with the verifier key alone.
#[test]
fn erasures_are_held_against_the_ledger_without_the_seed_too() {
    let damaged = Damaged::new();
    let key = Authority::VerifierKey(damaged.verifier_key());
    let found = |sql: &str| {
        let found = finding(damaged.with_sql_by(sql, &key), sql);
        (found.fault, found.table, found.key)
    };
    let moved = "insert into erasures select tenant, ledger, 9, by_idx, time, held, mac
                 from erasures where idx = 4";
    assert_eq!(found(moved), (Fault::RowOrphaned, "erasures", "9".into()));
    let time = "update erasures set time = time + 1 where idx = 5";
    assert_eq!(found(time), (Fault::RowOrphaned, "erasures", "5".into()));
    let held = "insert into holds select tenant, ledger, 4, time, erased, mac from holds limit 1";
    assert_eq!(found(held), (Fault::RowOrphaned, "holds", "4".into()));
    let lost = "delete from payloads where idx = 9";
    assert_eq!(found(lost), (Fault::RowMissing, "payloads", "9".into()));
}

/// Bits of every value, and its absence.
#[test]
fn values_open_the_commitments_and_hashes_that_name_them() {
    let damaged = Damaged::new();
    let names: Vec<String> = damaged.values.values().keys().cloned().collect();
    let payloads = LONG.len() - ERASED.iter().filter(|n| LONG.contains(n)).count();
    assert_eq!(names.len(), payloads + ARTIFACTS.len());
    for name in &names {
        let whole = damaged.values.values()[name].clone();
        for place in [0, whole.len() / 2, whole.len() - 1] {
            damaged.values.values().get_mut(name).unwrap()[place] ^= 1;
            let found = finding(damaged.check(), name);
            assert_eq!((found.fault, found.table), (Fault::CommitmentMismatch, "kv"));
            assert_eq!(found.key, *name);
            damaged.values.values().insert(name.clone(), whole.clone());
        }
        damaged.values.values().remove(name);
        let found = finding(damaged.check(), name);
        assert_eq!((found.fault, found.table, &found.key), (Fault::RowMissing, "kv", name));
        damaged.values.values().insert(name.clone(), whole);
    }
    // Nobody needs it, and a sweep deletes it.
    for name in ["payload/left/over", "artifact/left/over"] {
        damaged.values.values().insert(name.into(), vec![0]);
    }
    damaged.check().unwrap();
}

#[test]
fn without_values_long_payloads_are_counted_as_unread() {
    let damaged = Damaged::new();
    let seed = Authority::Seed(secrets());
    let report = damaged.check_ledger(None, &seed, Some(damaged.kept)).unwrap();
    let erased = ERASED.len() as u64;
    let unread = 2 + ARTIFACTS.len() as u64;
    assert_eq!((report.payloads, report.unread), (SIZE - erased - 2, unread));
    assert_eq!(report.artifacts, 0);
}
