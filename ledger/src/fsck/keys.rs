//! Idempotency rows: their MAC, and that the records they stand for exist.

use stateledger_core::tree::TreeSize;

use super::CheckError;
use super::finding::{Fault, Finding};
use super::pages::{Pages, Reader};
use crate::database::Database;
use crate::secrets::RowKeys;
use crate::store::KeyRow;

/// Checks every row and answers their number.
pub(super) async fn check<D: Database>(
    reader: &Reader<'_, D>,
    size: TreeSize,
    keys: Option<&RowKeys>,
) -> Result<u64, CheckError> {
    let mut rows = Pages::keys();
    let mut count = 0u64;
    while let Some(row) = rows.next(reader).await? {
        judge(&row, size, keys)?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

fn judge(row: &KeyRow, size: TreeSize, keys: Option<&RowKeys>) -> Result<(), Finding> {
    let found = |fault, message: &str| {
        Finding::new(fault, "idempotency", row.key.clone(), message).at(row.first)
    };
    if keys.is_some_and(|keys| !keys.verify_key(row)) {
        let message = "key, first, count or digest do not carry this deployment's MAC";
        return Err(found(Fault::MacMismatch, message));
    }
    let end = row.first.checked_add(row.count.into());
    if end.is_none_or(|end| end > size.get()) {
        return Err(found(Fault::RowOrphaned, "it stands for records that do not exist"));
    }
    Ok(())
}
