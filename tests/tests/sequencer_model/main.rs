//! Every state of the sequencer's protocol within a bound, and what must hold in each.
//!
//! The bound: three sequencers over one database and one kept head, three requests of four records in
//! all, and at most FAULTS faults at any points: a crash, an answer that is lost, a write that is lost,
//! that comes late or that comes twice, and one restore of the database to an older head. A restore
//! cancels what is in flight, as D1's does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod model;

use model::{Guards, JOBS, Protocol, World, conflict};
use stateright::{Checker, Model, Property};

const FAULTS: u8 = 2;

fn no_two_conflict<'a>(heads: impl Iterator<Item = &'a model::Tree> + Clone) -> bool {
    let mut pairs = heads.clone().flat_map(|one| heads.clone().map(move |other| (one, other)));
    pairs.all(|(one, other)| !conflict(one, other))
}

pub(crate) const ANSWERED: &str = "no two answered heads conflict";
pub(crate) const STORED: &str = "no two stored heads conflict";
pub(crate) const WHOLE: &str = "a stored head covers exactly the stored records";
pub(crate) const ONCE: &str = "no record is there twice";
pub(crate) const KEPT: &str = "what was answered stays, unless the database was rewound";

fn properties() -> Vec<Property<Protocol>> {
    vec![
        Property::always(ANSWERED, |_, world: &World| no_two_conflict(world.answered.iter())),
        // A head that was stored, that no sequencer had kept and nobody was answered under, and that a
        // restore then took away, is known to nobody but a reader of those moments (SECURITY.md).
        Property::always(STORED, |_, world: &World| {
            world.forgotten || no_two_conflict(world.stored.iter().chain(&world.answered))
        }),
        Property::always(WHOLE, |_, world: &World| {
            world.database.heads.values().all(|head| world.database.covers(head))
        }),
        Property::always(ONCE, |_, world: &World| {
            let leaves: std::collections::BTreeSet<_> = world.database.records.values().collect();
            leaves.len() == world.database.records.len()
        }),
        Property::always(KEPT, |_, world: &World| {
            world.rewound || world.answered.iter().all(|head| world.database.covers(head))
        }),
        // That the model reaches what it is about.
        Property::sometimes("all is answered", |_, world: &World| {
            let records: usize = JOBS.iter().map(|records| usize::from(*records)).sum();
            world.answered.iter().any(|head| head.len() == records)
        }),
        Property::sometimes("a rewound database halts", |_, world: &World| {
            world.rewound && world.halts()
        }),
        Property::sometimes("an attempt that landed is recognised", |_, world: &World| {
            world.recognises()
        }),
        Property::sometimes("a late commit lands", |_, world: &World| world.lands_late()),
    ]
}

fn protocol(guards: Guards) -> Protocol {
    Protocol { guards, sequencers: 3, jobs: JOBS.len(), faults: FAULTS }
}

#[test]
fn every_state_within_the_bound_is_sound() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let checker = protocol(Guards::ALL).checker().threads(threads).spawn_bfs().join();
    println!("{} states, {} steps at most", checker.unique_state_count(), checker.max_depth());
    checker.assert_properties();
}

/// Without one guard there is a way to break what must hold; the shortest ways are a few steps long.
#[test]
fn without_any_one_guard_something_breaks() {
    for (what, guards, broken) in [
        ("predecessor key", Guards { predecessor: false, ..Guards::ALL }, WHOLE),
        ("kept head", Guards { kept: false, ..Guards::ALL }, ANSWERED),
        ("swap of the kept head", Guards { swap: false, ..Guards::ALL }, ANSWERED),
        ("look at the kept head", Guards { current: false, ..Guards::ALL }, STORED),
        ("exact leaf", Guards { exact_leaf: false, ..Guards::ALL }, ONCE),
    ] {
        let checker = protocol(guards)
            .checker()
            .finish_when(stateright::HasDiscoveries::AnyOf([broken].into()))
            .spawn_bfs()
            .join();
        let path = checker.discovery(broken);
        let path = path.unwrap_or_else(|| panic!("nothing breaks without the {what}"));
        println!("without the {what}: {:?}", path.into_actions());
    }
}
