//! Artifacts: their rows, and the values that these name.

use super::CheckError;
use super::finding::{Fault, Finding};
use super::pages::{Pages, Reader};
use crate::artifacts::opened;
use crate::blobs::Blobs;
use crate::database::Database;
use crate::sealed::Kind;
use crate::secrets::RowKeys;
use crate::store::ArtifactRow;

/// After hash `?3`, at most `?4` rows.
pub(super) const ARTIFACTS: &str = "\
select sha256, name, hex(key), cast(size as text), cast(time as text), hex(mac)
from artifacts where tenant = ?1 and ledger = ?2 and sha256 > ?3 order by sha256 limit ?4 + 0";

/// How many artifacts there are, and whether their values were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// They hash to their names.
    pub(super) hashed: u64,
    /// Their values were not looked at.
    pub(super) unread: u64,
}

/// Checks every row, and its value where there are values.
pub(super) async fn check<D: Database, B: Blobs>(
    reader: &Reader<'_, D>,
    values: Option<&B>,
    uid: &[u8; 32],
    keys: Option<&RowKeys>,
) -> Result<Counts, CheckError> {
    let (mut rows, mut counts) = (Pages::artifacts(), Counts::default());
    while let Some(row) = rows.next(reader).await? {
        judge_row(&row, uid, keys)?;
        let counted = match values {
            None => &mut counts.unread,
            Some(values) => {
                judge_value(&row, values.get(&row.name).await?)?;
                &mut counts.hashed
            }
        };
        *counted = counted.saturating_add(1);
    }
    Ok(counts)
}

fn judge_row(row: &ArtifactRow, uid: &[u8; 32], keys: Option<&RowKeys>) -> Result<(), Finding> {
    let found = |fault, message: &str| {
        Err(Finding::new(fault, "artifacts", row.digest.to_string(), message))
    };
    if keys.is_some_and(|keys| !keys.verify_artifact(row)) {
        let message = "hash, name, key, size or time do not carry this deployment's MAC";
        return found(Fault::MacMismatch, message);
    }
    if row.name != Kind::Artifact.name(uid, &row.digest.0, &row.key) {
        return found(Fault::ColumnMismatch, "name and key are not of one value of this hash");
    }
    Ok(())
}

fn judge_value(row: &ArtifactRow, value: Option<Vec<u8>>) -> Result<(), Finding> {
    let of_value = |fault, message: &str| Finding::new(fault, "kv", row.name.clone(), message);
    let value = value.ok_or_else(|| of_value(Fault::RowMissing, "an artifact's row names it"))?;
    let bytes = opened(row, value)
        .ok_or_else(|| of_value(Fault::CommitmentMismatch, "it is not the sealed artifact"))?;
    if u64::try_from(bytes.len()) == Ok(row.size) {
        return Ok(());
    }
    let message = "the size is not the artifact's";
    Err(Finding::new(Fault::ColumnMismatch, "artifacts", row.digest.to_string(), message))
}
