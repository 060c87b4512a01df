//! The read side: everything is hashed again before it is answered, and nothing asks the sequencer.

mod cursor;
mod list;
mod tile;

use stateledger_core::commitment::Salt;
use stateledger_core::entry::Entry;
use stateledger_core::hash::Hash;
use stateledger_core::receipt::Receipt;
use stateledger_core::tree::LeafIndex;

use crate::access::Caller;
use crate::calls::Calls;
use crate::checked::{self, CheckedRecord};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::request::{Description, Payload};
use crate::rules::Rules;
use crate::seal;
use crate::secrets::{ReaderSecrets, RowKeys};
use crate::store::{Fetch, Head, OpenedLedger, Store};

pub use list::{ListQuery, Page};
pub use tile::TileBytes;

/// Reads ledgers from a store.
#[derive(Debug, Clone)]
pub struct Reader<S, P> {
    secrets: ReaderSecrets,
    calls: Calls<S, P>,
}

/// Whether a receipt is to carry the payload and what opens it, where the caller may see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// Payload and salt.
    WithPayload,
    /// Neither.
    WithoutPayload,
}

/// One record as its caller may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordView {
    /// Position of the leaf.
    pub index: LeafIndex,
    /// Hash of the leaf, computed from the entry.
    pub leaf_hash: Hash,
    /// The entry; type, source, subject, content type and time are in it.
    pub entry: Entry,
    /// Payload and salt, if the caller may see them.
    pub opening: Option<Opening>,
}

/// What opens a payload commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The salt.
    pub salt: Salt,
    /// The payload; it was verified against the commitment.
    pub payload: Payload,
}

/// A ledger that the caller may see.
struct Seen {
    ledger: LedgerId,
    uid: [u8; 32],
    origin: String,
    verifier_key: String,
    rules: Rules,
    keys: RowKeys,
    head: Head,
    payloads: bool,
}

impl RecordView {
    fn new(record: CheckedRecord, payloads: bool) -> Self {
        let CheckedRecord { index, leaf_hash, entry, salt, payload } = record;
        let opening = payload.filter(|_| payloads).map(|payload| Opening { salt, payload });
        Self { index, leaf_hash, entry, opening }
    }
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// A reader of all ledgers of `store`.
    pub fn new(secrets: ReaderSecrets, store: S, platform: P) -> Self {
        Self { secrets, calls: Calls { store, platform } }
    }

    /// The ledger with its current head, whose signature was verified.
    ///
    /// # Errors
    /// [`ReadError::NotFound`], also for a private ledger that the caller may not know of;
    /// [`ReadError::Forbidden`] for one that it may not read; [`ReadError::Unavailable`];
    /// [`ReadError::Corrupt`].
    pub async fn describe(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
    ) -> Result<Description, ReadError> {
        let seen = self.see(ledger, caller).await?;
        Ok(Description {
            ledger: seen.ledger,
            origin: seen.origin,
            verifier_key: seen.verifier_key,
            size: seen.head.id.size,
            root: seen.head.id.root,
            rules: seen.rules,
        })
    }

    /// The current checkpoint: a signed note, for `/log/{ledger}/checkpoint` (C2SP tlog-tiles).
    ///
    /// # Errors
    /// As [`Reader::describe`].
    pub async fn checkpoint(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
    ) -> Result<Vec<u8>, ReadError> {
        Ok(self.see(ledger, caller).await?.head.checkpoint)
    }

    /// One record, proven under the current head.
    ///
    /// # Errors
    /// As [`Reader::describe`]; [`ReadError::RecordNotFound`].
    pub async fn record(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        index: LeafIndex,
    ) -> Result<RecordView, ReadError> {
        let seen = self.see(ledger, caller).await?;
        let (record, _) = self.proven(&seen, index).await?;
        Ok(RecordView::new(record, seen.payloads))
    }

    /// The receipt of one record under the current head. A caller who may not see payloads gets
    /// neither payload nor salt.
    ///
    /// # Errors
    /// As [`Reader::record`].
    pub async fn receipt(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        index: LeafIndex,
        disclosure: Disclosure,
    ) -> Result<Receipt, ReadError> {
        let seen = self.see(ledger, caller).await?;
        let (record, proof) = self.proven(&seen, index).await?;
        let CheckedRecord { entry, salt, payload, .. } = record;
        let (salt, payload) = match disclosure {
            Disclosure::WithPayload if seen.payloads => {
                (Some(salt), payload.map(Payload::into_bytes))
            }
            Disclosure::WithPayload | Disclosure::WithoutPayload => (None, None),
        };
        Ok(seal::receipt(entry.to_bytes(), index, proof, &seen.head, salt, payload))
    }

    async fn proven(
        &self,
        seen: &Seen,
        index: LeafIndex,
    ) -> Result<(CheckedRecord, Vec<Hash>), ReadError> {
        if index.get() >= seen.head.id.size.get() {
            return Err(ReadError::RecordNotFound);
        }
        let indexes = [index.get()];
        let fetch = if seen.payloads { Fetch::Payloads } else { Fetch::Salts };
        let records = checked::records(&self.calls, &seen.ledger, &indexes, fetch).await?;
        // The head covers it, so a record that is not there was lost.
        let record = records.into_iter().next().ok_or(ReadError::Corrupt)?;
        let leaf = [(index, record.leaf_hash)];
        let proofs = checked::prove(&self.calls, &seen.ledger, &seen.head.id, &leaf).await?;
        Ok((record, proofs.into_iter().next().ok_or(ReadError::Corrupt)?))
    }

    /// Opens a ledger for this caller: one read. The row's MAC is verified before its rules decide
    /// anything, and the checkpoint before its size and root do.
    async fn see(&self, ledger: &LedgerId, caller: &Caller) -> Result<Seen, ReadError> {
        let opened = self.calls.read(self.calls.store.open(ledger)).await?;
        let OpenedLedger { row, head } = opened.ok_or(ReadError::NotFound)?;
        let keys = self.secrets.row_keys(&row.origin, &row.uid);
        if !keys.verify_ledger(ledger, &row) {
            return Err(ReadError::Corrupt);
        }
        let rules = Rules::parse(&row.rules).map_err(|_| ReadError::Corrupt)?;
        if !caller.may_see_ledger(ledger, rules.visibility) {
            let known = caller.may_know_of(ledger, rules.visibility);
            return Err(if known { ReadError::Forbidden } else { ReadError::NotFound });
        }
        seal::open(&head, &row.origin, &row.verifier_key).map_err(|()| ReadError::Corrupt)?;
        let payloads = caller.may_see_payloads(ledger, rules.visibility);
        Ok(Seen {
            ledger: ledger.clone(),
            uid: row.uid,
            origin: row.origin,
            verifier_key: row.verifier_key,
            rules,
            keys,
            head,
            payloads,
        })
    }
}
