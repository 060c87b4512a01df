//! The plan against roots computed leaf by leaf, across tile edges.

use alloc::vec::Vec;

use super::*;
use crate::tile::{tiles_for_consistency, tiles_for_inclusion};
use crate::tree::{LeafIndex, leaf_hash, prove_consistency, prove_inclusion, verify_inclusion};

fn leaf(i: u64) -> Hash {
    leaf_hash(&i.to_be_bytes())
}

fn leaves(range: core::ops::Range<u64>) -> Vec<Hash> {
    range.map(leaf).collect()
}

/// RFC 6962 `MTH`, the slow way.
fn mth(d: &[Hash]) -> Hash {
    match d {
        [] => tree::empty_root(),
        [one] => *one,
        _ => {
            let k = d.len().next_power_of_two() / 2;
            tree::node_hash(&mth(&d[..k]), &mth(&d[k..]))
        }
    }
}

/// All tiles ever written: what a store holds.
#[derive(Default)]
struct Store(BTreeMap<TileId, Vec<u8>>);

impl Store {
    fn apply(&mut self, plan: &Plan) {
        for tile in &plan.tiles {
            self.0.insert(tile.id, tile.hashes.clone());
        }
    }

    fn set(&self, ids: &[TileId]) -> TileSet {
        let mut set = TileSet::new();
        for id in ids {
            set.insert(*id, &self.0[id]).unwrap();
        }
        set
    }
}

fn stored(plan: &Plan) -> impl Iterator<Item = (TileId, &[u8])> {
    plan.tiles.iter().map(|tile| (tile.id, tile.hashes.as_slice()))
}

fn shapes(plan: &Plan) -> Vec<(u8, u64, usize)> {
    plan.tiles.iter().map(|t| (t.id.level, t.id.index, t.hashes.len() / 32)).collect()
}

#[test]
fn appends_across_tile_edges_give_the_reference_root() {
    let ends = [0u64, 1, 2, 3, 127, 128, 255, 256, 257, 511, 512, 513, 700];
    for (i, &from) in ends.iter().enumerate() {
        let start = Edge::empty().append(&leaves(0..from)).unwrap();
        for &to in &ends[i..] {
            let new = leaves(from..to);
            let plan = start.edge.append(&new).unwrap();
            assert_eq!(plan.root, mth(&leaves(0..to)), "{from}..{to}");
            assert_eq!((plan.old_size().get(), plan.size.get()), (from, to));
            assert_eq!(plan.edge.root(), plan.root);
            assert_eq!(rehash(&start.edge, &new, stored(&plan)), Ok(plan.root));
            let at_once = Edge::empty().append(&leaves(0..to)).unwrap();
            assert_eq!(plan.edge, at_once.edge);
            let nodes = plan.node_source().unwrap();
            for index in from..to {
                let at = LeafIndex::new(index);
                let proof = prove_inclusion(at, plan.size, &nodes).unwrap();
                assert_eq!(
                    verify_inclusion(&leaf(index), at, plan.size, &proof, &plan.root),
                    Ok(())
                );
            }
            assert!(prove_consistency(plan.old_size(), plan.size, &nodes).is_ok());
        }
    }
}

#[test]
fn only_changed_tiles_are_written_and_whole() {
    let first = Edge::empty().append(&leaves(0..300)).unwrap();
    assert_eq!(shapes(&first), [(0, 0, 256), (0, 1, 44), (1, 0, 1)]);
    let second = first.edge.append(&leaves(300..301)).unwrap();
    assert_eq!(shapes(&second), [(0, 1, 45)]);
    assert!(first.edge.append(&[]).unwrap().tiles.is_empty());
    // A tile that fills up leaves an empty partial one behind.
    let third = first.edge.append(&leaves(300..512)).unwrap();
    assert_eq!(shapes(&third), [(0, 1, 256), (1, 0, 2)]);
    // The same hashes again in the next tile are another tile.
    let same = [leaf(7); 256];
    let fourth = Edge::empty().append(&same[..3]).unwrap().edge.append(&same).unwrap();
    assert_eq!(shapes(&fourth), [(0, 0, 256), (0, 1, 3), (1, 0, 1)]);
}

#[test]
fn a_store_written_by_plans_proves_everything() {
    let mut store = Store::default();
    let mut edge = Edge::empty();
    let mut sizes = Vec::new();
    for batch in [1u64, 2, 250, 3, 1, 300, 700, 43] {
        let from = edge.size().get();
        let plan = edge.append(&leaves(from..from + batch)).unwrap();
        store.apply(&plan);
        let ids = tile::tiles_for_root(plan.size);
        edge = Edge::from_tiles(plan.size, &store.set(&ids)).unwrap();
        assert_eq!(edge, plan.edge);
        sizes.push(plan.size);
    }
    let new = edge.size();
    for index in (0..new.get()).step_by(37) {
        let at = LeafIndex::new(index);
        let ids = tiles_for_inclusion(at, new).unwrap();
        let proof = prove_inclusion(at, new, &store.set(&ids)).unwrap();
        assert_eq!(verify_inclusion(&leaf(index), at, new, &proof, &edge.root()), Ok(()));
    }
    for old in sizes {
        let ids = tiles_for_consistency(old, new).unwrap();
        let proof = prove_consistency(old, new, &store.set(&ids)).unwrap();
        let old_root = mth(&leaves(0..old.get()));
        assert!(tree::verify_consistency(old, &old_root, new, &edge.root(), &proof).is_ok());
        // An older edge is recovered from today's wider tiles.
        let ids = tile::tiles_for_root(old);
        let older = Edge::from_tiles(old, &store.set(&ids)).unwrap();
        assert_eq!(older.root(), old_root);
    }
}

/// Three levels without hashing sixteen million leaves: the edge is made up.
#[test]
fn levels_above_are_carried_at_65_536_and_16_777_216() {
    for (size, written) in [(65_535u64, 3), (16_777_215, 4), ((1 << 40) - 1, 6)] {
        let size = TreeSize::new(size);
        let mut set = TileSet::new();
        for id in tile::tiles_for_root(size) {
            let width = u64::from(tile::width_at(id, size));
            set.insert(id, &flat(&leaves(0..width))).unwrap();
        }
        let edge = Edge::from_tiles(size, &set).unwrap();
        assert_eq!(edge.root(), tree::root(size, &set).unwrap());
        let plan = edge.append(&[leaf(9)]).unwrap();
        assert_eq!(plan.tiles.len(), written, "{size}");
        assert_eq!(rehash(&edge, &[leaf(9)], stored(&plan)), Ok(plan.root));
        let new = [leaf(10), leaf(11)];
        let after = plan.edge.append(&new).unwrap();
        assert_eq!(rehash(&plan.edge, &new, stored(&after)), Ok(after.root));
        let proof = prove_consistency(size, plan.size, &plan.node_source().unwrap()).unwrap();
        assert!(
            tree::verify_consistency(size, &edge.root(), plan.size, &plan.root, &proof).is_ok()
        );
    }
}

/// Each flipped bit in what would be stored is seen before the head is signed.
#[test]
fn the_guard_sees_every_changed_tile_byte() {
    let old = Edge::empty().append(&leaves(0..250)).unwrap().edge;
    let new = leaves(250..515);
    let plan = old.append(&new).unwrap();
    for tile in 0..plan.tiles.len() {
        for byte in (0..plan.tiles[tile].hashes.len()).step_by(31) {
            let mut bad = plan.clone();
            bad.tiles[tile].hashes[byte] ^= 4;
            assert_eq!(rehash(&old, &new, stored(&bad)), Err(PlanError::BadTile), "{tile} {byte}");
        }
        let mut bad = plan.clone();
        bad.tiles.remove(tile);
        assert!(rehash(&old, &new, stored(&bad)).is_err(), "without {tile}");
        let mut bad = plan.clone();
        bad.tiles[tile].hashes.pop();
        assert_eq!(rehash(&old, &new, stored(&bad)), Err(PlanError::BadTile));
    }
    let mut other = new.clone();
    other[3] = leaf(9999);
    assert_eq!(rehash(&old, &other, stored(&plan)), Err(PlanError::BadTile));
    assert!(rehash(&old, &new[1..], stored(&plan)).is_err());
}

/// In a tile that stays partial nothing above depends on its old hashes yet.
#[test]
fn the_guard_sees_changed_old_hashes_and_hashes_too_many() {
    let old = Edge::empty().append(&leaves(0..300)).unwrap().edge;
    let new = leaves(300..310);
    let plan = old.append(&new).unwrap();
    assert_eq!(shapes(&plan), [(0, 1, 54)]);
    for byte in 0..44 * 32 {
        let mut bad = plan.clone();
        bad.tiles[0].hashes[byte] ^= 1;
        assert_eq!(rehash(&old, &new, stored(&bad)), Err(PlanError::BadTile), "{byte}");
    }
    let mut wide = plan.clone();
    wide.tiles[0].hashes.extend_from_slice(&leaf(310).0);
    assert_eq!(rehash(&old, &new, stored(&wide)), Err(PlanError::BadTile));
    let beyond = TileWrite { id: TileId { level: 0, index: 2 }, hashes: leaf(0).0.to_vec() };
    let mut more = plan.clone();
    more.tiles.push(beyond);
    assert_eq!(rehash(&old, &new, stored(&more)), Err(PlanError::BadTile));
}

#[test]
fn a_tree_stops_where_parsers_stop() {
    let mut set = TileSet::new();
    set.insert(TileId { level: 6, index: 0 }, &[7; 32]).unwrap();
    let full = Edge::from_tiles(TreeSize::MAX_PARSED, &set).unwrap();
    assert_eq!(full.append(&[leaf(0)]), Err(PlanError::TooLarge));
    assert_eq!(rehash(&full, &[leaf(0)], []), Err(PlanError::TooLarge));
    let none = Edge::from_tiles(TreeSize::new(3), &TileSet::new());
    assert_eq!(none, Err(PlanError::MissingTile));
}
