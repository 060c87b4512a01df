//! MACs over rows that no leaf covers but that decide something (design §5).
//!
//! `HMAC-SHA256(row key, fields)`, each field with its length before it as 8 bytes big-endian, the
//! first field being the kind of row. The row key is derived from origin and uid, so a row cannot
//! move between ledgers.

use stateledger_core::mac::{constant_time_eq, hmac_sha256, hmac_sha256_each};

use crate::id::LedgerId;
use crate::secrets::RowKeys;
use crate::store::{ArtifactRow, ErasureRow, HoldRow, KeyRow, LedgerRow};

pub(crate) fn mac(key: &[u8; 32], fields: &[&[u8]]) -> [u8; 32] {
    hmac_sha256(key, &[&message(fields)])
}

fn message(fields: &[&[u8]]) -> Vec<u8> {
    let mut message = Vec::new();
    for field in fields {
        message.extend_from_slice(&(field.len() as u64).to_be_bytes());
        message.extend_from_slice(field);
    }
    message
}

/// What the MAC of an idempotency row covers.
fn key_message(row: &KeyRow) -> Vec<u8> {
    message(&[
        b"idempotency",
        row.key.as_bytes(),
        &row.first.to_be_bytes(),
        &row.count.to_be_bytes(),
        &row.digest,
    ])
}

impl RowKeys {
    /// MAC of a ledger's row under the name it was created with.
    pub(crate) fn ledger_mac(&self, ledger: &LedgerId, row: &LedgerRow) -> [u8; 32] {
        let fields: [&[u8]; 7] = [
            b"ledger",
            ledger.as_str().as_bytes(),
            &row.uid,
            row.origin.as_bytes(),
            row.verifier_key.as_bytes(),
            &row.rules,
            &row.created.to_be_bytes(),
        ];
        mac(&self.mac, &fields)
    }

    /// Whether this deployment wrote the row.
    pub(crate) fn verify_ledger(&self, ledger: &LedgerId, row: &LedgerRow) -> bool {
        constant_time_eq(&self.ledger_mac(ledger, row), &row.mac)
    }

    /// MAC of an idempotency row.
    pub(crate) fn key_mac(&self, row: &KeyRow) -> [u8; 32] {
        hmac_sha256(&self.mac, &[&key_message(row)])
    }

    /// [`Self::key_mac`] of each row; many at once are faster.
    pub(crate) fn key_macs(&self, rows: &[KeyRow]) -> Vec<[u8; 32]> {
        let messages: Vec<Vec<u8>> = rows.iter().map(key_message).collect();
        hmac_sha256_each(messages.iter().map(|message| (&self.mac, message.as_slice())))
    }

    /// Whether this deployment wrote the row.
    pub(crate) fn verify_key(&self, row: &KeyRow) -> bool {
        constant_time_eq(&self.key_mac(row), &row.mac)
    }

    /// MAC of an erasure.
    pub(crate) fn erasure_mac(&self, row: &ErasureRow) -> [u8; 32] {
        let numbers = [row.index, row.by, row.time].map(u64::to_be_bytes);
        let [index, by, time] = &numbers;
        mac(&self.mac, &[b"erasure", index, by, time])
    }

    /// Whether this deployment wrote the row.
    pub(crate) fn verify_erasure(&self, row: &ErasureRow) -> bool {
        constant_time_eq(&self.erasure_mac(row), &row.mac)
    }

    /// MAC of a hold.
    pub(crate) fn hold_mac(&self, row: &HoldRow) -> [u8; 32] {
        mac(&self.mac, &[b"hold", &row.index.to_be_bytes(), &row.time.to_be_bytes()])
    }

    /// Whether this deployment wrote the row.
    pub(crate) fn verify_hold(&self, row: &HoldRow) -> bool {
        constant_time_eq(&self.hold_mac(row), &row.mac)
    }

    /// MAC of an artifact's row.
    pub(crate) fn artifact_mac(&self, row: &ArtifactRow) -> [u8; 32] {
        let [size, time] = [row.size, row.time].map(u64::to_be_bytes);
        let fields: [&[u8]; 6] =
            [b"artifact", row.digest.as_bytes(), row.name.as_bytes(), &row.key, &size, &time];
        mac(&self.mac, &fields)
    }

    /// Whether this deployment wrote the row.
    pub(crate) fn verify_artifact(&self, row: &ArtifactRow) -> bool {
        constant_time_eq(&self.artifact_mac(row), &row.mac)
    }

    /// MAC of a list's position together with everything that the list filters by.
    pub(crate) fn cursor_mac(&self, fields: &[&[u8]]) -> [u8; 32] {
        mac(&self.cursor, fields)
    }
}
