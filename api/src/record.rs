//! The body of an append.

use stateledger_core::base64;
use stateledger_core::entry::AuthorSignature;
use stateledger_core::json::{self, Value};
use stateledger_ledger::limits::MAX_BATCH_RECORDS;
use stateledger_ledger::{AppendError, AppendRequest, IdempotencyKey, NewRecord, Payload};

use crate::decode::Members;
use crate::problem::Problem;

/// The members of a record.
const RECORD: [&str; 10] = [
    "type",
    "source",
    "subject",
    "contentType",
    "payload",
    "payloadBase64",
    "salt",
    "sigs",
    "commitment",
    "idempotencyKey",
];

/// The members of a request with one record: the record's own, and the request's.
const SINGLE: [&str; 11] = {
    let mut all = ["expectedSize"; 11];
    let mut i = 0;
    while i < RECORD.len() {
        all[i] = RECORD[i];
        i += 1;
    }
    all
};

/// Reads one record, or `{"records":[...]}`. `header_key` is the request's `Idempotency-Key`.
///
/// Only shapes are checked here; limits and rules come after the replay, in the engine. One limit comes first because a
/// refusal is cheaper than decoding: the number of records, whose excess no replay could have accepted.
pub(crate) fn append(
    body: &[u8],
    header_key: Option<IdempotencyKey>,
) -> Result<AppendRequest, Problem> {
    let value = json::parse(body)?;
    let (members, records) = if value.get("records").is_some() {
        let members = Members::of(&value, &["records", "expectedSize"])?;
        let list = members.required("records", Value::as_array, "an array")?;
        (members, batch(list)?)
    } else {
        let members = Members::of(&value, &SINGLE)?;
        let record = record(&members)?;
        (members, vec![record])
    };
    let expected_size = members.size("expectedSize")?;
    Ok(AppendRequest { records, idempotency_key: header_key, expected_size })
}

fn batch(list: &[Value]) -> Result<Vec<NewRecord>, Problem> {
    if list.len() > MAX_BATCH_RECORDS {
        return Err(AppendError::BatchTooLarge.into());
    }
    let numbered = list.iter().enumerate();
    numbered
        .map(|(i, value)| {
            let members = Members::of(value, &RECORD);
            members.and_then(|m| record(&m)).map_err(|p| p.at(&format!("records[{i}]")))
        })
        .collect()
}

fn record(members: &Members<'_>) -> Result<NewRecord, Problem> {
    let text = |name| members.optional(name, string, "a string");
    Ok(NewRecord {
        record_type: members.required("type", string, "a string")?,
        source: members.required("source", string, "a string")?,
        subject: text("subject")?,
        content_type: text("contentType")?,
        payload: payload(members)?,
        salt: salt(members)?,
        sigs: signatures(members)?,
        commitment: text("commitment")?,
        idempotency_key: text("idempotencyKey")?
            .map(|key| IdempotencyKey::parse(&key))
            .transpose()?,
    })
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn payload(members: &Members<'_>) -> Result<Payload, Problem> {
    match (members.get("payload"), members.base64("payloadBase64")?) {
        (Some(value), None) => Ok(Payload::json(value)),
        (None, Some(bytes)) => Ok(Payload::bytes(bytes)),
        (None, None) => {
            Err(Problem::new("missing-member", "the member payload or payloadBase64 is missing"))
        }
        (Some(_), Some(_)) => Err(Problem::new(
            "invalid-member",
            "payload and payloadBase64 exclude each other",
        )),
    }
}

fn salt(members: &Members<'_>) -> Result<Option<[u8; 32]>, Problem> {
    let Some(bytes) = members.base64("salt")? else { return Ok(None) };
    let salt = bytes.try_into();
    salt.map(Some).map_err(|_| Problem::new("invalid-member", "the member salt must be 32 bytes"))
}

fn signatures(members: &Members<'_>) -> Result<Vec<AuthorSignature>, Problem> {
    let list = members.optional("sigs", Value::as_array, "an array")?.unwrap_or_default();
    let numbered = list.iter().enumerate();
    numbered
        .map(|(i, value)| signature(value).map_err(|p| p.at(&format!("sigs[{i}]"))))
        .collect()
}

/// One `{"key","sig"}` of 32 and 64 bytes, base64url without padding as it will stand in the entry.
fn signature(value: &Value) -> Result<AuthorSignature, Problem> {
    let members = Members::of(value, &["key", "sig"])?;
    let key = url_bytes(&members, "key")?;
    let sig = url_bytes(&members, "sig")?;
    Ok(AuthorSignature { key, sig })
}

fn url_bytes<const N: usize>(members: &Members<'_>, name: &str) -> Result<[u8; N], Problem> {
    let text = members.required(name, Value::as_str, "a base64url string")?;
    let bytes = base64::decode_url(text).map_err(|error| Problem::from(error).at(name))?;
    bytes.try_into().map_err(|_| {
        Problem::new("invalid-member", format!("the member {name} must be {N} bytes"))
    })
}
