//! An operator's way out of a halt: the stored head is accepted by name, and the ledger says so.

use core::fmt;

use stateledger_core::json::Value;

use super::Sequencer;
use super::answer::Place;
use super::load::Fault;
use super::own::Own;
use crate::error::{AppendError, Halt};
use crate::platform::{KeptHead, Platform};
use crate::request::Appended;
use crate::store::{HeadId, Store};

/// Type of the record that a recovery appends.
pub const RECOVERED: &str = "stateledger.recovered";

/// Why a halted ledger was not recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecoverError {
    /// No such ledger (`not-found`).
    NotFound,
    /// The sequencer signs for the ledger; there is nothing to recover (`ledger-not-halted`).
    NotHalted,
    /// The store's newest head is another one than the caller names (`recovery-head-mismatch`).
    OtherHead(HeadId),
    /// The store holds no head of this ledger that verifies (`ledger-halted`).
    Halted(Halt),
    /// The store or the host did not answer; it may have happened (`storage-unavailable`).
    Unavailable,
    /// Stored rows contradict each other (`storage-corrupt`).
    Corrupt,
}

impl From<Fault> for RecoverError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refuse(AppendError::NotFound) => Self::NotFound,
            Fault::Refuse(AppendError::Halted(halt)) => Self::Halted(halt),
            Fault::Refuse(AppendError::Corrupt) => Self::Corrupt,
            Fault::Retry | Fault::Refuse(_) => Self::Unavailable,
        }
    }
}

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// Accepts the store's newest head, which the caller names, although the sequencer committed
    /// another one, and appends a record (`stateledger.recovered`) of both heads. From then on the
    /// ledger goes on. What was acknowledged beyond the accepted head is lost, and whoever kept a
    /// checkpoint of it holds a proof of that.
    ///
    /// Only a head whose row, checkpoint and right edge verify is accepted, exactly as a load
    /// verifies them.
    ///
    /// # Errors
    /// See [`RecoverError`]. After [`RecoverError::Unavailable`] it may have happened: ask again,
    /// and name the head that is the newest then.
    pub async fn recover(&self, accepted: HeadId) -> Result<Appended, RecoverError> {
        let mut state = self.state.lock().await;
        *state = None;
        let kept = self.load_kept().await?;
        let (halt, kept) = match (self.open(kept).await, kept) {
            (Ok(_), _) => return Err(RecoverError::NotHalted),
            (Err(Fault::Refuse(AppendError::Halted(halt))), Some(kept)) => (halt, kept),
            (Err(fault), _) => return Err(fault.into()),
        };
        match halt {
            Halt::Behind(_) | Halt::OtherRoot(_) | Halt::NotAnExtension(_) => {}
            // There is no head of this ledger's that could be accepted.
            Halt::Missing(_)
            | Halt::OtherLedger(_)
            | Halt::BadCheckpoint(_)
            | Halt::BadLedgerRow(_) => return Err(RecoverError::Halted(halt)),
        }
        let mut opened = self.open(None).await?;
        if opened.uid != kept.uid {
            return Err(RecoverError::Halted(Halt::OtherLedger(kept.head())));
        }
        if opened.head.id != accepted {
            return Err(RecoverError::OtherHead(opened.head.id));
        }
        let payload = told(halt.word(), &kept.head(), &accepted);
        let own = Own { record_type: RECOVERED, subject: None, payload, erases: None };
        // First the record, then the kept head, which the commit swaps: whatever is signed after a
        // recovery follows its record. A crash between the two leaves the ledger halted.
        opened.kept = Some(kept);
        let opened = self.append_own(opened, own).await?;
        let place = Place::new(accepted.size.get(), false);
        let answer = self.stored_answer(&opened, &[place]).await?;
        *state = Some(opened);
        answer.map_err(|error| Fault::Refuse(error).into())
    }
}

/// What the record says: why the ledger was halted, and both heads.
fn told(reason: &str, kept: &HeadId, accepted: &HeadId) -> Value {
    let head = |head: &HeadId| {
        let root = Value::string(head.root.to_base64());
        Value::object([("rootHash", root), ("size", Value::string(head.size.get().to_string()))])
    };
    let heads = [("accepted", head(accepted)), ("kept", head(kept))];
    Value::object(heads.into_iter().chain([("reason", Value::string(reason))]))
}

impl RecoverError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::NotHalted => "ledger-not-halted",
            Self::OtherHead(_) => "recovery-head-mismatch",
            Self::Halted(_) => "ledger-halted",
            Self::Unavailable => "storage-unavailable",
            Self::Corrupt => "storage-corrupt",
        }
    }
}

impl fmt::Display for RecoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is no such ledger",
            Self::NotHalted => "the ledger is not halted",
            Self::OtherHead(HeadId { size, root }) => {
                return write!(f, "the stored head has size {size} and root {}", root.to_base64());
            }
            Self::Halted(halt) => return halt.fmt(f),
            Self::Unavailable => "the storage did not answer; ask again",
            Self::Corrupt => "stored rows contradict each other",
        })
    }
}

impl core::error::Error for RecoverError {}
