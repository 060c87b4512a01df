//! The schema's fingerprint: readiness compares the database with it.
//!
//! `UPDATE=1 cargo test -p stateledger-tests --test schema` writes the last line of ledger/migrations/FINGERPRINTS anew. The lines above
//! it are of earlier releases, whose schema this version still works with.
#![allow(clippy::expect_used, clippy::panic, reason = "all of this file is tests")]

use std::path::Path;

use futures_executor::block_on;
use stateledger_ledger::overview::{Overview, OverviewStore, Schema, fingerprint};
use stateledger_ledger::sql::SqlStore;
use stateledger_tests::blobs::MemoryBlobs;
use stateledger_tests::platform::SystemPlatform;
use stateledger_tests::sqlite::{Sqlite, migrations};

fn judged(database: &Sqlite) -> Schema {
    let overview =
        Overview::new(SqlStore::new(database.clone(), MemoryBlobs::default()), SystemPlatform);
    block_on(overview.schema()).expect("a database that answers")
}

#[test]
fn the_fingerprint_of_the_newest_schema_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ledger/migrations/FINGERPRINTS");
    let store = SqlStore::new(Sqlite::in_memory().expect("a database"), MemoryBlobs::default());
    let schema = block_on(store.schemas()).expect("a schema").concat();
    assert!(schema.len() > 8, "{schema:?}");
    let (newest, _) = migrations().pop().expect("a migration");
    let line = format!("{newest} {}", fingerprint(&schema));
    let text = std::fs::read_to_string(&file).expect("a readable file");
    let mut lines: Vec<&str> = text.lines().collect();
    if std::env::var_os("UPDATE").is_some() {
        lines.pop();
        lines.push(&line);
        std::fs::write(&file, lines.join("\n") + "\n").expect("a writable file");
        return;
    }
    let last = lines.pop();
    assert_eq!(last, Some(line.as_str()), "UPDATE=1 cargo test -p stateledger-tests --test schema");
}

#[test]
fn another_schema_is_told_from_this_one() {
    let database = Sqlite::in_memory().expect("a database");
    assert_eq!(judged(&database), Schema::Known);
    for change in
        ["create table d1_migrations (id integer)", "create table _cf_METADATA (key integer)"]
    {
        database.connection().execute_batch(change).expect("SQL");
        assert_eq!(judged(&database), Schema::Known, "{change}");
    }
    for change in [
        "drop index records_by_type",
        "create index records_by_type on records (tenant, ledger, idx, type)",
        "alter table tokens add column note text",
    ] {
        database.connection().execute_batch(change).expect("SQL");
        assert_ne!(judged(&database), Schema::Known, "{change}");
    }
}
