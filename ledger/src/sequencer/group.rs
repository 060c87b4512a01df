//! Decides about a group of requests, in their order, without effect: what is new, what was there,
//! what is refused.

use std::collections::HashMap;
use std::sync::Arc;

use stateledger_core::hash::Hash;
use stateledger_core::mac::constant_time_eq;
use stateledger_core::time::Time;
use stateledger_core::tree::{self, TreeSize};

use super::answer::Place;
use super::draft::draft;
use super::job::{Draft, Job, Value};
use crate::error::AppendError;
use crate::form;
use crate::limits::{MAX_BATCH_RECORDS, MAX_INLINE_BYTES};
use crate::request::{IdempotencyKey, NewRecord};
use crate::rules::Enforced;
use crate::sealed;
use crate::store::Erasing;

/// Where one record of a request lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// In this group, `position` leaves after the current size.
    New { position: usize, replayed: bool },
    /// In the ledger already.
    Stored(Place),
}

/// A stored idempotency key whose row and records were checked.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) first: u64,
    pub(super) count: usize,
    pub(super) digest: [u8; 32],
    /// Salt of the record `first`; `None` if its payload was erased.
    pub(super) salt: Option<[u8; 32]>,
}

/// An idempotency key that this group will store.
#[derive(Debug, Clone)]
pub(super) struct NewKey {
    pub(super) key: IdempotencyKey,
    pub(super) position: usize,
    pub(super) count: usize,
    pub(super) digest: [u8; 32],
    salt: [u8; 32],
}

/// A record that the group appends.
#[derive(Debug, Clone)]
pub(super) struct Fresh {
    pub(super) job: Arc<Job>,
    pub(super) record: usize,
    pub(super) draft: Draft,
    /// Of the draft's entry, once the whole group is decided.
    pub(super) leaf_hash: Hash,
}

impl Fresh {
    pub(super) fn new_record(&self) -> Option<&NewRecord> {
        self.job.request.records.get(self.record)
    }

    /// Remembers for later attempts that the value is there.
    pub(super) fn note_written(&self) {
        let mut progress = self.job.progress();
        let draft = progress.drafts.get_mut(self.record).and_then(Option::as_mut);
        if let Some(value) = draft.and_then(|draft| draft.value.as_mut()) {
            value.written = true;
        }
    }
}

/// A request with the places of its records, or its refusal.
pub(super) struct Decision {
    pub(super) job: Arc<Job>,
    pub(super) slots: Result<Vec<Slot>, AppendError>,
}

/// What is known before the first request of a group.
pub(super) struct Before<'a> {
    /// Origin of the ledger.
    pub(super) origin: &'a str,
    pub(super) uid: [u8; 32],
    pub(super) rules: &'a Enforced,
    pub(super) size: TreeSize,
    /// Time of the last entry; no later entry has an earlier one.
    pub(super) last_time: Time,
    pub(super) now: Time,
    /// Stored keys by name. A row that does not carry our MAC, or whose records do not hash, is an
    /// error.
    pub(super) hits: &'a HashMap<String, Result<Hit, AppendError>>,
}

/// The group as far as it is decided.
pub(super) struct Group<'a> {
    before: Before<'a>,
    pub(super) fresh: Vec<Fresh>,
    pub(super) keys: Vec<NewKey>,
    /// Payloads of older records that go with this group.
    pub(super) erasing: Vec<Erasing>,
    by_key: HashMap<IdempotencyKey, usize>,
    pub(super) last_time: Time,
}

/// The records of a request that one key stands for.
struct Unit<'a> {
    /// The key, and the form by which bodies under it are compared.
    key: Option<(&'a IdempotencyKey, Vec<u8>)>,
    first: usize,
    records: &'a [NewRecord],
}

impl<'a> Unit<'a> {
    fn new(key: Option<&'a IdempotencyKey>, first: usize, records: &'a [NewRecord]) -> Self {
        Self { key: key.map(|key| (key, form::of(records))), first, records }
    }
}

/// What a unit's key leads to.
enum Found {
    Nothing,
    Stored {
        first: u64,
        unseen: bool,
    },
    Planned(usize),
    /// The same key earlier in the same request, with the same body.
    Earlier(usize),
}

fn units(job: &Job) -> Vec<Unit<'_>> {
    let records = job.request.records.as_slice();
    if let Some(key) = &job.request.idempotency_key {
        return vec![Unit::new(Some(key), 0, records)];
    }
    let alone = records.chunks(1).enumerate().map(|(first, records)| {
        let key = records.first().and_then(|record| record.idempotency_key.as_ref());
        Unit::new(key, first, records)
    });
    alone.collect()
}

impl<'a> Group<'a> {
    pub(super) fn new(before: Before<'a>) -> Self {
        let last_time = before.last_time;
        let (fresh, keys, erasing) = (Vec::new(), Vec::new(), Vec::new());
        Self { before, fresh, keys, erasing, by_key: HashMap::new(), last_time }
    }

    /// The group of these requests, each decided about in turn. `random` fills a drawn salt.
    pub(super) fn of(
        before: Before<'a>,
        jobs: &[Arc<Job>],
        random: &mut dyn FnMut(&mut [u8; 32]) -> Result<(), AppendError>,
    ) -> (Self, Vec<Decision>) {
        let mut group = Self::new(before);
        let decide =
            |job: &Arc<Job>| Decision { job: job.clone(), slots: group.decide(job, random) };
        let decisions = jobs.iter().map(decide).collect();
        group.hash_leaves();
        (group, decisions)
    }

    /// The size that the ledger has once everything accepted so far is committed.
    fn size(&self) -> TreeSize {
        let fresh = u64::try_from(self.fresh.len()).unwrap_or(u64::MAX);
        TreeSize::new(self.before.size.get().saturating_add(fresh))
    }

    /// Adds a record of the server's own to a group that has nothing else.
    pub(super) fn add_own(&mut self, job: Arc<Job>, draft: Draft) {
        self.add(job, 0, draft);
        self.hash_leaves();
    }

    fn add(&mut self, job: Arc<Job>, record: usize, draft: Draft) {
        self.last_time = draft.time;
        self.fresh.push(Fresh { job, record, draft, leaf_hash: Hash([0; 32]) });
    }

    /// All at once, which is faster than one by one.
    fn hash_leaves(&mut self) {
        let hashes = tree::leaf_hashes(self.fresh.iter().map(|fresh| fresh.draft.entry.as_slice()));
        for (fresh, hash) in self.fresh.iter_mut().zip(hashes) {
            fresh.leaf_hash = hash;
        }
    }

    /// Decides about one request, in the order of design §10: replay, expected size, rules and
    /// limits. A refused request leaves the group as it was. `random` fills a drawn salt.
    fn decide(
        &mut self,
        job: &Arc<Job>,
        random: &mut dyn FnMut(&mut [u8; 32]) -> Result<(), AppendError>,
    ) -> Result<Vec<Slot>, AppendError> {
        let units = units(job);
        let found = self.replay(&units)?;
        let all_found = !found.iter().any(|found| matches!(found, Found::Nothing));
        if !all_found {
            let size = self.size();
            if job.request.expected_size.is_some_and(|expected| expected != size) {
                return Err(AppendError::ExpectedSize { size });
            }
        }
        if job.request.records.len() > MAX_BATCH_RECORDS {
            return Err(AppendError::BatchTooLarge);
        }
        let drafts = self.drafts(job, &units, &found, random)?;
        Ok(self.accept(job, &units, &found, drafts))
    }

    /// "replay": what each unit's key stands for already.
    fn replay(&self, units: &[Unit<'_>]) -> Result<Vec<Found>, AppendError> {
        let mut seen: HashMap<&IdempotencyKey, &Unit<'_>> = HashMap::new();
        let mut found = Vec::with_capacity(units.len());
        for unit in units {
            let Some((key, form)) = &unit.key else {
                found.push(Found::Nothing);
                continue;
            };
            if let Some(earlier) = seen.get(key) {
                if earlier.key != unit.key {
                    return Err(AppendError::IdempotencyConflict);
                }
                found.push(Found::Earlier(earlier.first));
                continue;
            }
            found.push(self.look_up(key, unit.records.len(), form)?);
            seen.insert(key, unit);
        }
        Ok(found)
    }

    fn look_up(
        &self,
        key: &IdempotencyKey,
        count: usize,
        form: &[u8],
    ) -> Result<Found, AppendError> {
        let same = |salt: &[u8; 32], digest: &[u8; 32], counted: usize| {
            counted == count && constant_time_eq(&form::digest(salt, form), digest)
        };
        if let Some(planned) = self.by_key.get(key).and_then(|at| self.keys.get(*at)) {
            return if same(&planned.salt, &planned.digest, planned.count) {
                Ok(Found::Planned(planned.position))
            } else {
                Err(AppendError::IdempotencyConflict)
            };
        }
        let Some(hit) = self.before.hits.get(key.as_str()) else { return Ok(Found::Nothing) };
        let hit = hit.as_ref().map_err(AppendError::clone)?;
        // After an erasure there is nothing left to compare bodies with (design §5).
        let compared = hit.salt.filter(|_| hit.digest != form::OVERWRITTEN);
        if hit.count == count && compared.is_none_or(|salt| same(&salt, &hit.digest, hit.count)) {
            Ok(Found::Stored { first: hit.first, unseen: compared.is_none() })
        } else {
            Err(AppendError::IdempotencyConflict)
        }
    }

    /// Checks every new record and fixes its salt, time and entry, unless an earlier attempt did.
    fn drafts(
        &self,
        job: &Arc<Job>,
        units: &[Unit<'_>],
        found: &[Found],
        random: &mut dyn FnMut(&mut [u8; 32]) -> Result<(), AppendError>,
    ) -> Result<Vec<(usize, Draft)>, AppendError> {
        let earlier = job.progress().drafts.clone();
        let mut last_time = self.last_time;
        let mut drafts = Vec::new();
        let new = units.iter().zip(found).filter(|(_, found)| matches!(found, Found::Nothing));
        for (place, record) in new.flat_map(|(unit, _)| (unit.first..).zip(unit.records)) {
            let kept = earlier.get(place).cloned().flatten();
            let salt = match (&kept, record.salt) {
                (Some(kept), _) => kept.salt,
                (None, Some(given)) => given,
                (None, None) => {
                    let mut drawn = [0; 32];
                    random(&mut drawn)?;
                    drawn
                }
            };
            let draft = match kept {
                Some(kept) if kept.time >= last_time => kept,
                // Times of a ledger never fall. A kept time lies below the last one if another
                // writer's records came first, or a request before this one that was refused when
                // this one was tried. The leaf that was tried stays with the job's attempts, so that
                // it is recognised if it lands after all.
                kept => {
                    let time = last_time.max(self.before.now);
                    let new = draft(record, self.before.rules, self.before.origin, salt, time)?;
                    Draft { value: kept.and_then(|kept| kept.value), ..new }
                }
            };
            last_time = draft.time;
            drafts.push((place, self.with_value(draft, record, random)?));
        }
        Ok(drafts)
    }

    /// A long payload gets its key and its value's name once, and keeps them.
    fn with_value(
        &self,
        mut draft: Draft,
        record: &NewRecord,
        random: &mut dyn FnMut(&mut [u8; 32]) -> Result<(), AppendError>,
    ) -> Result<Draft, AppendError> {
        if draft.value.is_none() && record.payload.as_bytes().len() > MAX_INLINE_BYTES {
            let mut key = [0; 32];
            random(&mut key)?;
            let name = sealed::Kind::Payload.name(&self.before.uid, &draft.commit.digest, &key);
            draft.value = Some(Value { key, name, written: false });
        }
        Ok(draft)
    }

    /// Puts an accepted request into the group.
    fn accept(
        &mut self,
        job: &Arc<Job>,
        units: &[Unit<'_>],
        found: &[Found],
        drafts: Vec<(usize, Draft)>,
    ) -> Vec<Slot> {
        let mut slots: Vec<Slot> = Vec::new();
        let mut new = Vec::new();
        let mut drafts = drafts.into_iter();
        for (unit, found) in units.iter().zip(found) {
            match *found {
                Found::Stored { first, unseen } => {
                    let indexes = (first..).take(unit.records.len());
                    let place = |index| Place { index, replayed: true, unseen };
                    slots.extend(indexes.map(place).map(Slot::Stored));
                }
                Found::Planned(first) => slots.extend(
                    (first..)
                        .take(unit.records.len())
                        .map(|position| Slot::New { position, replayed: true }),
                ),
                Found::Earlier(place) => slots.extend(slots.get(place).copied().map(replayed)),
                Found::Nothing => {
                    let position = self.fresh.len();
                    for (record, draft) in drafts.by_ref().take(unit.records.len()) {
                        slots.push(Slot::New { position: self.fresh.len(), replayed: false });
                        let mut progress = job.progress();
                        if let Some(kept) = progress.drafts.get_mut(record) {
                            *kept = Some(draft.clone());
                        }
                        drop(progress);
                        self.add(job.clone(), record, draft);
                    }
                    new.push((unit, position));
                }
            }
        }
        self.register(&new);
        slots
    }

    /// Remembers the keys of new units, each with the position of its first record.
    fn register(&mut self, new: &[(&Unit<'_>, usize)]) {
        let keyed = new.iter().filter_map(|(unit, position)| {
            let (key, form) = unit.key.as_ref()?;
            let salt = self.fresh.get(*position)?.draft.salt;
            let (key, count) = ((*key).clone(), unit.records.len());
            Some((NewKey { key, position: *position, count, digest: [0; 32], salt }, form))
        });
        let mut keyed: Vec<_> = keyed.collect();
        let digests = form::digests(keyed.iter().map(|(key, form)| (&key.salt, form.as_slice())));
        for ((key, _), digest) in keyed.iter_mut().zip(digests) {
            key.digest = digest;
        }
        for (key, _) in keyed {
            self.by_key.insert(key.key.clone(), self.keys.len());
            self.keys.push(key);
        }
    }
}

fn replayed(slot: Slot) -> Slot {
    match slot {
        Slot::New { position, .. } => Slot::New { position, replayed: true },
        Slot::Stored(place) => Slot::Stored(place),
    }
}
