//! From a record as it was sent to the bytes of its leaf.

use stateledger_core::commitment::{self, ALGORITHM, fields};
use stateledger_core::dsse;
use stateledger_core::entry::{
    Algorithm, Commitment, Entry, EntryError, Statement, StatementFields,
};
use stateledger_core::time::Time;

use super::job::Draft;
use crate::error::AppendError;
use crate::limits::MAX_PAYLOAD_BYTES;
use crate::request::NewRecord;
use crate::rules::Enforced;

/// Checks rules, limits and signatures, and writes the entry.
pub(super) fn draft(
    record: &NewRecord,
    rules: &Enforced,
    origin: &str,
    salt: [u8; 32],
    time: Time,
) -> Result<Draft, AppendError> {
    rules.check(record)?;
    let payload = record.payload.as_bytes();
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(AppendError::PayloadTooLarge);
    }
    let name = record.commitment.as_deref().unwrap_or(ALGORITHM);
    let algorithm = Algorithm::from_name(name).map_err(AppendError::Entry)?;
    if !record.sigs.is_empty() && record.salt.is_none() {
        return Err(AppendError::SaltRequired);
    }
    // A signed statement names its ledger, so that nobody can replay it into another one.
    let origin = (!record.sigs.is_empty()).then(|| origin.to_owned());
    let entry = entry(record, algorithm, origin, salt, time)?;
    for sig in entry.signatures() {
        dsse::verify(entry.statement(), sig).map_err(|_| AppendError::AuthorSignature)?;
    }
    Ok(finish(entry, salt, time))
}

/// The entry of a record that the server itself appends: of a reserved type, without signatures,
/// and not subject to the ledger's rules.
pub(super) fn server_draft(
    record: &NewRecord,
    salt: [u8; 32],
    time: Time,
) -> Result<Draft, AppendError> {
    Ok(finish(entry(record, Algorithm::Sha256SaltedV1, None, salt, time)?, salt, time))
}

fn entry(
    record: &NewRecord,
    algorithm: Algorithm,
    origin: Option<String>,
    salt: [u8; 32],
    time: Time,
) -> Result<Entry, AppendError> {
    let default_type = record.payload.default_content_type();
    let commit = commit(algorithm, &salt, record.payload.as_bytes())?;
    let fields = StatementFields {
        record_type: record.record_type.clone(),
        source: record.source.clone(),
        subject: record.subject.clone(),
        content_type: record.content_type.clone().unwrap_or_else(|| default_type.to_owned()),
        commit,
        origin,
    };
    let statement = Statement::new(fields).map_err(AppendError::Entry)?;
    // Number and order come first: they bound how many signatures are verified, which costs far more.
    Entry::new(statement, record.sigs.clone(), time).map_err(AppendError::Entry)
}

fn commit(
    algorithm: Algorithm,
    salt: &[u8; 32],
    payload: &[u8],
) -> Result<Commitment, AppendError> {
    let (digest, size) = match algorithm {
        Algorithm::Sha256SaltedV1 => (commitment::commit(salt, payload), payload.len()),
        // The true size would tell of fields that are not shown.
        Algorithm::Sha256FieldsV1 => {
            (fields::commit(salt, payload).map_err(AppendError::Fields)?, 0)
        }
        _ => return Err(AppendError::Entry(EntryError::Algorithm)),
    };
    let size = u64::try_from(size).map_err(|_| AppendError::PayloadTooLarge)?;
    Ok(Commitment { algorithm, digest, size })
}

fn finish(entry: Entry, salt: [u8; 32], time: Time) -> Draft {
    let commit = entry.statement().fields().commit;
    Draft { salt, commit, value: None, time, entry: entry.into_bytes() }
}
