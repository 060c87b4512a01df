//! Many leaves, nodes and proofs in one call: the same answers as one by one. Hashing is about three times as fast where
//! [`crate::sha256`] has lanes, and proofs of one tree hash what they share once.

use alloc::vec;
use alloc::vec::Vec;

use super::parents::Parents;
use super::verify::Climb;
use super::{InclusionError, LEAF_PREFIX, LeafIndex, NODE_PREFIX, TreeSize, empty_root, node_hash};
use crate::hash::Hash;
use crate::sha256::{self, FOUR_LANES};

/// [`super::leaf_hash`] of each entry, in order.
#[must_use]
pub fn leaf_hashes<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<Hash> {
    sha256::digests(entries.into_iter().map(|entry| [[LEAF_PREFIX].as_slice(), entry]))
}

/// The parents of a row of nodes: [`node_hash`] of each pair. An odd last node
/// has no parent here and is left out.
#[must_use]
pub fn node_hashes(children: &[Hash]) -> Vec<Hash> {
    let (pairs, _) = children.as_chunks::<2>();
    let (fours, rest) = if FOUR_LANES { pairs.as_chunks::<4>() } else { (&[][..], pairs) };
    let mut parents = Vec::with_capacity(pairs.len());
    for four in fours {
        parents.extend(sha256::four_pairs(NODE_PREFIX, four.each_ref().map(<[Hash; 2]>::each_ref)));
    }
    parents.extend(rest.iter().map(|[left, right]| node_hash(left, right)));
    parents
}

/// `MTH(D[n])` from the leaf hashes of the whole tree.
///
/// RFC 6962's recursion, row by row: a node without a sibling goes up as it is.
/// A complete row of any higher level gives the same root.
#[must_use]
pub fn root_of_leaves(leaf_hashes: &[Hash]) -> Hash {
    let (mut row, mut above);
    let mut nodes = leaf_hashes;
    while nodes.len() > 1 {
        above = node_hashes(nodes);
        above.extend(nodes.as_chunks::<2>().1);
        row = above;
        nodes = &row;
    }
    nodes.first().copied().unwrap_or_else(empty_root)
}

/// What one inclusion proof claims of a tree.
#[derive(Debug, Clone, Copy)]
pub struct InclusionClaim<'a> {
    /// The hash of the leaf.
    pub leaf: &'a Hash,
    /// Where it stands.
    pub index: LeafIndex,
    /// From the leaf's sibling to the root's child, at most 64 hashes.
    pub proof: &'a [Hash],
}

/// [`verify_inclusion`] of each claim on the tree of this size and root, in
/// order: each is judged by itself, whatever its neighbours are.
#[must_use]
pub fn verify_inclusions(
    size: TreeSize,
    root: &Hash,
    claims: &[InclusionClaim<'_>],
) -> Vec<Result<(), InclusionError>> {
    let mut known = Parents::new(claims.len());
    let mut verdicts = vec![Err(InclusionError::Invalid); claims.len()];
    let mut waiting = claims.iter().zip(&mut verdicts).filter_map(|(claim, verdict)| {
        let climb = Climb::new(claim.leaf, claim.index, size, claim.proof);
        climb.map_err(|error| *verdict = Err(error)).ok().map(|climb| Lane { climb, verdict })
    });
    let mut lanes: [Option<Lane<'_>>; 4] = [const { None }; 4];
    loop {
        // A lane that ends its proof takes the next one.
        let pairs = lanes.each_mut().map(|lane| {
            loop {
                let mut current = lane.take().or_else(|| waiting.next())?;
                if let Some(children) = current.climb(root, &known) {
                    *lane = Some(current);
                    return Some(children);
                }
            }
        });
        if pairs.iter().all(Option::is_none) {
            return verdicts;
        }
        for ((lane, children), node) in lanes.iter_mut().zip(pairs).zip(parents(&pairs)) {
            if let (Some(lane), Some(children)) = (lane, children) {
                known.insert(children, node);
                lane.climb.node = node;
            }
        }
    }
}

/// A claim on its way up, and where its verdict goes.
struct Lane<'a> {
    climb: Climb<'a>,
    verdict: &'a mut Result<(), InclusionError>,
}

impl Lane<'_> {
    /// Climbs past what is known, to two nodes that must be hashed; or to the verdict.
    fn climb(&mut self, root: &Hash, known: &Parents) -> Option<[Hash; 2]> {
        loop {
            *self.verdict = match self.climb.step() {
                Err(error) => Err(error),
                Ok(None) if self.climb.node == *root => Ok(()),
                Ok(None) => Err(InclusionError::Invalid),
                Ok(Some(children)) => match known.get(&children) {
                    None => return Some(children),
                    Some(parent) => {
                        self.climb.node = parent;
                        continue;
                    }
                },
            };
            return None;
        }
    }
}

/// The parent of each pair; anything where there is none.
fn parents(pairs: &[Option<[Hash; 2]>; 4]) -> [Hash; 4] {
    const IDLE: [Hash; 2] = [Hash([0; 32]); 2];
    if !FOUR_LANES || pairs.iter().flatten().count() == 1 {
        // Four lanes take longer than one; without them, nothing is hashed where there is no pair.
        return pairs.map(|pair| pair.map_or(IDLE[0], |[left, right]| node_hash(&left, &right)));
    }
    let children = pairs.each_ref().map(|pair| pair.as_ref().unwrap_or(&IDLE).each_ref());
    sha256::four_pairs(NODE_PREFIX, children)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{leaf_hash, prove_inclusion, root_from_inclusion, verify_inclusion};

    const SIZES: u64 = if cfg!(miri) { 9 } else { 67 };

    /// Every complete subtree of these leaves, hashed one by one.
    struct Leaves<'a>(&'a [Hash]);

    impl crate::tree::NodeSource for Leaves<'_> {
        fn node(&self, level: u8, index: u64) -> Option<Hash> {
            match level {
                0 => self.0.get(usize::try_from(index).ok()?).copied(),
                _ => {
                    let left = self.node(level - 1, index * 2)?;
                    Some(node_hash(&left, &self.node(level - 1, index * 2 + 1)?))
                }
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    /// Against the verdicts one by one.
    fn check(size: TreeSize, root: &Hash, claims: &[InclusionClaim<'_>]) -> usize {
        let single = |claim: &InclusionClaim<'_>| {
            verify_inclusion(claim.leaf, claim.index, size, claim.proof, root)
        };
        let expected: Vec<_> = claims.iter().map(single).collect();
        assert_eq!(verify_inclusions(size, root, claims), expected);
        expected.iter().filter(|verdict| verdict.is_ok()).count()
    }

    #[test]
    fn rows_and_roots_equal_those_of_single_hashes() {
        let entries: Vec<[u8; 8]> = (0..SIZES).map(u64::to_be_bytes).collect();
        assert_eq!(leaf_hashes(entries.iter().map(<[u8; 8]>::as_slice)), leaves(SIZES));
        for size in 0..=SIZES {
            let row = leaves(size);
            let pairs = row.as_chunks::<2>().0;
            let parents: Vec<_> =
                pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
            assert_eq!(node_hashes(&row), parents);
            let root = crate::tree::root(TreeSize::new(size), &Leaves(&row));
            assert_eq!(Ok(root_of_leaves(&row)), root, "{size}");
        }
    }

    /// Every index of every size in one call, good and spoiled side by side.
    #[test]
    fn each_claim_is_judged_by_itself() {
        for size in 1..=SIZES {
            let row = leaves(size);
            let root = root_of_leaves(&row);
            let size = TreeSize::new(size);
            let prove = |i| prove_inclusion(LeafIndex::new(i), size, &Leaves(&row)).unwrap();
            let proofs: Vec<Vec<Hash>> = (0..size.get()).map(prove).collect();
            let mut claims: Vec<InclusionClaim<'_>> = Vec::new();
            for ((leaf, proof), index) in row.iter().zip(&proofs).zip(0..) {
                let good = InclusionClaim { leaf, index: LeafIndex::new(index), proof };
                claims.push(good);
                // Another leaf, index and length: five spoiled beside each good one.
                claims.push(InclusionClaim { leaf: &root, proof: &[], ..good });
                claims.push(InclusionClaim { leaf: &Hash([7; 32]), ..good });
                claims.push(InclusionClaim { index: LeafIndex::new(u64::MAX), ..good });
                claims.push(InclusionClaim { index: LeafIndex::new(index ^ 1), ..good });
                claims.push(InclusionClaim { proof: &row, ..good });
            }
            let alone = usize::from(size.get() == 1);
            assert_eq!(check(size, &root, &claims), row.len() + alone);
            for count in 0..claims.len().min(13) {
                check(size, &root, &claims[..count]);
            }
        }
    }

    #[test]
    fn sizes_up_to_the_largest_end() {
        let proof = [Hash([1; 32]); 65];
        let leaf = Hash([2; 32]);
        let size = TreeSize::new(u64::MAX);
        let shortest = if cfg!(miri) { 62 } else { 0 };
        let claims: Vec<_> = (shortest..=65)
            .map(|count| InclusionClaim {
                leaf: &leaf,
                index: LeafIndex::new(u64::MAX / 3),
                proof: &proof[..count],
            })
            .collect();
        assert_eq!(check(size, &leaf, &claims), 0);
        let fits = claims[64 - shortest];
        let root = root_from_inclusion(&leaf, fits.index, size, fits.proof).unwrap();
        assert_eq!(check(size, &root, &claims), 1);
    }
}
