//! The sequencer's protocol (DESIGN.md, "The commit") as a state machine small enough to visit every
//! state.
//!
//! Hashing is left out: a root *is* the list of its leaves, so two heads conflict exactly if neither
//! list begins with the other. Everything that one call to a store does happens in one step; whatever
//! may come between two calls may come between two steps.

use std::collections::{BTreeMap, BTreeSet};

use stateright::{Model, Property};

/// A request and the number of records that it appends: two at once let histories differ in length,
/// too.
pub(crate) const JOBS: [u8; 3] = [1, 2, 1];

/// A leaf: the record `part` of the request `job`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Leaf {
    pub(crate) job: u8,
    pub(crate) part: u8,
}

/// A tree, its root, and a head over it, all in one.
pub(crate) type Tree = Vec<Leaf>;

/// One transaction: these leaves on top of that head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Batch {
    previous: Tree,
    leaves: Vec<Leaf>,
}

impl Batch {
    fn head(&self) -> Tree {
        [self.previous.as_slice(), self.leaves.as_slice()].concat()
    }
}

/// D1: rows by index, heads by size.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Database {
    pub(crate) records: BTreeMap<usize, Leaf>,
    pub(crate) heads: BTreeMap<usize, Tree>,
}

impl Database {
    fn newest(&self) -> Tree {
        self.heads.values().next_back().cloned().unwrap_or_default()
    }

    /// Whether a head is what the rows under it give: what a load derives from the tiles.
    pub(crate) fn covers(&self, head: &Tree) -> bool {
        head.iter().enumerate().all(|(index, leaf)| self.records.get(&index) == Some(leaf))
    }

    /// One transaction; `false` if a key refuses it.
    fn commit(&mut self, batch: &Batch, guards: Guards) -> bool {
        let (first, head) = (batch.previous.len(), batch.head());
        let follows = self.heads.get(&first) == Some(&batch.previous);
        let indexes = first..head.len();
        let free = indexes.clone().all(|index| !self.records.contains_key(&index))
            && !self.heads.contains_key(&head.len());
        if !free || (guards.predecessor && !follows) {
            return false;
        }
        self.records.extend(indexes.zip(batch.leaves.iter().copied()));
        self.heads.insert(head.len(), head);
        true
    }

    fn rewind(&mut self, size: usize) {
        self.records.retain(|index, _| *index < size);
        self.heads.retain(|of, _| *of <= size);
    }
}

/// The guards that a test takes away one at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guards {
    /// A head names the one before it by a foreign key.
    pub(crate) predecessor: bool,
    /// A load holds the database against the kept head.
    pub(crate) kept: bool,
    /// The kept head is swapped against the one before it, not merely written.
    pub(crate) swap: bool,
    /// A commit is sent only over the head that is kept at that moment.
    pub(crate) current: bool,
    /// After a reload, an attempt that landed is recognised by its exact leaves.
    pub(crate) exact_leaf: bool,
}

impl Guards {
    pub(crate) const ALL: Self =
        Self { predecessor: true, kept: true, swap: true, current: true, exact_leaf: true };
}

/// What a sequencer is doing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) enum Phase {
    #[default]
    Rest,
    /// It has read its kept head and not yet the database.
    Loading(Tree),
    /// A commit is under way.
    Sent(Batch),
    /// The kept head is being written.
    Keeping { previous: Tree, head: Tree },
}

/// One sequencer: an object, its restart, or a second one that should not be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Sequencer {
    memory: Option<Tree>,
    job: Option<u8>,
    /// Whether a commit of the job's leaves was ever sent.
    tried: bool,
    phase: Phase,
}

/// The whole world.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) database: Database,
    /// The sequencers' own storage; all of a ledger share it.
    pub(crate) kept: Tree,
    /// Sorted: which is which makes no difference.
    pub(crate) sequencers: Vec<Sequencer>,
    waiting: BTreeSet<u8>,
    /// Commits that may still arrive.
    late: BTreeSet<Batch>,
    faults_left: u8,
    pub(crate) rewound: bool,
    /// A rewind took away a head that no sequencer had kept yet.
    pub(crate) forgotten: bool,
    /// Heads that were stored at any time.
    pub(crate) stored: BTreeSet<Tree>,
    /// Heads that receipts were answered under.
    pub(crate) answered: BTreeSet<Tree>,
}

/// How one step of the sequencer `.0` goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A sequencer without memory begins to load, for a request that waits or that it has.
    LoadKept(usize, u8),
    LoadDatabase(usize),
    /// One with memory sends a commit, for such a request.
    Send(usize, u8),
    /// The commit is answered.
    Commit(usize),
    /// It takes effect, but its answer is lost.
    CommitUnanswered(usize),
    /// It takes no effect, and no answer comes.
    CommitLost(usize),
    /// No answer comes, and it may still arrive.
    CommitPutOff(usize),
    /// It is answered, and arrives a second time later.
    CommitRepeated(usize),
    Keep(usize),
    KeepUnanswered(usize),
    KeepLost(usize),
    /// Memory and request are gone. What was sent never arrives.
    Crash(usize),
    /// As before, but what was sent may still arrive.
    CrashPuttingOff(usize),
    /// As before, but the kept head was written.
    CrashKept(usize),
    Late(Batch),
    /// The database is restored to its head of this size. A restore cancels what is in flight.
    Rewind(usize),
}

/// The protocol with up to `sequencers` at once and at most `faults` faults.
#[derive(Debug, Clone)]
pub(crate) struct Protocol {
    pub(crate) guards: Guards,
    pub(crate) sequencers: usize,
    pub(crate) jobs: usize,
    pub(crate) faults: u8,
}

fn leaves(job: u8) -> Vec<Leaf> {
    let parts = JOBS.get(usize::from(job)).copied().unwrap_or_default();
    (0..parts).map(|part| Leaf { job, part }).collect()
}

pub(crate) fn conflict(one: &[Leaf], other: &[Leaf]) -> bool {
    !one.starts_with(other) && !other.starts_with(one)
}

impl World {
    /// A load is about to find the database behind its kept head.
    pub(crate) fn halts(&self) -> bool {
        let newest = self.database.newest();
        self.sequencers.iter().any(|sequencer| {
            matches!(&sequencer.phase, Phase::Loading(kept) if !newest.starts_with(kept))
        })
    }

    /// A load is about to find a request's leaves in the database.
    pub(crate) fn recognises(&self) -> bool {
        let newest = self.database.newest();
        self.sequencers.iter().any(|sequencer| {
            let landed = |job| leaves(job).iter().all(|leaf| newest.contains(leaf));
            let loading = matches!(sequencer.phase, Phase::Loading(_));
            loading && sequencer.tried && sequencer.job.is_some_and(landed)
        })
    }

    /// A commit that was given up is about to take effect.
    pub(crate) fn lands_late(&self) -> bool {
        self.late.iter().any(|batch| self.database.clone().commit(batch, Guards::ALL))
    }

    fn sequencer(&mut self, at: usize) -> &mut Sequencer {
        self.sequencers.get_mut(at).expect("an action names a sequencer that is there")
    }

    /// "Any error, deadline or unknown outcome drops the in-memory state".
    fn drop_memory(&mut self, at: usize) {
        let sequencer = self.sequencer(at);
        (sequencer.memory, sequencer.phase) = (None, Phase::Rest);
    }

    fn land(&mut self, batch: &Batch, guards: Guards) -> bool {
        let landed = self.database.commit(batch, guards);
        if landed {
            self.stored.insert(batch.head());
        }
        landed
    }

    /// The sequencer holds this head, which is kept. Its job is answered if its leaves are under it.
    fn hold(&mut self, at: usize, head: Tree, guards: Guards, reloaded: bool) {
        let sequencer = self.sequencer(at);
        (sequencer.memory, sequencer.phase) = (Some(head.clone()), Phase::Rest);
        let Some(job) = sequencer.job else { return };
        let there = sequencer.tried && leaves(job).iter().all(|leaf| head.contains(leaf));
        if there && (!reloaded || guards.exact_leaf) {
            (sequencer.job, sequencer.tried) = (None, false);
            self.answered.insert(head);
        }
    }

    /// The second half of a load: the database, judged by what was kept before.
    fn judge(&mut self, at: usize, kept: &Tree, guards: Guards) {
        let head = self.database.newest();
        let extends = head.starts_with(kept);
        if !self.database.covers(&head) || (guards.kept && !extends) {
            // "refuse to sign and say so": the request is refused.
            *self.sequencer(at) = Sequencer::default();
        } else if head == *kept {
            self.hold(at, head, guards, true);
        } else {
            self.sequencer(at).phase = Phase::Keeping { previous: kept.clone(), head };
        }
    }

    /// Writes the kept head; `false` if another one is there.
    fn keep(&mut self, previous: &Tree, head: &Tree, guards: Guards) -> bool {
        let swaps = self.kept == *previous || self.kept == *head;
        if guards.swap && guards.kept && !swaps {
            return false;
        }
        self.kept.clone_from(head);
        true
    }
}

impl Protocol {
    fn faults_of(&self, world: &World, at: usize, steps: &mut Vec<Step>) {
        let Some(sequencer) = world.sequencers.get(at) else { return };
        match &sequencer.phase {
            Phase::Sent(_) => steps.extend([
                Step::CommitUnanswered(at),
                Step::CommitLost(at),
                Step::CommitPutOff(at),
                Step::CommitRepeated(at),
                Step::CrashPuttingOff(at),
            ]),
            Phase::Keeping { .. } => {
                steps.extend([Step::KeepUnanswered(at), Step::KeepLost(at), Step::CrashKept(at)]);
            }
            Phase::Rest | Phase::Loading(_) => {}
        }
        if *sequencer != Sequencer::default() {
            steps.push(Step::Crash(at));
        }
    }

    fn progress_of(&self, world: &World, at: usize, steps: &mut Vec<Step>) {
        let Some(sequencer) = world.sequencers.get(at) else { return };
        match (&sequencer.phase, sequencer.job, &sequencer.memory) {
            (Phase::Rest, job, memory) => {
                let jobs = job.map_or_else(|| world.waiting.clone(), |job| BTreeSet::from([job]));
                let step = if memory.is_some() { Step::Send } else { Step::LoadKept };
                steps.extend(jobs.into_iter().map(|job| step(at, job)));
            }
            (Phase::Loading(_), ..) => steps.push(Step::LoadDatabase(at)),
            (Phase::Sent(_), ..) => steps.push(Step::Commit(at)),
            (Phase::Keeping { .. }, ..) => steps.push(Step::Keep(at)),
        }
    }

    fn commit(&self, world: &mut World, at: usize, step: &Step) {
        let Phase::Sent(batch) = world.sequencer(at).phase.clone() else { return };
        let lands = !matches!(step, Step::CommitLost(_) | Step::CommitPutOff(_));
        let landed = lands && world.land(&batch, self.guards);
        if matches!(step, Step::CommitPutOff(_) | Step::CommitRepeated(_)) {
            world.late.insert(batch.clone());
        }
        if landed && matches!(step, Step::Commit(_) | Step::CommitRepeated(_)) {
            let head = batch.head();
            world.sequencer(at).phase = Phase::Keeping { previous: batch.previous, head };
        } else {
            world.drop_memory(at);
        }
    }

    fn keep(&self, world: &mut World, at: usize, step: &Step) {
        let Phase::Keeping { previous, head } = world.sequencer(at).phase.clone() else { return };
        let reloaded = world.sequencer(at).memory.is_none();
        let kept = !matches!(step, Step::KeepLost(_)) && world.keep(&previous, &head, self.guards);
        if kept && matches!(step, Step::Keep(_)) {
            world.hold(at, head, self.guards, reloaded);
        } else {
            world.drop_memory(at);
        }
    }

    fn crash(&self, world: &mut World, at: usize, step: &Step) {
        let gone = std::mem::take(world.sequencer(at));
        match (step, gone.phase) {
            (Step::CrashPuttingOff(_), Phase::Sent(batch)) => {
                world.late.insert(batch);
            }
            (Step::CrashKept(_), Phase::Keeping { previous, head }) => {
                world.keep(&previous, &head, self.guards);
            }
            _ => {}
        }
    }

    fn rewind(world: &mut World, size: usize) {
        let kept = world.kept.len();
        world.forgotten |= world.database.heads.keys().any(|of| *of > size && *of > kept);
        world.rewound = true;
        world.database.rewind(size);
        world.late.clear();
        for at in 0..world.sequencers.len() {
            if matches!(world.sequencer(at).phase, Phase::Sent(_)) {
                world.drop_memory(at);
            }
        }
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Step;

    /// A ledger that was just created: a head of size 0, stored and kept.
    fn init_states(&self) -> Vec<World> {
        let mut database = Database::default();
        database.heads.insert(0, Tree::new());
        vec![World {
            database,
            kept: Tree::new(),
            sequencers: vec![Sequencer::default(); self.sequencers],
            waiting: (0..).take(self.jobs).collect(),
            late: BTreeSet::new(),
            faults_left: self.faults,
            rewound: false,
            forgotten: false,
            stored: BTreeSet::new(),
            answered: BTreeSet::new(),
        }]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        for at in 0..world.sequencers.len() {
            self.progress_of(world, at, steps);
        }
        steps.extend(world.late.iter().cloned().map(Step::Late));
        if world.faults_left == 0 {
            return;
        }
        for at in 0..world.sequencers.len() {
            self.faults_of(world, at, steps);
        }
        if !world.rewound {
            let older = world.database.heads.keys().rev().skip(1);
            steps.extend(older.map(|size| Step::Rewind(*size)));
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        let is_fault = !matches!(
            step,
            Step::LoadKept(..)
                | Step::LoadDatabase(_)
                | Step::Send(..)
                | Step::Commit(_)
                | Step::Keep(_)
                | Step::Late(_)
        );
        next.faults_left -= u8::from(is_fault);
        match &step {
            Step::LoadKept(at, job) => {
                next.waiting.remove(job);
                let sequencer = next.sequencer(*at);
                sequencer.job = Some(*job);
                sequencer.phase = Phase::Loading(world.kept.clone());
            }
            Step::LoadDatabase(at) => {
                if let Phase::Loading(kept) = next.sequencer(*at).phase.clone() {
                    next.judge(*at, &kept, self.guards);
                }
            }
            Step::Send(at, job) => {
                next.waiting.remove(job);
                let sequencer = next.sequencer(*at);
                let previous = sequencer.memory.clone()?;
                if self.guards.current && self.guards.kept && previous != world.kept {
                    sequencer.job = Some(*job);
                    next.drop_memory(*at);
                    next.sequencers.sort();
                    return Some(next);
                }
                (sequencer.job, sequencer.tried) = (Some(*job), true);
                sequencer.phase = Phase::Sent(Batch { previous, leaves: leaves(*job) });
            }
            Step::Commit(at)
            | Step::CommitUnanswered(at)
            | Step::CommitLost(at)
            | Step::CommitPutOff(at)
            | Step::CommitRepeated(at) => self.commit(&mut next, *at, &step),
            Step::Keep(at) | Step::KeepUnanswered(at) | Step::KeepLost(at) => {
                self.keep(&mut next, *at, &step);
            }
            Step::Crash(at) | Step::CrashPuttingOff(at) | Step::CrashKept(at) => {
                self.crash(&mut next, *at, &step);
            }
            Step::Late(batch) => {
                next.late.remove(batch);
                next.land(batch, self.guards);
            }
            Step::Rewind(size) => Self::rewind(&mut next, *size),
        }
        next.sequencers.sort();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        super::properties()
    }
}
