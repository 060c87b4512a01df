//! C2SP tlog-tiles: which tiles a tree has, and what they hold.

mod bundle;
mod path;
mod set;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

pub use bundle::{MAX_ENTRY_BYTES, parse_bundle, write_bundle};
pub use path::TilePath;
pub use set::TileSet;

use crate::tree::{self, LeafIndex, Range, Subtree, TreeError, TreeSize};

/// Hashes in a full tile, and entries in a full bundle: a subtree of height 8.
pub const FULL_WIDTH: u16 = 256;

/// [`FULL_WIDTH`] for arithmetic on indexes and sizes.
pub(crate) const FULL: u64 = 256;

/// Bytes of a full tile: 256 hashes of 32 bytes.
pub const FULL_BYTES: usize = 8192;

/// Levels of a tree that has any: 256^8 = 2^64 leaves.
pub const LEVELS: u8 = 8;

/// The place of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 (leaf hashes) to 63; above 7 no tree of up to 2^64 leaves has tiles.
    pub level: u8,
    /// Number of the tile within its level, from 0.
    pub index: u64,
}

/// The number of hashes, 0 to 256, that this tile has in a tree of `size`
/// leaves: "the partial tile at level l has floor(s / 256**l) mod 256 entries".
#[must_use]
pub fn width_at(id: TileId, size: TreeSize) -> u16 {
    let hashes = hashes_at(id.level, size);
    let before = id.index.saturating_mul(FULL);
    let width = hashes.saturating_sub(before).min(FULL);
    u16::try_from(width).unwrap_or(FULL_WIDTH)
}

/// Hashes that a level has: complete subtrees of 256^level leaves.
fn hashes_at(level: u8, size: TreeSize) -> u64 {
    size.get().checked_shr(u32::from(level).saturating_mul(8)).unwrap_or(0)
}

/// The tile and the first place in it that hold the subtree of `2^level`
/// leaves number `index`.
pub(crate) fn tile_of(level: u8, index: u64) -> (TileId, u8, u16) {
    let (tile_level, height) = (level / 8, level % 8);
    // The subtree covers 2^height hashes from this one on. Only places past
    // 2^64 leaves overflow, and no source has those.
    let first = index.saturating_mul(1 << height);
    let id = TileId { level: tile_level, index: first / FULL };
    let place = u16::try_from(first % FULL).unwrap_or(0);
    (id, height, place)
}

/// The tiles from which the root at `size` is computed: the partial tile of
/// every level that has one. At most 8, lowest level first.
#[must_use]
pub fn tiles_for_root(size: TreeSize) -> Vec<TileId> {
    (0..LEVELS)
        .map(|level| (level, hashes_at(level, size)))
        .filter(|(_, hashes)| hashes % FULL != 0)
        .map(|(level, hashes)| TileId { level, index: hashes / FULL })
        .collect()
}

/// The tiles from which the inclusion of leaf `index` at `size` is proven,
/// with the one that holds the leaf itself. Sorted by level, then index.
///
/// # Errors
/// [`TreeError::IndexOutOfRange`].
pub fn tiles_for_inclusion(index: LeafIndex, size: TreeSize) -> Result<Vec<TileId>, TreeError> {
    let ranges = tree::inclusion_nodes(index, size)?;
    Ok(tiles_of(ranges, [tile_of(0, index.get()).0]))
}

/// The tiles from which the consistency of two sizes is proven. Sorted by
/// level, then index; none for equal sizes and from size 0.
///
/// # Errors
/// [`TreeError::SizesReversed`].
pub fn tiles_for_consistency(old: TreeSize, new: TreeSize) -> Result<Vec<TileId>, TreeError> {
    Ok(tiles_of(tree::consistency_nodes(old, new)?, []))
}

/// The tiles from which a subtree's root and its consistency with the tree of
/// `size` leaves are computed. Sorted by level, then index.
///
/// # Errors
/// [`TreeError::SizesReversed`] if the subtree ends after `size`.
pub fn tiles_for_subtree(subtree: Subtree, size: TreeSize) -> Result<Vec<TileId>, TreeError> {
    let ranges = tree::subtree_consistency_nodes(subtree, size)?;
    Ok(tiles_of(ranges.into_iter().chain([subtree.range()]), []))
}

/// The tiles of the ranges' nodes and the others, sorted, each once.
fn tiles_of(
    ranges: impl IntoIterator<Item = Range>,
    others: impl IntoIterator<Item = TileId>,
) -> Vec<TileId> {
    let nodes = ranges.into_iter().flat_map(|range| range.peaks());
    let mut tiles = BTreeSet::new();
    // One by one: collecting brings a whole sort into the wasm module.
    for id in nodes.map(|n| tile_of(n.level, n.index).0).chain(others) {
        tiles.insert(id);
    }
    tiles.into_iter().collect()
}

/// Why a tile, bundle or path was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TileError {
    /// Not a whole number of hashes, none, or more than 256.
    Width,
    /// Not one of the paths of tlog-tiles, or past 2^48 leaves.
    Path,
    /// A bundle whose length prefixes do not add up, or with more than 256 entries.
    Bundle,
    /// An entry of more than 65,535 bytes has no length prefix.
    EntryTooLarge,
}

impl TileError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Width => "tile-malformed",
            Self::Path => "tile-path-malformed",
            Self::Bundle => "bundle-malformed",
            Self::EntryTooLarge => "entry-too-large",
        }
    }
}

impl fmt::Display for TileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Width => "a tile has 1 to 256 hashes of 32 bytes",
            Self::Path => "not the path of a tile or entry bundle",
            Self::Bundle => "the entries do not fill the bundle, or are more than 256",
            Self::EntryTooLarge => "an entry has at most 65,535 bytes",
        })
    }
}

impl core::error::Error for TileError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(level: u8, index: u64) -> TileId {
        TileId { level, index }
    }

    /// The example of tlog-tiles, "Partial Tiles".
    #[test]
    fn the_tree_of_70_000_of_the_specification() {
        let size = TreeSize::new(70_000);
        assert_eq!(width_at(id(0, 272), size), 256);
        assert_eq!(width_at(id(0, 273), size), 112);
        assert_eq!(width_at(id(0, 274), size), 0);
        assert_eq!(width_at(id(1, 0), size), 256);
        assert_eq!(width_at(id(1, 1), size), 17);
        assert_eq!(width_at(id(2, 0), size), 1);
        assert_eq!(width_at(id(3, 0), size), 0);
        assert_eq!(tiles_for_root(size), [id(0, 273), id(1, 1), id(2, 0)]);
    }

    #[test]
    fn widths_are_exact_at_the_edges() {
        assert_eq!(tiles_for_root(TreeSize::new(256)), [id(1, 0)]);
        assert_eq!(width_at(id(0, 0), TreeSize::new(256)), 256);
        assert_eq!(width_at(id(1, 0), TreeSize::new(255)), 0);
        assert_eq!(width_at(id(7, 0), TreeSize::new(u64::MAX)), 255);
        assert_eq!(width_at(id(8, 0), TreeSize::new(u64::MAX)), 0);
        assert_eq!(width_at(id(63, u64::MAX), TreeSize::new(u64::MAX)), 0);
        assert_eq!(width_at(id(255, 0), TreeSize::new(u64::MAX)), 0);
        assert_eq!(tiles_for_root(TreeSize::ZERO), []);
        assert_eq!(tiles_for_root(TreeSize::new(u64::MAX)).len(), 8);
    }

    #[test]
    fn proofs_name_the_tiles_they_need() {
        let tiles = tiles_for_inclusion(LeafIndex::new(3), TreeSize::new(70_000));
        assert_eq!(tiles.as_deref(), Ok(&[id(0, 0), id(0, 273), id(1, 0), id(1, 1)][..]));
        assert_eq!(
            tiles_for_inclusion(LeafIndex::new(0), TreeSize::new(1)).as_deref(),
            Ok(&[id(0, 0)][..])
        );
        assert_eq!(
            tiles_for_inclusion(LeafIndex::new(1), TreeSize::new(1)),
            Err(TreeError::IndexOutOfRange)
        );
        assert_eq!(
            tiles_for_consistency(TreeSize::new(255), TreeSize::new(300)).as_deref(),
            Ok(&[id(0, 0), id(0, 1)][..])
        );
        assert_eq!(tiles_for_consistency(TreeSize::ZERO, TreeSize::new(9)).as_deref(), Ok(&[][..]));
        let subtree = |start, end| Subtree::new(LeafIndex::new(start), TreeSize::new(end)).unwrap();
        let of = |start, end, size| tiles_for_subtree(subtree(start, end), TreeSize::new(size));
        // Its own leaves, those to its left and those to its right.
        let all = [id(0, 273), id(1, 0), id(1, 1)];
        assert_eq!(
            of(65_536, 69_888, 70_000).as_deref(),
            Ok(&[id(0, 273), id(1, 1), id(2, 0)][..])
        );
        assert_eq!(
            of(69_888, 70_000, 70_000).as_deref(),
            Ok(&[id(0, 273), id(1, 1), id(2, 0)][..])
        );
        assert_eq!(of(0, 256, 70_000).as_deref(), Ok(&all[..]));
        assert_eq!(
            of(0, 70_000, 70_000).as_deref(),
            Ok(&tiles_for_root(TreeSize::new(70_000))[..])
        );
        assert_eq!(of(8, 16, 15), Err(TreeError::SizesReversed));
        let most = tiles_for_inclusion(LeafIndex::new(0), TreeSize::new(u64::MAX)).unwrap();
        assert!(most.len() <= 16, "{}", most.len());
    }
}
