//! API tokens: their MAC. They belong to a deployment, and some to one of its ledgers.

use super::finding::{Fault, Finding};
use super::pages::{PAGE_ROWS, malformed};
use super::{CheckError, rows};
use crate::database::Database;
use crate::secrets::TokenSecrets;
use crate::sql::tokens::token;

/// Checks every token of the database and answers their number. One that was deleted is not missed:
/// nothing counts them.
///
/// # Errors
/// See [`CheckError`].
pub async fn check_tokens<D: Database>(
    database: &D,
    secrets: &TokenSecrets,
) -> Result<u64, CheckError> {
    let (mut count, mut after) = (0u64, String::new());
    loop {
        let page = rows::statement(rows::TOKENS, [after.clone(), PAGE_ROWS.to_string()]);
        let page = database.query(page).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = rows::cell(last, 0);
        for row in &page {
            let id = rows::cell(row, 0);
            let found = |message| Finding::new(Fault::MacMismatch, "tokens", id.clone(), message);
            if rows::cell(row, 8) != rows::TENANT {
                return Err(found("it is of no tenant of this server").into());
            }
            let decoded = token(row).ok_or_else(|| malformed("tokens", id.clone()))?;
            if !secrets.verify(&decoded) {
                return Err(found("a column does not carry this deployment's MAC").into());
            }
            count = count.saturating_add(1);
        }
    }
}
