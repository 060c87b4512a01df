//! SQLite as the engine's [`Database`], with the limits of D1, so that what runs here fits there.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, params_from_iter};
use stateledger_ledger::database::{Database, DatabaseError, Row, Statement};

/// Every migration with its name, in order, as D1 applies them.
///
/// # Panics
/// If they cannot be read.
pub fn migrations() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ledger/migrations");
    let files = std::fs::read_dir(folder).expect("the folder of migrations");
    let paths = files.map(|file| file.expect("an entry").path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension() == Some("sql".as_ref())).collect();
    paths.sort_unstable();
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("a readable migration"))
    };
    paths.into_iter().map(read).collect()
}

/// D1 refuses statements with more parameters, and longer values.
const MAX_PARAMETERS: usize = 100;
const MAX_VALUE_BYTES: usize = 2_000_000;

/// A database; clones share it.
#[derive(Debug, Clone)]
pub struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    batches: Arc<AtomicUsize>,
}

impl Sqlite {
    /// A fresh database in memory.
    ///
    /// # Errors
    /// Whatever SQLite says.
    pub fn in_memory() -> Result<Self, rusqlite::Error> {
        Self::with_schema(Connection::open_in_memory()?)
    }

    /// A fresh database in a file.
    ///
    /// # Errors
    /// Whatever SQLite says.
    pub fn create(path: &Path) -> Result<Self, rusqlite::Error> {
        Self::with_schema(Connection::open(path)?)
    }

    fn with_schema(connection: Connection) -> Result<Self, rusqlite::Error> {
        // D1 always enforces them; SQLite has to be asked.
        connection.pragma_update(None, "foreign_keys", true)?;
        for (_, migration) in migrations() {
            connection.execute_batch(&migration)?;
        }
        Ok(Self { connection: Arc::new(Mutex::new(connection)), batches: Arc::default() })
    }

    /// Transactions that were begun.
    pub fn batches(&self) -> usize {
        self.batches.load(Ordering::Relaxed)
    }

    /// The connection itself, to look at rows or to damage them.
    pub fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_limits(statement: &Statement) {
    assert!(statement.params.len() <= MAX_PARAMETERS, "too many parameters for D1");
    let longest = statement.params.iter().flatten().map(String::len).max();
    assert!(longest.unwrap_or(0) < MAX_VALUE_BYTES, "a parameter too long for D1");
}

/// Constraints are the compare-and-swap; everything else did not run.
fn outcome(error: &rusqlite::Error) -> DatabaseError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => DatabaseError::Conflict,
        _ => DatabaseError::Unavailable,
    }
}

fn select(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, rusqlite::Error> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let columns = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(&statement.params))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => None,
                ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
                other => panic!("the engine's SQL casts every column to text, not {other:?}"),
            })
        };
        all.push((0..columns).map(text).collect::<Result<_, rusqlite::Error>>()?);
    }
    Ok(all)
}

fn run_all(connection: &mut Connection, statements: &[Statement]) -> Result<(), rusqlite::Error> {
    // Rolls back when it is dropped without a commit.
    let transaction = connection.transaction()?;
    for statement in statements {
        let mut prepared = transaction.prepare_cached(&statement.sql)?;
        prepared.execute(params_from_iter(&statement.params))?;
    }
    transaction.commit()
}

impl Database for Sqlite {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        check_limits(&statement);
        select(&self.connection(), &statement).map_err(|error| outcome(&error))
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<(), DatabaseError> {
        statements.iter().for_each(check_limits);
        self.batches.fetch_add(1, Ordering::Relaxed);
        run_all(&mut self.connection(), &statements).map_err(|error| outcome(&error))
    }
}
