use std::collections::BTreeMap;
use std::sync::Arc;

use futures_executor::block_on;
use stateledger_ledger::fake::{Faults, MemoryStore, Stored};
use stateledger_ledger::store::HeadId;

use super::*;

const FULL: TileId = TileId { level: 0, index: 0 };
const PARTIAL: TileId = TileId { level: 0, index: 1 };

/// KV in memory. Clones share their values.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Values for Memory {
    async fn get(&self, key: String) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(&key).cloned()
    }

    fn put(&self, key: String, value: Vec<u8>) {
        self.0.lock().unwrap().insert(key, value);
    }
}

impl Memory {
    pub(super) fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.0.lock().unwrap().clone()
    }

    fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    pub(super) fn set_all(&self, value: &[u8]) {
        self.0.lock().unwrap().values_mut().for_each(|held| *held = value.to_vec());
    }
}

fn ledger() -> LedgerId {
    LedgerId::parse("demo").unwrap()
}

/// A ledger of 300 records: one full tile, one of 44 hashes. The cache trusts the size and hashes
/// nothing, so the bytes need not be a tree.
fn stored(uid: u8, byte: u8) -> Stored {
    let row = LedgerRow {
        uid: [uid; 32],
        origin: "localhost/log/demo".into(),
        verifier_key: String::new(),
        rules: Vec::new(),
        created: 0,
        mac: [0; 32],
    };
    let id = HeadId { size: TreeSize::new(300), root: Hash([0; 32]) };
    let head = Head { id, checkpoint: Vec::new(), time: 0 };
    Stored {
        row,
        heads: BTreeMap::from([(300, head)]),
        records: BTreeMap::new(),
        payloads: BTreeMap::new(),
        tiles: BTreeMap::from([(FULL, vec![byte; FULL_BYTES]), (PARTIAL, vec![byte; 44 * 32])]),
        keys: BTreeMap::new(),
        erasures: BTreeMap::new(),
        holds: BTreeMap::new(),
        artifacts: BTreeMap::new(),
    }
}

fn cache() -> (MemoryStore, Memory, CachedTiles<MemoryStore, Memory>) {
    let (store, values) = (MemoryStore::new(Faults::default()), Memory::default());
    store.replace(&ledger(), Some(stored(1, 0xaa)));
    (store.clone(), values.clone(), CachedTiles::new(store, values))
}

fn first_bytes(cache: &CachedTiles<MemoryStore, Memory>, id: TileId) -> Vec<u8> {
    let rows = block_on(cache.tiles(&ledger(), &[id], Source::Nearest)).unwrap();
    rows.iter().map(|row| row.hashes[0]).collect()
}

fn open(cache: &CachedTiles<MemoryStore, Memory>) {
    assert!(block_on(cache.open(&ledger())).unwrap().is_some());
}

#[test]
fn a_full_tile_is_kept_and_a_partial_one_never() {
    let (store, values, cache) = cache();
    open(&cache);
    let rows = block_on(cache.tiles(&ledger(), &[FULL, PARTIAL], Source::Nearest)).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(values.keys(), [format!("tile/{}/0/0", "01".repeat(32))]);
    store.tamper(&ledger(), |stored| stored.tiles.clear());
    assert_eq!(first_bytes(&cache, FULL), [0xaa]);
    assert!(first_bytes(&cache, PARTIAL).is_empty());
}

#[test]
fn a_misshapen_value_falls_through_to_the_store() {
    let (_, values, cache) = cache();
    open(&cache);
    first_bytes(&cache, FULL);
    for wrong in [0, FULL_BYTES - 32, FULL_BYTES + 32] {
        values.set_all(&vec![0xbb; wrong]);
        assert_eq!(first_bytes(&cache, FULL), [0xaa], "{wrong} bytes");
    }
    values.set_all(&[0xbb; FULL_BYTES]);
    assert_eq!(
        first_bytes(&cache, FULL),
        [0xbb],
        "the right shape is taken, and hashed by its reader"
    );
}

#[test]
fn a_ledger_made_again_does_not_meet_the_old_tiles() {
    let (store, values, cache) = cache();
    open(&cache);
    first_bytes(&cache, FULL);
    store.replace(&ledger(), Some(stored(2, 0xcc)));
    open(&cache);
    assert_eq!(first_bytes(&cache, FULL), [0xcc]);
    assert_eq!(values.keys().len(), 2);
}

#[test]
fn nothing_is_looked_up_or_kept_before_the_head_is_known() {
    let (_, values, cache) = cache();
    assert_eq!(first_bytes(&cache, FULL), [0xaa]);
    assert!(values.keys().is_empty());
}
