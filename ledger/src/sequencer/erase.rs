//! The erasure of a payload, and the holds that forbid it.
//!
//! An erasure is a commit like any other: one transaction appends the record that tells of it and
//! destroys payload, salt and key. It needs no idempotency key: after an error of unknown outcome the
//! reload finds the payload erased or not, and asking twice is answered like asking once.

use core::fmt;

use stateledger_core::base64;
use stateledger_core::json::Value;
use stateledger_core::tree::LeafIndex;

use super::Sequencer;
use super::answer::Place;
use super::load::{Fault, Opened};
use super::own::{Own, Target};
use crate::checked::{self, CheckedRecord};
use crate::error::{AppendError, Halt};
use crate::form;
use crate::limits::MAX_ATTEMPTS;
use crate::platform::{KeptHead, Platform};
use crate::request::{Appended, Erased};
use crate::rules::RESERVED;
use crate::secrets::RowKeys;
use crate::store::{Fetch, HoldRow, KeyRow, Standing, Store, StoreError};
use crate::sweep;

/// Type of the record that an erasure appends.
pub const ERASED: &str = "stateledger.erased";

/// A payload that was destroyed.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// Position of the record whose payload it was.
    pub index: LeafIndex,
    /// Where the ledger says so, and when.
    pub erased: Erased,
    /// The record that says so, with its receipt; `replayed` if it was there before.
    pub record: Appended,
}

/// A payload that may not be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Position of the record.
    pub index: LeafIndex,
    /// When it was asked for last, milliseconds since 1970.
    pub time: u64,
    /// Whether it was held before this call.
    pub before: bool,
}

/// Why a payload was not erased, held or released.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EraseError {
    /// No such ledger (`not-found`).
    NotFound,
    /// No record of this index (`record-not-found`).
    RecordNotFound,
    /// The record is one of the server's own: what it says cannot be taken back (`not-erasable`).
    NotErasable,
    /// The payload is held (`legal-hold`).
    Held,
    /// There is nothing left to hold (`payload-erased`).
    Erased,
    /// The sequencer refuses to sign (`ledger-halted`).
    Halted(Halt),
    /// The store or the host did not answer; it may have happened, and asking again is safe
    /// (`storage-unavailable`).
    Unavailable,
    /// Stored rows contradict each other (`storage-corrupt`).
    Corrupt,
}

impl From<Fault> for EraseError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refuse(AppendError::NotFound) => Self::NotFound,
            Fault::Refuse(AppendError::Halted(halt)) => Self::Halted(halt),
            Fault::Refuse(AppendError::Corrupt) => Self::Corrupt,
            Fault::Retry | Fault::Refuse(_) => Self::Unavailable,
        }
    }
}

/// An answer that keeps the loaded ledger, or a fault that drops it.
type Round<T> = Result<(Opened, Result<T, EraseError>), Fault>;

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// Destroys the payload of a record with its salt and key, and appends a record that says so. Every
    /// proof stays valid. A payload that was erased before is answered as it was then.
    ///
    /// # Errors
    /// See [`EraseError`].
    pub async fn erase(&self, index: LeafIndex) -> Result<Erasure, EraseError> {
        let mut state = self.state.lock().await;
        let mut last = EraseError::Unavailable;
        for _ in 0..MAX_ATTEMPTS {
            match self.erase_round(state.take(), index).await {
                Ok((opened, answer)) => {
                    *state = Some(opened);
                    drop(state);
                    // The payload cannot be read any more, whether its value goes now or later.
                    let _ = sweep::delete_values(&self.calls).await;
                    return answer;
                }
                Err(Fault::Retry) => last = EraseError::Unavailable,
                Err(fault @ Fault::Refuse(_)) => return Err(fault.into()),
            }
        }
        Err(last)
    }

    async fn erase_round(&self, state: Option<Opened>, index: LeafIndex) -> Round<Erasure> {
        let opened = self.opened(state).await?;
        let Some(record) = self.target(&opened, index).await? else {
            return Ok((opened, Err(EraseError::RecordNotFound)));
        };
        let fields = record.entry.statement().fields();
        if fields.record_type.starts_with(RESERVED) {
            return Ok((opened, Err(EraseError::NotErasable)));
        }
        let standing = self.standing(&opened, index).await?;
        if let Some(row) = standing.erased {
            let erased = Erased { by: LeafIndex::new(row.by), time: row.time };
            return self.erased(opened, index, erased, true).await;
        }
        if standing.hold.is_some() {
            return Ok((opened, Err(EraseError::Held)));
        }
        let key = standing.key.map(|key| overwritten(&opened.keys, key));
        let own = Own {
            record_type: ERASED,
            subject: Some(index.get().to_string()),
            payload: Value::object([
                ("digest", Value::string(base64::encode_url(&fields.commit.digest))),
                ("index", Value::string(index.get().to_string())),
            ]),
            erases: Some(Target { index: index.get(), key }),
        };
        let by = LeafIndex::new(opened.head.id.size.get());
        let opened = self.append_own(opened, own).await?;
        let erased = Erased { by, time: opened.last_time.millis() };
        self.erased(opened, index, erased, false).await
    }

    async fn erased(
        &self,
        opened: Opened,
        index: LeafIndex,
        erased: Erased,
        replayed: bool,
    ) -> Round<Erasure> {
        let place = Place::new(erased.by.get(), replayed);
        let record = self.stored_answer(&opened, &[place]).await?;
        let erasure = record.map(|record| Erasure { index, erased, record });
        Ok((opened, erasure.map_err(|error| Fault::Refuse(error).into())))
    }

    /// Forbids the erasure of a record's payload until [`Sequencer::release`].
    ///
    /// # Errors
    /// See [`EraseError`].
    pub async fn hold(&self, index: LeafIndex) -> Result<Hold, EraseError> {
        let mut state = self.state.lock().await;
        for _ in 0..MAX_ATTEMPTS {
            match self.hold_round(state.take(), index).await {
                Ok((opened, answer)) => {
                    *state = Some(opened);
                    return answer;
                }
                Err(Fault::Retry) => {}
                Err(fault @ Fault::Refuse(_)) => return Err(fault.into()),
            }
        }
        Err(EraseError::Unavailable)
    }

    async fn hold_round(&self, state: Option<Opened>, index: LeafIndex) -> Round<Hold> {
        let opened = self.opened(state).await?;
        if self.target(&opened, index).await?.is_none() {
            return Ok((opened, Err(EraseError::RecordNotFound)));
        }
        let standing = self.standing(&opened, index).await?;
        if standing.erased.is_some() {
            return Ok((opened, Err(EraseError::Erased)));
        }
        // A hold is written anew each time, as another row: a release that was given up may still
        // arrive, and it ends the row that it saw.
        let before = standing.hold.map(|row| row.time.saturating_add(1));
        let time = self.now()?.millis().max(before.unwrap_or(0));
        let mut row = HoldRow { index: index.get(), time, mac: [0; 32] };
        row.mac = opened.keys.hold_mac(&row);
        self.calls.write(self.calls.store.hold(&self.ledger, &row)).await?;
        Ok((opened, Ok(Hold { index, time, before: before.is_some() })))
    }

    /// Ends a hold. One that is not there is ended.
    ///
    /// # Errors
    /// See [`EraseError`].
    pub async fn release(&self, index: LeafIndex) -> Result<(), EraseError> {
        let mut state = self.state.lock().await;
        let opened = self.opened(state.take()).await?;
        if index.get() >= opened.head.id.size.get() {
            *state = Some(opened);
            return Err(EraseError::RecordNotFound);
        }
        let standing = self.standing(&opened, index).await?;
        if let Some(hold) = standing.hold {
            let call = self.calls.store.release(&self.ledger, &hold);
            self.calls.write(call).await.map_err(Fault::from)?;
        }
        *state = Some(opened);
        Ok(())
    }

    async fn opened(&self, state: Option<Opened>) -> Result<Opened, Fault> {
        match state {
            Some(opened) => Ok(opened),
            None => self.load().await,
        }
    }

    /// The record, proven under the head.
    async fn target(
        &self,
        opened: &Opened,
        index: LeafIndex,
    ) -> Result<Option<CheckedRecord>, Fault> {
        if index.get() >= opened.head.id.size.get() {
            return Ok(None);
        }
        let (calls, ledger, keys) = (&self.calls, &self.ledger, &opened.keys);
        let records = checked::records(calls, ledger, keys, &[index.get()], Fetch::Salts).await?;
        let record = records.into_iter().next().ok_or(StoreError::Corrupt)?;
        let leaf = [(index, record.leaf_hash)];
        checked::prove(calls, ledger, &opened.head.id, &leaf).await?;
        Ok(Some(record))
    }

    /// What stands beside the record, written by this deployment, with the key only if it stands for
    /// this record.
    async fn standing(&self, opened: &Opened, index: LeafIndex) -> Result<Standing, Fault> {
        let index = index.get();
        let read = self.calls.read(self.calls.store.standing(&self.ledger, index)).await?;
        let keys = &opened.keys;
        checked::ensure(read.erased.is_none_or(|row| keys.verify_erasure(&row)))?;
        checked::ensure(read.hold.is_none_or(|row| keys.verify_hold(&row)))?;
        let covers = |key: &KeyRow| key.first.saturating_add(u64::from(key.count)) > index;
        let key = read.key.filter(covers);
        checked::ensure(key.as_ref().is_none_or(|key| keys.verify_key(key)))?;
        Ok(Standing { key, ..read })
    }
}

/// The digest of the request that brought the payload could confirm a guess at it: it goes too.
fn overwritten(keys: &RowKeys, key: KeyRow) -> KeyRow {
    let mut key = KeyRow { digest: form::OVERWRITTEN, ..key };
    key.mac = keys.key_mac(&key);
    key
}

impl EraseError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::RecordNotFound => "record-not-found",
            Self::NotErasable => "not-erasable",
            Self::Held => "legal-hold",
            Self::Erased => "payload-erased",
            Self::Halted(_) => "ledger-halted",
            Self::Unavailable => "storage-unavailable",
            Self::Corrupt => "storage-corrupt",
        }
    }
}

impl fmt::Display for EraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is no such ledger",
            Self::RecordNotFound => "there is no record of this index",
            Self::NotErasable => "a record of the server's own cannot be erased",
            Self::Held => "the payload is held and may not be erased",
            Self::Erased => "the payload was erased; there is nothing left to hold",
            Self::Halted(halt) => return halt.fmt(f),
            Self::Unavailable => "the storage did not answer; ask again",
            Self::Corrupt => "stored rows contradict each other",
        })
    }
}

impl core::error::Error for EraseError {}
