//! Batch proofs against a slow reference and against `rs_merkle`.

use alloc::vec;
use alloc::vec::Vec;

use ::rs_merkle::MerkleTree;
use proptest::prelude::*;

use super::*;

/// The hashes that a batch needs, by RFC 6962's recursion: the root of each
/// subtree that has no leaf of the batch, but whose sibling has one. With it
/// the level at which it is a sibling, and where it begins.
fn missing(known: &[usize], d: &[Hash], start: usize) -> Vec<(u32, usize, Hash)> {
    if d.len() == 1 {
        return vec![];
    }
    let k = largest_power_below(d.len());
    let halves = [(start, &d[..k]), (start + k, &d[k..])];
    let found = halves.map(|(at, d)| {
        let inside = known.iter().any(|i| (at..at + d.len()).contains(i));
        if inside { missing(known, d, at) } else { vec![(k.ilog2(), at, mth(d))] }
    });
    found.concat()
}

fn reference(known: &[usize], d: &[Hash]) -> Vec<Hash> {
    let mut found = missing(known, d, 0);
    found.sort_by_key(|(level, at, _)| (*level, *at));
    found.into_iter().map(|(_, _, hash)| hash).collect()
}

fn oracle(known: &[usize], d: &[Hash]) -> BatchProof {
    let leaves: Vec<[u8; 32]> = d.iter().map(|hash| hash.0).collect();
    let tree = MerkleTree::<Rfc6962>::from_leaves(&leaves);
    assert_eq!(tree.root(), Some(mth(d).0));
    BatchProof::from_rs_merkle(indexes(known), &tree.proof(known)).unwrap()
}

fn indexes(known: &[usize]) -> Vec<LeafIndex> {
    known.iter().map(|i| LeafIndex::new(*i as u64)).collect()
}

fn pick(known: &[usize], d: &[Hash]) -> Vec<Hash> {
    known.iter().map(|i| d[*i]).collect()
}

/// Proves, compares, verifies, and refuses what is one step away.
fn check(known: &[usize], d: &[Hash], nodes: &impl NodeSource, root: &Hash) {
    let n = size(d.len());
    let proof = prove_batch(&indexes(known), n, nodes).unwrap();
    assert_eq!(proof.hashes(), reference(known, d), "{known:?} of {n}");
    let leaves = pick(known, d);
    assert_eq!(verify_batch(&leaves, n, &proof, root), Ok(()), "{known:?} of {n}");
    let refused = Err(BatchError::Invalid);
    for at in 0..proof.hashes().len() {
        let mut bad = proof.hashes().to_vec();
        bad[at] = flipped(&bad[at], (at * 31 + 5) % 256);
        let bad = BatchProof::new(indexes(known), bad).unwrap();
        assert_eq!(verify_batch(&leaves, n, &bad, root), refused);
    }
    for at in 0..leaves.len() {
        let mut bad = leaves.clone();
        bad[at] = flipped(&bad[at], (at * 29 + 3) % 256);
        assert_eq!(verify_batch(&bad, n, &proof, root), refused);
    }
    let with = |hashes: Vec<Hash>| BatchProof::new(indexes(known), hashes).unwrap();
    let longer = with([proof.hashes(), &[*root]].concat());
    assert_eq!(verify_batch(&leaves, n, &longer, root), refused);
    if let Some((_, shorter)) = proof.hashes().split_last() {
        assert_eq!(verify_batch(&leaves, n, &with(shorter.to_vec()), root), refused);
    }
    assert_eq!(verify_batch(&leaves, n, &proof, &flipped(root, 0)), refused);
    assert_eq!(verify_batch(&leaves[1..], n, &proof, root), refused);
}

/// Leaves of the largest tree of which every set is tried.
const SETS: usize = if cfg!(miri) { 5 } else { 9 };

#[test]
fn every_set_of_leaves_of_small_trees() {
    for n in 1..=SETS {
        let d = leaves(n);
        let (nodes, root) = (Slow(d.clone()), mth(&d));
        for set in 1..1u32 << n {
            let known: Vec<usize> = (0..n).filter(|i| (set >> i) & 1 == 1).collect();
            check(&known, &d, &nodes, &root);
            let proof = prove_batch(&indexes(&known), size(n), &nodes).unwrap();
            assert_eq!(proof, oracle(&known, &d), "{known:?} of {n}");
        }
    }
}

#[test]
fn every_small_size_with_some_leaves() {
    for n in 1..=MAX {
        let d = leaves(n);
        let (nodes, root) = (Slow(d.clone()), mth(&d));
        let ends = [0, n - 1];
        check(&ends[usize::from(n == 1)..], &d, &nodes, &root);
        for step in [1, 2, 3, 7, 64] {
            let known: Vec<usize> = (n / 3..n).step_by(step).collect();
            check(&known, &d, &nodes, &root);
            let proof = prove_batch(&indexes(&known), size(n), &nodes).unwrap();
            assert_eq!(proof, oracle(&known, &d), "{known:?} of {n}");
        }
    }
}

#[test]
fn the_batch_of_one_is_its_inclusion_proof() {
    for n in 1..=MAX.min(70) {
        let d = leaves(n);
        let nodes = Slow(d.clone());
        for m in 0..n {
            let batch = prove_batch(&indexes(&[m]), size(n), &nodes).unwrap();
            assert_eq!(batch.hashes(), path(m, &d));
        }
    }
}

#[test]
fn inclusion_proofs_merge_into_the_batch() {
    let (n, d) = (SETS, leaves(SETS));
    let paths: Vec<Vec<Hash>> = (0..n).map(|m| path(m, &d)).collect();
    let merge = |known: &[usize], change: &dyn Fn(&mut Vec<Hash>)| {
        let mut proofs: Vec<Vec<Hash>> = known.iter().map(|m| paths[*m].clone()).collect();
        proofs.last_mut().map(change);
        let proofs = indexes(known).into_iter().zip(&proofs);
        merge_inclusions(size(n), proofs.map(|(index, proof)| (index, proof.as_slice())))
    };
    for set in 1..1u32 << n {
        let known: Vec<usize> = (0..n).filter(|i| (set >> i) & 1 == 1).collect();
        let batch = prove_batch(&indexes(&known), size(n), &Slow(d.clone())).unwrap();
        assert_eq!(merge(&known, &|_| ()), Ok(batch), "{known:?}");
        let longer = merge(&known, &|proof| proof.push(d[0]));
        assert_eq!(longer, Err(BatchError::Invalid), "{known:?}");
        let shorter = merge(&known, &|proof| proof.truncate(proof.len() - 1));
        assert_eq!(shorter, Err(BatchError::Invalid), "{known:?}");
    }
    for bad in [&[][..], &[1, 1], &[2, 1]] {
        assert_eq!(merge(bad, &|_| ()), Err(BatchError::Leaves), "{bad:?}");
    }
    for (index, error) in [(n, BatchError::IndexOutOfRange), (n - 1, BatchError::Invalid)] {
        let proofs = [(LeafIndex::new(index as u64), &[][..])];
        assert_eq!(merge_inclusions(size(n), proofs), Err(error));
    }
}

#[test]
fn leaves_are_ascending_and_below_the_size() {
    let d = leaves(4);
    let nodes = Slow(d.clone());
    for bad in [&[][..], &[1, 1], &[2, 1]] {
        let error = prove_batch(&indexes(bad), size(4), &nodes).unwrap_err();
        assert_eq!(error, TreeError::InvalidLeaves);
        assert_eq!(BatchProof::new(indexes(bad), vec![]), Err(BatchError::Leaves));
    }
    let out = indexes(&[1, 4]);
    assert_eq!(prove_batch(&out, size(4), &nodes), Err(TreeError::IndexOutOfRange));
    assert_eq!(prove_batch(&indexes(&[1]), size(5), &nodes), Err(TreeError::MissingNode));
    let proof = BatchProof::new(out, vec![]).unwrap();
    assert_eq!(verify_batch(&d[..2], size(4), &proof, &d[0]), Err(BatchError::IndexOutOfRange));
}

#[test]
#[cfg_attr(miri, ignore = "a million leaves")]
fn the_number_of_leaves_is_bounded() {
    let many = (0..=MAX_BATCH_LEAVES as u64).map(LeafIndex::new).collect::<Vec<_>>();
    assert!(BatchProof::new(many[1..].to_vec(), vec![]).is_ok());
    assert_eq!(BatchProof::new(many, vec![]), Err(BatchError::Leaves));
}

#[test]
fn the_edge_of_u64_takes_bounded_work() {
    let n = TreeSize::new(u64::MAX);
    let ends: Vec<LeafIndex> =
        [0, 1 << 63, u64::MAX - 2, u64::MAX - 1].map(LeafIndex::new).to_vec();
    let proof = prove_batch(&ends, n, &Synthetic).unwrap();
    assert!(proof.hashes().len() <= 4 * 64);
    let leaves = vec![leaf_hash(b"leaf"); 4];
    assert!(root_from_batch(&leaves, n, &proof).is_ok());
    let long = BatchProof::new(ends, vec![leaves[0]; LONG]).unwrap();
    assert_eq!(root_from_batch(&leaves, n, &long), Err(BatchError::Invalid));
}

#[test]
fn bytes_round_trip_and_are_strict() {
    let d = leaves(7);
    let proof = prove_batch(&indexes(&[2, 3, 6]), size(7), &Slow(d)).unwrap();
    let bytes = proof.to_bytes();
    assert_eq!(bytes.len(), 27 + 8 + 3 * 8 + 2 * 32);
    assert_eq!(proof.indexes(), indexes(&[2, 3, 6]));
    assert_eq!(BatchProof::parse(&bytes), Ok(proof));
    // A cut at the end of a hash is a proof with fewer of them.
    for cut in 0..bytes.len() {
        let whole = [59, 91].contains(&cut);
        assert_eq!(BatchProof::parse(&bytes[..cut]).is_ok(), whole, "{cut}");
    }
    let with = |at: usize, byte: u8| {
        let mut bad = bytes.clone();
        bad[at] = byte;
        BatchProof::parse(&bad).map(|_| ()).unwrap_err()
    };
    assert_eq!(with(0, b'S'), BatchError::Malformed);
    assert_eq!(with(34, 0), BatchError::Leaves);
    assert_eq!(with(34, 2), BatchError::Malformed);
    assert_eq!(with(27, 1), BatchError::Leaves);
    assert_eq!(with(33, 1), BatchError::Malformed);
    assert_eq!(with(32, 0x10), BatchError::Leaves);
    assert_eq!(with(42, 3), BatchError::Leaves);
    assert_eq!(with(52, 1), BatchError::Malformed);
    let empty = [&bytes[..27], &[0; 8]].concat();
    assert_eq!(BatchProof::parse(&empty), Err(BatchError::Leaves));
}

#[test]
fn indexes_are_below_the_largest_size() {
    for (index, good) in [((1 << 48) - 1, true), (1 << 48, false)] {
        let proof = BatchProof::new(vec![LeafIndex::new(index)], vec![]).unwrap();
        assert_eq!(BatchProof::parse(&proof.to_bytes()).is_ok(), good);
    }
}

#[test]
fn more_hashes_than_any_tree_needs_are_refused() {
    for (count, good) in [(48, true), (49, false)] {
        let proof = BatchProof::new(indexes(&[0]), vec![leaf_hash(b""); count]).unwrap();
        assert_eq!(BatchProof::parse(&proof.to_bytes()).is_ok(), good);
    }
}

proptest! {
    #[test]
    fn what_parses_round_trips(count in 0u8..4, body in proptest::collection::vec(0u8..3, 0..130)) {
        let bytes = [b"stateledger/batch-proof/v1\n", &[0; 7][..], &[count], &body].concat();
        if let Ok(proof) = BatchProof::parse(&bytes) {
            prop_assert_eq!(proof.to_bytes(), bytes);
        }
    }
}
