//! Every small size against a slow transcription of RFC 6962, with flips.

mod batch;
mod compact;
mod range;
mod subtree;

use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::tree::prove::{consistency_nodes, inclusion_nodes};

/// Trees up to this size. For each of `cargo xtask mutants`' mutants fewer must do, and the largest still has six levels; for Miri,
/// which takes a fifth of a second for a hash, it has three.
const MAX: usize = match option_env!("STATELEDGER_SMALL_TREES") {
    _ if cfg!(miri) => 5,
    Some(_) => 34,
    None => 200,
};

/// Hashes of a proof that is far too long.
const LONG: usize = if cfg!(miri) { 70 } else { 100_000 };

/// `MTH(D[n])`, RFC 6962 section 2.1, as it is written there.
fn mth(d: &[Hash]) -> Hash {
    match d.len() {
        0 => empty_root(),
        1 => d[0],
        n => {
            let k = largest_power_below(n);
            node_hash(&mth(&d[..k]), &mth(&d[k..]))
        }
    }
}

/// `PATH(m, D[n])`, section 2.1.1.
fn path(m: usize, d: &[Hash]) -> Vec<Hash> {
    if d.len() <= 1 {
        return vec![];
    }
    let k = largest_power_below(d.len());
    if m < k {
        [path(m, &d[..k]), vec![mth(&d[k..])]].concat()
    } else {
        [path(m - k, &d[k..]), vec![mth(&d[..k])]].concat()
    }
}

/// `SUBPROOF(m, D[n], b)`, section 2.1.2.
fn subproof(m: usize, d: &[Hash], b: bool) -> Vec<Hash> {
    if m == d.len() {
        return if b { vec![] } else { vec![mth(d)] };
    }
    let k = largest_power_below(d.len());
    if m <= k {
        [subproof(m, &d[..k], b), vec![mth(&d[k..])]].concat()
    } else {
        [subproof(m - k, &d[k..], false), vec![mth(&d[..k])]].concat()
    }
}

fn largest_power_below(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

struct Slow(Vec<Hash>);

impl NodeSource for Slow {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let start = (index as usize) << level;
        self.0.get(start..start + (1 << level)).map(mth)
    }
}

fn leaves(n: usize) -> Vec<Hash> {
    (0..n).map(|i| leaf_hash(&(i as u32).to_be_bytes())).collect()
}

fn size(n: usize) -> TreeSize {
    TreeSize::new(n as u64)
}

fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = hash.0;
    bytes[bit / 8] ^= 1 << (bit % 8);
    Hash(bytes)
}

/// The published empty-tree hash, and a leaf and node computed by hand from RFC 6962.
#[test]
fn known_values() {
    let hex = |text| Hash::from_hex(text).unwrap();
    assert_eq!(
        empty_root(),
        hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    );
    assert_eq!(
        leaf_hash(b""),
        hex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    );
    // Roots of the eight-leaf tree of the Certificate Transparency test data.
    let inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let d: Vec<Hash> = inputs
        .iter()
        .map(|text| {
            let bytes: Vec<u8> = (0..text.len())
                .step_by(2)
                .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
                .collect();
            leaf_hash(&bytes)
        })
        .collect();
    assert_eq!(
        root(size(2), &Slow(d.clone())),
        Ok(hex("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"))
    );
    let roots = [
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];
    for (leaves, expected) in roots {
        assert_eq!(root(size(leaves), &Slow(d.clone())), Ok(hex(expected)), "{leaves}");
    }
    // The published path of leaf 0 of the eight, and of the extension from six to eight.
    let path = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(
        prove_inclusion(LeafIndex::new(0), size(8), &Slow(d.clone())),
        Ok(path.map(hex).to_vec())
    );
    let extension = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(prove_consistency(size(6), size(8), &Slow(d)), Ok(extension.map(hex).to_vec()));
}

#[test]
fn inclusion_of_every_leaf_of_every_small_tree() {
    let all = leaves(MAX);
    for n in 1..=MAX {
        let nodes = Slow(all[..n].to_vec());
        let expected = mth(&all[..n]);
        assert_eq!(root(size(n), &nodes), Ok(expected));
        for (m, leaf) in all.iter().enumerate().take(n) {
            let index = LeafIndex::new(m as u64);
            let proof = prove_inclusion(index, size(n), &nodes).unwrap();
            assert_eq!(proof, path(m, &all[..n]));
            assert_eq!(verify_inclusion(leaf, index, size(n), &proof, &expected), Ok(()));
            refuse_mutated_inclusion(leaf, index, size(n), &proof, &expected);
        }
    }
}

#[test]
fn one_prover_makes_every_proof_of_a_tree_in_any_order() {
    let d = leaves(MAX);
    let nodes = Slow(d.clone());
    for n in [1, 2, 3, 7, 31, 100, 127, 128, 129, MAX].into_iter().filter(|n| *n <= MAX) {
        let mut prover = Prover::new(size(n), &nodes);
        for m in (0..n).rev().chain(0..n) {
            let proof = prover.prove_inclusion(LeafIndex::new(m as u64));
            assert_eq!(proof.as_deref(), Ok(path(m, &d[..n]).as_slice()), "{m} of {n}");
        }
        let outside = prover.prove_inclusion(LeafIndex::new(n as u64));
        assert_eq!(outside, Err(TreeError::IndexOutOfRange));
    }
}

fn refuse_mutated_inclusion(
    leaf: &Hash,
    index: LeafIndex,
    size: TreeSize,
    proof: &[Hash],
    root: &Hash,
) {
    let refused = Err(InclusionError::Invalid);
    for at in 0..proof.len() {
        let mut bad = proof.to_vec();
        bad[at] = flipped(&bad[at], (at * 37 + 5) % 256);
        assert_eq!(verify_inclusion(leaf, index, size, &bad, root), refused);
    }
    assert_eq!(verify_inclusion(&flipped(leaf, 3), index, size, proof, root), refused);
    assert_eq!(verify_inclusion(leaf, index, size, proof, &flipped(root, 255)), refused);
    let longer = [proof, &[*root]].concat();
    assert_eq!(verify_inclusion(leaf, index, size, &longer, root), refused);
    if let Some((_, shorter)) = proof.split_last() {
        assert_eq!(verify_inclusion(leaf, index, size, shorter, root), refused);
    }
    if index.get() > 0 {
        let other = LeafIndex::new(index.get() - 1);
        assert_eq!(verify_inclusion(leaf, other, size, proof, root), refused);
    }
    let out = LeafIndex::new(size.get());
    assert_eq!(
        verify_inclusion(leaf, out, size, proof, root),
        Err(InclusionError::IndexOutOfRange)
    );
}

#[test]
fn consistency_of_every_pair_of_small_trees() {
    let all = leaves(MAX);
    let nodes = Slow(all.clone());
    let roots: Vec<Hash> = (0..=MAX).map(|n| mth(&all[..n])).collect();
    for new in 1..=MAX {
        for old in 1..=new {
            let proof = prove_consistency(size(old), size(new), &nodes).unwrap();
            assert_eq!(proof, subproof(old, &all[..new], true));
            let (a, b) = (&roots[old], &roots[new]);
            assert_eq!(
                verify_consistency(size(old), a, size(new), b, &proof),
                Ok(Consistency::Verified)
            );
            refuse_mutated_consistency(old, a, new, b, &proof);
        }
    }
}

fn refuse_mutated_consistency(old: usize, a: &Hash, new: usize, b: &Hash, proof: &[Hash]) {
    let check =
        |a: &Hash, b: &Hash, proof: &[Hash]| verify_consistency(size(old), a, size(new), b, proof);
    let refused = Err(ConsistencyError::Invalid);
    for at in 0..proof.len() {
        let mut bad = proof.to_vec();
        bad[at] = flipped(&bad[at], (at * 41 + 7) % 256);
        assert_eq!(check(a, b, &bad), refused, "{old} {new} {at}");
    }
    assert_eq!(check(&flipped(a, 9), b, proof), refused);
    assert_eq!(check(a, &flipped(b, 77), proof), refused);
    assert_eq!(check(a, b, &[proof, &[*b]].concat()), refused);
    if let Some((_, shorter)) = proof.split_last() {
        assert_eq!(check(a, b, shorter), refused);
    }
}

#[test]
fn the_empty_tree_is_a_trivial_start() {
    let empty = empty_root();
    let other = leaf_hash(b"x");
    let from_empty = |old: &Hash, new, root: &Hash, proof: &[Hash]| {
        verify_consistency(TreeSize::ZERO, old, size(new), root, proof)
    };
    assert_eq!(from_empty(&empty, 5, &other, &[]), Ok(Consistency::Trivial));
    assert_eq!(from_empty(&empty, 0, &empty, &[]), Ok(Consistency::Trivial));
    assert_eq!(from_empty(&empty, 0, &other, &[]), Err(ConsistencyError::Invalid));
    assert_eq!(from_empty(&other, 5, &other, &[]), Err(ConsistencyError::Invalid));
    assert_eq!(from_empty(&empty, 5, &other, &[other]), Err(ConsistencyError::Invalid));
    assert_eq!(
        verify_consistency(size(2), &other, size(1), &other, &[]),
        Err(ConsistencyError::SizesReversed)
    );
    assert_eq!(prove_consistency(TreeSize::ZERO, size(9), &Slow(vec![])), Ok(vec![]));
}

#[test]
fn between_equal_sizes_is_no_path() {
    let root = leaf_hash(b"x");
    let roots =
        |old, new, proof: &[Hash]| roots_from_consistency(size(old), &root, size(new), proof);
    for n in [1, 5, 8] {
        assert_eq!(roots(n, n, &[]), Err(ConsistencyError::Invalid));
        assert_eq!(roots(n, n, &[root]), Err(ConsistencyError::Invalid));
        assert_eq!(roots(n, n + 1, &[]), Err(ConsistencyError::Invalid));
        assert_eq!(roots(n + 1, n, &[root]), Err(ConsistencyError::SizesReversed));
    }
}

#[test]
fn what_is_missing_is_named() {
    let nodes = Slow(leaves(4));
    assert_eq!(root(size(5), &nodes), Err(TreeError::MissingNode));
    assert_eq!(root(TreeSize::ZERO, &nodes), Ok(empty_root()));
    let at = LeafIndex::new(4);
    assert_eq!(prove_inclusion(at, size(4), &nodes), Err(TreeError::IndexOutOfRange));
    assert_eq!(prove_inclusion(at, size(6), &nodes), Err(TreeError::MissingNode));
    assert_eq!(prove_consistency(size(3), size(2), &nodes), Err(TreeError::SizesReversed));
}

/// Nodes that need no leaves: every hash names its own place.
struct Synthetic;

impl NodeSource for Synthetic {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let mut name = [0; 9];
        name[0] = level;
        name[1..].copy_from_slice(&index.to_be_bytes());
        Some(if level == 0 { leaf_hash(&name) } else { self.below(level, index) })
    }
}

impl Synthetic {
    /// Only what lies on the way is hashed; the rest is a name.
    fn below(&self, level: u8, index: u64) -> Hash {
        leaf_hash(&[&[level][..], &index.to_be_bytes()].concat())
    }
}

#[test]
fn proofs_at_the_edge_of_u64_are_short_and_refused_in_bounded_time() {
    let edges = [1 << 63, u64::MAX, u64::MAX - 1, (1 << 63) + 1, (1 << 63) - 1, 3];
    // Miri takes minutes for the first, and longer for those whose right edge has many nodes.
    for n in edges.into_iter().take(if cfg!(miri) { 1 } else { 6 }) {
        for m in [0, 1, n / 2, n - 2, n - 1] {
            let proof = prove_inclusion(LeafIndex::new(m), TreeSize::new(n), &Synthetic).unwrap();
            assert!(proof.len() <= 64);
            let leaf = leaf_hash(b"leaf");
            let root = root_from_inclusion(&leaf, LeafIndex::new(m), TreeSize::new(n), &proof);
            assert!(root.is_ok(), "{m} of {n}");
            let long = vec![leaf; LONG];
            assert_eq!(
                root_from_inclusion(&leaf, LeafIndex::new(m), TreeSize::new(n), &long),
                Err(InclusionError::Invalid)
            );
        }
        for old in [1, 2, n / 2, n - 1] {
            let (a, b) = (TreeSize::new(old), TreeSize::new(n));
            let proof = prove_consistency(a, b, &Synthetic).unwrap();
            assert!(proof.len() <= 65);
            assert!(roots_from_consistency(a, &leaf_hash(b"a"), b, &proof).is_ok());
            let long = vec![leaf_hash(b"b"); LONG];
            assert_eq!(
                roots_from_consistency(a, &leaf_hash(b"a"), b, &long),
                Err(ConsistencyError::Invalid)
            );
        }
    }
}

/// The ranges that proofs are made of begin where their largest subtree may.
#[test]
fn ranges_are_aligned() {
    for n in [1u64, 2, 7, 255, 256, 257, 65_537, u64::MAX] {
        for range in inclusion_nodes(LeafIndex::new(n / 3), TreeSize::new(n)).unwrap() {
            assert!(range.is_aligned(), "{range:?}");
        }
        for range in consistency_nodes(TreeSize::new(n / 3), TreeSize::new(n)).unwrap() {
            assert!(range.is_aligned(), "{range:?}");
        }
    }
}

#[test]
fn each_error_has_its_code_and_its_words() {
    let told = |code: &str, words: &dyn fmt::Display, expected: &str, part: &str| {
        assert_eq!(code, expected);
        let words = alloc::format!("{words}");
        assert!(words.contains(part), "{expected}: {words}");
    };
    for (error, code, part) in [
        (InclusionError::IndexOutOfRange, "index-out-of-range", "not below the tree size"),
        (InclusionError::Invalid, "inclusion-invalid", "does not lead to the root"),
    ] {
        told(error.code(), &error, code, part);
    }
    for (error, code, part) in [
        (ConsistencyError::SizesReversed, "sizes-reversed", "above the new size"),
        (ConsistencyError::Invalid, "consistency-invalid", "does not lead to both roots"),
    ] {
        told(error.code(), &error, code, part);
    }
    for (error, code, part) in [
        (TreeError::IndexOutOfRange, "index-out-of-range", "not below the tree size"),
        (TreeError::SizesReversed, "sizes-reversed", "above the new size"),
        (TreeError::MissingNode, "node-missing", "missing"),
        (TreeError::InvalidSubtree, "subtree-invalid", "not a multiple"),
        (TreeError::InvalidLeaves, "batch-leaves-invalid", "1 to 2^20 leaves"),
    ] {
        told(error.code(), &error, code, part);
    }
    for (error, code, part) in [
        (BatchError::Malformed, "batch-proof-malformed", "not the bytes"),
        (BatchError::Leaves, "batch-leaves-invalid", "1 to 2^20 leaves"),
        (BatchError::IndexOutOfRange, "index-out-of-range", "not below the tree size"),
        (BatchError::Invalid, "inclusion-invalid", "does not lead to the root"),
    ] {
        told(error.code(), &error, code, part);
    }
    for (error, code, part) in [
        (RangeError::TooLarge, "tree-too-large", "2^64 - 1"),
        (RangeError::NotAdjacent, "range-not-adjacent", "does not begin where"),
        (RangeError::NodeCount, "range-malformed", "another number of nodes"),
        (RangeError::NotASubtree, "subtree-invalid", "has no root"),
    ] {
        told(error.code(), &error, code, part);
    }
}

#[test]
fn numbers_are_written_as_such() {
    let numbers = (LeafIndex::new(u64::MAX - 1), TreeSize::new(u64::MAX));
    let written = alloc::format!("{} of {}", numbers.0, numbers.1);
    assert_eq!(written, "18446744073709551614 of 18446744073709551615");
}
