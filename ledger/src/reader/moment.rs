//! Moments in the life of a ledger, and the tree at each.

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use crate::checked::{self, ensure};
use crate::error::ReadError;
use crate::platform::Platform;
use crate::store::{Fetch, Store};

use super::{Reader, Seen};

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// When the ledger had this many records.
    Size(TreeSize),
    /// After the last record whose time is before this, in milliseconds since 1970.
    Before(u64),
}

/// The tree of a moment, and the signature that covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeState {
    /// Number of records.
    pub size: TreeSize,
    /// Root of the tree of that size.
    pub root: Hash,
    /// The signed checkpoint of the smallest size that is not below, as a signed note. Heads are
    /// signed for groups of records, so it may be larger.
    pub checkpoint: Vec<u8>,
    /// The size of the checkpoint.
    pub checkpoint_size: TreeSize,
    /// The consistency proof from `size` to `checkpoint_size`; empty if they are equal.
    pub consistency: Vec<Hash>,
}

impl Moment {
    /// Distinguishes moments in the scope of a cursor.
    pub(super) fn parts(moment: Option<Self>) -> [Option<u64>; 2] {
        match moment {
            None => [None, None],
            Some(Self::Size(size)) => [Some(size.get()), None],
            Some(Self::Before(time)) => [None, Some(time)],
        }
    }
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// The number of records at a moment; without one, now. The records on both sides of a time are
    /// looked at.
    pub(super) async fn size_at(
        &self,
        seen: &Seen,
        moment: Option<Moment>,
    ) -> Result<TreeSize, ReadError> {
        let time = match moment {
            None => return seen.size(None),
            Some(Moment::Size(size)) => return seen.size(Some(size)),
            Some(Moment::Before(time)) => time,
        };
        let current = seen.head.id.size.get();
        let first = self.calls.read(self.calls.store.first_since(&seen.ledger, time)).await?;
        let size = first.map_or(current, |first| first.min(current));
        let sides = [size.checked_sub(1), Some(size).filter(|size| *size < current)];
        let indexes: Vec<u64> = sides.into_iter().flatten().collect();
        let records = self.records(seen, &indexes, Fetch::Salts).await?;
        ensure(records.len() == indexes.len())?;
        let fits = |record: &checked::CheckedRecord| {
            (record.index.get() < size) == (record.entry.time().millis() < time)
        };
        ensure(records.iter().all(fits))?;
        self.covered(seen, &records).await?;
        Ok(TreeSize::new(size))
    }

    /// The tree of a size up to the current one.
    pub(super) async fn tree_at(
        &self,
        seen: &Seen,
        size: TreeSize,
    ) -> Result<TreeState, ReadError> {
        let head = self.head_from(seen, size).await?;
        let proof = self.consistency(seen, size, head.id.size).await?;
        ensure(proof.to_root == head.id.root)?;
        Ok(TreeState {
            size,
            root: proof.from_root,
            checkpoint: head.checkpoint,
            checkpoint_size: head.id.size,
            consistency: proof.hashes,
        })
    }
}
