//! The engine over real SQLite: appends, reads, collisions, and what the constraints refuse.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use stateledger_core::json;
use stateledger_core::receipt::verify_receipt;
use stateledger_core::tile::{TilePath, parse_bundle};
use stateledger_core::tree::{LeafIndex, leaf_hash};
use stateledger_core::trust::Trust;
use stateledger_ledger::database::{Database, DatabaseError, Row, Statement};
use stateledger_ledger::sql::SqlStore;
use stateledger_ledger::store::{HeadId, Order};
use stateledger_ledger::{
    AppendError, AppendRequest, Appended, Caller, Disclosure, Halt, IdempotencyKey, LedgerId,
    ListQuery, NewRecord, Payload, ReadError, Reader, Rules, Secrets, Sequencer, Visibility,
};
use stateledger_tests::blobs::MemoryBlobs;
use stateledger_tests::platform::{MemoryKeptHead, SystemPlatform};
use stateledger_tests::sqlite::Sqlite;

type SqlSequencer = Sequencer<SqlStore<Sqlite, MemoryBlobs>, MemoryKeptHead, SystemPlatform>;
type SqlReader = Reader<SqlStore<Sqlite, MemoryBlobs>, SystemPlatform>;

struct Host {
    database: Sqlite,
    sequencer: SqlSequencer,
    reader: SqlReader,
    id: LedgerId,
}

fn secrets() -> Secrets {
    Secrets::from_seed([3; 32])
}

fn sequencer(database: &Sqlite) -> SqlSequencer {
    let id = LedgerId::parse("demo").unwrap();
    let store = SqlStore::new(database.clone(), MemoryBlobs::default());
    let kept = MemoryKeptHead::default();
    Sequencer::new(id, "ledger.test", secrets().for_sequencer(), store, kept, SystemPlatform)
}

fn host() -> Host {
    let database = Sqlite::in_memory().unwrap();
    let sequencer = sequencer(&database);
    let rules = Rules::from(Visibility::Proofs);
    block_on(sequencer.create(rules)).unwrap();
    let store = SqlStore::new(database.clone(), MemoryBlobs::default());
    let reader = Reader::new(secrets().for_reader(), store, SystemPlatform);
    Host { database, sequencer, reader, id: LedgerId::parse("demo").unwrap() }
}

fn record(number: usize) -> NewRecord {
    let payload = json::parse(format!("{{\"n\":{number}}}").as_bytes()).unwrap();
    NewRecord {
        record_type: if number.is_multiple_of(2) {
            "even \"q\" \\ ü".into()
        } else {
            "odd".into()
        },
        source: format!("source-{}", number % 5),
        subject: number.is_multiple_of(3).then(|| "third".into()),
        content_type: None,
        payload: Payload::json(&payload),
        salt: None,
        sigs: Vec::new(),
        commitment: None,
        idempotency_key: None,
    }
}

fn request(records: Vec<NewRecord>) -> AppendRequest {
    AppendRequest { records, idempotency_key: None, expected_size: None }
}

impl Host {
    fn append(&self, numbers: std::ops::Range<usize>) -> Appended {
        let records = numbers.map(record).collect();
        block_on(self.sequencer.append(request(records))).unwrap()
    }

    fn count(&self, table: &str) -> i64 {
        let sql = format!("select count(*) from {table}");
        self.database.connection().query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<usize> {
        self.database.connection().execute(sql, [])
    }

    fn flip_first_byte(&self, table: &str, column: &str, condition: &str) {
        let connection = self.database.connection();
        let select = format!("select {column} from {table} where {condition}");
        let mut bytes: Vec<u8> = connection.query_row(&select, [], |row| row.get(0)).unwrap();
        bytes[0] ^= 1;
        let update = format!("update {table} set {column} = ?1 where {condition}");
        assert_eq!(connection.execute(&update, [bytes]).unwrap(), 1);
    }

    fn tile(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let path = TilePath::parse(path).unwrap();
        block_on(self.reader.tile(&self.id, &Caller::Anonymous, &path)).map(|tile| tile.bytes)
    }
}

#[test]
fn a_receipt_from_sqlite_verifies_for_a_stranger() {
    let host = host();
    let appended = host.append(0..3);
    let key = block_on(host.reader.describe(&host.id, &Caller::Anonymous)).unwrap().verifier_key;
    let trust = Trust::from_log_keys([key.as_str()]).unwrap();
    for record in &appended.records {
        verify_receipt(&record.receipt, &trust, None).unwrap();
        let disclosure = Disclosure::WithPayload;
        let index = record.index;
        let call = host.reader.receipt(&host.id, &Caller::Admin, index, None, disclosure);
        let receipt = block_on(call).unwrap();
        assert_eq!(receipt.payload, Some(format!("{{\"n\":{index}}}").into_bytes()));
        verify_receipt(&receipt, &trust, None).unwrap();
    }
}

#[test]
fn a_hundred_records_are_one_transaction() {
    let host = host();
    let before = host.database.batches();
    let appended = host.append(0..100);
    assert_eq!(appended.size.get(), 100);
    assert_eq!(host.database.batches() - before, 1);
    for table in ["records", "payloads"] {
        assert_eq!(host.count(table), 100);
    }
    assert_eq!(host.count("heads"), 2);
}

#[test]
fn a_batch_across_the_limit_of_a_parameter_is_split_and_lands_whole() {
    let host = host();
    let large = |number: usize| NewRecord {
        payload: Payload::bytes(vec![number as u8; 32 * 1024]),
        ..record(number)
    };
    let before = host.database.batches();
    // 100 payloads of 64 KiB hex are 6.5 MB of parameters. `Sqlite` asserts the limit.
    block_on(host.sequencer.append(request((0..100).map(large).collect()))).unwrap();
    assert_eq!(host.database.batches() - before, 1);
    let page = ListQuery { limit: Some(1000), ..ListQuery::default() };
    let mut seen = 0;
    let mut cursor = None;
    loop {
        let query = ListQuery { cursor, ..page.clone() };
        let page = block_on(host.reader.list(&host.id, &Caller::Admin, &query)).unwrap();
        for record in &page.records {
            let payload = &record.opening.as_ref().unwrap().payload;
            assert_eq!(payload.as_bytes(), vec![seen as u8; 32 * 1024]);
            seen += 1;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, 100);
}

#[test]
fn tiles_and_bundles_grow_across_a_tile_edge() {
    let host = host();
    for (from, to) in [(0, 1), (1, 250), (250, 256), (256, 257), (257, 600)] {
        host.append(from..to);
    }
    let full = host.tile("tile/0/000").unwrap();
    assert_eq!(full.len(), 256 * 32);
    assert_eq!(host.tile("tile/0/000.p/7").unwrap(), full[..7 * 32]);
    assert_eq!(host.tile("tile/0/002.p/88").unwrap().len(), 88 * 32);
    assert_eq!(host.tile("tile/0/002.p/89"), Err(ReadError::TileNotFound));
    assert_eq!(host.tile("tile/1/000.p/2").unwrap().len(), 64);
    let bundle = host.tile("tile/entries/001").unwrap();
    let second = host.tile("tile/0/001").unwrap();
    for (at, entry) in parse_bundle(&bundle).unwrap().iter().enumerate() {
        assert_eq!(leaf_hash(entry).as_bytes(), &second[at * 32..][..32]);
    }
    assert_eq!(host.tile("tile/entries/002.p/89"), Err(ReadError::TileNotFound));
    for index in [0, 255, 256, 599] {
        let index = LeafIndex::new(index);
        assert!(block_on(host.reader.record(&host.id, &Caller::Admin, index)).is_ok());
    }
}

#[test]
fn lists_filter_in_both_directions() {
    let host = host();
    host.append(0..60);
    let list = |query: &ListQuery| -> Vec<u64> {
        let mut all = Vec::new();
        let mut query = ListQuery { limit: Some(4), ..query.clone() };
        loop {
            let page = block_on(host.reader.list(&host.id, &Caller::Anonymous, &query)).unwrap();
            assert!(page.records.iter().all(|record| record.opening.is_none()));
            all.extend(page.records.iter().map(|record| record.index.get()));
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                return all;
            }
        }
    };
    let expect = |keep: fn(&u64) -> bool| (0..60).filter(keep).collect::<Vec<u64>>();
    let all = ListQuery::default();
    assert_eq!(list(&all), expect(|_| true));
    let even = ListQuery { record_type: Some("even \"q\" \\ ü".into()), ..all.clone() };
    assert_eq!(list(&even), expect(|n| n % 2 == 0));
    let both = ListQuery { source: Some("source-1".into()), subject: Some("third".into()), ..even };
    assert_eq!(list(&both), expect(|n| n % 30 == 6));
    let mut down = ListQuery { source: Some("source-2".into()), ..all.clone() };
    down.order = Order::Descending;
    let mut reversed = expect(|n| n % 5 == 2);
    reversed.reverse();
    assert_eq!(list(&down), reversed);
    let time = block_on(host.reader.record(&host.id, &Caller::Admin, LeafIndex::new(0)));
    let time = time.unwrap().entry.time().millis();
    assert_eq!(list(&ListQuery { since: Some(time), ..all.clone() }).len(), 60);
    assert_eq!(list(&ListQuery { until: Some(time), ..all.clone() }).len(), 0);
    let later = ListQuery { since: Some(time + 3_600_000), ..all.clone() };
    assert_eq!(list(&later).len(), 0);
    let until_later = ListQuery { until: Some(time + 3_600_000), ..all };
    assert_eq!(list(&until_later).len(), 60);
}

/// SQLite that remembers what it was asked.
#[derive(Clone)]
struct Recorder {
    database: Sqlite,
    queries: Arc<Mutex<Vec<Statement>>>,
}

impl Database for Recorder {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        self.queries.lock().unwrap().push(statement.clone());
        self.database.query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<(), DatabaseError> {
        self.database.batch(statements).await
    }
}

/// The plan of SQLite for a statement as it was sent.
fn plan(database: &Sqlite, statement: &Statement) -> Vec<String> {
    let connection = database.connection();
    let mut explained =
        connection.prepare(&format!("explain query plan {}", statement.sql)).unwrap();
    let steps = explained
        .query_map(rusqlite::params_from_iter(&statement.params), |row| row.get(3))
        .unwrap();
    steps.map(Result::unwrap).collect()
}

/// No page is found by sorting or by reading the whole table: the statements that the store sends
/// look everything up in an index.
#[test]
fn pages_use_the_indexes() {
    let host = host();
    host.append(0..60);
    let queries = Arc::default();
    let recorder = Recorder { database: host.database.clone(), queries };
    let store = SqlStore::new(recorder.clone(), MemoryBlobs::default());
    let reader = Reader::new(secrets().for_reader(), store, SystemPlatform);
    let text = |text: &str| Some(text.to_owned());
    let all = || ListQuery { limit: Some(2), ..ListQuery::default() };
    let cases: [(ListQuery, &str); 9] = [
        (all(), "idx"),
        (ListQuery { record_type: text("odd"), ..all() }, "records_by_type"),
        (ListQuery { source: text("source-1"), ..all() }, "records_by_source"),
        (ListQuery { subject: text("third"), ..all() }, "records_by_subject"),
        (ListQuery { since: Some(1), ..all() }, "records_by_time"),
        (ListQuery { until: Some(u64::MAX >> 1), ..all() }, "records_by_time"),
        (ListQuery { since: Some(1), until: Some(u64::MAX >> 1), ..all() }, "records_by_time"),
        (ListQuery { record_type: text("odd"), source: text("source-1"), ..all() }, "records_by_"),
        (ListQuery { source: text("source-1"), since: Some(1), ..all() }, "records_by_source"),
    ];
    for (query, index) in cases {
        for order in [Order::Ascending, Order::Descending] {
            let mut query = ListQuery { order, ..query.clone() };
            for _ in 0..2 {
                recorder.queries.lock().unwrap().clear();
                let page = block_on(reader.list(&host.id, &Caller::Admin, &query)).unwrap();
                assert_eq!(page.records.len(), 2);
                let sent = recorder.queries.lock().unwrap().clone();
                let mut pages = sent.iter().filter(|query| query.sql.contains("order by r.idx"));
                let steps = plan(&host.database, pages.next().unwrap());
                assert!(pages.next().is_none(), "one statement for a page");
                let bad = |step: &String| step.contains("SCAN r") || step.contains("TEMP B-TREE");
                assert!(!steps.iter().any(bad), "{query:?}: {steps:?}");
                assert!(steps.iter().any(|step| step.contains(index)), "{query:?}: {steps:?}");
                query.cursor = page.next_cursor;
                assert!(query.cursor.is_some(), "the second page goes on behind a cursor");
            }
        }
    }
}

#[test]
fn a_second_sequencer_collides_and_recovers() {
    let host = host();
    host.append(0..2);
    let other = sequencer(&host.database);
    block_on(other.append(request(vec![record(2)]))).unwrap();
    // The first one still believes in size 2; its commit rolls back whole, it reloads and lands
    // behind.
    let appended = host.append(3..5);
    assert_eq!(appended.records[0].index.get(), 3);
    assert_eq!(appended.size.get(), 5);
    assert_eq!(host.count("records"), 5);
    assert_eq!(host.count("heads"), 4);
}

#[test]
fn idempotency_is_kept_with_the_records() {
    let host = host();
    let keyed = |number| AppendRequest {
        idempotency_key: Some(IdempotencyKey::parse("k\"\\1").unwrap()),
        ..request(vec![record(number), record(number + 1)])
    };
    let first = block_on(host.sequencer.append(keyed(0))).unwrap();
    let again = block_on(sequencer(&host.database).append(keyed(0))).unwrap();
    assert!(!first.all_replayed() && again.all_replayed());
    for (first, again) in first.records.iter().zip(&again.records) {
        assert_eq!((first.index, first.leaf_hash), (again.index, again.leaf_hash));
    }
    let other = block_on(host.sequencer.append(keyed(1)));
    assert_eq!(other.unwrap_err(), AppendError::IdempotencyConflict);
    assert_eq!(host.count("records"), 2);
}

#[test]
fn a_restored_database_halts_the_sequencer() {
    let host = host();
    host.append(0..3);
    let mut backup = rusqlite::Connection::open_in_memory().unwrap();
    rusqlite::backup::Backup::new(&host.database.connection(), &mut backup)
        .unwrap()
        .run_to_completion(100, std::time::Duration::ZERO, None)
        .unwrap();
    let kept = host.append(3..4);
    let root = block_on(host.reader.describe(&host.id, &Caller::Admin)).unwrap().root;
    rusqlite::backup::Backup::new(&backup, &mut host.database.connection())
        .unwrap()
        .run_to_completion(100, std::time::Duration::ZERO, None)
        .unwrap();
    // The live sequencer still holds the head of size 4: only the key to the predecessor can stop
    // it.
    let refused = block_on(host.sequencer.append(request(vec![record(9)])));
    let refused = refused.unwrap_err();
    let behind = |head: HeadId| AppendError::Halted(Halt::Behind(head));
    assert_eq!(refused, behind(HeadId { size: kept.size, root }));
    assert_eq!(host.count("records"), 3);
}

#[test]
fn the_schema_refuses_what_the_engine_would_never_write() {
    let host = host();
    host.append(0..2);
    let root = "(select root from heads where size = 2)";
    for (sql, why) in [
        (
            format!("insert into heads values ('default','demo',3,{root},2,zeroblob(32),x'00',1)"),
            "FOREIGN KEY",
        ),
        (
            format!("insert into heads values ('default','demo',3,{root},null,null,x'00',1)"),
            "CHECK",
        ),
        (format!("insert into heads values ('default','demo',3,{root},2,null,x'00',1)"), "CHECK"),
        (
            format!(
                "insert into heads values ('default','demo',3,{root},0,\
                 (select root from heads where size = 0),x'00',1)"
            ),
            "UNIQUE",
        ),
        (
            format!("insert into heads values ('default','demo',2,{root},0,{root},x'00',1)"),
            "UNIQUE",
        ),
        (
            "insert into records values ('default','demo',1,zeroblob(32),x'00','t','s',null,1)"
                .into(),
            "UNIQUE",
        ),
        (
            "insert into records values ('default','demo',2,unhex('zz'),x'00','t','s',null,1)"
                .into(),
            "NOT NULL",
        ),
        (
            "insert into records values ('default','none',2,zeroblob(32),x'00','t','s',null,1)"
                .into(),
            "FOREIGN KEY",
        ),
        (
            "insert into records values ('default','demo',2,'text','text','t','s',null,1)".into(),
            "cannot store TEXT",
        ),
        (
            "insert into payloads values ('default','demo',2,zeroblob(32),x'00',0)".into(),
            "FOREIGN KEY",
        ),
        ("insert into tiles values ('default','demo',0,1,zeroblob(33))".into(), "CHECK"),
        (
            "insert into idempotency values ('default','demo','k',7,1,zeroblob(32),zeroblob(32))"
                .into(),
            "FOREIGN KEY",
        ),
    ] {
        let error = host.execute(&sql).expect_err(&sql).to_string();
        assert!(error.contains(why), "{sql}: {error}");
    }
}

/// One changed byte in any hashed column is an error for the reader, and never another answer.
#[test]
fn damaged_rows_are_corrupt() {
    for (table, column, condition) in [
        ("records", "entry", "idx = 1"),
        ("records", "leaf_hash", "idx = 1"),
        ("payloads", "payload", "idx = 1"),
        ("payloads", "salt", "idx = 1"),
        ("tiles", "hashes", "level = 0"),
        ("heads", "root", "size = 3"),
        ("heads", "checkpoint", "size = 3"),
        ("ledgers", "rules", "true"),
        ("ledgers", "mac", "true"),
        ("ledgers", "uid", "true"),
    ] {
        let host = host();
        host.append(0..3);
        host.execute("pragma foreign_keys = off").unwrap();
        host.flip_first_byte(table, column, condition);
        let index = LeafIndex::new(1);
        let read = block_on(host.reader.record(&host.id, &Caller::Admin, index));
        assert_eq!(read.unwrap_err(), ReadError::Corrupt, "{table}.{column}");
    }
}
