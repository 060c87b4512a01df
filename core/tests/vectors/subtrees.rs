//! Inclusion in subtrees, and subtrees in trees.

use stateledger_core::Hash;
use stateledger_core::json::Value;
use stateledger_core::plan::Edge;
use stateledger_core::tree::{self, LeafIndex, Subtree, TreeSize};

use crate::trees::{flipped, leaf};
use crate::world::Case;

struct Part {
    index: u64,
    leaf: Hash,
    start: u64,
    end: u64,
    subtree_root: Hash,
    size: u64,
    root: Hash,
    inclusion: Vec<Hash>,
    consistency: Vec<Hash>,
}

impl Part {
    fn of(start: u64, end: u64, size: u64) -> Self {
        let leaves: Vec<Hash> = (0..size).map(leaf).collect();
        let plan = Edge::empty().append(&leaves).unwrap();
        let nodes = plan.node_source().unwrap();
        let subtree = Subtree::new(LeafIndex::new(start), TreeSize::new(end)).unwrap();
        let index = (start + end) / 2;
        let at = LeafIndex::new(index);
        Self {
            index,
            leaf: leaf(index),
            start,
            end,
            subtree_root: tree::subtree_root(subtree, &nodes).unwrap(),
            size,
            root: plan.root,
            inclusion: tree::prove_subtree_inclusion(at, subtree, &nodes).unwrap(),
            consistency: tree::prove_subtree_consistency(subtree, plan.size, &nodes).unwrap(),
        }
    }

    fn subtree(&self, name: &str) -> Case {
        Case::new(name)
            .text("start", self.start.to_string())
            .text("end", self.end.to_string())
            .text("subtreeRoot", self.subtree_root.to_string())
    }

    fn included(&self, name: &str) -> Case {
        self.subtree(name)
            .text("leafHash", self.leaf.to_string())
            .text("index", self.index.to_string())
            .texts("proof", self.inclusion.iter().map(Hash::to_string))
    }

    fn consistent(&self, name: &str) -> Case {
        self.subtree(name)
            .text("size", self.size.to_string())
            .text("rootHash", self.root.to_string())
            .texts("proof", self.consistency.iter().map(Hash::to_string))
    }
}

/// Start, end and size of the good cases; the bad ones are about the third.
const PARTS: [(u64, u64, u64); 8] = [
    (0, 1, 1),
    (4, 8, 8),
    (8, 13, 14),
    (4, 7, 7),
    (6, 7, 13),
    (0, 6, 9),
    (256, 300, 300),
    (128, 193, 300),
];

fn name((start, end, size): (u64, u64, u64)) -> String {
    format!("{start} to {end} of {size}")
}

pub(crate) fn inclusion() -> Vec<Value> {
    let good = |part: (u64, u64, u64)| Part::of(part.0, part.1, part.2).included(&name(part)).ok();
    let mut cases: Vec<Value> = PARTS.into_iter().map(good).collect();
    let (invalid, out) = ("inclusion-invalid", "index-out-of-range");
    let mut push = |what: &str, code: &str, change: &dyn Fn(&mut Part)| {
        let mut part = Part::of(8, 13, 14);
        change(&mut part);
        cases.push(part.included(what).fails(&name(PARTS[2]), code));
    };
    push("first hash changed", invalid, &|p| p.inclusion[0] = flipped(p.inclusion[0]));
    push("last hash changed", invalid, &|p| p.inclusion[2] = flipped(p.inclusion[2]));
    push("hash left out", invalid, &|p| p.inclusion.truncate(2));
    push("hash added", invalid, &|p| p.inclusion.push(leaf(0)));
    push("leaf changed", invalid, &|p| p.leaf = flipped(p.leaf));
    push("root changed", invalid, &|p| p.subtree_root = flipped(p.subtree_root));
    push("root of the whole tree", invalid, &|p| p.subtree_root = p.root);
    push("index of the neighbour", invalid, &|p| p.index = 11);
    push("index before the start", out, &|p| p.index = 7);
    push("index at the end", out, &|p| p.index = 13);
    push("start not a multiple", "subtree-invalid", &|p| p.start = 9);
    push("start at the end", "subtree-invalid", &|p| p.start = 13);
    push("width above what the start allows", "subtree-invalid", &|p| p.end = 17);
    cases
}

pub(crate) fn consistency() -> Vec<Value> {
    let good =
        |part: (u64, u64, u64)| Part::of(part.0, part.1, part.2).consistent(&name(part)).ok();
    let mut cases: Vec<Value> = PARTS.into_iter().map(good).collect();
    let invalid = "consistency-invalid";
    let mut push = |what: &str, code: &str, change: &dyn Fn(&mut Part)| {
        let mut part = Part::of(8, 13, 14);
        change(&mut part);
        cases.push(part.consistent(what).fails(&name(PARTS[2]), code));
    };
    push("first hash changed", invalid, &|p| p.consistency[0] = flipped(p.consistency[0]));
    push("last hash changed", invalid, &|p| p.consistency[3] = flipped(p.consistency[3]));
    push("hash left out", invalid, &|p| p.consistency.truncate(3));
    push("hash added", invalid, &|p| p.consistency.push(leaf(0)));
    push("empty proof", invalid, &|p| p.consistency.clear());
    push("subtree's root changed", invalid, &|p| p.subtree_root = flipped(p.subtree_root));
    push("root changed", invalid, &|p| p.root = flipped(p.root));
    push("subtree of one leaf less", invalid, &|p| p.end = 12);
    push("size of the next tree", invalid, &|p| p.size = 17);
    push("end after the tree", "sizes-reversed", &|p| p.size = 12);
    push("start not a multiple", "subtree-invalid", &|p| p.start = 4);
    push("empty range", "subtree-invalid", &|p| p.end = 8);
    cases
}
