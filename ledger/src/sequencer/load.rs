//! From the two stores to a sequencer that may sign, or to the reason why it may not.
//!
//! The first load, a reload after an error and the end of a creation all run this code.

use std::collections::BTreeSet;
use std::sync::Arc;

use stateledger_core::hash::Hash;
use stateledger_core::plan::Edge;
use stateledger_core::tile::{self, TileSet};
use stateledger_core::time::Time;
use stateledger_core::tree::{self, LeafIndex, TreeSize};

use super::Sequencer;
use crate::checked;
use crate::deadline::within;
use crate::error::{AppendError, Halt};
use crate::id::LedgerId;
use crate::limits::READ_DEADLINE_MS;
use crate::platform::{Kept, KeptHead, Platform};
use crate::rules::{Enforced, Rules};
use crate::seal::{self, LogSigner};
use crate::secrets::{RowKeys, SequencerSecrets};
use crate::store::{Fetch, Head, HeadId, LedgerRow, OpenedLedger, Store, StoreError};

/// A ledger that may be appended to.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) origin: String,
    pub(super) uid: [u8; 32],
    pub(super) verifier_key: String,
    /// Shared, so that a round can look at them while the head moves on.
    pub(super) rules: Arc<Enforced>,
    pub(super) keys: RowKeys,
    pub(super) signer: LogSigner,
    pub(super) head: Head,
    /// What the sequencer's own storage keeps: the head, or another one before a recovery.
    pub(super) kept: Option<Kept>,
    pub(super) edge: Edge,
    /// Time of the last entry.
    pub(super) last_time: Time,
}

/// Why work stopped without an answer for its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Reload and try again.
    Retry,
    /// Every waiting request is refused with this.
    Refuse(AppendError),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict
            | StoreError::Unavailable
            | StoreError::Unknown
            | StoreError::Absent => Self::Retry,
            StoreError::Corrupt => Self::Refuse(AppendError::Corrupt),
        }
    }
}

fn halt(reason: Halt) -> Fault {
    Fault::Refuse(AppendError::Halted(reason))
}

/// Steps of a load that need no more than the two rows.
fn judge(
    ledger: &LedgerId,
    secrets: &SequencerSecrets,
    kept: Option<&Kept>,
    row: &LedgerRow,
    head: &HeadId,
) -> Result<(RowKeys, LogSigner), Halt> {
    if let Some(kept) = kept {
        if kept.uid != row.uid {
            return Err(Halt::OtherLedger(kept.head()));
        }
        if head.size < kept.size {
            return Err(Halt::Behind(kept.head()));
        }
        if head.size == kept.size && head.root != kept.root {
            return Err(Halt::OtherRoot(kept.head()));
        }
    }
    let bad_row = Halt::BadLedgerRow(kept.map(Kept::head));
    let keys = secrets.row_keys(&row.origin, &row.uid);
    let signer = LogSigner::new(secrets, &row.origin, &row.uid).ok_or(bad_row)?;
    if !keys.verify_ledger(ledger, row) || signer.verifier_key() != row.verifier_key {
        return Err(bad_row);
    }
    Ok((keys, signer))
}

/// "roll forward if D1's tree extends the kept head (root at the kept size re-derived from stored
/// tiles)".
fn extends(kept: &Kept, head: &HeadId, set: &TileSet) -> bool {
    let derived = tree::root(kept.size, set);
    let proof = tree::prove_consistency(kept.size, head.size, set);
    let (Ok(derived), Ok(proof)) = (derived, proof) else { return false };
    let verified =
        tree::verify_consistency(kept.size, &kept.root, head.size, &head.root, &proof).is_ok();
    derived == kept.root && verified
}

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// Loads the ledger. The kept head is read first: a commit that lands between the two reads
    /// then makes the store look ahead and never behind.
    pub(super) async fn load(&self) -> Result<Opened, Fault> {
        let kept = self.load_kept().await?;
        let mut opened = self.open(kept).await?;
        let id = opened.head.id;
        if kept.is_none_or(|kept| kept.size != id.size) {
            let ahead = Kept::after(kept.as_ref(), id.size, id, opened.uid);
            self.keep(kept.as_ref(), &ahead).await?;
            opened.kept = Some(ahead);
        }
        Ok(opened)
    }

    /// The ledger as the store has it, if it goes with `kept`. Reads only.
    pub(super) async fn open(&self, kept: Option<Kept>) -> Result<Opened, Fault> {
        if !self.calls.read(self.calls.store.schema_is_known(&self.ledger)).await? {
            return Err(Fault::Refuse(AppendError::Schema));
        }
        let opened = self.calls.read(self.calls.store.open(&self.ledger)).await?;
        let OpenedLedger { row, head } = match (kept, opened) {
            (None, None) => return Err(Fault::Refuse(AppendError::NotFound)),
            (Some(kept), None) => return Err(halt(Halt::Missing(kept.head()))),
            (_, Some(opened)) => opened,
        };
        let bad_checkpoint = || halt(Halt::BadCheckpoint(kept.as_ref().map(Kept::head)));
        let (keys, signer) =
            judge(&self.ledger, &self.secrets, kept.as_ref(), &row, &head.id).map_err(halt)?;
        seal::open(&head, &row.origin, &row.verifier_key).map_err(|_| bad_checkpoint())?;
        let set = self.edge_tiles(kept.as_ref(), head.id.size).await?;
        let edge = Edge::from_tiles(head.id.size, &set).map_err(|_| bad_checkpoint())?;
        if edge.root() != head.id.root {
            return Err(bad_checkpoint());
        }
        if let Some(kept) = kept.filter(|kept| !extends(kept, &head.id, &set)) {
            return Err(halt(Halt::NotAnExtension(kept.head())));
        }
        let last_time = self.last_time(&keys, &head.id, row.created).await?;
        let rules = Rules::parse(&row.rules).and_then(Enforced::new);
        let rules = rules.map_err(|_| halt(Halt::BadLedgerRow(kept.as_ref().map(Kept::head))))?;
        Ok(Opened {
            origin: row.origin,
            uid: row.uid,
            verifier_key: row.verifier_key,
            rules: Arc::new(rules),
            keys,
            signer,
            head,
            kept,
            edge,
            last_time,
        })
    }

    /// What the root, and the roots and proof for the kept size, are computed from.
    async fn edge_tiles(&self, kept: Option<&Kept>, size: TreeSize) -> Result<TileSet, Fault> {
        let mut ids = BTreeSet::from_iter(tile::tiles_for_root(size));
        if let Some(kept) = kept {
            ids.extend(tile::tiles_for_root(kept.size));
            let between = tile::tiles_for_consistency(kept.size, size);
            ids.extend(between.map_err(|_| halt(Halt::Behind(kept.head())))?);
        }
        checked::tiles(&self.calls, &self.ledger, &ids, size, Ok).await.map_err(|error| match error
        {
            StoreError::Corrupt => halt(Halt::BadCheckpoint(kept.map(Kept::head))),
            other => other.into(),
        })
    }

    /// The time below which no further entry may lie, out of the last entry, which is proven to be
    /// under the head.
    async fn last_time(&self, keys: &RowKeys, head: &HeadId, created: u64) -> Result<Time, Fault> {
        let corrupt = Fault::Refuse(AppendError::Corrupt);
        let Some(last) = head.size.get().checked_sub(1) else {
            return Time::from_millis(created).map_err(|_| corrupt);
        };
        let (calls, ledger) = (&self.calls, &self.ledger);
        let records = checked::records(calls, ledger, keys, &[last], Fetch::Salts).await?;
        let record = records.first().ok_or(corrupt)?;
        let leaf: (LeafIndex, Hash) = (record.index, record.leaf_hash);
        checked::prove(&self.calls, &self.ledger, head, &[leaf]).await?;
        Ok(record.entry.time())
    }

    pub(super) async fn load_kept(&self) -> Result<Option<Kept>, Fault> {
        let call = within(&self.calls.platform, READ_DEADLINE_MS, self.kept.load());
        call.await.and_then(Result::ok).ok_or(Fault::Retry)
    }

    pub(super) async fn keep(&self, previous: Option<&Kept>, kept: &Kept) -> Result<(), Fault> {
        let call = within(&self.calls.platform, READ_DEADLINE_MS, self.kept.store(previous, kept));
        call.await.and_then(Result::ok).ok_or(Fault::Retry)
    }
}
