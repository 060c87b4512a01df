//! Ranges of leaves.

use stateledger_core::Hash;
use stateledger_core::json::Value;
use stateledger_core::plan::Edge;
use stateledger_core::tree::{self, LeafIndex, TreeSize};

use crate::trees::{flipped, leaf};
use crate::world::Case;

struct Range {
    leaves: Vec<Hash>,
    start: u64,
    size: u64,
    root: Hash,
    proof: Vec<Hash>,
}

impl Range {
    fn of(start: u64, end: u64, size: u64) -> Self {
        let leaves: Vec<Hash> = (0..size).map(leaf).collect();
        let plan = Edge::empty().append(&leaves).unwrap();
        let nodes = plan.node_source().unwrap();
        let (from, to) = (LeafIndex::new(start), TreeSize::new(end));
        let proof = tree::prove_range(from, to, plan.size, &nodes).unwrap();
        Self { leaves: (start..end).map(leaf).collect(), start, size, root: plan.root, proof }
    }

    fn case(&self, name: &str) -> Case {
        Case::new(name)
            .texts("leafHashes", self.leaves.iter().map(Hash::to_string))
            .text("start", self.start.to_string())
            .text("size", self.size.to_string())
            .text("rootHash", self.root.to_string())
            .texts("proof", self.proof.iter().map(Hash::to_string))
    }
}

pub(crate) fn ranges() -> Vec<Value> {
    let mut cases = Vec::new();
    for (name, start, end, size) in [
        ("only leaf", 0, 1, 1),
        ("one leaf of seven", 4, 5, 7),
        ("2 to 5 of seven", 2, 5, 7),
        ("the end of seven", 5, 7, 7),
        ("all of seven", 0, 7, 7),
        ("across a tile of 300", 250, 260, 300),
    ] {
        cases.push(Range::of(start, end, size).case(name).ok());
    }
    let (invalid, beyond) = ("inclusion-invalid", "index-out-of-range");
    let mut push = |name: &str, code: &str, change: &dyn Fn(&mut Range)| {
        let mut range = Range::of(2, 5, 7);
        change(&mut range);
        cases.push(range.case(name).fails("2 to 5 of seven", code));
    };
    push("first hash changed", invalid, &|r| r.proof[0] = flipped(r.proof[0]));
    push("last hash changed", invalid, &|r| *r.proof.last_mut().unwrap() = leaf(0));
    push("hashes swapped", invalid, &|r| r.proof.swap(0, 1));
    push("hash left out", invalid, &|r| r.proof.truncate(r.proof.len() - 1));
    push("hash added", invalid, &|r| r.proof.push(leaf(0)));
    push("leaf changed", invalid, &|r| r.leaves[1] = flipped(r.leaves[1]));
    push("leaves swapped", invalid, &|r| r.leaves.swap(0, 1));
    push("leaf left out", invalid, &|r| r.leaves.truncate(2));
    push("no leaves", "batch-leaves-invalid", &|r| r.leaves.clear());
    push("one place further", invalid, &|r| r.start += 1);
    push("past the end", beyond, &|r| r.start = 5);
    push("start at the edge of u64", beyond, &|r| r.start = u64::MAX);
    push("root changed", invalid, &|r| r.root = flipped(r.root));
    push("size of the tree before", invalid, &|r| r.size = 6);
    cases
}
