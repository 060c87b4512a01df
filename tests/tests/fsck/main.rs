//! Every column of every kind of row is changed; rows are deleted, swapped and repeated; the check
//! names the row. The tables come from the schema: one that the check does not know fails here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod beside;
mod damaged;

use std::cell::RefCell;
use std::collections::BTreeSet;

use damaged::{ARTIFACTS, Damaged, ERASED, HELD, Row, SIGNED, SIZE, TABLES, secrets};
use rusqlite::types::Value;
use stateledger_core::Hash;
use stateledger_core::tree::{TreeSize, leaf_hash};
use stateledger_ledger::Secrets;
use stateledger_ledger::fsck::{Authority, CODES, CheckError, Fault, Finding, Report};

/// Whether it is a change that nothing covers (SECURITY.md): a payload's JSON that is answered as bytes,
/// the committed bytes staying the same; or, in the name of a value that is to be deleted, the part that
/// only the destroyed key could confirm.
fn is_uncovered(table: &str, column: &str, from: &Value, to: &Value) -> bool {
    match (table, column, from, to) {
        ("payloads", "is_json", _, to) => *to == Value::Integer(0),
        ("blob_deletions", "name", Value::Text(from), Value::Text(to)) => {
            let (place, id) = to.split_at(to.len() - 32);
            let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            from.starts_with(place) && id.bytes().all(is_hex)
        }
        _ => false,
    }
}

/// Tables whose rows nothing counts (SECURITY.md): one that was deleted is not missed.
const UNCOUNTED: [&str; 5] = ["artifacts", "blob_deletions", "holds", "idempotency", "tokens"];

/// A table whose rows decide nothing.
const HINTS: &str = "sweeps";

/// Tables whose rows are all key: two of them cannot exchange the rest.
const ALL_KEY: [&str; 1] = ["blob_deletions"];

/// Bits of an integer: the lowest, one beyond everything that is there, and the sign.
const INTEGER_BITS: [i64; 3] = [1, 1 << 20, i64::MIN];

/// The value with one bit changed, for several bits; NULL becomes a value.
fn flips(value: &Value) -> Vec<Value> {
    let flip = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let places = BTreeSet::from([0, bytes.len() / 2, bytes.len().saturating_sub(1)]);
        let flip = |place: usize| {
            let mut flipped = bytes.to_vec();
            *flipped.get_mut(place)? ^= 1;
            Some(flipped)
        };
        places.into_iter().filter_map(flip).collect()
    };
    match value {
        Value::Null => vec![Value::Integer(1), Value::Text("x".into()), Value::Blob(vec![0; 32])],
        Value::Integer(number) => {
            INTEGER_BITS.iter().map(|bit| Value::Integer(number ^ bit)).collect()
        }
        Value::Real(_) => panic!("no table has a float"),
        Value::Text(text) => {
            let flipped = flip(text.as_bytes()).into_iter();
            // The lowest bit of ASCII stays ASCII.
            flipped.map(|bytes| Value::Text(String::from_utf8(bytes).unwrap())).collect()
        }
        // The row of a payload whose bytes are elsewhere.
        Value::Blob(bytes) if bytes.is_empty() => vec![Value::Blob(vec![0])],
        Value::Blob(bytes) => flip(bytes).into_iter().map(Value::Blob).collect(),
    }
}

/// The finding is about this row: by its key, or by the one that it now has.
fn assert_names(outcome: Result<Report, CheckError>, row: &Row, moved: &str, what: &str) {
    let Err(CheckError::Found(finding)) = outcome else { panic!("{what}: {outcome:?}") };
    assert_eq!(finding.table, row.table, "{what}: {finding}");
    assert!(finding.key == row.key || finding.key == moved, "{what}: {finding}");
}

#[test]
fn a_clean_database_passes() {
    let damaged = Damaged::new();
    let report = damaged.check().unwrap();
    assert_eq!((report.size.get(), report.heads, report.keys), (SIZE, 10, 3));
    let (erased, held) = (ERASED.len() as u64, HELD.len() as u64);
    let payloads = (report.payloads, report.unread, report.erased, report.holds);
    assert_eq!(payloads, (SIZE - erased, 0, erased, held));
    assert_eq!(report.artifacts, ARTIFACTS.len() as u64);
    assert_eq!((report.root, report.macs_checked), (damaged.kept.root, true));
}

#[test]
fn the_tables_are_all_known() {
    let mut tables = Damaged::new().tables();
    tables.retain(|table| table != HINTS);
    assert_eq!(tables, TABLES, "a new table needs a check");
}

/// "It finds a one-bit change in any hashed column", and in any other but the listed one.
#[test]
fn one_changed_bit_of_any_column_is_found() {
    let damaged = Damaged::new();
    for row in TABLES.iter().flat_map(|table| damaged.some_rows(table)) {
        for (column, value) in damaged.columns(&row) {
            let mut tried = 0;
            for flipped in flips(&value) {
                let what = format!("{} {} {column}: {flipped:?}", row.table, row.key);
                // SQLite itself refuses where another row has the key, or the type is wrong.
                let Ok((outcome, moved)) = damaged.with_column(&row, &column, &flipped) else {
                    continue;
                };
                tried += 1;
                if is_uncovered(&row.table, &column, &value, &flipped) {
                    assert!(outcome.is_ok(), "{what}: covered after all");
                } else {
                    assert_names(outcome, &row, &moved, &what);
                }
            }
            assert!(tried > 0, "{} {} {column} was never changed", row.table, row.key);
        }
    }
}

#[test]
fn a_deleted_row_is_found() {
    let damaged = Damaged::new();
    for row in TABLES.iter().flat_map(|table| damaged.some_rows(table)) {
        let outcome = damaged.without(&row);
        if UNCOUNTED.contains(&row.table.as_str()) {
            assert!(
                outcome.is_ok(),
                "counted after all: SECURITY.md says that nothing counts them"
            );
        } else {
            assert_names(outcome, &row, &row.key, &format!("{} {}", row.table, row.key));
        }
    }
}

#[test]
fn swapped_rows_are_found() {
    let damaged = Damaged::new();
    for table in TABLES.iter().filter(|table| **table != "ledgers" && !ALL_KEY.contains(table)) {
        let rows = damaged.some_rows(table);
        for (one, other) in rows.iter().zip(rows.iter().skip(1)) {
            let what = format!("{table} {} <-> {}", one.key, other.key);
            assert_names(damaged.swapped(one, other), one, &other.key, &what);
        }
    }
}

/// Over another row, and at a place of its own.
#[test]
fn repeated_rows_are_found() {
    let damaged = Damaged::new();
    for table in TABLES.iter().filter(|table| **table != "ledgers") {
        let rows = damaged.some_rows(table);
        let (one, other) = (&rows[0], &rows[1]);
        if !ALL_KEY.contains(table) {
            match damaged.copied_over(one, other) {
                Ok(outcome) => assert_names(outcome, other, &one.key, &format!("{table} over")),
                // Each predecessor has one successor, each value one row.
                Err(_) => {
                    assert!(["artifacts", "heads", "sealed_payloads"].contains(table), "{table}")
                }
            }
        }
        let (outcome, place) = damaged.copied_beyond(one).unwrap();
        assert_names(outcome, one, &place, &format!("{table} beyond"));
    }
}

#[test]
fn the_kept_head_must_lie_in_the_stored_history() {
    let damaged = Damaged::new();
    let seed = Authority::Seed(secrets());
    let mut kept = damaged.kept;
    let fault = |kept| match damaged.check_with(&seed, kept) {
        Err(CheckError::Found(finding)) => (finding.fault, finding.table),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(None), (Fault::RowMissing, "kept_head"));
    kept.size = TreeSize::new(SIZE + 1);
    assert_eq!(fault(Some(kept)), (Fault::RowMissing, "heads"), "the database was rewound");
    kept.size = TreeSize::new(SIZE - 1);
    assert_eq!(fault(Some(kept)), (Fault::RowMissing, "heads"), "no head of that size");
    kept = damaged.kept;
    kept.root.0[0] ^= 1;
    assert_eq!(fault(Some(kept)), (Fault::KeptHead, "kept_head"));
    kept = damaged.kept;
    kept.uid[0] ^= 1;
    assert_eq!(fault(Some(kept)), (Fault::KeptHead, "kept_head"));
}

/// A crash between the two writes leaves it behind, which the next load makes good.
#[test]
fn a_kept_head_may_lag() {
    let damaged = Damaged::new();
    let mut kept = damaged.kept;
    (kept.size, kept.root) = damaged.head(4);
    assert!(kept.size < damaged.kept.size);
    damaged.check_with(&Authority::Seed(secrets()), Some(kept)).unwrap();
}

#[test]
fn keys_come_from_the_seed_or_from_the_caller() {
    let damaged = Damaged::new();
    let key = damaged.verifier_key();
    let kept = Some(damaged.kept);
    let report = damaged.check_with(&Authority::VerifierKey(key.clone()), kept).unwrap();
    assert!(!report.macs_checked);
    damaged.check_with(&Authority::SeedAndKey(secrets(), key.clone()), kept).unwrap();
    let other = Secrets::from_seed([4; 32]);
    let fault = |authority| match damaged.check_with(&authority, kept) {
        Err(CheckError::Found(finding)) => finding.fault,
        other => panic!("{other:?}"),
    };
    assert_eq!(fault(Authority::Seed(other)), Fault::MacMismatch);
    assert_eq!(fault(Authority::VerifierKey(format!("{key}x"))), Fault::KeyMismatch);
    assert_eq!(fault(Authority::SeedAndKey(secrets(), "x".into())), Fault::KeyMismatch);
}

#[test]
fn a_ledger_that_never_was_is_not_found() {
    let damaged = Damaged::new();
    assert_eq!(damaged.check_other("other").unwrap_err(), CheckError::NotFound);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Another entry with its right leaf hash.
fn with_entry(index: u64, entry: &[u8]) -> String {
    let (leaf, entry) = (leaf_hash(entry), hex(entry));
    format!("update records set entry = x'{entry}', leaf_hash = x'{leaf}' where idx = {index}")
}

/// The record `to` as a copy of the record `from`, with its payload and in its tile.
fn replaced(damaged: &Damaged, to: u64, from: u64) -> String {
    let mut hashes = damaged.tile(0, to / 256);
    let at = usize::try_from(to % 256).unwrap() * 32;
    hashes[at..at + 32].copy_from_slice(leaf_hash(&damaged.entry(from)).as_bytes());
    let copy = |table: &str, columns: &str| {
        format!(
            "update {table} set ({columns}) = (select {columns} from {table} where idx = {from})
             where idx = {to};"
        )
    };
    let records = copy("records", "leaf_hash, entry, type, source, subject, time");
    let payloads = copy("payloads", "salt, payload, is_json");
    let (hashes, tile) = (hex(&hashes), to / 256);
    format!(
        "{records} {payloads} update tiles set hashes = x'{hashes}' where level = 0 and idx = {tile}"
    )
}

/// What more than one changed column looks like; together with the rest, each code is said once.
#[test]
fn every_code_is_said_about_its_row() {
    let damaged = Damaged::new();
    let said = RefCell::new(BTreeSet::new());
    let told = |what: &str, outcome: Result<(), CheckError>| -> Finding {
        let Err(CheckError::Found(finding)) = outcome else { panic!("{what}: {outcome:?}") };
        said.borrow_mut().insert(finding.fault.code());
        finding
    };
    let after = |sql: &str| {
        let finding = told(sql, damaged.with_sql(sql).map(drop));
        (finding.fault, finding.table, finding.index)
    };

    let last = SIZE - 1;
    let leaf = "update records set leaf_hash = zeroblob(32) where idx = 3";
    assert_eq!(after(leaf), (Fault::LeafMismatch, "records", Some(3)));
    let copy = "update records set source = 'x' where idx = 3";
    assert_eq!(after(copy), (Fault::ColumnMismatch, "records", Some(3)));
    let none = with_entry(5, b"{}");
    assert_eq!(after(&none), (Fault::EntryMalformed, "records", Some(5)));
    let mut forged = damaged.entry(SIGNED);
    let start = forged.windows(7).position(|part| part == b"\"sig\":\"").unwrap() + 7;
    forged[start] = if forged[start] == b'A' { b'B' } else { b'A' };
    let forged = with_entry(SIGNED, &forged);
    assert_eq!(after(&forged), (Fault::AuthorSignature, "records", Some(SIGNED)));
    let orphan = format!("update records set idx = {SIZE} where idx = {last}");
    assert_eq!(after(&orphan), (Fault::RowMissing, "records", Some(last)));
    let payload = "update payloads set salt = zeroblob(32) where idx = 3";
    assert_eq!(after(payload), (Fault::CommitmentMismatch, "payloads", Some(3)));
    let (fault, table, _) =
        after("insert into tiles values ('default', 'demo', 3, 0, zeroblob(32))");
    assert_eq!((fault, table), (Fault::RowOrphaned, "tiles"));
    assert_eq!(
        after("update tiles set hashes = zeroblob(32) where level = 1").0,
        Fault::TileMismatch
    );
    assert_eq!(after("update ledgers set rules = x'7b7d'").0, Fault::RowMalformed);
    assert_eq!(
        after("update heads set checkpoint = x'' where size = 0").0,
        Fault::CheckpointMismatch
    );
    let chain = "update heads set prev_root = zeroblob(32) where size = 3";
    assert_eq!(after(chain).0, Fault::HeadChain);
    assert_eq!(after("update idempotency set count = 1").0, Fault::MacMismatch);

    let twins = damaged.swapped(&damaged.row("records", "0"), &damaged.row("records", "1"));
    assert_eq!(told("twins", twins.map(drop)).fault, Fault::RecordMismatch);
    // Somebody who changes payload and tile with the record is left with times and signed roots.
    assert_eq!(after(&replaced(&damaged, 0, 8)), (Fault::TimeDisorder, "records", Some(1)));
    assert_eq!(after(&replaced(&damaged, last, last - 1)), (Fault::RootMismatch, "heads", None));

    let full = damaged.tile(0, 0);
    assert_eq!(damaged.check_copy("0/0", &full), Ok(true));
    for (place, value) in [("0/0", &full[1..]), ("0/1", &full), ("0/x", &full)] {
        assert_eq!(told(place, damaged.check_copy(place, value).map(drop)).table, "kv");
    }
    let other = Authority::VerifierKey("other".into());
    told("a key", damaged.check_with(&other, Some(damaged.kept)).map(drop));
    let kept = stateledger_ledger::platform::Kept { root: Hash([1; 32]), ..damaged.kept };
    told("a head", damaged.check_with(&Authority::Seed(secrets()), Some(kept)).map(drop));

    assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
    let listed: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(*said.borrow(), listed);
}
