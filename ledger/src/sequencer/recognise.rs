//! After a reload: which requests landed although their commit did not say so.

use std::collections::HashMap;
use std::sync::Arc;

use stateledger_core::hash::Hash;
use stateledger_core::tree::TreeSize;

use super::Sequencer;
use super::answer::Place;
use super::group::{Decision, Group, Slot};
use super::job::{Attempt, Job, Planned};
use super::load::{Fault, Opened};
use crate::platform::{KeptHead, Platform};
use crate::store::{FoundLeaf, Store};

/// Remembers on each job what a commit over `size` leaves stores for it. Answers the jobs with a new record in it.
pub(super) fn note_attempts<'a>(
    decisions: &'a [Decision],
    size: TreeSize,
    group: &Group<'_>,
) -> Vec<&'a Job> {
    let mut sent = Vec::new();
    for Decision { job, slots } in decisions {
        let Ok(slots) = slots else { continue };
        let planned = slots.iter().filter_map(|slot| planned(*slot, group));
        let planned: Vec<Planned> = planned.collect();
        if planned.iter().any(|planned| matches!(planned, Planned::New(_))) {
            job.progress().note_attempt(size.get(), planned);
            sent.push(&**job);
        }
    }
    sent
}

fn planned(slot: Slot, group: &Group<'_>) -> Option<Planned> {
    Some(match slot {
        Slot::Stored(place) => Planned::Stored(place),
        Slot::New { position, replayed } => {
            let leaf = group.fresh.get(position)?.leaf_hash;
            if replayed { Planned::Shared(leaf) } else { Planned::New(leaf) }
        }
    })
}

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// Answers the requests that have an attempt whose leaves are in the ledger. Any attempt counts,
    /// not only the last one: which of them land is not for the sequencer to say.
    ///
    /// The leaf bytes of an attempt are kept, and 32 random bytes are under its commitment: a leaf
    /// that is there is that record. All new records of a request land together or not at all.
    pub(super) async fn recognise(&self, opened: &Opened, jobs: &[Arc<Job>]) -> Result<(), Fault> {
        let tried: Vec<(&Arc<Job>, Vec<Attempt>)> =
            jobs.iter().map(|job| (job, job.progress().attempts().to_vec())).collect();
        let attempts = || tried.iter().flat_map(|(_, attempts)| attempts);
        let size = opened.head.id.size.get();
        let Some(from) = attempts().map(|attempt| attempt.from).min() else {
            return Ok(());
        };
        if from >= size {
            return Ok(());
        }
        let planned = attempts().flat_map(|attempt| &attempt.planned);
        let leaves: Vec<Hash> = planned
            .filter_map(|planned| match planned {
                // The job whose leaf is shared may have been given up and be gone.
                Planned::New(leaf) | Planned::Shared(leaf) => Some(*leaf),
                Planned::Stored(_) => None,
            })
            .collect();
        let call = self.calls.store.find_leaves(&self.ledger, from, &leaves);
        let rows = self.calls.read(call).await?;
        let mut found = Found::new(rows.into_iter().filter(|leaf| leaf.index < size));
        for (job, attempts) in &tried {
            if let Some(places) = attempts.iter().find_map(|attempt| found.landed(attempt)) {
                let answer = self.stored_answer(opened, &places).await?;
                job.answer(answer);
            }
        }
        Ok(())
    }
}

/// Leaves of the ledger by hash. Requests that gave the same salt and bytes in the same millisecond
/// have equal leaves; each then takes one of its own.
struct Found {
    free: HashMap<Hash, Vec<u64>>,
    first: HashMap<Hash, u64>,
}

impl Found {
    fn new(rising: impl DoubleEndedIterator<Item = FoundLeaf>) -> Self {
        let mut found = Self { free: HashMap::new(), first: HashMap::new() };
        // Highest first, so that the lowest is popped first.
        for leaf in rising.rev() {
            found.free.entry(leaf.leaf_hash).or_default().push(leaf.index);
            found.first.insert(leaf.leaf_hash, leaf.index);
        }
        found
    }

    /// Where the records of an attempt lie, if it landed. Takes its leaves only then.
    fn landed(&mut self, attempt: &Attempt) -> Option<Vec<Place>> {
        let mut taken = Vec::new();
        let places: Option<Vec<Place>> =
            attempt.planned.iter().map(|planned| self.place(planned, &mut taken)).collect();
        if places.is_none() {
            // Last first, so that each leaf's lowest index is popped first again.
            for (leaf, index) in taken.into_iter().rev() {
                self.free.entry(leaf).or_default().push(index);
            }
        }
        places
    }

    fn place(&mut self, planned: &Planned, taken: &mut Vec<(Hash, u64)>) -> Option<Place> {
        match planned {
            Planned::New(leaf) => {
                let index = self.free.get_mut(leaf)?.pop()?;
                taken.push((*leaf, index));
                Some(Place::new(index, false))
            }
            Planned::Shared(leaf) => Some(Place::new(*self.first.get(leaf)?, true)),
            Planned::Stored(place) => Some(*place),
        }
    }
}
