//! What a sequencer says about itself.

use super::Sequencer;
use super::load::Fault;
use crate::error::{AppendError, Halt, ReadError};
use crate::platform::{KeptHead, Platform};
use crate::store::Store;

/// A sequencer's state, for metrics and readiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Size of the head in the sequencer's own storage; `None` before the ledger's creation. Only a
    /// recovery makes it smaller.
    pub kept_size: Option<u64>,
    /// How many records were ever appended, those that a recovery gave up included; it never becomes smaller while the
    /// sequencer has its storage.
    pub appended: Option<u64>,
    /// Requests that wait for a commit.
    pub waiting: usize,
    /// Why it refuses to sign.
    pub halt: Option<Halt>,
}

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// Asks the sequencer's own storage, and the store unless the ledger is loaded.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] if either does not answer.
    pub async fn status(&self) -> Result<Status, ReadError> {
        let unavailable = |_: Fault| ReadError::Unavailable;
        let kept = self.load_kept().await.map_err(unavailable)?;
        let waiting = self.queue.len();
        // Whoever holds the state is at work, and so not halted.
        let loaded = self.state.try_lock().is_none_or(|state| state.is_some());
        let halt = match (kept, loaded) {
            (None, _) | (Some(_), true) => None,
            (Some(_), false) => match self.open(kept).await {
                Ok(_) => None,
                Err(Fault::Refuse(AppendError::Halted(halt))) => Some(halt),
                Err(fault) => return Err(unavailable(fault)),
            },
        };
        let (kept_size, appended) = kept.map(|kept| (kept.size.get(), kept.appended())).unzip();
        Ok(Status { kept_size, appended, waiting, halt })
    }
}
