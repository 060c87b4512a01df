//! KV as bad as it may be: each place sees a value, or that there is none, for up to two minutes, and a
//! second write of a key within a second is refused. No answer may be wrong or missing for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_executor::block_on;
use stateledger_core::json;
use stateledger_core::receipt::verify_receipt;
use stateledger_core::tile::TilePath;
use stateledger_core::tree::LeafIndex;
use stateledger_core::trust::Trust;
use stateledger_ledger::fake::{FakePlatform, Faults, MemoryKept, MemoryStore, Timers};
use stateledger_ledger::{
    AppendRequest, Caller, Disclosure, NewRecord, Payload, Reader, Rules, Secrets, Sequencer,
};

use super::tests::Memory;
use super::*;

const STALE_MS: u64 = 120_000;
const PLACES: usize = 3;

/// A value, or that there is none, and until when a place goes on saying so.
type Remembered = (Option<Vec<u8>>, u64);

#[derive(Debug, Default)]
struct State {
    now_ms: u64,
    random: u64,
    /// What was written, and when last.
    written: BTreeMap<String, (Vec<u8>, u64)>,
    places: Vec<BTreeMap<String, Remembered>>,
    stale_misses: usize,
    refused: usize,
}

impl State {
    /// Not random, but the same in every run.
    fn random(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) % below
    }

    fn get(&mut self, place: usize, key: &str) -> Option<Vec<u8>> {
        let newest = self.written.get(key).map(|(value, _)| value.clone());
        if let Some((held, until)) = self.places[place].get(key)
            && *until > self.now_ms
        {
            self.stale_misses += usize::from(held.is_none() && newest.is_some());
            return held.clone();
        }
        let until = self.now_ms + self.random(STALE_MS);
        self.places[place].insert(key.to_owned(), (newest.clone(), until));
        newest
    }

    fn put(&mut self, key: String, value: Vec<u8>) {
        let now = self.now_ms;
        if self.written.get(&key).is_some_and(|(_, at)| now < at + 1_000) {
            self.refused += 1;
            return;
        }
        self.written.insert(key, (value, now));
    }
}

/// KV as one place sees it.
#[derive(Clone)]
struct Stale {
    place: usize,
    state: Arc<Mutex<State>>,
}

impl Values for Stale {
    async fn get(&self, key: String) -> Option<Vec<u8>> {
        self.state.lock().unwrap().get(self.place, &key)
    }

    fn put(&self, key: String, value: Vec<u8>) {
        self.state.lock().unwrap().put(key, value);
    }
}

fn batch(count: u64) -> AppendRequest {
    let record = |number: u64| NewRecord {
        record_type: "reading".into(),
        source: "stale".into(),
        subject: None,
        content_type: None,
        payload: Payload::json(&json::parse(number.to_string().as_bytes()).unwrap()),
        salt: None,
        sigs: Vec::new(),
        commitment: None,
        idempotency_key: None,
    };
    AppendRequest {
        records: (0..count).map(record).collect(),
        idempotency_key: None,
        expected_size: None,
    }
}

/// A ledger that is made.
struct Made {
    id: LedgerId,
    store: MemoryStore,
    platform: FakePlatform,
    secrets: Secrets,
    sequencer: Sequencer<MemoryStore, MemoryKept, FakePlatform>,
    trust: Trust,
}

fn made() -> Made {
    let id = LedgerId::parse("demo").unwrap();
    let (store, platform) = (MemoryStore::new(Faults::default()), FakePlatform::new(Timers::Never));
    let secrets = Secrets::from_seed([7; 32]);
    let sequencer = Sequencer::new(
        id.clone(),
        "example.com",
        secrets.for_sequencer(),
        store.clone(),
        MemoryKept::default(),
        platform.clone(),
    );
    let made = block_on(sequencer.create(Rules::default())).unwrap();
    let trust = Trust::from_log_keys([made.verifier_key.as_str()]).unwrap();
    Made { id, store, platform, secrets, sequencer, trust }
}

/// A recovery may replace a full tile of a history that is gone; KV still has the old one.
#[test]
fn a_tile_of_a_history_that_is_gone_is_read_past_the_cache_and_replaced() {
    let Made { id, store, platform, secrets, sequencer, trust } = made();
    block_on(sequencer.append(batch(300))).unwrap();
    let values = Memory::default();
    let cache = CachedTiles::new(store, values.clone());
    let reader = Reader::new(secrets.for_reader(), cache, platform);
    let receipt = || {
        let index = LeafIndex::new(7);
        let call = reader.receipt(&id, &Caller::Admin, index, None, Disclosure::WithPayload);
        verify_receipt(&block_on(call).unwrap(), &trust, None).unwrap();
    };
    receipt();
    let good = values.all();
    assert_eq!(good.len(), 1);
    values.set_all(&[0xbb; FULL_BYTES]);
    receipt();
    assert_eq!(values.all(), good);
    values.set_all(&[0xbb; FULL_BYTES]);
    let path = TilePath::Tile { id: TileId { level: 0, index: 0 }, width: FULL_WIDTH };
    let tile = block_on(reader.tile(&id, &Caller::Admin, &path)).unwrap();
    assert_eq!(Some(&tile.bytes), good.values().next());
    assert_eq!(values.all(), good);
}

#[test]
fn stale_values_and_misses_never_make_an_answer_wrong_or_missing() {
    let Made { id, store, platform, secrets, sequencer, trust } = made();
    let places = vec![BTreeMap::new(); PLACES];
    let state = Arc::new(Mutex::new(State { random: 5, places, ..State::default() }));
    let readers: Vec<_> = (0..PLACES)
        .map(|place| {
            let cache = CachedTiles::new(store.clone(), Stale { place, state: Arc::clone(&state) });
            Reader::new(secrets.for_reader(), cache, platform.clone())
        })
        .collect();

    for _ in 0..16 {
        let size = block_on(sequencer.append(batch(100))).unwrap().size.get();
        for _ in 0..6 {
            let (place, index) = {
                let mut state = state.lock().unwrap();
                state.now_ms += state.random(30_000);
                (state.random(PLACES as u64) as usize, state.random(size))
            };
            let reader = &readers[place];
            let index = LeafIndex::new(index);
            let receipt = reader.receipt(&id, &Caller::Admin, index, None, Disclosure::WithPayload);
            let receipt = block_on(receipt).unwrap();
            assert_eq!(verify_receipt(&receipt, &trust, None).unwrap().index, index);
            let number = index.get() / 256;
            let width = width_at(TileId { level: 0, index: number }, TreeSize::new(size));
            let path = TilePath::Tile { id: TileId { level: 0, index: number }, width };
            let tile = block_on(reader.tile(&id, &Caller::Admin, &path)).unwrap();
            let stored = store.stored(&id).unwrap();
            assert_eq!(tile.bytes, stored.tiles[&TileId { level: 0, index: number }]);
        }
    }
    let state = state.lock().unwrap();
    assert!(state.stale_misses > 0 && state.refused > 0, "{state:?}");
}
