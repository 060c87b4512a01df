//! Rows of no ledger.

use super::finding::{Fault, Finding};
use super::{CheckError, rows};
use crate::database::Database;
use crate::id::LedgerId;

/// A table whose rows belong to a ledger, and the SQL of a row's key within it.
type Table = (&'static str, &'static str);

/// Every table below `ledgers`.
const TABLES: &[Table] = &[
    ("heads", "cast(size as text)"),
    ("records", "cast(idx as text)"),
    ("payloads", "cast(idx as text)"),
    ("tiles", "cast(level as text) || '/' || cast(idx as text)"),
    ("idempotency", "key"),
    ("sealed_payloads", "cast(idx as text)"),
    ("erasures", "cast(idx as text)"),
    ("holds", "cast(idx as text)"),
    ("blob_deletions", "name"),
    ("artifacts", "sha256"),
];

/// Finds a row whose ledger has no row in `ledgers`: of this ledger, or of any.
///
/// # Errors
/// See [`CheckError`].
pub async fn check_orphans<D: Database>(
    database: &D,
    ledger: Option<&LedgerId>,
) -> Result<(), CheckError> {
    for (table, key) in TABLES {
        let sql = format!(
            "select t.ledger, {key} from {table} t
             where (?1 is null or t.ledger = ?1)
               and not exists (select 1 from ledgers l where l.tenant = t.tenant and l.id = t.ledger)
             order by 1, t.rowid limit 1"
        );
        let params = vec![ledger.map(LedgerId::to_string)];
        let statement = crate::database::Statement { sql: sql.into(), params };
        if let Some(row) = database.query(statement).await?.first() {
            let (of, key) = (rows::cell(row, 0), rows::cell(row, 1));
            // A ledger's first head is there as long as it is: then it is the ledger's own row that
            // is gone.
            if *table == "heads" && key == "0" {
                return Err(ledger_is_missing(&of).into());
            }
            let message = format!("it belongs to the ledger {of:?}, which has no row");
            return Err(Finding::new(Fault::RowOrphaned, table, key, message).into());
        }
    }
    Ok(())
}

pub(super) fn ledger_is_missing(ledger: &str) -> Finding {
    let message = "there are rows of this ledger, or a kept head, but not its own row";
    Finding::new(Fault::RowMissing, "ledgers", ledger, message)
}
