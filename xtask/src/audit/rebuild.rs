//! The tree, rebuilt from the entries alone: every tile of every level, and the root.
//! Memory stays flat: one unfinished tile a level.

use stateledger_core::Hash;
use stateledger_core::tile::{FULL_WIDTH, TileId, TileSet};
use stateledger_core::tree::{self, TreeSize};

use super::finding::{Finding, Stop};

/// Where the served tiles come from.
pub(super) type Served<'a> = dyn Fn(TileId, u16) -> Result<Vec<u8>, Stop> + 'a;

/// The unfinished tile of each level, leaves first.
#[derive(Default)]
pub(super) struct Rebuild {
    levels: Vec<Unfinished>,
    size: u64,
}

#[derive(Default)]
struct Unfinished {
    /// Number of the tile within its level.
    index: u64,
    hashes: Vec<u8>,
}

impl Rebuild {
    /// Appends the leaves of one bundle and compares every tile that they complete.
    pub(super) fn push(&mut self, leaves: &[Hash], served: &Served<'_>) -> Result<(), Stop> {
        for leaf in leaves {
            self.size += 1;
            self.push_at(0, leaf, served)?;
        }
        Ok(())
    }

    /// A full tile's root is one hash of the level above (tlog-tiles, "Merkle Tree").
    fn push_at(&mut self, level: u8, hash: &Hash, served: &Served<'_>) -> Result<(), Stop> {
        let place = usize::from(level);
        if self.levels.len() == place {
            self.levels.push(Unfinished::default());
        }
        let Some(unfinished) = self.levels.get_mut(place) else { return Ok(()) };
        unfinished.hashes.extend_from_slice(hash.as_bytes());
        if unfinished.hashes.len() < usize::from(FULL_WIDTH) * Hash::LEN {
            return Ok(());
        }
        let id = TileId { level, index: unfinished.index };
        let hashes = std::mem::take(&mut unfinished.hashes);
        unfinished.index += 1;
        compare(id, &hashes, served)?;
        let mut tile = TileSet::new();
        let whole = tile.insert(id, &hashes).ok().and_then(|()| tile.full_root(id));
        match whole {
            Some(root) => self.push_at(level + 1, &root, served),
            None => Err(Finding::new("tile-malformed", None, "a full tile has no root").into()),
        }
    }

    /// Compares the right edge, whose tiles are partial, and answers the root of the tree.
    pub(super) fn finish(self, served: &Served<'_>) -> Result<Hash, Stop> {
        let mut edge = TileSet::new();
        for (level, unfinished) in (0u8..).zip(&self.levels) {
            if unfinished.hashes.is_empty() {
                continue;
            }
            let id = TileId { level, index: unfinished.index };
            compare(id, &unfinished.hashes, served)?;
            edge.insert(id, &unfinished.hashes)
                .map_err(|error| Finding::new(error.code(), None, "a tile of the right edge"))?;
        }
        let root = tree::root(TreeSize::new(self.size), &edge);
        Ok(root.map_err(|error| Finding::new(error.code(), None, "the right edge has a gap"))?)
    }
}

/// The served tile must be the rebuilt one, hash by hash.
fn compare(id: TileId, rebuilt: &[u8], served: &Served<'_>) -> Result<(), Stop> {
    let width = u16::try_from(rebuilt.len() / Hash::LEN).unwrap_or(FULL_WIDTH);
    let served = served(id, width)?;
    let pairs = rebuilt.chunks(Hash::LEN).zip(served.chunks(Hash::LEN));
    let Some(place) = pairs.into_iter().position(|(ours, theirs)| ours != theirs) else {
        return Ok(());
    };
    // The first leaf below the differing hash.
    let number = id.index * u64::from(FULL_WIDTH) + place as u64;
    let leaf = number.checked_shl(8 * u32::from(id.level));
    let message = format!(
        "hash {place} of tile {} at level {} is not what the entries give",
        id.index, id.level
    );
    Err(Finding::new("tile-mismatch", leaf, message).into())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use stateledger_core::tree::{leaf_hash, node_hash};

    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    /// RFC 6962 section 2.1, written as it stands there.
    fn root_by_definition(leaves: &[Hash]) -> Hash {
        match leaves.len() {
            0 => tree::empty_root(),
            1 => leaves[0],
            n => {
                let k = 1 << (n - 1).ilog2();
                node_hash(&root_by_definition(&leaves[..k]), &root_by_definition(&leaves[k..]))
            }
        }
    }

    /// Tiles by definition: hash `number` of level L covers 256^L leaves.
    fn served(leaves: &[Hash], id: TileId, width: u16) -> Vec<u8> {
        let below = 256usize.pow(id.level.into());
        let first = id.index as usize * 256;
        let roots = (first..first + usize::from(width))
            .map(|number| root_by_definition(&leaves[number * below..(number + 1) * below]));
        roots.flat_map(|root| root.0).collect()
    }

    #[test]
    fn the_root_and_all_tiles_agree_with_the_definition() {
        for size in [0, 1, 2, 255, 256, 257, 700, 66_000] {
            let leaves = leaves(size);
            let asked = RefCell::new(BTreeMap::new());
            let serve = |id: TileId, width| {
                asked.borrow_mut().insert((id.level, id.index), width);
                Ok(served(&leaves, id, width))
            };
            let mut rebuild = Rebuild::default();
            for bundle in leaves.chunks(256) {
                rebuild.push(bundle, &serve).unwrap();
            }
            let root = rebuild.finish(&serve).unwrap();
            assert_eq!(root, root_by_definition(&leaves), "{size}");
            // Every hash of every level was compared.
            for level in 0..3u32 {
                let hashes = size >> (8 * level);
                let compared: u64 = asked
                    .borrow()
                    .iter()
                    .filter(|((at, _), _)| u32::from(*at) == level)
                    .map(|(_, width)| u64::from(*width))
                    .sum();
                assert_eq!(compared, hashes, "level {level} of {size}");
            }
        }
    }

    #[test]
    fn one_flipped_bit_in_any_tile_is_found_at_its_leaf() {
        let leaves = leaves(600);
        for (bad, place, leaf) in [
            (TileId { level: 0, index: 1 }, 7, 263),
            (TileId { level: 0, index: 2 }, 0, 512),
            (TileId { level: 1, index: 0 }, 1, 256),
        ] {
            let serve = |id: TileId, width| {
                let mut hashes = served(&leaves, id, width);
                if id == bad {
                    hashes[place * 32] ^= 1;
                }
                Ok(hashes)
            };
            let mut rebuild = Rebuild::default();
            let outcome = leaves.chunks(256).try_for_each(|bundle| rebuild.push(bundle, &serve));
            let stop = match outcome {
                Ok(()) => rebuild.finish(&serve).unwrap_err(),
                Err(stop) => stop,
            };
            let Stop::Found(finding) = stop else { panic!("{stop:?}") };
            assert_eq!((finding.code.as_str(), finding.index), ("tile-mismatch", Some(leaf)));
        }
    }
}
