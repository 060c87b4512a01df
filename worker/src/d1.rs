//! D1 as the engine's [`Database`].

use std::sync::{Arc, OnceLock};

use crate::lines;
use stateledger_ledger::database::{Database, DatabaseError, Row, Statement};
use worker::js_sys::Array;
use worker::send::SendFuture;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::{D1Database, D1DatabaseSession, D1PreparedStatement, D1SessionConstraint, Error};

/// A D1 binding. One value serves any number of calls.
#[derive(Debug, Clone)]
pub(crate) struct D1 {
    database: Arc<D1Database>,
    reads: Reads,
}

/// Where queries go.
#[derive(Debug, Clone)]
enum Reads {
    /// Each to the primary, as everything outside a session does.
    Primary,
    /// Through one session, begun by the first of them: none sees an older state than the one before.
    Session(D1SessionConstraint, Arc<OnceLock<D1DatabaseSession>>),
}

impl D1 {
    /// The primary, for whatever writes or decides.
    pub(crate) fn new(database: D1Database) -> Self {
        Self { database: Arc::new(database), reads: Reads::Primary }
    }

    /// The same database for the reads of one request.
    pub(crate) fn session(&self, first: D1SessionConstraint) -> Self {
        let reads = Reads::Session(first, Arc::default());
        Self { database: self.database.clone(), reads }
    }

    async fn select(&self, statement: Statement) -> worker::Result<Vec<Row>> {
        let prepared = match &self.reads {
            Reads::Primary => self.database.prepare(statement.sql),
            Reads::Session(first, session) => match session.get() {
                Some(session) => session.prepare(statement.sql),
                None => {
                    let begun = self.database.with_session_constraint(*first)?;
                    session.get_or_init(|| begun).prepare(statement.sql)
                }
            },
        };
        let prepared = bind(prepared, &statement.params)?;
        prepared.raw_js_value().await?.into_iter().map(row).collect()
    }

    fn prepare(&self, statement: Statement) -> worker::Result<D1PreparedStatement> {
        bind(self.database.prepare(statement.sql), &statement.params)
    }
}

impl Database for D1 {
    fn query(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, DatabaseError>> + Send {
        SendFuture::new(async move {
            self.select(statement).await.map_err(|error| {
                lines::failed("d1-query", &error);
                DatabaseError::Unavailable
            })
        })
    }

    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<(), DatabaseError>> + Send {
        SendFuture::new(async move {
            let prepared: worker::Result<Vec<_>> =
                statements.into_iter().map(|statement| self.prepare(statement)).collect();
            // Nothing was sent yet, so nothing can have happened.
            let prepared = prepared.map_err(|_| DatabaseError::Unavailable)?;
            let results = self.database.batch(prepared).await.map_err(|error| outcome(&error))?;
            let complete = results.iter().all(worker::D1Result::success);
            complete.then_some(()).ok_or(DatabaseError::Unknown)
        })
    }
}

/// What a failed batch means.
fn outcome(error: &Error) -> DatabaseError {
    let cause = match error {
        Error::D1(error) => error.cause(),
        other => other.to_string(),
    };
    let outcome = meaning(&cause);
    if outcome != DatabaseError::Conflict {
        lines::failed("d1-batch", &cause);
    }
    outcome
}

/// D1 gives no code, only SQLite's text. A failed constraint rolled the transaction back; everything
/// else may have been committed.
fn meaning(cause: &str) -> DatabaseError {
    if cause.contains("constraint failed") {
        DatabaseError::Conflict
    } else {
        DatabaseError::Unknown
    }
}

fn bind(
    statement: D1PreparedStatement,
    params: &[Option<String>],
) -> worker::Result<D1PreparedStatement> {
    let value = |param: &Option<String>| param.as_deref().map_or(JsValue::NULL, JsValue::from_str);
    statement.bind(&params.iter().map(value).collect::<Vec<_>>())
}

/// A row of `raw()`: an array whose cells are texts or null, as the engine's SQL casts them.
fn row(value: JsValue) -> worker::Result<Row> {
    let cells: Array = value.dyn_into()?;
    cells.iter().map(cell).collect()
}

fn cell(value: JsValue) -> worker::Result<Option<String>> {
    if value.is_null() {
        return Ok(None);
    }
    let text = value.as_string().ok_or("a column is not text: its SQL lacks a cast")?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failed_constraint_is_a_conflict() {
        for cause in [
            "UNIQUE constraint failed: heads.tenant, heads.ledger, heads.size: SQLITE_CONSTRAINT",
            "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)",
            "CHECK constraint failed: length(root) = 32: SQLITE_CONSTRAINT",
        ] {
            assert_eq!(meaning(cause), DatabaseError::Conflict, "{cause}");
        }
        for cause in ["Network connection lost.", "datatype mismatch: SQLITE_MISMATCH", ""] {
            assert_eq!(meaning(cause), DatabaseError::Unknown, "{cause}");
        }
    }
}
