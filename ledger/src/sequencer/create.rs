//! The creation of a ledger: the first commit, a signed head of size 0.

use stateledger_core::tree::{self, TreeSize};

use super::Sequencer;
use super::load::{Fault, Opened};
use crate::error::{AppendError, CreateError, Halt};
use crate::platform::{KeptHead, Platform};
use crate::request::Description;
use crate::rules::{Enforced, Rules};
use crate::seal::LogSigner;
use crate::store::{Head, HeadId, LedgerRow, Store, StoreError};

impl From<Fault> for CreateError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refuse(AppendError::Halted(halt)) => Self::Halted(halt),
            Fault::Refuse(AppendError::Schema) => Self::Schema,
            Fault::Retry | Fault::Refuse(_) => Self::Unavailable,
        }
    }
}

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// Creates the ledger with a fresh uid, and so with keys that no earlier ledger of this name
    /// had.
    ///
    /// # Errors
    /// See [`CreateError`]. After [`CreateError::Unavailable`] the ledger may have been created;
    /// asking again then says [`CreateError::Exists`].
    pub async fn create(&self, rules: Rules) -> Result<Description, CreateError> {
        // What cannot be enforced is not promised.
        Enforced::new(rules.clone()).map_err(CreateError::Rules)?;
        let mut state = self.state.lock().await;
        let kept = self.load_kept().await?;
        let stored = self.calls.read(self.calls.store.open(&self.ledger)).await;
        match (kept, stored.map_err(|_| CreateError::Unavailable)?) {
            (_, Some(_)) => return Err(CreateError::Exists),
            // A ledger that was signed for is gone: a new one under its name would be a second
            // history.
            (Some(kept), None) => return Err(CreateError::Halted(Halt::Missing(kept.head()))),
            (None, None) => {}
        }
        let (row, head) = self.first_rows(rules)?;
        let written = self.calls.write(self.calls.store.create(&self.ledger, &row, &head)).await;
        if written == Err(StoreError::Conflict) {
            return Err(CreateError::Exists);
        }
        // Whatever the write answered, the load tells what is there; it also writes the first kept
        // head.
        let opened = self.load().await?;
        if opened.uid != row.uid {
            return Err(CreateError::Exists);
        }
        let description = self.describe(&opened);
        *state = Some(opened);
        Ok(description)
    }

    fn first_rows(&self, rules: Rules) -> Result<(LedgerRow, Head), CreateError> {
        let mut uid = [0; 32];
        let platform = &self.calls.platform;
        platform.fill_random(&mut uid).map_err(|_| CreateError::Unavailable)?;
        let origin = self.ledger.origin(&self.host);
        let signer = LogSigner::new(&self.secrets, &origin, &uid).ok_or(CreateError::Origin)?;
        let created = platform.now_ms();
        let mut row = LedgerRow {
            uid,
            origin,
            verifier_key: signer.verifier_key().to_owned(),
            rules: rules.to_bytes(),
            created,
            mac: [0; 32],
        };
        row.mac = self.secrets.row_keys(&row.origin, &uid).ledger_mac(&self.ledger, &row);
        let id = HeadId { size: TreeSize::ZERO, root: tree::empty_root() };
        let checkpoint = signer.sign(&id).map_err(|()| CreateError::Origin)?;
        Ok((row, Head { id, checkpoint, time: created }))
    }

    fn describe(&self, opened: &Opened) -> Description {
        Description {
            ledger: self.ledger.clone(),
            origin: opened.origin.clone(),
            verifier_key: opened.verifier_key.clone(),
            size: opened.head.id.size,
            root: opened.head.id.root,
            rules: opened.rules.rules.clone(),
        }
    }
}
