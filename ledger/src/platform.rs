//! What the engine needs from its host and cannot do itself: a clock, randomness, a timer, and the
//! sequencer's own small storage.

use core::fmt;
use core::future::{Future, ready};

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use crate::store::HeadId;

/// Clock, randomness and timer of the host.
pub trait Platform: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z. May stand still or go back; the sequencer keeps the
    /// times of a ledger non-decreasing by itself.
    fn now_ms(&self) -> u64;

    /// Fills `buffer` with bytes from a cryptographic generator.
    ///
    /// # Errors
    /// [`RandomError`] if the host has none at the moment; nothing is appended then.
    fn fill_random(&self, buffer: &mut [u8]) -> Result<(), RandomError>;

    /// Resolves after `ms` milliseconds. The engine uses it for deadlines alone.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()> + Send;

    /// Lets requests that arrived meanwhile reach the sequencer before it takes its next group. Awaited before each round of
    /// appends that follows on other work, never before one that found the sequencer idle; a host where requests get in by
    /// themselves has nothing to do.
    fn let_others_in(&self) -> impl Future<Output = ()> + Send {
        ready(())
    }
}

/// The host gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomError;

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host gave no random bytes")
    }
}

impl core::error::Error for RandomError {}

/// The highest head that one sequencer committed, as it remembers it outside the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Number of leaves under the head.
    pub size: TreeSize,
    /// Its root.
    pub root: Hash,
    /// The ledger's uid, so that a ledger made again under the same name is noticed.
    pub uid: [u8; 32],
    /// How many records recoveries gave up: of heads that were kept and then replaced by smaller ones.
    pub given_up: u64,
}

impl Kept {
    /// What to keep once `head` was committed over `from` leaves, which only a recovery makes fewer than `previous` has.
    pub(crate) fn after(
        previous: Option<&Self>,
        from: TreeSize,
        head: HeadId,
        uid: [u8; 32],
    ) -> Self {
        let HeadId { size, root } = head;
        let given_up = previous.map_or(0, |kept| {
            kept.given_up.saturating_add(kept.size.get().saturating_sub(from.get()))
        });
        Self { size, root, uid, given_up }
    }

    /// How many records were ever appended, at least: what a recovery gave up is counted as far as the sequencer knew of it. Neither
    /// a store that is rewound nor a recovery makes it smaller.
    pub fn appended(&self) -> u64 {
        self.size.get().saturating_add(self.given_up)
    }

    /// Size and root.
    pub fn head(&self) -> HeadId {
        HeadId { size: self.size, root: self.root }
    }
}

/// The sequencer's own storage, apart from the [`Store`](crate::store::Store): a Durable Object's
/// storage at the edge, a file or a table of its own elsewhere. It exists so that a store that was
/// rewound, restored or lost cannot make the sequencer sign a second history.
pub trait KeptHead: Send + Sync {
    /// What was stored last, or `None` if nothing ever was.
    ///
    /// # Errors
    /// [`KeptHeadError`] if that cannot be told; the sequencer then refuses to work.
    fn load(&self) -> impl Future<Output = Result<Option<Kept>, KeptHeadError>> + Send;

    /// Replaces `previous`, which was loaded or stored before, by `kept`: a compare-and-swap. With two
    /// sequencers over one storage, or a call that arrives late, each sees what the other kept. When
    /// it resolves with `Ok`, the value survives a crash.
    ///
    /// # Errors
    /// [`KeptHeadError`] if neither `previous` nor `kept` is there, and nothing changes then; or if
    /// the outcome is not certain, and then the old or the new value may be there afterwards.
    fn store(
        &self,
        previous: Option<&Kept>,
        kept: &Kept,
    ) -> impl Future<Output = Result<(), KeptHeadError>> + Send;
}

/// The sequencer's own storage did not answer, or holds something that is no kept head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptHeadError;

impl fmt::Display for KeptHeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sequencer's own storage failed")
    }
}

impl core::error::Error for KeptHeadError {}
