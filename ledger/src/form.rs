//! The canonical form of a request, which an idempotency key is compared by (design §10).
//!
//! "Same body = equal RFC 8785 form of the record after defaults, without key and expectedSize." A
//! request of n records is the array of their forms, so that one key for a batch of one is the same
//! as the record's own key. The form is never stored; `HMAC-SHA256(salt of the first record, form)`
//! is, so that it betrays nothing once the salt is gone.

use stateledger_core::base64;
use stateledger_core::commitment::ALGORITHM;
use stateledger_core::entry::AuthorSignature;
use stateledger_core::json::{ObjectWriter, Value};
use stateledger_core::mac::{hmac_sha256, hmac_sha256_each};

use crate::request::NewRecord;

/// Stands in place of a digest once a payload that went into it was erased.
pub(crate) const OVERWRITTEN: [u8; 32] = [0; 32];

/// The digest of these records under the salt of the first one.
pub(crate) fn digest(salt: &[u8; 32], form: &[u8]) -> [u8; 32] {
    hmac_sha256(salt, &[form])
}

/// [`digest`] of each form under its salt; many at once are faster.
pub(crate) fn digests<'a>(
    forms: impl Iterator<Item = (&'a [u8; 32], &'a [u8])> + Clone,
) -> Vec<[u8; 32]> {
    hmac_sha256_each(forms)
}

/// The form of the records that one key stands for.
pub(crate) fn of(records: &[NewRecord]) -> Vec<u8> {
    let mut form = Vec::new();
    for record in records {
        form.push(if form.is_empty() { b'[' } else { b',' });
        push_record(&mut form, record);
    }
    form.push(b']');
    form
}

/// The payload is canonical already, or base64, and is not parsed again.
fn push_record(form: &mut Vec<u8>, record: &NewRecord) {
    let default_type = record.payload.default_content_type();
    let mut object = ObjectWriter::new(form);
    object.string("commitment", record.commitment.as_deref().unwrap_or(ALGORITHM));
    object.string("contentType", record.content_type.as_deref().unwrap_or(default_type));
    if record.payload.is_json() {
        object.raw("payload", record.payload.as_bytes());
    } else {
        object.string("payloadBase64", &base64::encode(record.payload.as_bytes()));
    }
    if let Some(salt) = &record.salt {
        object.string("salt", &base64::encode(salt));
    }
    if !record.sigs.is_empty() {
        let sigs = record.sigs.iter().map(AuthorSignature::to_value).collect();
        object.raw("sigs", &Value::Array(sigs).to_canonical());
    }
    object.string("source", &record.source);
    if let Some(subject) = &record.subject {
        object.string("subject", subject);
    }
    object.string("type", &record.record_type);
    object.end();
}
