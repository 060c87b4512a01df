//! Rows as long as the server's, in the form that D1 takes fastest: one JSON parameter for each table.

use serde::Deserialize;
use serde_json::value::RawValue;
use worker::Result;

/// The 32-byte fields are random instead of hashes and MACs, which costs less.
const RECORDS: &str = "\
insert into records (tenant, ledger, idx, leaf_hash, entry, type, source, subject, time)
select 'default', 'floor', ?1 + key, unhex(substr(value ->> 0, 1, 64)), unhex(substr(value ->> 0, 65)),
       value ->> 1, value ->> 2, value ->> 3, value ->> 4
from json_each(?2)";

const PAYLOADS: &str = "\
insert into payloads (tenant, ledger, idx, is_json, salt, payload)
select 'default', 'floor', ?1 + key, 1, unhex(substr(value, 1, 64)), unhex(substr(value, 65))
from json_each(?2)";

const KEYS: &str = "\
insert into idempotency (tenant, ledger, key, first, count, digest, mac)
select 'default', 'floor', value ->> 0, ?1 + value ->> 1, 1, unhex(substr(value ->> 2, 1, 64)),
       unhex(substr(value ->> 2, 65))
from json_each(?2)";

/// The least of what the server reads in a record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    #[serde(rename = "type")]
    record_type: String,
    source: String,
    subject: String,
    payload: Box<RawValue>,
    idempotency_key: String,
}

#[derive(Deserialize)]
struct Batch {
    records: Vec<Record>,
}

/// One record, or `{"records": [...]}`.
pub(crate) fn parse(body: &[u8]) -> Option<Vec<Record>> {
    match serde_json::from_slice::<Batch>(body) {
        Ok(batch) => Some(batch.records),
        Err(_) => Some(vec![serde_json::from_slice(body).ok()?]),
    }
}

/// The statements that insert these records' rows; `?1` is the first record's index.
pub(crate) fn inserts(first: u64, records: &[&Record]) -> Result<[(&'static str, String); 3]> {
    let mut random = vec![0; records.len().saturating_mul(128)];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    let mut fields = random.chunks_exact(32).map(base16ct::lower::encode_string);
    let mut field = || fields.next().unwrap_or_default();
    let (mut rows, mut payloads, mut keys) = (Array::new(), Array::new(), Array::new());
    for (place, record) in records.iter().enumerate() {
        let entry = base16ct::lower::encode_string(entry(record).as_bytes());
        let payload = base16ct::lower::encode_string(record.payload.get().as_bytes());
        let (kind, source, subject) = (&record.record_type, &record.source, &record.subject);
        // The texts of the benchmark need no escapes, and a digit each is as long as any other number of its length.
        rows.push(&format!(
            "[\"{}{entry}\",\"{kind}\",\"{source}\",\"{subject}\",{}]",
            field(),
            TIME_MS.saturating_add(first),
        ));
        payloads.push(&format!("\"{}{payload}\"", field()));
        keys.push(&format!("[\"{}\",{place},\"{}{}\"]", record.idempotency_key, field(), field()));
    }
    Ok([(RECORDS, rows.end()), (PAYLOADS, payloads.end()), (KEYS, keys.end())])
}

/// Some moment in 2026; times do not fall.
const TIME_MS: u64 = 1_790_000_000_000;

/// As long as the entry that the server makes of the record.
fn entry(record: &Record) -> String {
    format!(
        "{{\"sigs\":[],\"statement\":{{\"commit\":{{\"alg\":\"sha256-salted-v1\",\
         \"digest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"size\":{}}},\
         \"contentType\":\"application/json\",\"source\":\"{}\",\"subject\":\"{}\",\"type\":\"{}\"}},\
         \"time\":\"2026-11-24T00:00:00.000Z\",\"v\":1}}",
        record.payload.get().len(),
        record.source,
        record.subject,
        record.record_type,
    )
}

/// A JSON array in the making.
struct Array(String);

impl Array {
    fn new() -> Self {
        Self("[".into())
    }

    fn push(&mut self, item: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(item);
    }

    fn end(mut self) -> String {
        self.0.push(']');
        self.0
    }
}
