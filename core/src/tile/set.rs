//! Tiles at hand, with the nodes inside them.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::{FULL_WIDTH, TileError, TileId, tile_of};
use crate::hash::Hash;
use crate::tree::{NodeSource, node_hashes};

/// Tiles that were fetched or planned. As a [`NodeSource`] it answers from
/// their hashes alone: inner nodes are recomputed when a tile is put in, and
/// nothing is taken on trust from a tile of the level above or below.
#[derive(Debug, Clone, Default)]
pub struct TileSet {
    tiles: BTreeMap<TileId, Tile>,
}

/// `rows[h]` holds the complete subtrees of height `h` inside the tile.
#[derive(Debug, Clone)]
struct Tile {
    rows: Vec<Vec<Hash>>,
}

impl TileSet {
    /// No tiles.
    #[must_use]
    pub const fn new() -> Self {
        Self { tiles: BTreeMap::new() }
    }

    /// Puts a tile in (replacing one of the same id): 1 to 256 hashes of 32
    /// bytes. Costs at most 255 hashes.
    ///
    /// # Errors
    /// [`TileError::Width`].
    pub fn insert(&mut self, id: TileId, hashes: &[u8]) -> Result<(), TileError> {
        let hashes = Hash::split_flat(hashes).map_err(|_| TileError::Width)?;
        if hashes.is_empty() || hashes.len() > usize::from(FULL_WIDTH) {
            return Err(TileError::Width);
        }
        self.tiles.insert(id, Tile::new(hashes));
        Ok(())
    }

    /// The hashes of a tile.
    #[must_use]
    pub fn hashes(&self, id: TileId) -> Option<&[Hash]> {
        self.tiles.get(&id).and_then(|tile| tile.rows.first()).map(Vec::as_slice)
    }

    /// The ids of the tiles, sorted by level, then index.
    pub fn ids(&self) -> impl Iterator<Item = TileId> + '_ {
        self.tiles.keys().copied()
    }

    /// The root of a full tile, which is a hash of the level above.
    #[must_use]
    pub fn full_root(&self, id: TileId) -> Option<Hash> {
        self.tiles.get(&id)?.rows.get(8)?.first().copied()
    }
}

impl Tile {
    fn new(hashes: Vec<Hash>) -> Self {
        let mut rows = vec![hashes];
        // Each row is half of the one before: at most 8 turns.
        while let Some(above) =
            rows.last().map(|row| node_hashes(row)).filter(|row| !row.is_empty())
        {
            rows.push(above);
        }
        Self { rows }
    }
}

impl NodeSource for TileSet {
    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let (id, height, place) = tile_of(level, index);
        let row = self.tiles.get(&id)?.rows.get(usize::from(height))?;
        row.get(usize::from(place) >> height).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{leaf_hash, node_hash};

    #[test]
    fn widths_are_checked() {
        let mut set = TileSet::new();
        let id = TileId { level: 0, index: 0 };
        for bad in [0, 31, 33, 257 * 32] {
            assert_eq!(set.insert(id, &vec![0; bad]), Err(TileError::Width), "{bad}");
        }
        assert_eq!(set.insert(id, &[0; 8192]), Ok(()));
        assert_eq!(set.hashes(id).map(<[Hash]>::len), Some(256));
    }

    #[test]
    fn nodes_come_from_complete_subtrees_only() {
        let hashes: Vec<Hash> = (0..5u8).map(|i| leaf_hash(&[i])).collect();
        let flat: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        let mut set = TileSet::new();
        set.insert(TileId { level: 0, index: 3 }, &flat).unwrap();
        let base = 3 * 256;
        assert_eq!(set.node(0, base + 4), Some(hashes[4]));
        assert_eq!(set.node(0, base + 5), None);
        assert_eq!(set.node(1, base / 2), Some(node_hash(&hashes[0], &hashes[1])));
        assert_eq!(set.node(1, base / 2 + 2), None);
        assert!(set.node(2, base / 4).is_some());
        assert_eq!(set.node(3, base / 8), None);
        assert_eq!(set.node(8, 3), None);
        assert_eq!(set.node(0, 0), None);
        assert_eq!(set.node(63, u64::MAX), None);
        assert_eq!(set.node(255, u64::MAX), None);
        assert_eq!(set.full_root(TileId { level: 0, index: 3 }), None);
    }
}
