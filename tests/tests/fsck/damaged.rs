//! A ledger with every kind of row, and ways to damage one row of it and put it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_executor::block_on;
use rusqlite::Connection;
use rusqlite::types::{FromSql, Value};
use sha2::{Digest, Sha256};
use stateledger_core::Hash;
use stateledger_core::commitment;
use stateledger_core::dsse;
use stateledger_core::ed25519::SigningKey;
use stateledger_core::entry::{Algorithm, Commitment, Statement, StatementFields};
use stateledger_core::json;
use stateledger_core::tree::{LeafIndex, TreeSize};
use stateledger_ledger::fsck::{self, Authority, CheckError, KeptHeads, Report};
use stateledger_ledger::platform::{Kept, KeptHead, Platform, RandomError};
use stateledger_ledger::sql::SqlStore;
use stateledger_ledger::tokens::{NewToken, Tokens};
use stateledger_ledger::{
    AppendRequest, Artifacts, Caller, IdempotencyKey, LedgerId, NewRecord, Payload, Reader, Rules,
    Scope, Secrets, Sequencer,
};
use stateledger_tests::blobs::MemoryBlobs;
use stateledger_tests::platform::{MemoryKeptHead, SystemPlatform};
use stateledger_tests::sqlite::Sqlite;

/// Every table of the schema, in the order of their names.
pub(crate) const TABLES: &[&str] = &[
    "artifacts",
    "blob_deletions",
    "erasures",
    "heads",
    "holds",
    "idempotency",
    "ledgers",
    "payloads",
    "records",
    "sealed_payloads",
    "tiles",
    "tokens",
];

type Unique = (&'static str, fn() -> Value);

/// Columns that may not be the same in two rows, with what may stand in one for a while.
const UNIQUE: [Unique; 2] = [("prev_size", || Value::Null), ("name", || Value::Text("~".into()))];

/// Records with payloads too long for a row. The last two are erased.
pub(crate) const LONG: [u64; 4] = [1, 2, 6, 7];

/// Records whose payloads are erased: one with a key of its own, one without, two long ones.
pub(crate) const ERASED: [u64; 4] = [4, 5, 6, 7];

/// Records whose payloads are held.
pub(crate) const HELD: [u64; 3] = [0, 1, SIGNED];

/// Records of the ledger: more than one tile.
pub(crate) const SIZE: u64 = 260;

/// The index of a record that its author signed.
pub(crate) const SIGNED: u64 = 3;

/// A clock of which every look is a millisecond later.
#[derive(Clone, Default)]
struct Ticking(Arc<AtomicU64>);

impl Platform for Ticking {
    fn now_ms(&self) -> u64 {
        1_795_428_000_000 + self.0.fetch_add(1, Ordering::Relaxed)
    }

    fn fill_random(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        SystemPlatform.fill_random(buffer)
    }

    async fn sleep(&self, ms: u64) {
        SystemPlatform.sleep(ms).await;
    }
}

/// A row by its place in its table.
pub(crate) struct Row {
    pub(crate) table: String,
    /// The key within the ledger, as a finding names it.
    pub(crate) key: String,
    rowid: i64,
}

pub(crate) struct Damaged {
    database: Sqlite,
    /// Values of long payloads and artifacts.
    pub(crate) values: MemoryBlobs,
    ledger: LedgerId,
    /// What the sequencer keeps.
    pub(crate) kept: Kept,
}

pub(crate) fn secrets() -> Secrets {
    Secrets::from_seed([3; 32])
}

fn record(number: u64) -> NewRecord {
    let more = if LONG.contains(&number) { "x".repeat(33 * 1024) } else { String::new() };
    let value = json::parse(format!("{{\"more\":\"{more}\",\"n\":{number}}}").as_bytes()).unwrap();
    let payload = match number % 4 {
        0 => Payload::bytes(format!("text {number}").into_bytes()),
        _ => Payload::json(&value),
    };
    NewRecord {
        record_type: "reading".into(),
        source: format!("source-{}", number % 5),
        subject: number.is_multiple_of(3).then(|| "third".into()),
        content_type: None,
        payload,
        salt: None,
        sigs: Vec::new(),
        commitment: None,
        idempotency_key: None,
    }
}

fn signed(number: u64) -> NewRecord {
    let (salt, record) = ([9; 32], NewRecord { subject: None, ..record(number) });
    let fields = StatementFields {
        record_type: record.record_type.clone(),
        source: record.source.clone(),
        subject: None,
        content_type: "application/json".into(),
        commit: Commitment {
            algorithm: Algorithm::Sha256SaltedV1,
            digest: commitment::commit(&salt, record.payload.as_bytes()),
            size: record.payload.as_bytes().len() as u64,
        },
        origin: Some("ledger.test/log/demo".into()),
    };
    let sig = dsse::sign(&Statement::new(fields).unwrap(), &SigningKey::from_seed(&[5; 32]));
    NewRecord { salt: Some(salt), sigs: vec![sig], ..record }
}

fn make_tokens(database: &Sqlite, ledger: &LedgerId) {
    let store = SqlStore::new(database.clone(), MemoryBlobs::default());
    let tokens = Tokens::new(secrets().for_tokens(), store, SystemPlatform);
    let of_one = NewToken {
        scopes: [Scope::Append].into(),
        ledger: Some(ledger.clone()),
        name: Some("machine".into()),
        expires: Some(1 << 50),
    };
    let of_all = NewToken { scopes: [Scope::Read].into(), ledger: None, name: None, expires: None };
    for new in [of_one, of_all] {
        block_on(tokens.create(&Caller::Admin, new)).unwrap();
    }
}

/// What artifacts hold.
pub(crate) const ARTIFACTS: [&[u8]; 3] = [b"", b"one", b"another"];

fn keep_artifacts(database: &Sqlite, values: &MemoryBlobs, ledger: &LedgerId) {
    let store = SqlStore::new(database.clone(), values.clone());
    let reader = Reader::new(secrets().for_reader(), store, SystemPlatform);
    for bytes in ARTIFACTS {
        let digest = Hash(Sha256::digest(bytes).into());
        let artifacts = Artifacts::new(&reader);
        let kept = artifacts.put(ledger, Some(digest), bytes.to_vec());
        assert!(!block_on(kept).unwrap().before);
    }
}

fn key(text: &str) -> Option<IdempotencyKey> {
    Some(IdempotencyKey::parse(text).unwrap())
}

/// Four commits before the erasures, one after them. The second tile begins among the erasures.
fn requests() -> ([AppendRequest; 4], AppendRequest) {
    let batch = |numbers: std::ops::Range<u64>, idempotency_key| AppendRequest {
        records: numbers.map(record).collect(),
        idempotency_key,
        expected_size: None,
    };
    let one = |record| AppendRequest { records: vec![record], ..batch(0..0, None) };
    let before = [
        batch(0..3, key("three")),
        one(signed(SIGNED)),
        one(NewRecord { idempotency_key: key("one"), ..record(4) }),
        batch(5..254, None),
    ];
    (before, batch(258..SIZE, key("two")))
}

impl Damaged {
    pub(crate) fn new() -> Self {
        let database = Sqlite::in_memory().unwrap();
        let ledger = LedgerId::parse("demo").unwrap();
        let memory = MemoryKeptHead::default();
        let values = MemoryBlobs::default();
        let store = SqlStore::new(database.clone(), values.clone());
        let secrets = secrets().for_sequencer();
        let (host, platform) = ("ledger.test", Ticking::default());
        let sequencer =
            Sequencer::new(ledger.clone(), host, secrets, store, memory.clone(), platform);
        block_on(sequencer.create(Rules::default())).unwrap();
        let (before, after) = requests();
        for request in before {
            block_on(sequencer.append(request)).unwrap();
        }
        let run = |sql: &str| database.connection().execute_batch(sql).unwrap();
        run("create temp table old_payloads as select * from payloads;
             create temp table old_sealed as select * from sealed_payloads;
             create temp table old_keys as select * from idempotency");
        for index in ERASED {
            block_on(sequencer.erase(LeafIndex::new(index))).unwrap();
        }
        // As if the server had died before it deleted the values.
        run("insert into blob_deletions select tenant, ledger, name from old_sealed where idx > 2");
        for index in HELD {
            block_on(sequencer.hold(LeafIndex::new(index))).unwrap();
        }
        block_on(sequencer.append(after)).unwrap();
        make_tokens(&database, &ledger);
        keep_artifacts(&database, &values, &ledger);
        let off = "pragma foreign_keys = off; pragma ignore_check_constraints = on";
        database.connection().execute_batch(off).unwrap();
        let kept = block_on(memory.load()).unwrap().unwrap();
        Self { database, values, ledger, kept }
    }

    pub(crate) fn check(&self) -> Result<Report, CheckError> {
        self.check_with(&Authority::Seed(secrets()), Some(self.kept))
    }

    /// As the command does: the ledger, then rows of no ledger.
    pub(crate) fn check_with(
        &self,
        authority: &Authority,
        kept: Option<Kept>,
    ) -> Result<Report, CheckError> {
        let report = self.check_ledger(Some(&self.values), authority, kept)?;
        block_on(fsck::check_orphans(&self.database, None))?;
        block_on(fsck::check_tokens(&self.database, &secrets().for_tokens()))?;
        Ok(report)
    }

    /// The ledger alone, with or without the values of its long payloads.
    pub(crate) fn check_ledger(
        &self,
        values: Option<&MemoryBlobs>,
        authority: &Authority,
        kept: Option<Kept>,
    ) -> Result<Report, CheckError> {
        let kept = KeptHeads::Found(kept);
        block_on(fsck::check(&self.database, values, &self.ledger, authority, kept))
    }

    /// A value of KV under the key of one of the ledger's tiles.
    pub(crate) fn check_copy(&self, place: &str, value: &[u8]) -> Result<bool, CheckError> {
        let key = format!("tile/{}/{place}", Hash(self.kept.uid));
        block_on(fsck::check_copy(&self.database, &self.ledger, &self.kept.uid, &key, value))
    }

    /// Runs `damage` and the check after it, and takes the damage back. An error is SQLite's refusal.
    fn damaged<T>(
        &self,
        damage: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<(Result<Report, CheckError>, T)> {
        let run = |sql: &str| self.database.connection().execute_batch(sql).unwrap();
        run("savepoint whole");
        let done = damage(&self.database.connection());
        let outcome = done.map(|told| (self.check(), told));
        run("rollback to whole; release whole");
        outcome
    }

    /// After these statements. `old_payloads`, `old_sealed` and `old_keys` have what erasures took.
    pub(crate) fn with_sql(&self, sql: &str) -> Result<Report, CheckError> {
        self.damaged(|connection| connection.execute_batch(sql)).unwrap().0
    }

    /// The same, of the ledger alone and by this authority.
    pub(crate) fn with_sql_by(
        &self,
        sql: &str,
        authority: &Authority,
    ) -> Result<Report, CheckError> {
        let run = |sql: &str| self.database.connection().execute_batch(sql).unwrap();
        run("savepoint whole");
        run(sql);
        let outcome = self.check_ledger(Some(&self.values), authority, Some(self.kept));
        run("rollback to whole; release whole");
        outcome
    }

    pub(crate) fn tables(&self) -> Vec<String> {
        let sql = "select name from sqlite_schema where type = 'table' order by name";
        let connection = self.database.connection();
        let mut statement = connection.prepare(sql).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.collect::<Result<_, _>>().unwrap()
    }

    /// The first rows of a table, some at the edge of the first tile, and the last.
    pub(crate) fn some_rows(&self, table: &str) -> Vec<Row> {
        let connection = self.database.connection();
        let key = key_sql(&connection, table);
        let sql = format!("select rowid, {key} from {table} order by rowid");
        let mut statement = connection.prepare(&sql).unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Row { table: table.into(), rowid: row.get(0)?, key: row.get(1)? })
        };
        let rows: Vec<Row> =
            statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap();
        let last = rows.len() - 1;
        let wanted = |at: usize| at < 2 || at == SIGNED as usize || at == 256 || at == last;
        rows.into_iter().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, row)| row).collect()
    }

    /// Every column of a row with its value.
    pub(crate) fn columns(&self, row: &Row) -> Vec<(String, Value)> {
        columns(&self.database.connection(), row)
    }

    /// After one column was changed; also the key that the row then has.
    pub(crate) fn with_column(
        &self,
        row: &Row,
        column: &str,
        value: &Value,
    ) -> rusqlite::Result<(Result<Report, CheckError>, String)> {
        self.damaged(|connection| {
            set(connection, row, &[(column.to_owned(), value.clone())])?;
            let key = key_sql(connection, &row.table);
            let sql = format!("select {key} from {} where rowid = ?1", row.table);
            connection.query_row(&sql, [row.rowid], |row| row.get(0))
        })
    }

    /// After a row was deleted.
    pub(crate) fn without(&self, row: &Row) -> Result<Report, CheckError> {
        let sql = format!("delete from {} where rowid = {}", row.table, row.rowid);
        self.with_sql(&sql)
    }

    /// After two rows exchanged everything but their keys.
    pub(crate) fn swapped(&self, one: &Row, other: &Row) -> Result<Report, CheckError> {
        let damage = |connection: &Connection| {
            let (first, second) = (content(connection, one), content(connection, other));
            // A value that may be there once must not be there twice in between.
            for (name, meanwhile) in UNIQUE {
                if first.iter().any(|(column, _)| column == name) {
                    set(connection, one, &[(name.to_owned(), meanwhile())])?;
                }
            }
            set(connection, other, &first)?;
            set(connection, one, &second)
        };
        self.damaged(damage).unwrap().0
    }

    /// After a row took everything but its key from another. An error is SQLite's refusal.
    pub(crate) fn copied_over(
        &self,
        from: &Row,
        to: &Row,
    ) -> rusqlite::Result<Result<Report, CheckError>> {
        let copy = |connection: &Connection| set(connection, to, &content(connection, from));
        self.damaged(copy).map(|(outcome, ())| outcome)
    }

    /// After a row was repeated under a key of its own, which is answered. An error is SQLite's refusal.
    pub(crate) fn copied_beyond(
        &self,
        row: &Row,
    ) -> rusqlite::Result<(Result<Report, CheckError>, String)> {
        self.damaged(|connection| {
            let mut all = columns(connection, row);
            let last_key = primary_key(connection, &row.table).pop().unwrap();
            for (_, value) in all.iter_mut().filter(|(name, _)| *name == last_key) {
                *value = match value {
                    Value::Integer(_) => Value::Integer(1 << 20),
                    _ => Value::Text("~".into()),
                };
            }
            if ["artifacts", "sealed_payloads"].contains(&row.table.as_str()) {
                let (name, other) = UNIQUE[1];
                all.iter_mut().filter(|(column, _)| column == name).for_each(|c| c.1 = other());
            }
            let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
            let marks: Vec<String> = (1..=all.len()).map(|n| format!("?{n}")).collect();
            let (names, marks) = (names.join(", "), marks.join(", "));
            let sql = format!("insert into {} ({names}) values ({marks})", row.table);
            let values = all.iter().map(|(_, value)| value);
            connection.execute(&sql, rusqlite::params_from_iter(values))?;
            let key = key_sql(connection, &row.table);
            let sql = format!("select {key} from {} where rowid = last_insert_rowid()", row.table);
            connection.query_row(&sql, [], |row| row.get(0))
        })
    }

    /// The ledger of another name.
    pub(crate) fn check_other(&self, name: &str) -> Result<Report, CheckError> {
        let ledger = LedgerId::parse(name).unwrap();
        let seed = Authority::Seed(secrets());
        let values = Some(&self.values);
        block_on(fsck::check(&self.database, values, &ledger, &seed, KeptHeads::Found(None)))
    }

    pub(crate) fn row(&self, table: &str, key: &str) -> Row {
        let connection = self.database.connection();
        let key_sql = key_sql(&connection, table);
        let sql = format!("select rowid from {table} where {key_sql} = ?1");
        let rowid = connection.query_row(&sql, [key], |row| row.get(0)).unwrap();
        Row { table: table.into(), key: key.into(), rowid }
    }

    fn value<T: FromSql>(&self, sql: &str) -> T {
        self.database.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn entry(&self, index: u64) -> Vec<u8> {
        self.value(&format!("select entry from records where idx = {index}"))
    }

    pub(crate) fn tile(&self, level: u8, index: u64) -> Vec<u8> {
        self.value(&format!("select hashes from tiles where level = {level} and idx = {index}"))
    }

    pub(crate) fn verifier_key(&self) -> String {
        self.value("select verifier_key from ledgers")
    }

    /// The stored head of this size.
    pub(crate) fn head(&self, size: u64) -> (TreeSize, Hash) {
        let root: Vec<u8> = self.value(&format!("select root from heads where size = {size}"));
        (TreeSize::new(size), Hash::from_slice(&root).unwrap())
    }
}

fn set(connection: &Connection, row: &Row, to: &[(String, Value)]) -> rusqlite::Result<()> {
    let names: Vec<String> =
        (2..).zip(to).map(|(number, (name, _))| format!("{name} = ?{number}")).collect();
    let sql = format!("update {} set {} where rowid = ?1", row.table, names.join(", "));
    let rowid = Value::Integer(row.rowid);
    let values = std::iter::once(&rowid).chain(to.iter().map(|(_, value)| value));
    connection.execute(&sql, rusqlite::params_from_iter(values)).map(drop)
}

fn columns(connection: &Connection, row: &Row) -> Vec<(String, Value)> {
    let sql = format!("select * from {} where rowid = ?1", row.table);
    let mut statement = connection.prepare(&sql).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let values = statement.query_row([row.rowid], |row| {
        (0..names.len()).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>()
    });
    names.into_iter().zip(values.unwrap()).collect()
}

/// Everything but the key.
fn content(connection: &Connection, row: &Row) -> Vec<(String, Value)> {
    let key = primary_key(connection, &row.table);
    columns(connection, row).into_iter().filter(|(name, _)| !key.contains(name)).collect()
}

fn primary_key(connection: &Connection, table: &str) -> Vec<String> {
    let sql = "select name from pragma_table_info(?1) where pk > 0 order by pk";
    let mut statement = connection.prepare(sql).unwrap();
    let names = statement.query_map([table], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

/// A row's key within its ledger.
fn key_sql(connection: &Connection, table: &str) -> String {
    let own = primary_key(connection, table);
    let own = own.iter().filter(|name| *name != "tenant" && *name != "ledger");
    own.map(|name| format!("cast({name} as text)")).collect::<Vec<_>>().join(" || '/' || ")
}
