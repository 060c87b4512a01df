//! Tiles and entry bundles (C2SP tlog-tiles), chained to the signed root before they are answered.

use std::collections::BTreeSet;

use stateledger_core::hash::Hash;
use stateledger_core::tile::{self, FULL_WIDTH, TileId, TilePath, TileSet};
use stateledger_core::tree;

use crate::access::Caller;
use crate::checked::{self, ensure};
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::store::{Store, StoreError};

use super::{Reader, Seen};

/// A tile or bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileBytes {
    /// The hashes, or the bundle.
    pub bytes: Vec<u8>,
    /// True if no later head changes it: it has the full width. Every answer is immutable under its
    /// own path, but a partial one is of no use to anybody once the full one is there.
    pub full: bool,
    /// Uid of the ledger, for the keys of caches: a ledger created again under the same name has
    /// another.
    pub uid: [u8; 32],
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// The tile or bundle of this path. Every width up to the one at the current head is answered,
    /// as a prefix of what is stored.
    ///
    /// # Errors
    /// As [`Reader::describe`]; [`ReadError::TileNotFound`] if the tree has no such tile or a
    /// narrower one.
    pub async fn tile(
        &self,
        ledger: &LedgerId,
        caller: &Caller,
        path: &TilePath,
    ) -> Result<TileBytes, ReadError> {
        let seen = self.see(ledger, caller).await?;
        let (id, width) = match *path {
            TilePath::Tile { id, width } => (id, width),
            TilePath::Entries { index, width } => (TileId { level: 0, index }, width),
        };
        if width == 0 || width > tile::width_at(id, seen.head.id.size) {
            return Err(ReadError::TileNotFound);
        }
        let set = self.chained(&seen, [id]).await?;
        let hashes = set.hashes(id).and_then(|hashes| hashes.get(..usize::from(width)));
        let hashes = hashes.ok_or(ReadError::Corrupt)?;
        let bytes = match path {
            TilePath::Tile { .. } => hashes.iter().flat_map(|hash| hash.0).collect(),
            TilePath::Entries { index, .. } => self.bundle(&seen, *index, hashes).await?,
        };
        Ok(TileBytes { bytes, full: width == FULL_WIDTH, uid: seen.uid })
    }

    /// The tiles with what chains them to the root: the root of a full tile is a hash of its parent,
    /// and so on up to a partial tile, which is one of those that the root is computed from.
    pub(super) async fn chained(
        &self,
        seen: &Seen,
        ids: impl IntoIterator<Item = TileId>,
    ) -> Result<TileSet, ReadError> {
        let size = seen.head.id.size;
        // Child and parent.
        let mut links = BTreeSet::new();
        let mut wanted = BTreeSet::from_iter(tile::tiles_for_root(size));
        for id in ids {
            wanted.insert(id);
            let mut last = id;
            while tile::width_at(last, size) == FULL_WIDTH {
                let level = last.level.saturating_add(1);
                let parent = TileId { level, index: last.index / u64::from(FULL_WIDTH) };
                // A link that is known leads to all above it.
                if tile::width_at(parent, size) == 0 || !links.insert((last, parent)) {
                    break;
                }
                wanted.insert(parent);
                last = parent;
            }
        }
        let chained = |set: TileSet| {
            let root = tree::root(size, &set).map_err(|_| StoreError::Corrupt)?;
            ensure(root == seen.head.id.root)?;
            for (child, parent) in &links {
                let place = usize::try_from(child.index % u64::from(FULL_WIDTH));
                let above = set.hashes(*parent).and_then(|hashes| hashes.get(place.ok()?)).copied();
                ensure(above.is_some() && above == set.full_root(*child))?;
            }
            Ok(set)
        };
        Ok(checked::tiles(&self.calls, &seen.ledger, &wanted, size, chained).await?)
    }

    /// The entries under these leaf hashes.
    async fn bundle(
        &self,
        seen: &Seen,
        number: u64,
        leaves: &[Hash],
    ) -> Result<Vec<u8>, ReadError> {
        let start = number.checked_mul(u64::from(FULL_WIDTH)).ok_or(ReadError::TileNotFound)?;
        let mut entries: Vec<Vec<u8>> = Vec::with_capacity(leaves.len());
        let end = start.saturating_add(u64::try_from(leaves.len()).unwrap_or(u64::MAX));
        let mut next = start;
        while next < end {
            let call = self.calls.store.entries(&seen.ledger, next, end);
            let rows = self.calls.read(call).await?;
            ensure(!rows.is_empty())?;
            self.take_room(rows.iter().map(|row| row.entry.len() as u64).sum())?;
            for row in rows {
                // In order and without a gap, so `next` grows and the loop ends.
                ensure(row.index == next)?;
                ensure(Some(&tree::leaf_hash(&row.entry)) == leaves.get(entries.len()))?;
                entries.push(row.entry);
                next = next.saturating_add(1);
            }
        }
        let bundle = tile::write_bundle(entries.iter().map(Vec::as_slice));
        bundle.map_err(|_| ReadError::Corrupt)
    }
}
