//! Compact ranges, grown leaf by leaf and merged at every place.

use alloc::vec;
use alloc::vec::Vec;

use super::*;

fn range(d: &[Hash], start: usize, end: usize) -> CompactRange {
    let mut range = CompactRange::new(LeafIndex::new(start as u64));
    d[start..end].iter().for_each(|leaf| range.append(leaf).unwrap());
    range
}

/// The fewest complete subtrees of `[start, end)`, by search from the left.
fn reference(d: &[Hash], mut start: usize, end: usize) -> Vec<Hash> {
    let mut nodes = vec![];
    while start < end {
        let fits = |width: &usize| start.is_multiple_of(*width) && start + width <= end;
        let width = (0..20).map(|bits| 1 << bits).filter(fits).max().unwrap();
        nodes.push(mth(&d[start..start + width]));
        start += width;
    }
    nodes
}

/// Leaves of the tree whose every range is made.
const ALL: usize = if MAX < 130 { MAX } else { 130 };

#[test]
fn every_small_range_has_its_nodes_and_root() {
    let d = leaves(ALL);
    for start in 0..ALL {
        let mut grown = CompactRange::new(LeafIndex::new(start as u64));
        for end in start + 1..=ALL {
            grown.append(&d[end - 1]).unwrap();
            let (from, to) = (LeafIndex::new(start as u64), size(end));
            let nodes = reference(&d, start, end);
            assert_eq!(grown.nodes(), nodes, "{start} {end}");
            assert_eq!((grown.start(), grown.end()), (from, to));
            let valid = Subtree::new(from, to).is_ok();
            let root = if valid { Ok(mth(&d[start..end])) } else { Err(RangeError::NotASubtree) };
            assert_eq!(grown.root(), root, "{start} {end}");
            assert_eq!(CompactRange::from_nodes(from, to, nodes), Ok(grown.clone()));
        }
    }
}

#[test]
fn every_small_tree_has_its_root() {
    let d = leaves(MAX);
    let mut grown = CompactRange::new(LeafIndex::new(0));
    assert_eq!(grown.root(), Ok(empty_root()));
    for (n, leaf) in d.iter().enumerate() {
        grown.append(leaf).unwrap();
        assert_eq!(grown.root(), Ok(mth(&d[..=n])));
    }
}

#[test]
fn ranges_merge_wherever_they_touch() {
    const END: usize = if MAX < 40 { MAX } else { 40 };
    let d = leaves(END);
    for start in 0..END {
        for middle in start..=END {
            for end in middle..=END {
                let mut left = range(&d, start, middle);
                left.merge(&range(&d, middle, end)).unwrap();
                assert_eq!(left, range(&d, start, end), "{start} {middle} {end}");
            }
        }
    }
}

#[test]
fn ranges_that_do_not_touch_are_refused() {
    let d = leaves(8);
    let left = range(&d, 0, 4);
    for other in [range(&d, 5, 8), range(&d, 3, 8), range(&d, 0, 4)] {
        let mut merged = left.clone();
        assert_eq!(merged.merge(&other), Err(RangeError::NotAdjacent));
        assert_eq!(merged, left);
    }
    let mut right = range(&d, 4, 8);
    assert_eq!(right.merge(&left), Err(RangeError::NotAdjacent));
}

#[test]
fn the_number_of_nodes_is_the_ranges() {
    let node = leaf_hash(b"x");
    let make = |start, end, count: usize| {
        CompactRange::from_nodes(LeafIndex::new(start), TreeSize::new(end), vec![node; count])
    };
    assert_eq!(make(0, 7, 2), Err(RangeError::NodeCount));
    assert_eq!(make(0, 7, 4), Err(RangeError::NodeCount));
    assert_eq!(make(3, 2, 0), Err(RangeError::NodeCount));
    assert!(make(0, 7, 3).is_ok() && make(5, 5, 0).is_ok() && make(1, u64::MAX, 126).is_ok());
    assert_eq!(make(5, 5, 0).unwrap().root(), Err(RangeError::NotASubtree));
}

#[test]
fn the_last_number_is_the_end() {
    let nodes = vec![leaf_hash(b"x"); 64];
    let mut full =
        CompactRange::from_nodes(LeafIndex::new(0), TreeSize::new(u64::MAX), nodes).unwrap();
    let before = full.clone();
    assert_eq!(full.append(&leaf_hash(b"y")), Err(RangeError::TooLarge));
    assert_eq!(full, before);
    assert!(full.root().is_ok());
}
