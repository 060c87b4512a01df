//! One record: its entry and the columns that repeat it.

use stateledger_core::dsse;
use stateledger_core::entry::Entry;
use stateledger_core::tree::leaf_hash;

use super::finding::{Fault, Finding};
use super::rows::FullRecord;

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
