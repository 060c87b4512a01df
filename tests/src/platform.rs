//! Clock, randomness and the sequencer's own storage of a native host.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use stateledger_ledger::platform::{Kept, KeptHead, KeptHeadError, Platform, RandomError};

/// The operating system's clock and generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemPlatform;

impl Platform for SystemPlatform {
    fn now_ms(&self) -> u64 {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
    }

    fn fill_random(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(buffer).map_err(|_| RandomError)
    }

    /// Never resolves: a call to SQLite has returned before anything else is polled, so no deadline could pass.
    async fn sleep(&self, _: u64) {
        let never: Infallible = std::future::pending().await;
        match never {}
    }
}

/// A kept head in memory. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryKeptHead(Arc<Mutex<Option<Kept>>>);

impl KeptHead for MemoryKeptHead {
    async fn load(&self) -> Result<Option<Kept>, KeptHeadError> {
        Ok(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn store(&self, previous: Option<&Kept>, kept: &Kept) -> Result<(), KeptHeadError> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref() != previous && held.as_ref() != Some(kept) {
            return Err(KeptHeadError);
        }
        *held = Some(*kept);
        Ok(())
    }
}
