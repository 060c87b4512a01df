//! Faults at storage calls, counted over the store and the kept head together.

use std::collections::VecDeque;
use std::fmt;
use std::future::pending;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;

use crate::store::{Batch, StoreError};

/// How one storage call fails. A read has no effect, so for it all kinds of error and all kinds of
/// hanging are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// An error, and no effect.
    Lost,
    /// The effect, and an error.
    Stored,
    /// No answer, and no effect.
    Hang,
    /// The effect, and no answer.
    StoredHang,
    /// No answer; the effect comes before the next write. Only for commits, else like
    /// [`Failure::Hang`].
    Late,
    /// The same call twice. A commit is answered, and comes once more before the next one; another write
    /// comes twice at once, and the second time is answered. For reads like no failure.
    Repeated,
}

impl Failure {
    /// Every kind that the caller does not get a good answer from.
    pub const ALL: [Self; 5] = [Self::Lost, Self::Stored, Self::Hang, Self::StoredHang, Self::Late];
}

type Damage = Box<dyn FnOnce(&mut Batch) + Send>;

#[derive(Default)]
struct State {
    calls: usize,
    plan: Vec<(Range<usize>, Failure)>,
    commits: VecDeque<Failure>,
    holds: Vec<(usize, oneshot::Receiver<()>)>,
    damage: Option<Damage>,
    gates: VecDeque<oneshot::Receiver<()>>,
}

/// The plan of faults. Clones share it.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("calls", &self.calls()).finish_non_exhaustive()
    }
}

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Storage calls so far.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Lets the call number `number`, from 0, counted from now, fail.
    pub fn fail(&self, number: usize, failure: Failure) {
        let mut state = self.state();
        let at = state.calls.saturating_add(number);
        state.plan.push((at..at.saturating_add(1), failure));
    }

    /// Lets that call and every later one fail, until [`Faults::end`].
    pub fn fail_from(&self, number: usize, failure: Failure) {
        let mut state = self.state();
        let at = state.calls.saturating_add(number);
        state.plan.push((at..usize::MAX, failure));
    }

    /// Lets the next commits fail so, one after the other.
    pub fn fail_commits(&self, failures: impl IntoIterator<Item = Failure>) {
        self.state().commits.extend(failures);
    }

    /// No further call fails.
    pub fn end(&self) {
        let mut state = self.state();
        state.plan.clear();
        state.commits.clear();
    }

    /// Changes the next batch between the engine and the bytes to be stored.
    pub fn damage_staged(&self, damage: impl FnOnce(&mut Batch) + Send + 'static) {
        self.state().damage = Some(Box::new(damage));
    }

    /// Makes the call number `number`, from 0, counted from now, wait until the answered sender is
    /// used or dropped. It then sees what came about in the meantime.
    pub fn hold(&self, number: usize) -> oneshot::Sender<()> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        let at = state.calls.saturating_add(number);
        state.holds.push((at, receiver));
        sender
    }

    /// Makes the next commit wait until the answered sender is used or dropped.
    pub fn hold_commit(&self) -> oneshot::Sender<()> {
        let (sender, receiver) = oneshot::channel();
        self.state().gates.push_back(receiver);
        sender
    }

    pub(super) fn damage(&self, batch: &mut Batch) {
        if let Some(damage) = self.state().damage.take() {
            damage(batch);
        }
    }

    pub(super) async fn gate(&self) {
        let gate = self.state().gates.pop_front();
        if let Some(gate) = gate {
            let _ = gate.await;
        }
    }

    /// Counts a call, waits if it is held, and says how it fails.
    async fn next(&self) -> Option<Failure> {
        let (failure, hold) = self.count();
        if let Some(hold) = hold {
            let _ = hold.await;
        }
        failure
    }

    fn count(&self) -> (Option<Failure>, Option<oneshot::Receiver<()>>) {
        let mut state = self.state();
        let call = state.calls;
        state.calls = call.saturating_add(1);
        let failure = state.plan.iter().find(|(calls, _)| calls.contains(&call));
        let failure = failure.map(|(_, failure)| *failure);
        let held = state.holds.iter().position(|(at, _)| *at == call);
        (failure, held.map(|held| state.holds.swap_remove(held).1))
    }

    pub(super) async fn read(&self) -> Result<(), StoreError> {
        match self.next().await {
            None | Some(Failure::Repeated) => Ok(()),
            Some(Failure::Lost | Failure::Stored) => Err(StoreError::Unavailable),
            Some(Failure::Hang | Failure::StoredHang | Failure::Late) => pending().await,
        }
    }

    pub(super) async fn commit(
        &self,
        write: impl FnOnce() -> Result<(), StoreError>,
        put_off: impl FnOnce(),
    ) -> Result<(), StoreError> {
        let planned = self.state().commits.pop_front();
        perform(self.next().await.or(planned), write, put_off).await
    }

    pub(super) async fn write(
        &self,
        write: impl Fn() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failure = self.next().await;
        if failure == Some(Failure::Repeated) {
            let _ = write();
            return write();
        }
        // Only a commit can come late.
        perform(failure, write, || {}).await
    }
}

async fn perform(
    failure: Option<Failure>,
    write: impl FnOnce() -> Result<(), StoreError>,
    put_off: impl FnOnce(),
) -> Result<(), StoreError> {
    match failure {
        None => write(),
        Some(Failure::Repeated) => {
            put_off();
            write()
        }
        Some(Failure::Lost) => Err(StoreError::Unknown),
        Some(Failure::Stored) => write().and(Err(StoreError::Unknown)),
        Some(Failure::Hang) => pending().await,
        Some(Failure::StoredHang) => {
            let _ = write();
            pending().await
        }
        Some(Failure::Late) => {
            put_off();
            pending().await
        }
    }
}
