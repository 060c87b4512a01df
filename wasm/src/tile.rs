//! Tiles of tlog-tiles, and the proofs that are made from them.

use stateledger_core::receipt::Step;
use stateledger_core::tile::{self, TileError, TileId, TilePath, width_at};
use stateledger_core::tree::{self, LeafIndex, TreeError, TreeSize};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::flat::join;

/// Fetched tiles, from which proofs are made. Nothing in it is verified: its
/// proofs are, by whoever gets them.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct TileSet {
    inner: tile::TileSet,
}

#[wasm_bindgen]
impl TileSet {
    /// No tiles.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a tile in: 1 to 256 hashes, joined.
    ///
    /// # Errors
    /// Throws `tile-malformed`.
    pub fn insert(&mut self, level: u8, index: u64, hashes: &[u8]) -> Result<(), JsValue> {
        let inserted = self.inner.insert(TileId { level, index }, hashes);
        inserted.map_err(|error| tile_refusal(error).into())
    }

    /// The root at `size`, from the tiles of [`tiles_for_root`].
    ///
    /// # Errors
    /// Throws `node-missing`.
    pub fn root(&self, size: u64) -> Result<Vec<u8>, JsValue> {
        let root = tree::root(TreeSize::new(size), &self.inner).map_err(tree_refusal)?;
        Ok(root.0.to_vec())
    }

    /// An inclusion proof, from the tiles of [`tiles_for_inclusion`].
    ///
    /// # Errors
    /// Throws `index-out-of-range`, `node-missing`.
    pub fn prove_inclusion(&self, index: u64, size: u64) -> Result<Vec<u8>, JsValue> {
        let (index, size) = (LeafIndex::new(index), TreeSize::new(size));
        let proof = tree::prove_inclusion(index, size, &self.inner).map_err(tree_refusal)?;
        Ok(join(&proof))
    }

    /// A batch proof, as bytes, from the tiles of [`tiles_for_inclusion`] of each index.
    ///
    /// # Errors
    /// Throws `batch-leaves-invalid`, `index-out-of-range`, `node-missing`.
    pub fn prove_batch(&self, indexes: &[u64], size: u64) -> Result<Vec<u8>, JsValue> {
        let indexes: Vec<_> = indexes.iter().copied().map(LeafIndex::new).collect();
        let proof = tree::prove_batch(&indexes, TreeSize::new(size), &self.inner);
        Ok(proof.map_err(tree_refusal)?.to_bytes())
    }

    /// A consistency proof, from the tiles of [`tiles_for_consistency`].
    ///
    /// # Errors
    /// Throws `sizes-reversed`, `node-missing`.
    pub fn prove_consistency(&self, old_size: u64, new_size: u64) -> Result<Vec<u8>, JsValue> {
        let (old, new) = (TreeSize::new(old_size), TreeSize::new(new_size));
        let proof = tree::prove_consistency(old, new, &self.inner).map_err(tree_refusal)?;
        Ok(join(&proof))
    }
}

/// The tiles from which a root is computed, as (level, index, width), joined.
#[wasm_bindgen]
#[must_use]
pub fn tiles_for_root(size: u64) -> Vec<u64> {
    let size = TreeSize::new(size);
    with_widths(&tile::tiles_for_root(size), size)
}

/// The tiles from which an inclusion is proven, as (level, index, width), joined.
///
/// # Errors
/// Throws `index-out-of-range`.
#[wasm_bindgen]
pub fn tiles_for_inclusion(index: u64, size: u64) -> Result<Vec<u64>, JsValue> {
    let size = TreeSize::new(size);
    let tiles = tile::tiles_for_inclusion(LeafIndex::new(index), size).map_err(tree_refusal)?;
    Ok(with_widths(&tiles, size))
}

/// The tiles from which a consistency is proven, as (level, index, width), joined.
///
/// # Errors
/// Throws `sizes-reversed`.
#[wasm_bindgen]
pub fn tiles_for_consistency(old_size: u64, new_size: u64) -> Result<Vec<u64>, JsValue> {
    let (old, new) = (TreeSize::new(old_size), TreeSize::new(new_size));
    let tiles = tile::tiles_for_consistency(old, new).map_err(tree_refusal)?;
    Ok(with_widths(&tiles, new))
}

/// A tile's path, `tile/<L>/<N>[.p/<W>]`.
#[wasm_bindgen]
#[must_use]
pub fn tile_path(level: u8, index: u64, width: u16) -> String {
    TilePath::Tile { id: TileId { level, index }, width }.to_path()
}

/// An entry bundle's path, `tile/entries/<N>[.p/<W>]`.
#[wasm_bindgen]
#[must_use]
pub fn bundle_path(index: u64, width: u16) -> String {
    TilePath::Entries { index, width }.to_path()
}

fn with_widths(tiles: &[TileId], size: TreeSize) -> Vec<u64> {
    let triple = |id: &TileId| [u64::from(id.level), id.index, u64::from(width_at(*id, size))];
    tiles.iter().flat_map(triple).collect()
}

fn tree_refusal(error: TreeError) -> Failure {
    Failure::new(error.code(), &error, Step::Inclusion)
}

fn tile_refusal(error: TileError) -> Failure {
    Failure::new(error.code(), &error, Step::Proof)
}
