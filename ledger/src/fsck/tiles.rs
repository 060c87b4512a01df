//! The tree, rebuilt from leaves and held against the stored tiles of every level as it grows.

use stateledger_core::hash::Hash;
use stateledger_core::tile::{FULL_BYTES, FULL_WIDTH, LEVELS};
use stateledger_core::tree::{CompactRange, LeafIndex, root_of_leaves};

use super::finding::{Fault, Finding};
use super::pages::Reader;
use super::{CheckError, rows};
use crate::database::Database;

/// The tree so far. Memory stays flat: one unfinished tile a level, twice.
#[derive(Debug)]
pub(super) struct Rebuild {
    range: CompactRange,
    levels: Vec<Unfinished>,
    /// A leaf whose tile says something else. Which of the two is right, the next signed root tells.
    pub(super) suspect: Option<u64>,
}

/// The rightmost tile of a level.
#[derive(Debug, Default)]
struct Unfinished {
    /// Its number within the level.
    index: u64,
    hashes: Vec<Hash>,
    /// The stored row's hashes.
    stored: Vec<u8>,
}

impl Rebuild {
    pub(super) fn new() -> Self {
        let levels = (0..LEVELS).map(|_| Unfinished::default()).collect();
        Self { range: CompactRange::new(LeafIndex::new(0)), levels, suspect: None }
    }

    /// Number of leaves.
    pub(super) fn size(&self) -> u64 {
        self.range.end().get()
    }

    /// The root over the leaves so far.
    pub(super) fn root(&self) -> Result<Hash, Finding> {
        self.range.root().map_err(|_| too_large())
    }

    /// Appends a leaf. A tile of a higher level that differs is a finding at once; a leaf that is not
    /// in its tile only raises a suspicion.
    pub(super) async fn push<D: Database>(
        &mut self,
        reader: &Reader<'_, D>,
        leaf: &Hash,
    ) -> Result<(), CheckError> {
        let index = self.size();
        self.range.append(leaf).map_err(|_| too_large())?;
        let mut hash = *leaf;
        for (level, tile) in (0..LEVELS).zip(&mut self.levels) {
            if tile.hashes.is_empty() {
                let stored = reader.tile(level, tile.index).await?;
                let missing =
                    || tile_finding(Fault::RowMissing, level, tile.index, "it is not there");
                tile.stored = stored.ok_or_else(missing)?;
            }
            let at = tile.hashes.len().saturating_mul(Hash::LEN);
            let stored = tile.stored.get(at..).and_then(|rest| rest.get(..Hash::LEN));
            tile.hashes.push(hash);
            match (stored, self.suspect) {
                (None, _) => {
                    let message = "it is narrower than the tree";
                    return Err(
                        tile_finding(Fault::TileMismatch, level, tile.index, message).into()
                    );
                }
                (Some(stored), _) if stored == hash.as_bytes() => {}
                // What lies above a suspicious leaf differs with it.
                (Some(_), Some(_)) => {}
                (Some(_), None) if level == 0 => self.suspect = Some(index),
                (Some(_), None) => {
                    let message = "it is not what the tiles below it give";
                    let finding = tile_finding(Fault::TileMismatch, level, tile.index, message);
                    return Err(finding.at(index).into());
                }
            }
            if tile.hashes.len() < usize::from(FULL_WIDTH) {
                break;
            }
            if tile.stored.len() != FULL_BYTES {
                return Err(too_wide(level, tile.index).into());
            }
            hash = root_of_leaves(&tile.hashes);
            *tile = Unfinished { index: tile.index.saturating_add(1), ..Unfinished::default() };
        }
        Ok(())
    }

    /// No stored tile is wider than the tree, and there is none that the tree has no place for.
    pub(super) async fn nothing_beyond<D: Database>(
        &self,
        reader: &Reader<'_, D>,
    ) -> Result<(), CheckError> {
        let mut counts = Vec::new();
        for (level, tile) in (0u8..).zip(&self.levels) {
            if tile.stored.len() > tile.hashes.len().saturating_mul(Hash::LEN) {
                return Err(too_wide(level, tile.index).into());
            }
            let partial = u64::from(!tile.hashes.is_empty());
            counts.push(tile.index.saturating_add(partial).to_string());
        }
        let counts = format!("[{}]", counts.join(","));
        match reader.first(rows::TILES_BEYOND, [counts]).await? {
            None => Ok(()),
            Some(key) => {
                let message = "the tree has no place for it";
                Err(Finding::new(Fault::RowOrphaned, "tiles", key, message).into())
            }
        }
    }
}

/// A finding about the tile that a suspicion was about.
pub(super) fn wrong_tile(leaf: u64) -> Finding {
    let tile = leaf.checked_div(FULL_WIDTH.into()).unwrap_or_default();
    let message =
        format!("it has another hash for leaf {leaf} than the entries and the signed root");
    tile_finding(Fault::TileMismatch, 0, tile, &message).at(leaf)
}

fn too_wide(level: u8, index: u64) -> Finding {
    tile_finding(Fault::TileMismatch, level, index, "it is wider than the tree")
}

fn tile_finding(fault: Fault, level: u8, index: u64, message: &str) -> Finding {
    Finding::new(fault, "tiles", format!("{level}/{index}"), message)
}

fn too_large() -> Finding {
    Finding::new(Fault::RowOrphaned, "records", u64::MAX.to_string(), "a tree has no such leaf")
}
