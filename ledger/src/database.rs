//! The narrow waist under [`SqlStore`](crate::sql::SqlStore): what D1 and SQLite both do.

use core::fmt;
use core::future::Future;
use std::borrow::Cow;

/// One SQL statement in SQLite's dialect with its bound parameters `?1`, `?2`, ...
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text. Never contains a value that came from outside.
    pub sql: Cow<'static, str>,
    /// At most 100 parameters (D1's limit), each a text of less than 2,000,000 bytes or NULL.
    /// Numbers travel as decimal text and BLOBs as hex, because D1 refuses 64-bit integers.
    pub params: Vec<Option<String>>,
}

/// A row as an implementation answers it: one text or NULL per column. The SQL of this crate casts
/// every column to text (`hex(..)` for BLOBs), so that an implementation copies strings and decides
/// nothing.
pub type Row = Vec<Option<String>>;

/// A SQLite-compatible database whose schema is `migrations/` and whose foreign keys are enforced.
pub trait Database: Send + Sync {
    /// Runs one SELECT and answers all its rows.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if it failed; it has no effect to be uncertain about.
    fn query(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, DatabaseError>> + Send;

    /// Runs all statements, in order, in **one** transaction: after `Ok` all are durable, after
    /// [`DatabaseError::Conflict`] none has an effect.
    ///
    /// # Errors
    /// See [`DatabaseError`]. Whenever the implementation is not sure that nothing happened, it
    /// must answer [`DatabaseError::Unknown`].
    fn batch(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<(), DatabaseError>> + Send;
}

/// How a database call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseError {
    /// A constraint (PRIMARY KEY, UNIQUE, FOREIGN KEY, CHECK, NOT NULL) failed and the whole
    /// transaction was rolled back.
    Conflict,
    /// The call surely had no effect: it never reached the database, or it was rolled back.
    Unavailable,
    /// The transaction may have been committed, now or later.
    Unknown,
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "a constraint failed and the transaction was rolled back",
            Self::Unavailable => "the database did not run the call",
            Self::Unknown => "the outcome of the transaction is unknown",
        })
    }
}

impl core::error::Error for DatabaseError {}
