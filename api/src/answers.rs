//! The JSON of answers. Sizes and indexes are decimal strings, hashes standard base64 with padding.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use stateledger_core::time::Time;
use stateledger_core::{base64, receipt};
use stateledger_ledger as engine;
use utoipa::ToSchema;

use crate::headers::{self, Freshness, JSON};
use crate::problem::Problem;

/// A ledger, as it is created and read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ledger {
    /// The ledger's id.
    ledger: String,
    /// The name of its log and its key: `<host>/log/<ledger>`.
    origin: String,
    /// Its key as a signed-note verifier key: `<name>+<id>+<base64>`.
    verifier_key: String,
    /// Number of records, decimal.
    size: String,
    /// Root of the tree of that size, base64 of 32 bytes.
    root_hash: String,
    /// What the ledger demands and shows, in canonical form.
    #[schema(value_type = crate::openapi::Rules)]
    rules: Box<RawValue>,
}

/// What an append is answered: every record is durable.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Appended {
    /// The ledger's id.
    ledger: String,
    /// Size of the tree that every receipt below is for, decimal.
    size: String,
    /// One for each record of the request, in its order.
    records: Vec<AppendedRecord>,
}

/// One record of an append.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppendedRecord {
    /// Position in the ledger, from 0, decimal.
    index: String,
    /// The leaf's hash, base64 of 32 bytes.
    leaf_hash: String,
    /// The sequencer's clock, `2026-11-23T10:00:00.000Z`.
    time: String,
    /// True if an idempotency key found the record.
    replayed: bool,
    /// The receipt with its salt and without payload.
    receipt: Receipt,
}

/// A receipt (`application/vnd.stateledger.receipt+json`). Inside another answer it is written from here, with the
/// members in the order and form that core gives them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    /// The leaf's bytes, base64.
    entry: String,
    /// The committed bytes, base64, if they exist and the caller may see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    /// A C2SP tlog-proof: index, inclusion path and signed checkpoint.
    proof: String,
    /// The commitment's salt, base64 of 32 bytes, if the caller may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
}

/// A record as it is read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// Position in the ledger, from 0, decimal.
    index: String,
    /// The leaf's hash, base64 of 32 bytes.
    leaf_hash: String,
    /// The sequencer's clock, `2026-11-23T10:00:00.000Z`.
    time: String,
    /// What kind of thing happened.
    #[serde(rename = "type")]
    record_type: String,
    /// Who says so.
    source: String,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Media type of the payload.
    content_type: String,
    /// The leaf's bytes, base64.
    entry: String,
    /// What was appended as `payload`, if the caller may see it: any JSON value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    payload: Option<Box<RawValue>>,
    /// What was appended as `payloadBase64`, if the caller may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
    /// The commitment's salt, if the caller may see it, base64 of 32 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    /// Only in pages, and only `true`: in place of payload and salt, if their caller may see them but the payload's value is
    /// not there, or not yet. Alone, the record is answered 503 (`payload-unavailable`).
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    #[schema(required = false)]
    payload_unavailable: bool,
    /// In place of payload and salt, once they were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<Erased>,
}

/// That a payload was erased.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Erased {
    /// Position of the record `stateledger.erased` that says so, decimal.
    index: String,
    /// Its time, `2026-11-23T10:00:00.000Z`.
    time: String,
}

/// What an erasure is answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Erasure {
    /// The ledger's id.
    ledger: String,
    /// Size of the tree that the receipt below is for, decimal.
    size: String,
    /// Position of the record whose payload was erased, decimal.
    index: String,
    /// Where the ledger says so.
    erased: Erased,
    /// The record that says so; `replayed` if the payload was erased before.
    record: AppendedRecord,
    /// What an erasure does not reach, in words.
    remains: &'static [&'static str],
}

/// A payload that may not be erased.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hold {
    /// The ledger's id.
    ledger: String,
    /// Position of the record, decimal.
    index: String,
    /// When it was asked for last, `2026-11-23T10:00:00.000Z`.
    since: String,
}

/// An artifact that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Artifact {
    /// The ledger's id.
    ledger: String,
    /// SHA-256 of the bytes, 64 lowercase hex digits.
    sha256: String,
    /// Their number, decimal.
    size: String,
}

/// What SECURITY.md says at greater length.
const REMAINS: &[&str] = &[
    "the record's entry: type, source, subject, content type, size, time and author signatures",
    "the salted commitment, which tells nothing once the salt is gone",
    "receipts and payloads that were handed out before",
    "the database provider's backups, until their restore window has passed",
    "the encrypted bytes of a long payload, until their deletion has reached every place; their key is gone",
];

/// A page of records.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    /// At most `limit`; a page may end earlier where records are long.
    records: Vec<Record>,
    /// Asks for the next page, together with the same filters; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A page of ledgers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ledgers {
    /// At most `limit`; a page may hold fewer.
    ledgers: Vec<Ledger>,
    /// Asks for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A record that was found by its leaf.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProvenRecord {
    #[serde(flatten)]
    record: Record,
    /// Its receipt under the current head: with the salt if the caller may see it, without the payload.
    receipt: Receipt,
}

/// A JSON answer that no cache keeps.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    headers::answer(status, JSON, Freshness::None, body)
}

impl TryFrom<&engine::Description> for Ledger {
    type Error = Problem;

    fn try_from(ledger: &engine::Description) -> Result<Self, Problem> {
        Ok(Self {
            ledger: ledger.ledger.to_string(),
            origin: ledger.origin.clone(),
            verifier_key: ledger.verifier_key.clone(),
            size: ledger.size.get().to_string(),
            root_hash: ledger.root.to_base64(),
            rules: raw(ledger.rules.to_bytes())?,
        })
    }
}

impl From<engine::Appended> for Appended {
    fn from(appended: engine::Appended) -> Self {
        Self {
            ledger: appended.ledger.to_string(),
            size: appended.size.get().to_string(),
            records: appended.records.into_iter().map(AppendedRecord::from).collect(),
        }
    }
}

impl From<receipt::Receipt> for Receipt {
    fn from(receipt: receipt::Receipt) -> Self {
        Self {
            entry: base64::encode(&receipt.entry),
            payload: receipt.payload.as_deref().map(base64::encode),
            proof: receipt.proof,
            salt: receipt.salt.map(|salt| base64::encode(&salt)),
        }
    }
}

impl From<engine::AppendedRecord> for AppendedRecord {
    fn from(record: engine::AppendedRecord) -> Self {
        Self {
            index: record.index.get().to_string(),
            leaf_hash: record.leaf_hash.to_base64(),
            time: record.time.to_text(),
            replayed: record.replayed,
            receipt: record.receipt.into(),
        }
    }
}

impl TryFrom<engine::Page> for Page {
    type Error = Problem;

    fn try_from(page: engine::Page) -> Result<Self, Problem> {
        let records = page.records.into_iter().map(Record::try_from);
        let records = records.collect::<Result<_, _>>()?;
        Ok(Self { records, next_cursor: page.next_cursor })
    }
}

impl TryFrom<&engine::LedgerPage> for Ledgers {
    type Error = Problem;

    fn try_from(page: &engine::LedgerPage) -> Result<Self, Problem> {
        let ledgers = page.ledgers.iter().map(Ledger::try_from);
        let ledgers = ledgers.collect::<Result<_, _>>()?;
        Ok(Self { ledgers, next_cursor: page.next_cursor.clone() })
    }
}

impl TryFrom<engine::ProvenRecord> for ProvenRecord {
    type Error = Problem;

    fn try_from(proven: engine::ProvenRecord) -> Result<Self, Problem> {
        Ok(Self { receipt: proven.receipt.into(), record: proven.record.try_into()? })
    }
}

impl TryFrom<engine::RecordView> for Record {
    type Error = Problem;

    fn try_from(view: engine::RecordView) -> Result<Self, Problem> {
        let fields = view.entry.statement().fields();
        let (mut salt, mut payload, mut payload_base64) = (None, None, None);
        if let Some(opening) = view.opening {
            salt = Some(base64::encode(&opening.salt));
            if opening.payload.is_json() {
                payload = Some(raw(opening.payload.into_bytes())?);
            } else {
                payload_base64 = Some(base64::encode(opening.payload.as_bytes()));
            }
        }
        Ok(Self {
            index: view.index.get().to_string(),
            leaf_hash: view.leaf_hash.to_base64(),
            time: view.entry.time().to_text(),
            record_type: fields.record_type.clone(),
            source: fields.source.clone(),
            subject: fields.subject.clone(),
            content_type: fields.content_type.clone(),
            entry: base64::encode(view.entry.as_bytes()),
            payload,
            payload_base64,
            salt,
            payload_unavailable: view.absent,
            erased: view.erased.map(Erased::try_from).transpose()?,
        })
    }
}

impl TryFrom<engine::Erased> for Erased {
    type Error = Problem;

    fn try_from(erased: engine::Erased) -> Result<Self, Problem> {
        Ok(Self { index: erased.by.get().to_string(), time: text_of(erased.time)? })
    }
}

impl TryFrom<engine::Erasure> for Erasure {
    type Error = Problem;

    fn try_from(erasure: engine::Erasure) -> Result<Self, Problem> {
        let Appended { ledger, size, records } = erasure.record.into();
        let [record] = <[_; 1]>::try_from(records).map_err(|_| corrupt())?;
        Ok(Self {
            ledger,
            size,
            index: erasure.index.get().to_string(),
            erased: erasure.erased.try_into()?,
            record,
            remains: REMAINS,
        })
    }
}

impl Artifact {
    pub(crate) fn new(ledger: &engine::LedgerId, sha256: String, size: usize) -> Self {
        Self { ledger: ledger.to_string(), sha256, size: size.to_string() }
    }
}

impl Hold {
    pub(crate) fn new(ledger: &engine::LedgerId, hold: engine::Hold) -> Result<Self, Problem> {
        let index = hold.index.get().to_string();
        Ok(Self { ledger: ledger.to_string(), index, since: text_of(hold.time)? })
    }
}

fn text_of(millis: u64) -> Result<String, Problem> {
    Time::from_millis(millis).map(|time| time.to_text()).map_err(|_| corrupt())
}

/// JSON that core wrote, to stand in the answer as it is.
fn raw(json: Vec<u8>) -> Result<Box<RawValue>, Problem> {
    let text = String::from_utf8(json).map_err(|_| corrupt())?;
    RawValue::from_string(text).map_err(|_| corrupt())
}

fn corrupt() -> Problem {
    engine::ReadError::Corrupt.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_written_as_core_writes_it() {
        for payload in [None, Some(vec![1, 2, 3])] {
            let receipt = receipt::Receipt {
                entry: b"{}".to_vec(),
                proof: "c2sp.org/tlog-proof@v1\n\u{e9}\u{1}\u{7f}\"\\\n".into(),
                payload,
                salt: Some([7; 32]),
            };
            let written = serde_json::to_vec(&Receipt::from(receipt.clone())).unwrap();
            assert_eq!(written, receipt.to_json());
        }
    }
}
