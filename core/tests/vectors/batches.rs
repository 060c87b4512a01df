//! Batch proofs, as bytes.

use stateledger_core::json::Value;
use stateledger_core::plan::Edge;
use stateledger_core::tree::{self, BatchProof, LeafIndex, TreeSize};
use stateledger_core::{Hash, base64};

use crate::trees::{flipped, leaf};
use crate::world::Case;

struct Batch {
    proof: Vec<u8>,
    leaves: Vec<Hash>,
    size: u64,
    root: Hash,
}

impl Batch {
    fn of(indexes: &[u64], size: u64) -> Self {
        let leaves: Vec<Hash> = (0..size).map(leaf).collect();
        let plan = Edge::empty().append(&leaves).unwrap();
        let nodes = plan.node_source().unwrap();
        let at: Vec<LeafIndex> = indexes.iter().map(|index| LeafIndex::new(*index)).collect();
        let proof = tree::prove_batch(&at, TreeSize::new(size), &nodes).unwrap();
        let leaves = indexes.iter().map(|index| leaf(*index)).collect();
        Self { proof: proof.to_bytes(), leaves, size, root: plan.root }
    }

    /// The same proof with other indexes or hashes.
    fn change(&mut self, change: impl Fn(&mut Vec<LeafIndex>, &mut Vec<Hash>)) {
        let proof = BatchProof::parse(&self.proof).unwrap();
        let (mut indexes, mut hashes) = (proof.indexes().to_vec(), proof.hashes().to_vec());
        change(&mut indexes, &mut hashes);
        self.proof = BatchProof::new(indexes, hashes).unwrap().to_bytes();
    }

    fn case(&self, name: &str) -> Case {
        Case::new(name)
            .text("proof", base64::encode(&self.proof))
            .texts("leafHashes", self.leaves.iter().map(Hash::to_string))
            .text("size", self.size.to_string())
            .text("rootHash", self.root.to_string())
    }
}

pub(crate) fn proofs() -> Vec<Value> {
    let mut cases = Vec::new();
    for (name, indexes, size) in [
        ("only leaf", &[0][..], 1),
        ("one leaf of seven", &[4], 7),
        ("three leaves of seven", &[2, 3, 6], 7),
        ("all leaves of seven", &[0, 1, 2, 3, 4, 5, 6], 7),
        ("first and last of 257", &[0, 256], 257),
        ("some of 300", &[17, 18, 100, 255, 256, 299], 300),
    ] {
        cases.push(Batch::of(indexes, size).case(name).ok());
    }
    cases.extend(refused());
    cases
}

fn refused() -> Vec<Value> {
    let (invalid, malformed, leaves) =
        ("inclusion-invalid", "batch-proof-malformed", "batch-leaves-invalid");
    let mut cases = Vec::new();
    let mut push = |name: &str, code: &str, change: &dyn Fn(&mut Batch)| {
        let mut batch = Batch::of(&[2, 3, 6], 7);
        change(&mut batch);
        cases.push(batch.case(name).fails("three leaves of seven", code));
    };
    push("first hash changed", invalid, &|b| b.change(|_, hashes| hashes[0] = flipped(hashes[0])));
    push("last hash changed", invalid, &|b| b.change(|_, hashes| hashes[1] = flipped(hashes[1])));
    push("hashes swapped", invalid, &|b| b.change(|_, hashes| hashes.swap(0, 1)));
    push("hash left out", invalid, &|b| b.change(|_, hashes| hashes.truncate(1)));
    push("hash added", invalid, &|b| b.change(|_, hashes| hashes.push(leaf(0))));
    push("another index", invalid, &|b| b.change(|at, _| at[2] = LeafIndex::new(5)));
    push("index equal to size", "index-out-of-range", &|b| {
        b.change(|at, _| at[2] = LeafIndex::new(7));
    });
    push("leaf changed", invalid, &|b| b.leaves[1] = flipped(b.leaves[1]));
    push("leaves swapped", invalid, &|b| b.leaves.swap(0, 1));
    push("leaf left out", invalid, &|b| b.leaves.truncate(2));
    push("root changed", invalid, &|b| b.root = flipped(b.root));
    push("size of the next tree", invalid, &|b| b.size = 8);
    // The header has 27 bytes, the count 8, each index 8.
    push("another header", malformed, &|b| b.proof[25] = b'2');
    push("index twice", leaves, &|b| {
        b.proof.splice(34..35, [4]);
        b.proof.splice(59..59, 6u64.to_be_bytes());
    });
    push("no leaves", leaves, &|b| {
        b.proof[34] = 0;
        b.proof.drain(35..59);
    });
    push("count above 2^20", leaves, &|b| b.proof[32] = 0x10);
    push("count above what is there", malformed, &|b| b.proof[33] = 1);
    push("indexes not ascending", leaves, &|b| b.proof[42] = 4);
    push("index of 2^48", malformed, &|b| b.proof[52] = 1);
    push("last byte missing", malformed, &|b| {
        b.proof.pop();
    });
    push("a byte too many", malformed, &|b| b.proof.push(0));
    cases
}
