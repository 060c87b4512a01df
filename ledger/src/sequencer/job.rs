//! An append on its way through the queue.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;
use stateledger_core::entry::Commitment;
use stateledger_core::hash::Hash;
use stateledger_core::time::Time;

use super::answer::Place;
use crate::error::AppendError;
use crate::limits::{
    MAX_BATCH_RECORDS, MAX_COMMIT_BYTES, MAX_QUEUED_BYTES, MAX_QUEUED_REQUESTS, MAX_REQUEST_BYTES,
};
use crate::request::{AppendRequest, Appended, IdempotencyKey, NewRecord};

pub(super) type Answer = Result<Appended, AppendError>;

/// What was fixed about a new record when it was first planned. It stays the same in every later
/// attempt, so that a record whose commit was of unknown outcome is recognised by its leaf instead
/// of being appended twice.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) salt: [u8; 32],
    /// The payload commitment that the entry states.
    pub(super) commit: Commitment,
    /// For a payload that is too long for a row.
    pub(super) value: Option<Value>,
    pub(super) time: Time,
    /// The bytes of the leaf.
    pub(super) entry: Vec<u8>,
}

/// The value of a long payload.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) key: [u8; 32],
    pub(super) name: String,
    /// An earlier attempt wrote it.
    pub(super) written: bool,
}

/// Where an attempt planned to put one record of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planned {
    /// A new leaf of this request.
    New(Hash),
    /// A leaf that the same commit holds for another record under the same key.
    Shared(Hash),
    /// A record that was there.
    Stored(Place),
}

/// An attempt to commit a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    /// The size over which the commit was tried; its leaves lie nowhere below.
    pub(super) from: u64,
    /// One for each record.
    pub(super) planned: Vec<Planned>,
}

/// The part of a job that changes.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// One for each record, once it was planned.
    pub(super) drafts: Vec<Option<Draft>>,
    /// All that differ: each of them may still land. At most one for each round.
    attempts: Vec<Attempt>,
    /// The sizes over which attempts were sent, but for those that are known to have had no effect.
    sent_over: Vec<u64>,
    rounds: u32,
    answer: Option<Answer>,
    done: Option<oneshot::Sender<()>>,
}

impl Progress {
    /// Before a commit is sent.
    pub(super) fn note_attempt(&mut self, from: u64, planned: Vec<Planned>) {
        self.sent_over.push(from);
        // The same leaves again are found wherever they lie above the first of their attempts.
        if self.attempts.iter().all(|earlier| earlier.planned != planned) {
            self.attempts.push(Attempt { from, planned });
        }
    }

    /// The store refused the last attempt. Those before it may still land, or have: one of them may be what was in its way.
    pub(super) fn had_no_effect(&mut self) {
        self.sent_over.pop();
    }

    pub(super) fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// Counts a round without an answer, and says how many there were.
    pub(super) fn count_round(&mut self) -> u32 {
        self.rounds = self.rounds.saturating_add(1);
        self.rounds
    }
}

/// One append request.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: AppendRequest,
    /// What it counts for in the queue and in a commit.
    bytes: usize,
    progress: Mutex<Progress>,
}

fn size_of(record: &NewRecord) -> usize {
    // The entry's frame (digest, time, names of members) and each signature with its key are below
    // these.
    const FRAME: usize = 512;
    const SIGNATURE: usize = 192;
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    [
        record.record_type.len(),
        record.source.len(),
        optional(&record.subject),
        optional(&record.content_type),
        record.payload.as_bytes().len(),
        record.sigs.len().saturating_mul(SIGNATURE),
        FRAME,
    ]
    .into_iter()
    .fold(0, usize::saturating_add)
}

impl Job {
    /// Checks what bounds the work, before anything else: the bytes of the records, frames included, and their number.
    pub(super) fn new(
        request: AppendRequest,
    ) -> Result<(Self, oneshot::Receiver<()>), AppendError> {
        if request.records.is_empty() {
            return Err(AppendError::EmptyBatch);
        }
        let bytes = request.records.iter().map(size_of).fold(0, usize::saturating_add);
        // One record too many is for the engine to refuse in its order; more are not worth a look-up of their keys.
        let most = MAX_BATCH_RECORDS.saturating_add(1);
        if bytes > MAX_REQUEST_BYTES || request.records.len() > most {
            return Err(AppendError::BatchTooLarge);
        }
        let member_keys = request.records.iter().any(|record| record.idempotency_key.is_some());
        if request.idempotency_key.is_some() && member_keys {
            return Err(AppendError::TwoKeys);
        }
        let (done, receiver) = oneshot::channel();
        let drafts = vec![None; request.records.len()];
        let progress = Progress { drafts, done: Some(done), ..Progress::default() };
        Ok((Self { request, bytes, progress: Mutex::new(progress) }, receiver))
    }

    /// The idempotency keys of the request and of its records.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let members = self.request.records.iter().filter_map(|r| r.idempotency_key.as_ref());
        self.request.idempotency_key.iter().chain(members).map(IdempotencyKey::as_str)
    }

    /// Never held across an await.
    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the job; only the first answer counts.
    pub(super) fn answer(&self, answer: Answer) {
        let mut progress = self.progress();
        if let Some(done) = progress.done.take() {
            progress.answer = Some(answer);
            // The client may have gone away; what was committed stays.
            let _ = done.send(());
        }
    }

    /// Refuses the job under a head of `size`, or where none is known. As long as an attempt may still land, nothing can be
    /// said but that.
    pub(super) fn refuse(&self, error: AppendError, size: Option<u64>) {
        let may_land = |over: &u64| size.is_none_or(|size| *over >= size);
        let may_land = self.progress().sent_over.iter().any(may_land);
        self.answer(Err(if may_land { AppendError::Unavailable } else { error }));
    }

    pub(super) fn is_answered(&self) -> bool {
        self.progress().done.is_none()
    }

    pub(super) fn take_answer(&self) -> Option<Answer> {
        self.progress().answer.take()
    }
}

/// Jobs in the order in which they came. A job stays in until it is answered, so that nothing is
/// lost with the request that works on it.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    jobs: VecDeque<Arc<Job>>,
    bytes: usize,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// [`AppendError::Overloaded`] if too much is waiting.
    pub(super) fn push(&self, job: Arc<Job>) -> Result<(), AppendError> {
        let mut waiting = self.waiting();
        let bytes = waiting.bytes.saturating_add(job.bytes);
        // A request that is alone is always taken: its own limit is below the queue's.
        if waiting.jobs.len() >= MAX_QUEUED_REQUESTS || bytes > MAX_QUEUED_BYTES {
            return Err(AppendError::Overloaded);
        }
        waiting.bytes = bytes;
        waiting.jobs.push_back(job);
        Ok(())
    }

    /// The next group: the oldest jobs, up to the limits of one commit, and at least one if there
    /// is one.
    pub(super) fn group(&self) -> Vec<Arc<Job>> {
        let (mut records, mut bytes) = (0usize, 0usize);
        let fits = |job: &&Arc<Job>| {
            let first = records == 0;
            records = records.saturating_add(job.request.records.len());
            bytes = bytes.saturating_add(job.bytes);
            first || (records <= MAX_BATCH_RECORDS && bytes <= MAX_COMMIT_BYTES)
        };
        self.waiting().jobs.iter().take_while(fits).cloned().collect()
    }

    /// Jobs that are not answered yet.
    pub(super) fn len(&self) -> usize {
        self.waiting().jobs.len()
    }

    /// Forgets the jobs that are answered.
    pub(super) fn drop_answered(&self) {
        let mut waiting = self.waiting();
        waiting.jobs.retain(|job| !job.is_answered());
        waiting.bytes = waiting.jobs.iter().map(|job| job.bytes).fold(0, usize::saturating_add);
    }
}
