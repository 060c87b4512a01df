//! The body of an append.

use stateledger_core::base64;
use stateledger_core::entry::{AuthorSignature, EntryError, MAX_SIGNATURES};
use stateledger_core::json::{self, JsonError, MAX_DEPTH, MemberError, Members, Value};
use stateledger_ledger::limits::MAX_BATCH_RECORDS;
use stateledger_ledger::{AppendError, AppendRequest, IdempotencyKey, NewRecord, Payload};

use crate::decode::{self, invalid};
use crate::problem::Problem;

/// Arrays and objects around the payload of a record: the body, its `records`, the record.
const AROUND_PAYLOAD: usize = 3;

/// Reads one record, or `{"records":[...]}`. `header_key` is the request's `Idempotency-Key`.
///
/// Only shapes are checked here; rules and limits come after the replay and the expected size, in the engine. One limit comes
/// first: the number of a record's signatures, because no replay could have accepted more and refusing is cheaper than
/// decoding.
pub(crate) fn append(
    body: &[u8],
    header_key: Option<IdempotencyKey>,
) -> Result<AppendRequest, Problem> {
    let mut members = Members::of(json::parse_around(body, AROUND_PAYLOAD)?, "the body")?;
    let expected_size = decode::size(&mut members, "expectedSize")?;
    let records = match members.optional("records") {
        Some(Value::Array(values)) => {
            members.finish()?;
            batch(values)?
        }
        Some(_) => return Err(MemberError::Invalid("records").into()),
        None => vec![record(members)?],
    };
    Ok(AppendRequest { records, idempotency_key: header_key, expected_size })
}

fn batch(values: Vec<Value>) -> Result<Vec<NewRecord>, Problem> {
    let read = |(i, value)| {
        let members = Members::of(value, "a record").map_err(Problem::from);
        members.and_then(record).map_err(|problem| problem.at(&format!("records[{i}]")))
    };
    // One more than a batch may have is enough for the engine to refuse it.
    values.into_iter().take(MAX_BATCH_RECORDS + 1).enumerate().map(read).collect()
}

fn record(mut members: Members) -> Result<NewRecord, Problem> {
    let key = members.optional_string("idempotencyKey")?;
    let record = NewRecord {
        record_type: members.string("type")?,
        source: members.string("source")?,
        subject: members.optional_string("subject")?,
        content_type: members.optional_string("contentType")?,
        payload: payload(&mut members)?,
        salt: salt(&mut members)?,
        sigs: signatures(&mut members)?,
        commitment: members.optional_string("commitment")?,
        idempotency_key: key.as_deref().map(IdempotencyKey::parse).transpose()?,
    };
    members.finish()?;
    Ok(record)
}

fn payload(members: &mut Members) -> Result<Payload, Problem> {
    match (members.optional("payload"), decode::base64(members, "payloadBase64")?) {
        // A payload's own nesting counts, so that what is accepted alone is accepted in a batch.
        (Some(value), None) if value.depth() > MAX_DEPTH => Err(JsonError::NestingTooDeep.into()),
        (Some(value), None) => Ok(Payload::json(&value)),
        (None, Some(bytes)) => Ok(Payload::bytes(bytes)),
        (None, None) => Err(MemberError::Missing("payload or payloadBase64").into()),
        (Some(_), Some(_)) => Err(invalid("payload", "absent beside payloadBase64")),
    }
}

fn salt(members: &mut Members) -> Result<Option<[u8; 32]>, Problem> {
    let Some(bytes) = decode::base64(members, "salt")? else { return Ok(None) };
    bytes.try_into().map(Some).map_err(|_| invalid("salt", "32 bytes"))
}

fn signatures(members: &mut Members) -> Result<Vec<AuthorSignature>, Problem> {
    let values = match members.optional("sigs") {
        None => Vec::new(),
        Some(Value::Array(values)) => values,
        Some(_) => return Err(MemberError::Invalid("sigs").into()),
    };
    if values.len() > MAX_SIGNATURES {
        return Err(AppendError::Entry(EntryError::TooManySignatures).into());
    }
    let read = |(i, value)| signature(value).map_err(|problem| problem.at(&format!("sigs[{i}]")));
    values.into_iter().enumerate().map(read).collect()
}

/// One `{"key","sig"}` of 32 and 64 bytes, base64url without padding as it will stand in the entry.
fn signature(value: Value) -> Result<AuthorSignature, Problem> {
    let mut members = Members::of(value, "a signature")?;
    let key = url_bytes(&mut members, "key")?;
    let signature = url_bytes(&mut members, "sig")?;
    members.finish()?;
    Ok(AuthorSignature { key, signature })
}

fn url_bytes<const N: usize>(
    members: &mut Members,
    name: &'static str,
) -> Result<[u8; N], Problem> {
    let text = members.string(name)?;
    let bytes = base64::decode_url(&text).map_err(|error| Problem::from(error).at(name))?;
    bytes.try_into().map_err(|_| invalid(name, &format!("{N} bytes")))
}
