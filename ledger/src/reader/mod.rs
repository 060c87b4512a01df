//! The read side: everything is hashed again before it is answered, and nothing asks the sequencer.

mod cursor;
mod diff;
mod ledgers;
mod list;
mod lookup;
mod moment;
mod proofs;
mod snapshot;
mod tile;
mod verify;

use core::fmt;
use std::sync::Arc;

use stateledger_core::commitment::Salt;
use stateledger_core::entry::Entry;
use stateledger_core::hash::Hash;
use stateledger_core::tree::{LeafIndex, TreeSize};

use crate::access::Caller;
use crate::calls::Calls;
use crate::checked::{self, CheckedRecord};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::limits::{DEFAULT_PAGE_RECORDS, MAX_PAGE_RECORDS};
use crate::platform::Platform;
use crate::request::{Description, Erased, Payload};
use crate::rules::Rules;
use crate::seal;
use crate::secrets::{ReaderSecrets, RowKeys};
use crate::store::{Fetch, Head, OpenedLedger, Store};

pub use diff::{Change, Diff, DiffQuery};
pub use ledgers::{LedgerPage, LedgerPageQuery};
pub use list::{ListQuery, Page};
pub use lookup::ProvenRecord;
pub use moment::{Moment, TreeState};
pub use proofs::{BatchProof, ConsistencyProof, InclusionProof, RangeProof, SubtreeProof};
pub use snapshot::{Snapshot, SnapshotQuery};
pub use tile::TileBytes;
pub use verify::{BadRecord, Verification, VerifyQuery};

/// Reads ledgers from a store.
#[derive(Debug, Clone)]
pub struct Reader<S, P> {
    secrets: ReaderSecrets,
    pub(crate) calls: Calls<S, P>,
    room: Option<Arc<dyn Room>>,
}

/// Bounds what reads hold in memory together. One value serves one request and gives back what it took when it is dropped.
pub trait Room: fmt::Debug + Send + Sync {
    /// Takes room for so many bytes more, if there is any.
    fn take(&self, bytes: u64) -> bool;
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
    /// Payload and salt, if the caller may see them and they were not erased.
    pub opening: Option<Opening>,
    /// That the caller may see the payload, but its value is not there, or not yet. Only in lists: alone, such a record is
    /// [`ReadError::PayloadUnavailable`].
    pub absent: bool,
    /// That the payload was erased; everybody who sees the record sees that.
    pub erased: Option<Erased>,
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
pub(crate) struct Seen {
    ledger: LedgerId,
    pub(crate) uid: [u8; 32],
    origin: String,
    verifier_key: String,
    rules: Rules,
    pub(crate) keys: RowKeys,
    head: Head,
    pub(crate) payloads: bool,
}

impl RecordView {
    fn new(record: CheckedRecord, payloads: bool) -> Self {
        let CheckedRecord { index, leaf_hash, entry, salt, payload, absent, erased } = record;
        let opening = salt.zip(payload).filter(|_| payloads);
        let opening = opening.map(|(salt, payload)| Opening { salt, payload });
        Self { index, leaf_hash, entry, opening, absent, erased }
    }
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// A reader of all ledgers of `store`.
    pub fn new(secrets: ReaderSecrets, store: S, platform: P) -> Self {
        Self { secrets, calls: Calls { store, platform }, room: None }
    }

    /// The same reader for one request, whose records, entries and payloads take `room`.
    #[must_use]
    pub fn with_room(self, room: Arc<dyn Room>) -> Self {
        Self { room: Some(room), ..self }
    }

    fn take_room(&self, bytes: u64) -> Result<(), ReadError> {
        let taken = self.room.as_ref().is_none_or(|room| room.take(bytes));
        if taken { Ok(()) } else { Err(ReadError::Overloaded) }
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
        Ok(self.see(ledger, caller).await?.describe())
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
        let (record, _) = self.proven(&seen, index, seen.payloads).await?;
        Ok(RecordView::new(record, seen.payloads))
    }

    async fn records(
        &self,
        seen: &Seen,
        indexes: &[u64],
        fetch: Fetch,
    ) -> Result<Vec<CheckedRecord>, ReadError> {
        let (calls, ledger) = (&self.calls, &seen.ledger);
        Ok(checked::records(calls, ledger, &seen.keys, indexes, fetch).await?)
    }

    async fn proven(
        &self,
        seen: &Seen,
        index: LeafIndex,
        payload: bool,
    ) -> Result<(CheckedRecord, Vec<Hash>), ReadError> {
        if index.get() >= seen.head.id.size.get() {
            return Err(ReadError::RecordNotFound);
        }
        let indexes = [index.get()];
        let fetch = if payload { Fetch::Payloads } else { Fetch::Salts };
        let records = self.records(seen, &indexes, fetch).await?;
        // The head covers it, so a record that is not there was lost.
        let record = records.into_iter().next().ok_or(ReadError::Corrupt)?;
        if record.absent {
            return Err(ReadError::PayloadUnavailable);
        }
        self.take_room(record.bytes())?;
        let leaf = [(index, record.leaf_hash)];
        let proofs = checked::prove(&self.calls, &seen.ledger, &seen.head.id, &leaf).await?;
        Ok((record, proofs.into_iter().next().ok_or(ReadError::Corrupt)?))
    }

    /// Opens a ledger for this caller: one read.
    pub(crate) async fn see(&self, ledger: &LedgerId, caller: &Caller) -> Result<Seen, ReadError> {
        let opened = self.calls.read(self.calls.store.open(ledger)).await?;
        self.admit(ledger, opened.ok_or(ReadError::NotFound)?, caller)
    }

    /// The row's MAC is verified before its rules decide anything, and the checkpoint before its size
    /// and root do.
    fn admit(
        &self,
        ledger: &LedgerId,
        opened: OpenedLedger,
        caller: &Caller,
    ) -> Result<Seen, ReadError> {
        let OpenedLedger { row, head } = opened;
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

impl Seen {
    fn describe(self) -> Description {
        Description {
            ledger: self.ledger,
            origin: self.origin,
            verifier_key: self.verifier_key,
            size: self.head.id.size,
            root: self.head.id.root,
            rules: self.rules,
        }
    }

    /// The size asked for, or the current one.
    fn size(&self, asked: Option<TreeSize>) -> Result<TreeSize, ReadError> {
        let current = self.head.id.size;
        match asked {
            None => Ok(current),
            Some(size) if size <= current => Ok(size),
            Some(_) => Err(ReadError::SizeUnknown { size: current }),
        }
    }

    /// What to read of a record for this caller.
    fn fetch(&self) -> Fetch {
        if self.payloads { Fetch::Payloads } else { Fetch::Salts }
    }
}

/// Records of a page: 1 to 1,000, or 100 if the caller names none.
fn page_limit(limit: Option<usize>) -> Result<usize, ReadError> {
    let limit = limit.unwrap_or(DEFAULT_PAGE_RECORDS);
    if (1..=MAX_PAGE_RECORDS).contains(&limit) { Ok(limit) } else { Err(ReadError::InvalidQuery) }
}
