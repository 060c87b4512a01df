//! A clock that the test sets, randomness that repeats, timers that expire at once or never, and a
//! kept head in memory.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::platform::{Kept, KeptHead, KeptHeadError, Platform, RandomError};
use crate::store::StoreError;

use super::Faults;

/// When a deadline passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timers {
    /// As soon as a call does not answer at once.
    Expire,
    /// Never.
    Never,
}

/// The platform. Clones share clock, randomness and timers.
#[derive(Debug, Clone)]
pub struct FakePlatform {
    now_ms: Arc<AtomicU64>,
    tick_ms: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
    expire: Arc<AtomicBool>,
    pauses: Arc<AtomicU64>,
}

impl FakePlatform {
    /// 2026-11-23T10:00:00.000Z.
    pub const START_MS: u64 = 1_795_428_000_000;

    /// A platform whose clock stands at [`FakePlatform::START_MS`].
    pub fn new(timers: Timers) -> Self {
        let now_ms = Arc::new(AtomicU64::new(Self::START_MS));
        let platform = Self {
            now_ms,
            tick_ms: Arc::default(),
            drawn: Arc::default(),
            expire: Arc::default(),
            pauses: Arc::default(),
        };
        platform.set_timers(timers);
        platform
    }

    /// Says when the deadlines of later calls pass; one that runs stays as it is.
    pub fn set_timers(&self, timers: Timers) {
        self.expire.store(timers == Timers::Expire, Ordering::Relaxed);
    }

    /// Lets the clock go on by this much each time it is read.
    pub fn tick(&self, ms: u64) {
        self.tick_ms.store(ms, Ordering::Relaxed);
    }

    /// How often others were let in.
    pub fn pauses(&self) -> u64 {
        self.pauses.load(Ordering::Relaxed)
    }

    /// Sets the clock.
    pub fn set_now(&self, ms: u64) {
        self.now_ms.store(ms, Ordering::Relaxed);
    }
}

impl Platform for FakePlatform {
    fn now_ms(&self) -> u64 {
        self.now_ms.fetch_add(self.tick_ms.load(Ordering::Relaxed), Ordering::Relaxed)
    }

    /// Not random, but never the same twice.
    fn fill_random(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        for value in buffer.chunks_mut(32) {
            let number = self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            for (to, from) in value.iter_mut().zip(number.iter().cycle()) {
                *to = *from;
            }
        }
        Ok(())
    }

    async fn sleep(&self, _ms: u64) {
        if !self.expire.load(Ordering::Relaxed) {
            pending().await
        }
    }

    async fn let_others_in(&self) {
        self.pauses.fetch_add(1, Ordering::Relaxed);
    }
}

/// A kept head. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryKept {
    kept: Arc<Mutex<Option<Kept>>>,
    faults: Faults,
}

impl MemoryKept {
    /// Nothing kept; calls fail as `faults` says.
    pub fn new(faults: Faults) -> Self {
        Self { faults, ..Self::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept.
    pub fn get(&self) -> Option<Kept> {
        *self.lock()
    }

    /// Replaces what is kept, as a restore would.
    pub fn set(&self, kept: Option<Kept>) {
        *self.lock() = kept;
    }
}

impl KeptHead for MemoryKept {
    async fn load(&self) -> Result<Option<Kept>, KeptHeadError> {
        self.faults.read().await.map_err(|_| KeptHeadError)?;
        Ok(self.get())
    }

    async fn store(&self, previous: Option<&Kept>, kept: &Kept) -> Result<(), KeptHeadError> {
        let write = || {
            let mut held = self.lock();
            if held.as_ref() != previous && held.as_ref() != Some(kept) {
                return Err(StoreError::Conflict);
            }
            *held = Some(*kept);
            Ok(())
        };
        self.faults.write(write).await.map_err(|_| KeptHeadError)
    }
}
