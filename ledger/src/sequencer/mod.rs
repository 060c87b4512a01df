//! The only writer of a ledger.
//!
//! Appends wait in a queue. Whoever gets hold of the state works on everything that waits, as one
//! commit, until the own request is answered; meanwhile the next group fills. There is no timer and
//! no task of its own.

mod answer;
mod commit;
mod create;
mod draft;
mod drawn;
mod erase;
mod group;
mod job;
mod load;
mod own;
mod recognise;
mod recover;
mod status;

use core::fmt;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::future::{Either, select};
use futures_util::lock::Mutex;
use stateledger_core::time::Time;

use crate::calls::Calls;
use crate::checked;
use crate::error::AppendError;
use crate::id::LedgerId;
use crate::limits::MAX_ATTEMPTS;
use crate::platform::{KeptHead, Platform};
use crate::request::{AppendRequest, Appended};
use crate::secrets::SequencerSecrets;
use crate::store::{Fetch, KeyRow, Store, StoreError};

use drawn::Drawn;
pub use erase::{ERASED, EraseError, Erasure, Hold};
use group::{Before, Group, Hit};
use job::{Job, Queue};
use load::{Fault, Opened};
pub use recover::{RECOVERED, RecoverError};
pub use status::Status;

/// Creates one ledger and appends to it. There must be one per ledger for speed, not for safety: a
/// second one collides.
///
/// Futures may be dropped at any point. A request that was taken up may then still be committed, as
/// after a lost connection.
pub struct Sequencer<S, K, P> {
    ledger: LedgerId,
    host: String,
    secrets: SequencerSecrets,
    calls: Calls<S, P>,
    kept: K,
    queue: Queue,
    /// The loaded ledger; `None` before the first request, while a commit is under way, and after
    /// an error. An async lock, because it is held over the commit: this is what makes the
    /// sequencer one writer. It is released by a dropped future, too, and then holds `None`.
    state: Mutex<Option<Opened>>,
}

impl<S, K, P> fmt::Debug for Sequencer<S, K, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequencer").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// A sequencer of `ledger`. `host` makes the origin of a ledger that is created here
    /// (`<host>/log/<ledger>`); an existing ledger keeps its own. Nothing is read before the first
    /// request.
    pub fn new(
        ledger: LedgerId,
        host: impl Into<String>,
        secrets: SequencerSecrets,
        store: S,
        kept: K,
        platform: P,
    ) -> Self {
        let calls = Calls { store, platform };
        let (queue, state) = (Queue::default(), Mutex::new(None));
        Self { ledger, host: host.into(), secrets, calls, kept, queue, state }
    }

    /// The ledger that this is the sequencer of.
    pub fn ledger(&self) -> &LedgerId {
        &self.ledger
    }

    /// The store that it writes to.
    pub fn store(&self) -> &S {
        &self.calls.store
    }

    /// The clock and timer that it uses.
    pub fn platform(&self) -> &P {
        &self.calls.platform
    }

    /// Appends all records of a request, next to each other, or none; answers when they are
    /// durable.
    ///
    /// Checks run in the order of design §10: replay by idempotency key, expected size, rules and
    /// limits.
    ///
    /// # Errors
    /// See [`AppendError`]. After [`AppendError::Unavailable`] and [`AppendError::Corrupt`] the
    /// records may be stored; after any other error they are not.
    pub async fn append(&self, request: AppendRequest) -> Result<Appended, AppendError> {
        let (job, done) = Job::new(request)?;
        let job = Arc::new(job);
        self.queue.push(job.clone())?;
        if let Some(mut state) = self.state.try_lock() {
            self.lead(&job, &mut state, false).await;
        } else if let Either::Right((mut state, _)) = select(done, self.state.lock()).await {
            self.lead(&job, &mut state, true).await;
        }
        job.take_answer().unwrap_or(Err(AppendError::Unavailable))
    }

    /// Works until the job is answered. `follows` says whether there was other work just before.
    async fn lead(&self, job: &Job, state: &mut Option<Opened>, mut follows: bool) {
        while !job.is_answered() {
            if follows {
                self.calls.platform.let_others_in().await;
            }
            follows = true;
            self.work(state).await;
        }
    }

    /// One round: takes a group, and either answers its requests or counts the attempt.
    async fn work(&self, state: &mut Option<Opened>) {
        let jobs = self.queue.group();
        // The state is put back only by a round without any error.
        match self.round(state.take(), &jobs).await {
            Ok((opened, unwritten)) => {
                *state = Some(opened);
                count_attempt(&unwritten);
            }
            Err(Fault::Refuse(error)) => {
                jobs.iter().for_each(|job| job.refuse(error.clone(), None));
            }
            Err(Fault::Retry) => count_attempt(&jobs),
        }
        self.queue.drop_answered();
    }

    /// Answers every request of the group but those with a value that could not be written, which it
    /// leaves out.
    async fn round(
        &self,
        state: Option<Opened>,
        jobs: &[Arc<Job>],
    ) -> Result<(Opened, Vec<Arc<Job>>), Fault> {
        let opened = match state {
            Some(opened) => opened,
            None => self.load().await?,
        };
        self.recognise(&opened, jobs).await?;
        let mut jobs: Vec<Arc<Job>> =
            jobs.iter().filter(|job| !job.is_answered()).cloned().collect();
        let hits = self.hits(&opened, &jobs).await?;
        let now = self.now()?;
        let last_time = opened.last_time;
        let size = opened.head.id.size;
        let (origin, rules) = (opened.origin.clone(), opened.rules.clone());
        let (uid, rules, origin) = (opened.uid, &*rules, origin.as_str());
        let mut drawn = Drawn::new(jobs.iter().map(|job| job.request.records.len()).sum());
        let mut draw = |salt: &mut [u8; 32]| {
            *salt = drawn.next(&self.calls.platform)?;
            Ok(())
        };
        let (mut left_out, mut down) = (Vec::new(), false);
        let (group, decisions, prepared) = loop {
            let hits = &hits;
            let before = Before { uid, origin, rules, size, last_time, now, hits };
            let (group, decisions) = Group::of(before, &jobs, &mut draw);
            let prepared = self.prepare(&opened, &group)?;
            let unwritten = self.write_values(&group, &mut down).await?;
            if unwritten.is_empty() {
                break (group, decisions, prepared);
            }
            // Places and sizes of the others change without them, so all is decided anew.
            jobs.retain(|job| !unwritten.iter().any(|other| Arc::ptr_eq(job, other)));
            left_out.extend(unwritten);
        };
        // Nobody is answered before the commit, refusals neither: what they were decided by may not
        // have come about.
        let (opened, nodes) = self.commit(opened, &group, &decisions, prepared).await?;
        self.answer(&opened, size, &group, nodes.as_ref(), decisions).await?;
        Ok((opened, left_out))
    }

    fn now(&self) -> Result<Time, Fault> {
        let now = Time::from_millis(self.calls.platform.now_ms());
        now.map_err(|_| Fault::Refuse(AppendError::Unavailable))
    }

    /// The stored idempotency keys among those of the group, each with what is needed to compare
    /// bodies.
    async fn hits(
        &self,
        opened: &Opened,
        jobs: &[Arc<Job>],
    ) -> Result<HashMap<String, Result<Hit, AppendError>>, Fault> {
        let mut names: Vec<&str> = jobs.iter().flat_map(|job| job.keys()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.calls.read(self.calls.store.keys(&self.ledger, &names)).await?;
        let size = opened.head.id.size.get();
        let (rows, forged): (Vec<KeyRow>, Vec<KeyRow>) =
            rows.into_iter().partition(|row| opened.keys.verify_key(row));
        if rows.iter().any(|row| row.first.saturating_add(u64::from(row.count)) > size) {
            // Another sequencer wrote it: the head in memory is old.
            return Err(Fault::Retry);
        }
        let salts = self.salts(opened, &rows).await?;
        let corrupt = forged.into_iter().map(|row| (row.key, Err(AppendError::Corrupt)));
        let hit = |row: KeyRow| {
            let salt = salts.get(&row.first).copied().ok_or(AppendError::Corrupt);
            let count = usize::try_from(row.count).map_err(|_| AppendError::Corrupt);
            let hit = salt.and_then(|salt| {
                Ok(Hit { first: row.first, count: count?, digest: row.digest, salt })
            });
            (row.key, hit)
        };
        Ok(rows.into_iter().map(hit).chain(corrupt).collect())
    }

    /// The salts under which the keys' bodies were digested, by the index of the first record; none
    /// for one whose payload was erased.
    async fn salts(
        &self,
        opened: &Opened,
        rows: &[KeyRow],
    ) -> Result<HashMap<u64, Option<[u8; 32]>>, Fault> {
        let firsts = BTreeSet::from_iter(rows.iter().map(|row| row.first));
        let firsts = Vec::from_iter(firsts);
        let (calls, keys) = (&self.calls, &opened.keys);
        match checked::records(calls, &self.ledger, keys, &firsts, Fetch::Salts).await {
            Ok(records) => {
                Ok(records.iter().map(|record| (record.index.get(), record.salt)).collect())
            }
            // Refuses the requests with known keys, and no other.
            Err(StoreError::Corrupt) => Ok(HashMap::new()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Counts an attempt that answered none of these, and answers those that had their last.
fn count_attempt(jobs: &[Arc<Job>]) {
    for job in jobs {
        let rounds = job.progress().count_round();
        if rounds >= MAX_ATTEMPTS {
            job.answer(Err(AppendError::Unavailable));
        }
    }
}
