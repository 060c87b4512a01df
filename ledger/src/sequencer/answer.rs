//! Answers with receipts.

use std::collections::HashMap;

use stateledger_core::hash::Hash;
use stateledger_core::tile::TileSet;
use stateledger_core::time::Time;
use stateledger_core::tree::{LeafIndex, Prover, TreeSize};

use super::Sequencer;
use super::group::{Decision, Fresh, Group, Slot};
use super::job::Answer;
use super::load::{Fault, Opened};
use crate::checked;
use crate::error::AppendError;
use crate::platform::{KeptHead, Platform};
use crate::request::{Appended, AppendedRecord};
use crate::seal;
use crate::store::{Fetch, Head, Store, StoreError};

/// A record of a request, in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) index: u64,
    pub(super) replayed: bool,
    /// The request's body could not be compared with the one that brought the record.
    pub(super) unseen: bool,
}

impl Place {
    pub(super) fn new(index: u64, replayed: bool) -> Self {
        Self { index, replayed, unseen: false }
    }
}

/// A record with its proof under the current head.
#[derive(Debug, Clone)]
struct Proven {
    index: LeafIndex,
    leaf_hash: Hash,
    time: Time,
    entry: Vec<u8>,
    salt: Option<[u8; 32]>,
    proof: Vec<Hash>,
}

impl Proven {
    /// A stored record. Whoever did not show its payload is not told what opens the commitment.
    fn at(&self, place: Place, head: &Head) -> AppendedRecord {
        let salt = self.salt.filter(|_| !place.unseen);
        Self { salt, ..self.clone() }.answer(head, place.replayed)
    }

    fn answer(self, head: &Head, replayed: bool) -> AppendedRecord {
        let Self { index, leaf_hash, time, entry, salt, proof } = self;
        let receipt = seal::receipt(entry, index, proof, head, salt, None);
        AppendedRecord { index, leaf_hash, time, receipt, replayed }
    }
}

/// A record that this round committed; its proof comes out of the plan's nodes.
fn fresh(
    group: &Group<'_>,
    before: TreeSize,
    prover: &mut Prover<'_, TileSet>,
    position: usize,
) -> Option<Proven> {
    let Fresh { draft, leaf_hash, .. } = group.fresh.get(position)?;
    let index = before.get().checked_add(u64::try_from(position).ok()?).map(LeafIndex::new)?;
    Some(Proven {
        index,
        leaf_hash: *leaf_hash,
        time: draft.time,
        entry: draft.entry.clone(),
        salt: Some(draft.salt),
        proof: prover.prove_inclusion(index).ok()?,
    })
}

impl<S: Store, K: KeptHead, P: Platform> Sequencer<S, K, P> {
    /// Answers every decided request, those without stored records first: they need no further
    /// read.
    pub(super) async fn answer(
        &self,
        opened: &Opened,
        before: TreeSize,
        group: &Group<'_>,
        nodes: Option<&TileSet>,
        decisions: Vec<Decision>,
    ) -> Result<(), Fault> {
        let mut with_stored = Vec::new();
        for Decision { job, slots } in decisions {
            match slots {
                Err(error) => job.refuse(error, Some(opened.head.id.size.get())),
                Ok(slots) if slots.iter().any(|slot| matches!(slot, Slot::Stored(_))) => {
                    with_stored.push((job, slots));
                }
                Ok(slots) => {
                    let none = HashMap::new();
                    job.answer(self.assemble(opened, before, group, nodes, &slots, &none));
                }
            }
        }
        for (job, slots) in with_stored {
            let indexes = slots.iter().filter_map(|slot| match slot {
                Slot::Stored(place) => Some(place.index),
                Slot::New { .. } => None,
            });
            let answer = match self.stored(opened, indexes.collect()).await {
                Ok(stored) => self.assemble(opened, before, group, nodes, &slots, &stored),
                Err(StoreError::Corrupt) => Err(AppendError::Corrupt),
                Err(error) => return Err(error.into()),
            };
            job.answer(answer);
        }
        Ok(())
    }

    fn assemble(
        &self,
        opened: &Opened,
        before: TreeSize,
        group: &Group<'_>,
        nodes: Option<&TileSet>,
        slots: &[Slot],
        stored: &HashMap<u64, Proven>,
    ) -> Answer {
        let head = &opened.head;
        let mut prover = nodes.map(|nodes| Prover::new(head.id.size, nodes));
        let record = |slot: &Slot| match *slot {
            Slot::Stored(place) => Some(stored.get(&place.index)?.at(place, head)),
            Slot::New { position, replayed } => {
                let proven = fresh(group, before, prover.as_mut()?, position)?;
                Some(proven.answer(head, replayed))
            }
        };
        let records = slots.iter().map(record).collect::<Option<_>>();
        self.appended(opened, records.ok_or(AppendError::Corrupt)?)
    }

    /// The answer for records that all lie in the ledger.
    pub(super) async fn stored_answer(
        &self,
        opened: &Opened,
        places: &[Place],
    ) -> Result<Answer, Fault> {
        let indexes = places.iter().map(|place| place.index).collect();
        let stored = match self.stored(opened, indexes).await {
            Ok(stored) => stored,
            Err(StoreError::Corrupt) => return Ok(Err(AppendError::Corrupt)),
            Err(error) => return Err(error.into()),
        };
        let record = |place: &Place| Some(stored.get(&place.index)?.at(*place, &opened.head));
        let records = places.iter().map(record).collect::<Option<_>>();
        Ok(records.ok_or(AppendError::Corrupt).and_then(|records| self.appended(opened, records)))
    }

    fn appended(&self, opened: &Opened, records: Vec<AppendedRecord>) -> Answer {
        Ok(Appended { ledger: self.ledger.clone(), size: opened.head.id.size, records })
    }

    /// Records by index, hashed and proven under the current head. One that is missing is missing
    /// in the answer.
    async fn stored(
        &self,
        opened: &Opened,
        mut indexes: Vec<u64>,
    ) -> Result<HashMap<u64, Proven>, StoreError> {
        indexes.sort_unstable();
        indexes.dedup();
        let (calls, keys) = (&self.calls, &opened.keys);
        let records = checked::records(calls, &self.ledger, keys, &indexes, Fetch::Salts).await?;
        let leaves: Vec<_> =
            records.iter().map(|record| (record.index, record.leaf_hash)).collect();
        let proofs = checked::prove(&self.calls, &self.ledger, &opened.head.id, &leaves).await?;
        let proven = records.into_iter().zip(proofs).map(|(record, proof)| {
            let proven = Proven {
                index: record.index,
                leaf_hash: record.leaf_hash,
                time: record.entry.time(),
                entry: record.entry.to_bytes(),
                salt: record.salt,
                proof,
            };
            (record.index.get(), proven)
        });
        Ok(proven.collect())
    }
}
