//! Clock, randomness and timer of the Workers runtime.

use core::time::Duration;

use stateledger_ledger::platform::{Platform, RandomError};
use worker::send::SendFuture;
use worker::{Date, Delay};

/// The runtime's own clock, generator and timer. The clock stands still between I/O, and neither
/// clock nor randomness exists outside a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EdgePlatform;

impl Platform for EdgePlatform {
    fn now_ms(&self) -> u64 {
        Date::now().as_millis()
    }

    fn fill_random(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(buffer).map_err(|_| RandomError)
    }

    fn sleep(&self, ms: u64) -> impl Future<Output = ()> + Send {
        SendFuture::new(Delay::from(Duration::from_millis(ms)))
    }

    /// Where D1 runs in the same process (workerd on one machine), commits that follow each other keep
    /// its event loop busy, and a busy loop neither reads sockets nor fires timers: groups stay small, and
    /// connections that were not read for 5 s are closed. Only waiting for a timer makes it look. It
    /// costs about a millisecond, a small part of a commit over the network.
    fn let_others_in(&self) -> impl Future<Output = ()> + Send {
        self.sleep(0)
    }
}
