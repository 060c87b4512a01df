//! One record: its entry, the columns that repeat it, and its payload.

use stateledger_core::dsse;
use stateledger_core::entry::Entry;
use stateledger_core::json;
use stateledger_core::tree::leaf_hash;

use super::finding::{Fault, Finding};
use super::rows::{FullRecord, PayloadRow};
use crate::checked::opens;
use crate::secrets::RowKeys;

/// Checks a record by itself and answers its entry. Its place in the tree is the caller's matter.
pub(super) fn judge(row: &FullRecord, ledger_origin: &str) -> Result<Entry, Finding> {
    let found = |fault, message: &str| {
        Finding::new(fault, "records", row.index.to_string(), message).at(row.index)
    };
    if leaf_hash(&row.entry) != row.leaf_hash {
        return Err(found(Fault::LeafMismatch, "the entry does not hash to the leaf hash"));
    }
    let entry = Entry::parse(&row.entry)
        .map_err(|error| found(Fault::EntryMalformed, &format!("{}: {error}", error.code())))?;
    let fields = entry.statement().fields();
    if fields.origin.as_deref().is_some_and(|origin| origin != ledger_origin) {
        return Err(found(Fault::EntryMalformed, "the statement was signed for another ledger"));
    }
    let copies = [
        ("type", row.record_type == fields.record_type),
        ("source", row.source == fields.source),
        ("subject", row.subject == fields.subject),
        ("time", row.time == entry.time().millis()),
    ];
    if let Some((column, _)) = copies.iter().find(|(_, same)| !same) {
        let message = format!("the column {column} is not what the entry says");
        return Err(found(Fault::ColumnMismatch, &message));
    }
    dsse::verify_all(&entry).map_err(|error| found(Fault::AuthorSignature, &format!("{error}")))?;
    Ok(entry)
}

/// Checks the payload row of a record whose entry is known to be the leaf that was signed for.
pub(super) fn judge_payload(
    row: &FullRecord,
    entry: &Entry,
    keys: Option<&RowKeys>,
) -> Result<(), Finding> {
    let found = |fault, message| {
        Finding::new(fault, "payloads", row.index.to_string(), message).at(row.index)
    };
    let payload = match &row.payload {
        PayloadRow::Columns(columns) => columns,
        PayloadRow::Sealed => return Ok(()),
        PayloadRow::Erased(erasure) => {
            if keys.is_some_and(|keys| !keys.verify_erasure(erasure)) {
                return Err(found(Fault::MacMismatch, "its erasure does not carry the MAC"));
            }
            return Ok(());
        }
        PayloadRow::Missing => {
            return Err(found(Fault::RowMissing, "the record has no payload row"));
        }
        PayloadRow::Malformed => {
            return Err(found(Fault::RowMalformed, "salt, payload or flag are malformed"));
        }
    };
    let commit = entry.statement().fields().commit;
    if !opens(&commit, &payload.salt, &payload.bytes) {
        let message = "payload and salt do not open the commitment in the entry";
        return Err(found(Fault::CommitmentMismatch, message));
    }
    let canonical = |bytes: &[u8]| json::parse(bytes).is_ok_and(|v| v.to_canonical() == bytes);
    if payload.is_json && !canonical(&payload.bytes) {
        return Err(found(Fault::RowMalformed, "the payload is flagged as JSON and is none"));
    }
    Ok(())
}
