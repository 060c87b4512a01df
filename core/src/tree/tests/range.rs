//! Range proofs: batch proofs of consecutive leaves.

use alloc::vec;

use super::*;

const END: usize = if MAX < 24 { MAX } else { 24 };

#[test]
fn every_range_of_every_small_tree_and_its_neighbours() {
    for n in 1..=END {
        let d = leaves(n);
        let (nodes, root) = (Slow(d.clone()), mth(&d));
        for start in 0..n {
            for end in start + 1..=n {
                let from = LeafIndex::new(start as u64);
                let proof = prove_range(from, size(end), size(n), &nodes).unwrap();
                let verify = |leaves: &[Hash], from, proof: &[Hash]| {
                    verify_range(leaves, LeafIndex::new(from), size(n), proof, &root)
                };
                let at = start as u64;
                assert_eq!(verify(&d[start..end], at, &proof), Ok(()), "{start} {end} {n}");
                let mut bad = proof.clone();
                bad.push(root);
                assert_eq!(verify(&d[start..end], at, &bad), Err(BatchError::Invalid));
                for place in 0..proof.len() {
                    let mut bad = proof.clone();
                    bad[place] = flipped(&bad[place], (place * 31 + 5) % 256);
                    assert_eq!(verify(&d[start..end], at, &bad), Err(BatchError::Invalid));
                }
                let past = verify(&d[start..end], at + 1, &proof);
                let refusal =
                    if end == n { BatchError::IndexOutOfRange } else { BatchError::Invalid };
                assert_eq!(past, Err(refusal), "{start} {end} {n}");
            }
        }
    }
}

#[test]
fn a_range_of_one_leaf_takes_its_inclusion_proof() {
    let d = leaves(END);
    for m in 0..END {
        let (from, to) = (LeafIndex::new(m as u64), size(m + 1));
        assert_eq!(prove_range(from, to, size(END), &Slow(d.clone())), Ok(path(m, &d)));
    }
}

#[test]
fn what_is_no_range_is_refused() {
    let root = flipped(&leaves(1)[0], 0);
    let verify = |leaves: &[Hash], start| {
        verify_range(leaves, LeafIndex::new(start), TreeSize::new(u64::MAX), &[], &root)
    };
    assert_eq!(verify(&[], 0), Err(BatchError::Leaves));
    assert_eq!(verify(&[root; 2], u64::MAX), Err(BatchError::IndexOutOfRange));
    assert_eq!(verify(&[root], u64::MAX), Err(BatchError::IndexOutOfRange));
    assert_eq!(verify(&[root], u64::MAX - 1), Err(BatchError::Invalid));
    if !cfg!(miri) {
        assert_eq!(verify(&vec![root; MAX_BATCH_LEAVES + 1], 0), Err(BatchError::Leaves));
    }
    let prove = |start, end| {
        prove_range(LeafIndex::new(start), TreeSize::new(end), size(1), &Slow(leaves(1)))
    };
    assert_eq!(prove(0, 1), Ok(vec![]));
    assert_eq!(prove(0, 2), Err(TreeError::IndexOutOfRange));
    for (start, end) in [(0, 0), (1, 0), (0, u64::MAX)] {
        assert_eq!(prove(start, end), Err(TreeError::InvalidLeaves));
    }
}
