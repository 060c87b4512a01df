//! Inclusion and consistency, over the eight-leaf tree and at the edge of u64.

use stateledger_core::Hash;
use stateledger_core::json::Value;
use stateledger_core::plan::Edge;
use stateledger_core::tree::{self, LeafIndex, TreeSize};

use crate::world::{Case, hex};

struct Inclusion {
    leaf: Hash,
    index: u64,
    size: u64,
    root: Hash,
    proof: Vec<Hash>,
}

impl Inclusion {
    fn of(index: u64, size: u64) -> Self {
        let leaves: Vec<Hash> = (0..size).map(leaf).collect();
        let plan = Edge::empty().append(&leaves).unwrap();
        let nodes = plan.node_source().unwrap();
        let proof = tree::prove_inclusion(LeafIndex::new(index), plan.size, &nodes).unwrap();
        Self { leaf: leaf(index), index, size, root: plan.root, proof }
    }

    /// A tree of this size that holds the leaf and, elsewhere, made-up subtrees.
    fn at_the_edge(index: u64, size: u64) -> Self {
        let levels = 64 - (size - 1).leading_zeros() as usize;
        let proof: Vec<Hash> = (0..=levels).map(|level| leaf(level as u64)).collect();
        let (at, size_of) = (LeafIndex::new(index), TreeSize::new(size));
        let fitting = (0..=levels).find_map(|count| {
            let root = tree::root_from_inclusion(&leaf(9), at, size_of, &proof[..count]).ok()?;
            Some(Self { leaf: leaf(9), index, size, root, proof: proof[..count].to_vec() })
        });
        fitting.unwrap()
    }

    fn case(&self, name: &str) -> Case {
        Case::new(name)
            .text("leafHash", self.leaf.to_string())
            .text("index", self.index.to_string())
            .text("size", self.size.to_string())
            .text("rootHash", self.root.to_string())
            .texts("proof", self.proof.iter().map(Hash::to_string))
    }
}

pub(crate) fn leaf(i: u64) -> Hash {
    tree::leaf_hash(&i.to_be_bytes())
}

pub(crate) fn flipped(hash: Hash) -> Hash {
    let mut bytes = hash.0;
    bytes[17] ^= 0x20;
    Hash(bytes)
}

pub(crate) fn inclusion() -> Vec<Value> {
    let mut cases = Vec::new();
    for (index, size) in
        [(0, 1), (0, 2), (1, 2), (2, 3), (5, 7), (0, 8), (7, 8), (255, 256), (256, 257)]
    {
        cases.push(Inclusion::of(index, size).case(&format!("{index} of {size}")).ok());
    }
    for (index, size) in [
        (0, u64::MAX),
        (u64::MAX - 1, u64::MAX),
        (1 << 62, u64::MAX),
        (1 << 63, (1 << 63) + 1),
        ((1 << 53) + 1, (1 << 53) + 3),
    ] {
        cases.push(Inclusion::at_the_edge(index, size).case(&format!("{index} of {size}")).ok());
    }
    cases.extend(bad_inclusion());
    cases
}

fn bad_inclusion() -> Vec<Value> {
    let invalid = "inclusion-invalid";
    let mut cases = Vec::new();
    let mut push = |name: &str, code: &str, change: &dyn Fn(&mut Inclusion)| {
        let mut case = Inclusion::of(5, 7);
        change(&mut case);
        cases.push(case.case(name).fails("5 of 7", code));
    };
    push("first proof hash changed", invalid, &|c| c.proof[0] = flipped(c.proof[0]));
    push("last proof hash changed", invalid, &|c| c.proof[2] = flipped(c.proof[2]));
    push("proof hashes swapped", invalid, &|c| c.proof.swap(0, 1));
    push("proof hash left out", invalid, &|c| {
        c.proof.remove(1);
    });
    push("proof hash added", invalid, &|c| c.proof.push(leaf(0)));
    push("empty proof", invalid, &|c| c.proof.clear());
    push("hundred proof hashes", invalid, &|c| c.proof = vec![leaf(0); 100]);
    push("leaf changed", invalid, &|c| c.leaf = flipped(c.leaf));
    push("root changed", invalid, &|c| c.root = flipped(c.root));
    push("index of the neighbour", invalid, &|c| c.index = 4);
    push("size of the next tree", invalid, &|c| c.size = 9);
    push("index equal to size", "index-out-of-range", &|c| c.index = 7);
    push("index far above size", "index-out-of-range", &|c| c.index = u64::MAX);
    push("size zero", "index-out-of-range", &|c| c.size = 0);
    cases
}

struct Growth {
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    proof: Vec<Hash>,
}

impl Growth {
    fn of(old_size: u64, new_size: u64) -> Self {
        let leaves: Vec<Hash> = (0..new_size).map(leaf).collect();
        let plan = Edge::empty().append(&leaves).unwrap();
        let nodes = plan.node_source().unwrap();
        let (old, new) = (TreeSize::new(old_size), TreeSize::new(new_size));
        Self {
            old_size,
            old_root: tree::root(old, &nodes).unwrap(),
            new_size,
            new_root: plan.root,
            proof: tree::prove_consistency(old, new, &nodes).unwrap(),
        }
    }

    fn case(&self, name: &str) -> Case {
        Case::new(name)
            .text("oldSize", self.old_size.to_string())
            .text("oldRoot", self.old_root.to_string())
            .text("newSize", self.new_size.to_string())
            .text("newRoot", self.new_root.to_string())
            .texts("proof", self.proof.iter().map(|hash| hex(&hash.0)))
    }
}

pub(crate) fn consistency() -> Vec<Value> {
    let mut cases = Vec::new();
    for (old, new) in
        [(1, 1), (1, 2), (2, 3), (3, 7), (4, 7), (6, 7), (4, 8), (8, 8), (255, 257), (256, 300)]
    {
        let case = Growth::of(old, new).case(&format!("{old} to {new}"));
        cases.push(case.text("answer", "verified").ok());
    }
    for new in [0, 5] {
        let case = Growth::of(0, new).case(&format!("0 to {new}"));
        cases.push(case.text("answer", "trivial").ok());
    }
    cases.extend(bad_consistency());
    cases
}

fn bad_consistency() -> Vec<Value> {
    let invalid = "consistency-invalid";
    let mut cases = Vec::new();
    let mut push =
        |(old, new): (u64, u64), name: &str, code: &str, change: &dyn Fn(&mut Growth)| {
            let mut case = Growth::of(old, new);
            change(&mut case);
            cases.push(case.case(name).fails(&format!("{old} to {new}"), code));
        };
    push((3, 7), "first proof hash changed", invalid, &|c| c.proof[0] = flipped(c.proof[0]));
    push((3, 7), "last proof hash changed", invalid, &|c| {
        let last = c.proof.len() - 1;
        c.proof[last] = flipped(c.proof[last]);
    });
    push((3, 7), "proof hash left out", invalid, &|c| {
        c.proof.pop();
    });
    push((3, 7), "proof hash added", invalid, &|c| c.proof.push(leaf(0)));
    push((3, 7), "empty proof", invalid, &|c| c.proof.clear());
    push((3, 7), "old root changed", invalid, &|c| c.old_root = flipped(c.old_root));
    push((3, 7), "new root changed", invalid, &|c| c.new_root = flipped(c.new_root));
    push((4, 7), "old root changed, old size a power of two", invalid, &|c| {
        c.old_root = flipped(c.old_root);
    });
    push((3, 7), "old size of another tree", invalid, &|c| c.old_size = 2);
    push((3, 7), "sizes reversed", "sizes-reversed", &|c| {
        (c.old_size, c.new_size) = (c.new_size, c.old_size);
    });
    push((8, 8), "equal sizes, other root", invalid, &|c| c.new_root = flipped(c.new_root));
    push((8, 8), "equal sizes, a proof", invalid, &|c| c.proof.push(leaf(0)));
    push((0, 5), "from empty, old root not the empty one", invalid, &|c| c.old_root = leaf(0));
    push((0, 5), "from empty, a proof", invalid, &|c| c.proof.push(leaf(0)));
    push((0, 0), "both empty, new root not the empty one", invalid, &|c| c.new_root = leaf(0));
    cases
}
