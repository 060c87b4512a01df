//! The look-ups of readers over real SQLite: the same as over the store in memory, and what each one costs.
#![allow(clippy::panic, clippy::unwrap_used, reason = "all of this file is tests")]

use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use rusqlite::StatementStatus;
use stateledger_core::hash::Hash;
use stateledger_core::json;
use stateledger_core::tree::{LeafIndex, TreeSize};
use stateledger_ledger::database::{Database, DatabaseError, Row, Statement};
use stateledger_ledger::sql::SqlStore;
use stateledger_ledger::store::Order;
use stateledger_ledger::{
    AppendRequest, Caller, DiffQuery, LedgerId, LedgerPageQuery, ListQuery, Moment, NewRecord,
    Payload, ReadError, Reader, Rules, Secrets, Sequencer, SnapshotQuery, Visibility,
};
use stateledger_tests::blobs::MemoryBlobs;
use stateledger_tests::platform::{MemoryKeptHead, SystemPlatform};
use stateledger_tests::sqlite::Sqlite;

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

struct Host {
    recorder: Recorder,
    reader: Reader<SqlStore<Recorder, MemoryBlobs>, SystemPlatform>,
    id: LedgerId,
}

/// Records of `count`; number n has what `shape` says of it: type and subject.
fn host(count: usize, shape: fn(usize) -> (String, Option<String>)) -> Host {
    let database = Sqlite::in_memory().unwrap();
    let secrets = Secrets::from_seed([3; 32]);
    let id = LedgerId::parse("demo").unwrap();
    let sequencer = Sequencer::new(
        id.clone(),
        "ledger.test",
        secrets.for_sequencer(),
        SqlStore::new(database.clone(), MemoryBlobs::default()),
        MemoryKeptHead::default(),
        SystemPlatform,
    );
    block_on(sequencer.create(Rules { visibility: Visibility::Public, ..Rules::default() }))
        .unwrap();
    let records: Vec<NewRecord> = (0..count).map(|n| record(n, shape(n))).collect();
    for records in records.chunks(1000) {
        let records = records.to_vec();
        let request = AppendRequest { records, idempotency_key: None, expected_size: None };
        block_on(sequencer.append(request)).unwrap();
    }
    let recorder = Recorder { database, queries: Arc::default() };
    let reader = Reader::new(
        secrets.for_reader(),
        SqlStore::new(recorder.clone(), MemoryBlobs::default()),
        SystemPlatform,
    );
    Host { recorder, reader, id }
}

fn record(number: usize, (record_type, subject): (String, Option<String>)) -> NewRecord {
    NewRecord {
        record_type,
        source: format!("source-{}", number % 5),
        subject,
        content_type: None,
        payload: Payload::json(&json::parse(number.to_string().as_bytes()).unwrap()),
        salt: None,
        sigs: Vec::new(),
        commitment: None,
        idempotency_key: None,
    }
}

impl Host {
    /// The statements that a call sends.
    fn sent<T>(&self, call: impl Future<Output = T>) -> (T, Vec<Statement>) {
        self.recorder.queries.lock().unwrap().clear();
        let answer = block_on(call);
        (answer, self.recorder.queries.lock().unwrap().clone())
    }

    /// Steps of SQLite's machine for a statement as it was sent.
    fn steps(&self, statement: &Statement) -> i32 {
        let connection = self.recorder.database.connection();
        let mut prepared = connection.prepare(&statement.sql).unwrap();
        let mut rows = prepared.query(rusqlite::params_from_iter(&statement.params)).unwrap();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        prepared.get_status(StatementStatus::VmStep)
    }

    /// SQLite's plan for it.
    fn plan(&self, statement: &Statement) -> Vec<String> {
        let connection = self.recorder.database.connection();
        let mut explained =
            connection.prepare(&format!("explain query plan {}", statement.sql)).unwrap();
        let params = rusqlite::params_from_iter(&statement.params);
        let steps = explained.query_map(params, |row| row.get(3)).unwrap();
        steps.map(Result::unwrap).collect()
    }
}

/// The one of these statements whose text has `part`.
fn the<'a>(sent: &'a [Statement], part: &str) -> &'a Statement {
    let mut found = sent.iter().filter(|statement| statement.sql.contains(part));
    let first = found.next().unwrap_or_else(|| panic!("no statement with {part}"));
    assert!(found.next().is_none(), "one statement with {part}");
    first
}

/// Ten subjects of two types; every third record has none.
fn mixed(n: usize) -> (String, Option<String>) {
    let subject = (!n.is_multiple_of(3)).then(|| format!("subject {:02}", n % 10));
    (format!("type {}", n % 2), subject)
}

/// The last index of each pair, by type and subject, from a plain walk.
fn expected(range: std::ops::Range<usize>) -> Vec<u64> {
    let pairs: std::collections::BTreeMap<_, u64> = range
        .filter_map(|n| {
            let (record_type, subject) = mixed(n);
            Some(((record_type, subject?), n as u64))
        })
        .collect();
    pairs.into_values().collect()
}

#[test]
fn snapshots_at_every_size_are_what_a_walk_finds() {
    let host = host(60, mixed);
    for size in 0..=60 {
        for limit in [1, 3, 1000] {
            let moment = Some(Moment::Size(TreeSize::new(size as u64)));
            let mut query =
                SnapshotQuery { moment, limit: Some(limit), ..SnapshotQuery::default() };
            let mut found = Vec::new();
            loop {
                let page =
                    block_on(host.reader.snapshot(&host.id, &Caller::Anonymous, &query)).unwrap();
                let without = (0..size).filter(|n| mixed(*n).1.is_none()).count();
                assert_eq!(page.without_subject, without as u64);
                assert_eq!(page.tree.size.get(), size as u64);
                assert!(page.records.len() <= limit);
                found.extend(page.records.iter().map(|record| record.index.get()));
                query.cursor = page.next_cursor;
                if query.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected(0..size), "{size} by {limit}");
        }
    }
}

#[test]
fn differences_are_what_a_walk_finds() {
    let host = host(40, mixed);
    for from in (0..=40).step_by(3) {
        for to in (from..=40).step_by(4) {
            for record_type in [None, Some("type 1")] {
                let of = |size: usize| Moment::Size(TreeSize::new(size as u64));
                let mut query = DiffQuery {
                    from: of(from),
                    to: Some(of(to)),
                    record_type: record_type.map(str::to_owned),
                    limit: Some(4),
                    cursor: None,
                };
                let mut found = Vec::new();
                loop {
                    let call = host.reader.diff(&host.id, &Caller::Anonymous, &query);
                    let page = block_on(call).unwrap();
                    for change in &page.changes {
                        let index = change.after.index.get();
                        let before = (0..from).rev().find(|n| mixed(*n) == mixed(index as usize));
                        let said = change.before.as_ref().map(|record| record.index.get() as usize);
                        assert_eq!(said, before, "{from} {to} {index}");
                        found.push(index);
                    }
                    query.cursor = page.next_cursor;
                    if query.cursor.is_none() {
                        break;
                    }
                }
                let mut expected = expected(from..to);
                let of_type = |n: &u64| record_type.is_none_or(|t| mixed(*n as usize).0 == t);
                expected.retain(of_type);
                expected.sort_unstable();
                assert_eq!(found, expected, "{from} {to}");
            }
        }
    }
}

/// A page costs the same at the beginning and at the end of a long list, whatever bounds it has.
#[test]
fn pages_cost_the_same_at_any_depth() {
    let host = host(3000, mixed);
    let all = || ListQuery { limit: Some(2), ..ListQuery::default() };
    let text = |text: &str| Some(text.to_owned());
    let cases = [
        all(),
        ListQuery { since: Some(1), ..all() },
        ListQuery { until: Some(u64::MAX >> 2), ..all() },
        ListQuery { start: Some(1), end: Some(2999), ..all() },
        ListQuery { since: Some(1), start: Some(1), record_type: text("type 1"), ..all() },
        ListQuery { since: Some(1), source: text("source-1"), ..all() },
        ListQuery { until: Some(u64::MAX >> 2), subject: text("subject 01"), ..all() },
    ];
    for query in cases {
        for order in [Order::Ascending, Order::Descending] {
            let mut query = ListQuery { order, ..query.clone() };
            let mut costs = Vec::new();
            loop {
                let (page, sent) =
                    host.sent(host.reader.list(&host.id, &Caller::Anonymous, &query));
                let page = page.unwrap();
                if page.next_cursor.is_none() {
                    break;
                }
                costs.push(host.steps(the(&sent, "order by r.idx")));
                query.cursor = page.next_cursor;
                // Fewer pages are enough to see a cost that grows with each.
                query.limit = Some(if costs.len() == 1 { 150 } else { 2 });
                if costs.len() == 1 {
                    let far = host.sent(host.reader.list(&host.id, &Caller::Anonymous, &query)).0;
                    query = ListQuery { cursor: far.unwrap().next_cursor, ..query };
                    query.limit = Some(2);
                    if query.cursor.is_none() {
                        break;
                    }
                }
                if costs.len() == 4 {
                    break;
                }
            }
            let first = costs[0];
            assert!(costs.len() > 1, "{query:?}");
            assert!(costs.iter().all(|cost| *cost <= first + 50), "{query:?}: {costs:?}");
        }
    }
}

/// A hundred records of a pair cost no more than one: the state steps from pair to pair.
#[test]
fn a_state_costs_by_pairs_and_not_by_records() {
    let cost = |count| {
        let host = host(count, |n| ("t".into(), Some(format!("s{}", n % 4))));
        let query = SnapshotQuery { limit: Some(10), ..SnapshotQuery::default() };
        let (page, sent) = host.sent(host.reader.snapshot(&host.id, &Caller::Anonymous, &query));
        assert_eq!(page.unwrap().records.len(), 4);
        let statement = the(&sent, "with recursive pair");
        let plan = host.plan(statement);
        let bad = |step: &String| step.contains("SCAN x") || step.contains("SCAN y");
        assert!(!plan.iter().any(bad), "{plan:?}");
        assert!(plan.iter().any(|step| step.contains("records_by_pair")), "{plan:?}");
        host.steps(statement)
    };
    let (few, many) = (cost(40), cost(2000));
    assert!(many <= few + 50, "{few} {many}");
}

/// The index of leaves is in blocks of 8,192 records.
#[test]
fn a_leaf_is_found_in_any_block() {
    let empty = host(0, mixed);
    let host = host(8_200, mixed);
    let (reader, id, nobody) = (&host.reader, &host.id, &Caller::Anonymous);
    for index in [0, 8_191, 8_192, 8_199] {
        let record = block_on(reader.record(id, nobody, LeafIndex::new(index))).unwrap();
        let found = block_on(reader.by_leaf(id, nobody, &record.leaf_hash)).unwrap();
        assert_eq!(found.record.index.get(), index);
    }
    let missing = block_on(reader.by_leaf(id, nobody, &Hash([0; 32])));
    assert_eq!(missing.unwrap_err(), ReadError::LeafNotFound);
    // Of equal leaves the first is found, wherever the others are.
    let twice = Statement {
        sql: "update records set leaf_hash = (select leaf_hash from records where idx = ?1), \
              entry = (select entry from records where idx = ?1) where idx = ?2"
            .into(),
        params: vec![Some("0".into()), Some("8199".into())],
    };
    block_on(host.recorder.database.batch(vec![twice])).unwrap();
    let first = block_on(reader.record(id, nobody, LeafIndex::new(0))).unwrap();
    let found = block_on(reader.by_leaf(id, nobody, &first.leaf_hash)).unwrap();
    assert_eq!(found.record.index.get(), 0);
    let missing = block_on(empty.reader.by_leaf(&empty.id, nobody, &Hash([0; 32])));
    assert_eq!(missing.unwrap_err(), ReadError::LeafNotFound);
}

/// Every statement of these reads looks up what it needs in an index.
#[test]
fn look_ups_use_their_indexes() {
    let host = host(50, mixed);
    let (reader, id, nobody) = (&host.reader, &host.id, &Caller::Anonymous);
    let mut plans = Vec::new();
    let mut explain = |sent: Vec<Statement>, part: &str| {
        let plan = host.plan(the(&sent, part));
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{part}: {plan:?}");
        plans.push(plan.join("; "));
    };
    let leaf = block_on(reader.record(id, nobody, LeafIndex::new(7))).unwrap().leaf_hash;
    let (found, sent) = host.sent(reader.by_leaf(id, nobody, &leaf));
    assert_eq!(found.unwrap().record.index.get(), 7);
    explain(sent, "leaf_hash = ");
    let (_, sent) = host.sent(reader.ledgers(nobody, &LedgerPageQuery::default()));
    explain(sent, "from ledgers l");
    for record_type in [None, Some("type 1".to_owned())] {
        let limit = Some(2);
        let mut query = SnapshotQuery { record_type, limit, ..SnapshotQuery::default() };
        let (page, sent) = host.sent(reader.snapshot(id, nobody, &query));
        explain(sent.clone(), "count(*)");
        explain(sent, "with recursive");
        query.cursor = page.unwrap().next_cursor;
        let (page, sent) = host.sent(reader.snapshot(id, nobody, &query));
        assert_eq!(page.unwrap().records.len(), 2);
        explain(sent, "with recursive");
        let from = Moment::Before(1);
        let query =
            DiffQuery { from, to: None, record_type: query.record_type, limit, cursor: None };
        let (_, sent) = host.sent(reader.diff(id, nobody, &query));
        explain(sent, "as before");
    }
    let leaf = "records_by_leaf_in_block (tenant=? AND ledger=? AND <expr>=? AND leaf_hash=?)";
    for index in [leaf, "ledgers_shown", "records_by_pair", "records_without_subject"] {
        assert!(plans.iter().any(|plan| plan.contains(index)), "{index}: {plans:#?}");
    }
    for plan in &plans {
        for table in ["SCAN r ", "SCAN x ", "SCAN y ", "SCAN a ", "SCAN b ", "SCAN records"] {
            assert!(!plan.contains(table), "{table}: {plan}");
        }
    }
}
