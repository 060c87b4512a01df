//! What operators ask of a deployment: whether the database has the schema that this version needs, and how much is
//! in it.

use core::future::Future;

use sha2::{Digest, Sha256};
use stateledger_core::hash::Hash;

use crate::calls::Calls;
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::store::StoreError;

/// Fingerprints of the schemas that this version works with, one a line, `<newest migration> <64 hex digits>`: those since
/// the newest release, so that a new Worker serves before its migrations run, and its own, last.
const FINGERPRINTS: &str = include_str!("../migrations/FINGERPRINTS");

/// Ledgers that an overview names: 1,000 lines of about 100 bytes each for every metric.
pub const MAX_OVERVIEW_LEDGERS: usize = 1_000;

/// Every table and index of a schema as `(kind, name, SQL)`, without what the database itself keeps.
pub type Statements = Vec<(String, String, String)>;

/// What the overview is made from.
pub trait OverviewStore: Send + Sync {
    /// The schema of each database.
    fn schemas(&self) -> impl Future<Output = Result<Vec<Statements>, StoreError>> + Send;

    /// The first `limit` ledgers by name with their sizes.
    fn sizes(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(LedgerId, u64)>, StoreError>> + Send;
}

/// Reads what the deployment as a whole is like.
#[derive(Debug, Clone)]
pub struct Overview<S, P> {
    calls: Calls<S, P>,
}

/// Whether the database has a schema that this version works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// It has.
    Known,
    /// It has another: migrations are missing, or were made by a later version.
    Other(Hash),
}

impl<S: OverviewStore, P: Platform> Overview<S, P> {
    /// An overview of one database.
    pub fn new(store: S, platform: P) -> Self {
        Self { calls: Calls { store, platform } }
    }

    /// Compares each database's schema with those that this version knows. One read of each, no write.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    pub async fn schema(&self) -> Result<Schema, ReadError> {
        let schemas = self.calls.read(self.calls.store.schemas()).await?;
        let mut found = schemas.iter().map(|schema| fingerprint(schema));
        Ok(found.find(|found| !is_known(found)).map_or(Schema::Known, Schema::Other))
    }

    /// The first [`MAX_OVERVIEW_LEDGERS`] ledgers by name, with the sizes of their newest heads. Nothing is verified: it is for
    /// metrics.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    pub async fn sizes(&self) -> Result<Vec<(LedgerId, u64)>, ReadError> {
        Ok(self.calls.read(self.calls.store.sizes(MAX_OVERVIEW_LEDGERS)).await?)
    }
}

/// SHA-256 over every statement of a schema, in the order of kind and name. Comments and white space do not count: tools
/// that apply migrations change them.
pub fn fingerprint(schema: &[(String, String, String)]) -> Hash {
    let mut statements: Vec<String> =
        schema.iter().map(|(kind, name, sql)| format!("{kind} {name} {}", normal(sql))).collect();
    statements.sort_unstable();
    Hash(Sha256::digest(statements.join("\n")).into())
}

/// Whether this version works with the schema of this fingerprint.
pub(crate) fn is_known(fingerprint: &Hash) -> bool {
    let hex = fingerprint.to_string();
    FINGERPRINTS.lines().any(|line| line.ends_with(&hex))
}

fn normal(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(sql: &str) -> Vec<(String, String, String)> {
        vec![("table".into(), "t".into(), sql.into())]
    }

    #[test]
    fn a_fingerprint_sees_columns_and_not_comments() {
        let one = fingerprint(&table("CREATE TABLE t (\n  a INTEGER -- first\n) STRICT"));
        assert_eq!(one, fingerprint(&table("CREATE TABLE t ( a INTEGER ) STRICT")));
        assert_ne!(one, fingerprint(&table("CREATE TABLE t ( a TEXT ) STRICT")));
        assert_ne!(one, fingerprint(&[]));
    }

    #[test]
    fn the_file_names_fingerprints() {
        for line in FINGERPRINTS.lines() {
            let (_, hex) = line.split_once(' ').unwrap();
            assert!(Hash::from_hex(hex).is_ok(), "{line}");
        }
        assert!(!FINGERPRINTS.is_empty());
    }
}
