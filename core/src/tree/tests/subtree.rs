//! Every valid subtree of every small tree, against the draft's recursions.

use alloc::vec;
use alloc::vec::Vec;

use super::*;

/// Trees with all their subtrees; sizes above it only with some.
const ALL: usize = if MAX < 66 { MAX } else { 66 };

/// `SUBTREE_SUBPROOF(start, end, D[n], b)` of section 4.4.
fn subtree_subproof(start: usize, end: usize, d: &[Hash], b: bool) -> Vec<Hash> {
    if start == 0 && end == d.len() {
        return if b { vec![] } else { vec![mth(d)] };
    }
    let k = largest_power_below(d.len());
    if end <= k {
        [subtree_subproof(start, end, &d[..k], b), vec![mth(&d[k..])]].concat()
    } else if k <= start {
        [subtree_subproof(start - k, end - k, &d[k..], b), vec![mth(&d[..k])]].concat()
    } else {
        [subtree_subproof(0, end - k, &d[k..], false), vec![mth(&d[..k])]].concat()
    }
}

/// "start is a multiple of the smallest power of two >= end - start", by search.
fn is_valid(start: usize, end: usize) -> bool {
    let Some(width) = end.checked_sub(start).filter(|width| *width > 0) else { return false };
    let power = (0..).map(|bits| 1 << bits).find(|power: &usize| *power >= width).unwrap();
    start.is_multiple_of(power)
}

fn subtree(start: usize, end: usize) -> Subtree {
    Subtree::new(LeafIndex::new(start as u64), size(end)).unwrap()
}

fn subtrees(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n)
        .flat_map(move |start| (start + 1..=n).map(move |end| (start, end)))
        .filter(|(start, end)| is_valid(*start, *end))
}

#[test]
fn ranges_are_valid_as_the_draft_says() {
    let most = MAX.min(130);
    for start in 0..most {
        for end in 0..most {
            let made = Subtree::new(LeafIndex::new(start as u64), size(end));
            let refused = made == Err(TreeError::InvalidSubtree);
            assert_eq!(refused, !is_valid(start, end), "{start} {end}");
            assert_eq!(made.is_ok(), is_valid(start, end), "{start} {end}");
        }
    }
    let edge = |start, end| Subtree::new(LeafIndex::new(start), TreeSize::new(end)).is_ok();
    assert!(edge(0, u64::MAX) && edge(1 << 63, u64::MAX) && edge(0, (1 << 63) + 1));
    assert!(!edge(1, u64::MAX) && !edge(1 << 62, u64::MAX) && !edge(u64::MAX, u64::MAX));
}

#[test]
fn inclusion_in_every_subtree() {
    let d = leaves(ALL);
    let nodes = Slow(d.clone());
    for (start, end) in subtrees(ALL) {
        let part = &d[start..end];
        let (subtree, root) = (subtree(start, end), mth(part));
        assert_eq!(subtree_root(subtree, &nodes), Ok(root));
        for (m, leaf) in (start..end).zip(part) {
            let at = LeafIndex::new(m as u64);
            let proof = prove_subtree_inclusion(at, subtree, &nodes).unwrap();
            assert_eq!(proof, path(m - start, part));
            let check = |leaf: &Hash, proof: &[Hash], root: &Hash| {
                verify_subtree_inclusion(leaf, at, subtree, proof, root)
            };
            assert_eq!(check(leaf, &proof, &root), Ok(()));
            let refused = Err(InclusionError::Invalid);
            assert_eq!(check(leaf, &proof, &flipped(&root, m)), refused);
            assert_eq!(check(&flipped(leaf, m), &proof, &root), refused);
            for i in 0..proof.len() {
                let mut bad = proof.clone();
                bad[i] = flipped(&bad[i], (m * 7 + i) % 256);
                assert_eq!(check(leaf, &bad, &root), refused);
            }
        }
        for out in [start.wrapping_sub(1), end] {
            let at = LeafIndex::new(out as u64);
            let error = InclusionError::IndexOutOfRange;
            assert_eq!(verify_subtree_inclusion(&d[0], at, subtree, &[], &root), Err(error));
            let error = TreeError::IndexOutOfRange;
            assert_eq!(prove_subtree_inclusion(at, subtree, &nodes), Err(error));
        }
    }
}

#[test]
fn consistency_of_every_subtree_with_every_tree() {
    for n in 1..=ALL {
        consistency_of(n, subtrees(n));
    }
    for n in [100, 127, 128, 129, 200].into_iter().filter(|n| *n <= MAX) {
        consistency_of(n, subtrees(n).filter(|(start, end)| (start + end) % 5 == 0));
    }
}

fn consistency_of(n: usize, subtrees: impl Iterator<Item = (usize, usize)>) {
    let d = leaves(n);
    let (nodes, root) = (Slow(d.clone()), mth(&d));
    for (start, end) in subtrees {
        let (part, of_part) = (subtree(start, end), mth(&d[start..end]));
        let proof = prove_subtree_consistency(part, size(n), &nodes).unwrap();
        assert_eq!(proof, subtree_subproof(start, end, &d, true), "{start} {end} {n}");
        let check = |a: &Hash, b: &Hash, proof: &[Hash]| {
            verify_subtree_consistency(part, a, size(n), b, proof)
        };
        assert_eq!(check(&of_part, &root, &proof), Ok(()), "{start} {end} {n}");
        let refused = Err(ConsistencyError::Invalid);
        for at in 0..proof.len() {
            let mut bad = proof.clone();
            bad[at] = flipped(&bad[at], (at * 43 + start + end) % 256);
            assert_eq!(check(&of_part, &root, &bad), refused, "{start} {end} {n} {at}");
        }
        assert_eq!(check(&flipped(&of_part, end % 256), &root, &proof), refused);
        assert_eq!(check(&of_part, &flipped(&root, start % 256), &proof), refused);
        assert_eq!(check(&of_part, &root, &[&proof[..], &[root]].concat()), refused);
        if let Some((_, shorter)) = proof.split_last() {
            assert_eq!(check(&of_part, &root, shorter), refused);
        }
    }
}

#[test]
fn a_subtree_after_the_end_is_refused() {
    let (nodes, root) = (Slow(leaves(8)), leaf_hash(b"x"));
    let part = subtree(4, 8);
    let refused = prove_subtree_consistency(part, size(7), &nodes);
    assert_eq!(refused, Err(TreeError::SizesReversed));
    let refused = verify_subtree_consistency(part, &root, size(7), &root, &[]);
    assert_eq!(refused, Err(ConsistencyError::SizesReversed));
}

#[test]
fn the_edge_of_u64_takes_bounded_work() {
    let ends = [(0, 1 << 63), (1 << 63, u64::MAX), (1 << 62, 1 << 63), (u64::MAX - 1, u64::MAX)];
    let n = TreeSize::new(u64::MAX);
    for (start, end) in ends {
        let part = Subtree::new(LeafIndex::new(start), TreeSize::new(end)).unwrap();
        let proof = prove_subtree_consistency(part, n, &Synthetic).unwrap();
        assert!(proof.len() <= 65);
        let of_part = leaf_hash(b"part");
        assert!(roots_from_subtree_consistency(part, &of_part, n, &proof).is_ok());
        let long = vec![of_part; LONG];
        let refused = roots_from_subtree_consistency(part, &of_part, n, &long);
        assert_eq!(refused, Err(ConsistencyError::Invalid));
    }
}
