//! The pure plan of an append: right edge + leaf hashes -> changed tiles, root.
//!
//! Nothing here decides or stores anything. The same code plans a commit,
//! rebuilds the edge after a restart, and re-hashes what is about to be stored.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::hash::Hash;
use crate::tile::{self, FULL, FULL_WIDTH, LEVELS, TileId, TileSet};
use crate::tree::{self, TreeSize};

/// The right edge of a tree: its size and the partial tile of each level.
///
/// It is all that an append needs, at most 8 * 255 hashes at any size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    size: TreeSize,
    /// `levels[l]`: the partial tile at level `l`, 0 to 255 hashes.
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// The edge of the empty tree.
    #[must_use]
    pub fn empty() -> Self {
        Self { size: TreeSize::ZERO, levels: vec![Vec::new(); usize::from(LEVELS)] }
    }

    /// The edge of a stored tree, from the tiles of [`tile::tiles_for_root`].
    /// Wider tiles are cut to the width they had at `size`.
    ///
    /// # Errors
    /// [`PlanError::MissingTile`] if one is absent or narrower than the size says.
    pub fn from_tiles(size: TreeSize, tiles: &TileSet) -> Result<Self, PlanError> {
        let mut edge = Self { size, ..Self::empty() };
        for id in tile::tiles_for_root(size) {
            let width = usize::from(tile::width_at(id, size));
            let hashes = tiles.hashes(id).and_then(|hashes| hashes.get(..width));
            let level = edge.levels.get_mut(usize::from(id.level));
            let (Some(hashes), Some(level)) = (hashes, level) else {
                return Err(PlanError::MissingTile);
            };
            level.extend_from_slice(hashes);
        }
        Ok(edge)
    }

    /// Leaves in the tree.
    #[must_use]
    pub fn size(&self) -> TreeSize {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let peaks = self.levels.iter().flat_map(|hashes| edge_peaks(hashes));
        peaks.reduce(|right, left| tree::node_hash(&left, &right)).unwrap_or_else(tree::empty_root)
    }

    /// The partial tiles, lowest level first.
    #[must_use]
    pub fn tiles(&self) -> Vec<TileWrite> {
        tile::tiles_for_root(self.size).into_iter().filter_map(|id| self.tile(id)).collect()
    }

    fn tile(&self, id: TileId) -> Option<TileWrite> {
        let hashes = self.levels.get(usize::from(id.level))?;
        Some(TileWrite { id, hashes: flat(hashes) })
    }

    /// Plans the append of these leaves; nothing changes.
    ///
    /// # Errors
    /// [`PlanError::TooLarge`] past [`TreeSize::MAX_PARSED`], where no parser
    /// would read the checkpoint.
    pub fn append(&self, leaf_hashes: &[Hash]) -> Result<Plan, PlanError> {
        let size = u64::try_from(leaf_hashes.len())
            .ok()
            .and_then(|count| self.size.get().checked_add(count))
            .map(TreeSize::new)
            .filter(|size| *size <= TreeSize::MAX_PARSED)
            .ok_or(PlanError::TooLarge)?;
        let mut edge = self.clone();
        let mut written = BTreeMap::new();
        for leaf in leaf_hashes {
            edge.push(leaf, &mut written);
        }
        // Every partial tile that differs from before, after the full ones.
        for new in edge.tiles() {
            let same = self.levels.get(usize::from(new.id.level))
                == edge.levels.get(usize::from(new.id.level));
            if !same || !self.has_tile(new.id) {
                written.insert(new.id, new.hashes);
            }
        }
        let tiles = written.into_iter().map(|(id, hashes)| TileWrite { id, hashes }).collect();
        Ok(Plan { old: self.clone(), size, root: edge.root(), tiles, edge })
    }

    fn has_tile(&self, id: TileId) -> bool {
        tile::width_at(id, self.size) != 0
    }

    /// Adds one leaf; a tile that fills up is written and its root goes up.
    fn push(&mut self, leaf: &Hash, written: &mut BTreeMap<TileId, Vec<u8>>) {
        let mut carry = *leaf;
        let mut index = self.size.get();
        for (level, hashes) in (0..LEVELS).zip(&mut self.levels) {
            hashes.push(carry);
            if hashes.len() < usize::from(FULL_WIDTH) {
                break;
            }
            index /= FULL;
            written.insert(TileId { level, index }, flat(hashes));
            carry = tree::root_of_leaves(hashes);
            hashes.clear();
        }
        self.size = TreeSize::new(self.size.get().saturating_add(1));
    }
}

/// The complete subtrees of a partial tile, smallest (rightmost) first.
fn edge_peaks(hashes: &[Hash]) -> Vec<Hash> {
    let mut peaks = Vec::new();
    let mut rest = hashes;
    while !rest.is_empty() {
        let width = 1usize.checked_shl(rest.len().trailing_zeros()).unwrap_or(1);
        let (left, peak) = rest.split_at(rest.len().saturating_sub(width));
        peaks.push(tree::root_of_leaves(peak));
        rest = left;
    }
    peaks
}

fn flat(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// A tile to store, with its whole new content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileWrite {
    /// Which tile.
    pub id: TileId,
    /// 1 to 256 hashes of 32 bytes.
    pub hashes: Vec<u8>,
}

/// What an append would store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    old: Edge,
    /// The size after it.
    pub size: TreeSize,
    /// The root after it.
    pub root: Hash,
    /// Every changed tile, sorted by level, then index.
    pub tiles: Vec<TileWrite>,
    /// The edge after it, for the next append.
    pub edge: Edge,
}

impl Plan {
    /// The size before it.
    #[must_use]
    pub fn old_size(&self) -> TreeSize {
        self.old.size
    }

    /// Old edge and written tiles: enough to prove the inclusion of every
    /// appended leaf at the new size, and the consistency of both sizes.
    ///
    /// # Errors
    /// [`PlanError::BadTile`] only if `tiles` was changed to hold a ragged one.
    pub fn node_source(&self) -> Result<TileSet, PlanError> {
        overlay(&self.old, self.tiles.iter().map(|tile| (tile.id, tile.hashes.as_slice())))
    }
}

fn overlay<'a>(
    old: &Edge,
    tiles: impl IntoIterator<Item = (TileId, &'a [u8])>,
) -> Result<TileSet, PlanError> {
    let mut set = TileSet::new();
    for tile in old.tiles() {
        set.insert(tile.id, &tile.hashes).map_err(|_| PlanError::BadTile)?;
    }
    for (id, hashes) in tiles {
        set.insert(id, hashes).map_err(|_| PlanError::BadTile)?;
    }
    Ok(set)
}

/// The guard before a head is signed: the root recomputed from the exact bytes
/// that will be stored, by the code that readers use and not by the plan's.
///
/// `leaf_hashes` are hashed again from the stored entry bytes, `tiles` are the
/// stored tile bytes. Checked: widths at the new size, every new leaf in its
/// place, every old hash of the edge unchanged, every full tile's root in the
/// tile above.
///
/// # Errors
/// [`PlanError::BadTile`] for a width, leaf, old hash or parent that differs,
/// [`PlanError::MissingTile`] if the root needs a tile that is not there,
/// [`PlanError::TooLarge`] past [`TreeSize::MAX_PARSED`].
pub fn rehash<'a>(
    old: &Edge,
    leaf_hashes: &[Hash],
    tiles: impl IntoIterator<Item = (TileId, &'a [u8])>,
) -> Result<Hash, PlanError> {
    let set = overlay(old, tiles)?;
    let count = u64::try_from(leaf_hashes.len()).map_err(|_| PlanError::TooLarge)?;
    let size = old.size.get().checked_add(count).map(TreeSize::new).ok_or(PlanError::TooLarge)?;
    if size > TreeSize::MAX_PARSED {
        return Err(PlanError::TooLarge);
    }
    for (index, leaf) in (old.size.get()..).zip(leaf_hashes) {
        if tree::NodeSource::node(&set, 0, index) != Some(*leaf) {
            return Err(PlanError::BadTile);
        }
    }
    for id in set.ids() {
        check_tile(&set, id, old, size)?;
    }
    tree::root(size, &set).map_err(|_| PlanError::MissingTile)
}

fn check_tile(set: &TileSet, id: TileId, old: &Edge, size: TreeSize) -> Result<(), PlanError> {
    let hashes = set.hashes(id).unwrap_or_default();
    let before = usize::from(tile::width_at(id, old.size));
    let kept = old.levels.get(usize::from(id.level)).map(Vec::as_slice).unwrap_or_default();
    let prefix_kept = before == 0 || hashes.get(..before) == Some(kept);
    let width_fits = hashes.len() == usize::from(tile::width_at(id, size));
    let parent_fits = set.full_root(id).is_none_or(|root| {
        let level = id.level.saturating_add(1).saturating_mul(8);
        tree::NodeSource::node(set, level, id.index) == Some(root)
    });
    if prefix_kept && width_fits && parent_fits { Ok(()) } else { Err(PlanError::BadTile) }
}

/// Why an append could not be planned, or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// The tree would pass 2^48 leaves.
    TooLarge,
    /// A tile that the size demands is absent or too narrow.
    MissingTile,
    /// A tile differs from what the size, the leaves or the old edge demand.
    BadTile,
}

impl PlanError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "tree-too-large",
            Self::MissingTile => "tile-missing",
            Self::BadTile => "tile-inconsistent",
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "a tree has at most 2^48 leaves here",
            Self::MissingTile => "a tile of the right edge is missing or too narrow",
            Self::BadTile => "a tile does not fit the size, its leaves or its neighbours",
        })
    }
}

impl core::error::Error for PlanError {}

#[cfg(test)]
mod tests;
