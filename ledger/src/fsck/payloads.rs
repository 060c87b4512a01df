//! The payload of one record: its row, and for a long one the row beside it and the value that this names.

use stateledger_core::entry::{Algorithm, Commitment, Entry};
use stateledger_core::json;

use super::CheckError;
use super::finding::{Fault, Finding};
use super::pages::Reader;
use super::rows::{Found, FullRecord, PayloadColumns, SealedColumns};
use crate::blobs::Blobs;
use crate::checked::opens;
use crate::database::Database;
use crate::limits::MAX_INLINE_BYTES;
use crate::sealed;
use crate::sequencer::ERASED;

/// The record that tells of the erasure of the payload `?4`: `?3` is its type.
const TOLD: &str = "\
select cast(idx as text) from records
where tenant = ?1 and ledger = ?2 and type = ?3 and subject = ?4 limit 1";

/// How many payloads a walk met, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// They open their commitments.
    pub(super) opened: u64,
    /// Long ones whose values were not looked at.
    pub(super) unread: u64,
    /// They were destroyed.
    pub(super) erased: u64,
}

/// What payloads are judged by.
#[derive(Debug)]
pub(super) struct Judge<'a, D, B> {
    pub(super) reader: Reader<'a, D>,
    pub(super) values: Option<&'a B>,
    pub(super) uid: &'a [u8; 32],
}

impl<D: Database, B: Blobs> Judge<'_, D, B> {
    /// Checks the payload of a record whose entry is known to be the leaf that was signed for. Whether
    /// an erasure is true is looked at afterwards: it names a later record.
    pub(super) async fn judge(
        &self,
        row: &FullRecord,
        entry: &Entry,
        counts: &mut Counts,
    ) -> Result<(), CheckError> {
        let commit = entry.statement().fields().commit;
        let at = At { index: row.index, commit };
        let counted = match (&row.payload, &row.sealed) {
            (Found::Missing, _) if row.erased => &mut counts.erased,
            (Found::Missing, _) => return Err(self.missing(row.index).await?.into()),
            (Found::Malformed, _) => {
                let message = "salt, payload or flag are malformed";
                return Err(at.found(Fault::RowMalformed, PAYLOADS, message).into());
            }
            (Found::Columns(_), Found::Malformed) => {
                let message = "name, key or size are malformed";
                return Err(at.found(Fault::RowMalformed, SEALED, message).into());
            }
            (Found::Columns(own), Found::Missing) => {
                at.in_row(own)?;
                &mut counts.opened
            }
            (Found::Columns(own), Found::Columns(sealed)) => {
                at.named(own, sealed, self.uid)?;
                match self.values {
                    None => &mut counts.unread,
                    Some(values) => {
                        at.in_value(own, sealed, values.get(&sealed.name).await?)?;
                        &mut counts.opened
                    }
                }
            }
        };
        *counted = counted.saturating_add(1);
        Ok(())
    }

    /// No payload, and no row that says why: if the ledger says why, it is that row that is gone.
    async fn missing(&self, index: u64) -> Result<Finding, CheckError> {
        let told = self.reader.first(TOLD, [ERASED.to_owned(), index.to_string()]).await?;
        let (table, message) = match told {
            None => (PAYLOADS, "the record has no payload row"),
            Some(_) => ("erasures", "the ledger says that the payload was erased"),
        };
        Ok(Finding::new(Fault::RowMissing, table, index.to_string(), message).at(index))
    }
}

const PAYLOADS: &str = "payloads";
const SEALED: &str = "sealed_payloads";

/// A record's place and what it commits to.
#[derive(Debug)]
struct At {
    index: u64,
    commit: Commitment,
}

impl At {
    fn found(&self, fault: Fault, table: &'static str, message: &str) -> Finding {
        Finding::new(fault, table, self.index.to_string(), message).at(self.index)
    }

    /// A payload whose bytes are in its row.
    fn in_row(&self, own: &PayloadColumns) -> Result<(), Finding> {
        if own.bytes.is_empty() && self.is_long() && !opens(&self.commit, &own.salt, &own.bytes) {
            let message = "the payload is not in its row, and no row names its value";
            return Err(self.found(Fault::RowMissing, SEALED, message));
        }
        self.opened(own, &own.bytes)
    }

    /// Whether an empty row cannot be all: the payload is too long for one. A commitment field by field
    /// says no length, but nothing that is empty has fields.
    fn is_long(&self) -> bool {
        let inline = u64::try_from(MAX_INLINE_BYTES).unwrap_or(u64::MAX);
        self.commit.size > inline || self.commit.algorithm == Algorithm::Sha256FieldsV1
    }

    /// Rows of a payload whose bytes are a value: they name the one of this record.
    fn named(
        &self,
        own: &PayloadColumns,
        sealed: &SealedColumns,
        uid: &[u8; 32],
    ) -> Result<(), Finding> {
        if opens(&self.commit, &own.salt, &own.bytes) {
            let message = "it names a value of a payload that is in its row";
            return Err(self.found(Fault::RowOrphaned, SEALED, message));
        }
        if !own.bytes.is_empty() {
            let message = "it has bytes, and its value is elsewhere";
            return Err(self.found(Fault::RowMalformed, PAYLOADS, message));
        }
        if sealed.name != sealed::Kind::Payload.name(uid, &self.commit.digest, &sealed.key) {
            let message = "name and key are not of one value of this record";
            return Err(self.found(Fault::ColumnMismatch, SEALED, message));
        }
        if self.commit.algorithm == Algorithm::Sha256SaltedV1 && sealed.size != self.commit.size {
            return Err(self.found(Fault::ColumnMismatch, SEALED, SIZE));
        }
        Ok(())
    }

    fn in_value(
        &self,
        own: &PayloadColumns,
        sealed: &SealedColumns,
        value: Option<Vec<u8>>,
    ) -> Result<(), Finding> {
        let of_value = |fault, message: &str| {
            Finding::new(fault, "kv", sealed.name.clone(), message).at(self.index)
        };
        let Some(value) = value else {
            return Err(of_value(Fault::RowMissing, "a payload's row names it"));
        };
        // Its name is made of the key and the digest that open it: if it does not open, it is another.
        let bytes = sealed::open(&sealed.key, &self.commit.digest, value)
            .ok_or_else(|| of_value(Fault::CommitmentMismatch, "it is not the sealed payload"))?;
        if u64::try_from(bytes.len()) != Ok(sealed.size) {
            return Err(self.found(Fault::ColumnMismatch, SEALED, SIZE));
        }
        self.opened(own, &bytes)
    }

    fn opened(&self, own: &PayloadColumns, bytes: &[u8]) -> Result<(), Finding> {
        if !opens(&self.commit, &own.salt, bytes) {
            let message = "payload and salt do not open the commitment in the entry";
            return Err(self.found(Fault::CommitmentMismatch, PAYLOADS, message));
        }
        let canonical = |bytes: &[u8]| json::parse(bytes).is_ok_and(|v| v.to_canonical() == bytes);
        if own.is_json && !canonical(bytes) {
            let message = "the payload is flagged as JSON and is none";
            return Err(self.found(Fault::RowMalformed, PAYLOADS, message));
        }
        Ok(())
    }
}

const SIZE: &str = "the size is not the payload's";
