//! A SQLite file as the engine's [`Database`], for reading only.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use stateledger_ledger::database::{Database, DatabaseError, Row, Statement};
use stateledger_ledger::fsck::Finding;

use super::{Stop, malformed, obstacle};
use crate::failure::{Outcome, While};

/// Opens a file that is not changed, whoever else has it open.
pub(super) fn open(path: &Path) -> Outcome<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .or_could_not_run(|| format!("opening {}", path.display()))
}

/// Whether the database has this table.
pub(super) fn has_table(connection: &Connection, name: &str) -> bool {
    let sql = "select count(*) from sqlite_schema where type = 'table' and name = ?1";
    connection.query_row(sql, [name], |row| row.get(0)).is_ok_and(|count: i64| count > 0)
}

/// The database of the ledgers.
#[derive(Debug)]
pub(super) struct Sqlite {
    connection: Mutex<Connection>,
}

impl Sqlite {
    pub(super) fn open(path: &Path) -> Outcome<Self> {
        Ok(Self { connection: Mutex::new(open(path)?) })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SQLite's own view: pages, indexes that repeat their tables, constraints.
    pub(super) fn check_integrity(&self) -> Result<(), Stop> {
        let broken = |message: String| -> Stop { integrity(&message).into() };
        let connection = self.connection();
        let asked = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0));
        let answer: String = asked.map_err(|error| obstacle(format!("checking pages: {error}")))?;
        if answer == "ok" { Ok(()) } else { Err(broken(answer)) }
    }
}

fn integrity(message: &str) -> Finding {
    malformed("sqlite", "integrity_check", message)
}

fn select(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, rusqlite::Error> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let columns = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(&statement.params))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let cell = |column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => None,
                ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
                // The SQL casts what it writes; what is not text was not written by it.
                ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => Some(String::new()),
            })
        };
        all.push((0..columns).map(cell).collect::<Result<_, rusqlite::Error>>()?);
    }
    Ok(all)
}

impl Database for Sqlite {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        select(&self.connection(), &statement).map_err(|error| {
            eprintln!("     {error}");
            DatabaseError::Unavailable
        })
    }

    /// Nothing is ever written.
    async fn batch(&self, _statements: Vec<Statement>) -> Result<(), DatabaseError> {
        Err(DatabaseError::Unavailable)
    }
}
