//! What a reader answers, to whom, and what it refuses to answer.

use stateledger_core::tile::{TilePath, parse_bundle};
use stateledger_core::tree::{LeafIndex, TreeSize, leaf_hash};

use super::*;
use crate::fake::{Failure, Stored};
use crate::store::Body;
use crate::{Disclosure, ListQuery, TileBytes};

const PUBLIC: Visibility = Visibility::Public;

fn inline(bytes: &[u8], is_json: bool) -> Body {
    Body::Inline(Payload::from_stored(bytes.to_vec(), is_json))
}

fn with_records(visibility: Visibility, count: usize) -> Host {
    let host = Host::empty(Timers::Expire);
    host.create(visibility).unwrap();
    append(&host.sequencer(), many("r", count)).unwrap();
    host
}

fn receipt(host: &Host, caller: &Caller, disclosure: Disclosure) -> Result<Receipt, ReadError> {
    block_on(host.reader().receipt(&host.id, caller, LeafIndex::new(1), None, disclosure))
}

fn tile(host: &Host, path: &str) -> Result<TileBytes, ReadError> {
    let path = TilePath::parse(path).unwrap();
    block_on(host.reader().tile(&host.id, &Caller::Anonymous, &path))
}

#[test]
fn visibility_decides_what_a_stranger_sees() {
    for (visibility, log, payloads) in [
        (Visibility::Public, true, true),
        (Visibility::Proofs, true, false),
        (Visibility::Private, false, false),
    ] {
        let host = with_records(visibility, 3);
        let stranger = receipt(&host, &Caller::Anonymous, Disclosure::WithPayload);
        if !log {
            assert_eq!(stranger.unwrap_err(), ReadError::NotFound);
        } else {
            let stranger = stranger.unwrap();
            assert_eq!((stranger.payload.is_some(), stranger.salt.is_some()), (payloads, payloads));
            host.verify(&stranger);
        }
        let record =
            block_on(host.reader().record(&host.id, &Caller::Anonymous, LeafIndex::new(1)));
        assert_eq!(record.is_ok_and(|record| record.opening.is_some()), payloads);
        let described = block_on(host.reader().describe(&host.id, &Caller::Anonymous));
        assert_eq!(described.is_ok(), log);
        assert_eq!(tile(&host, "tile/0/000.p/3").is_ok(), log);
        let admin = receipt(&host, &Caller::Admin, Disclosure::WithPayload).unwrap();
        assert_eq!(admin.payload.as_deref(), Some(b"{\"a\":1}".as_slice()));
        host.verify(&admin);
        let admin = receipt(&host, &Caller::Admin, Disclosure::WithoutPayload).unwrap();
        assert_eq!((admin.payload, admin.salt), (None, None));
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let host = with_records(PUBLIC, 3);
    let other = LedgerId::parse("other").unwrap();
    let reader = host.reader();
    let missing = block_on(reader.describe(&other, &Caller::Admin)).unwrap_err();
    assert_eq!(missing.code(), "not-found");
    for index in [3, u64::MAX] {
        let index = LeafIndex::new(index);
        let missing = block_on(reader.record(&host.id, &Caller::Admin, index)).unwrap_err();
        assert_eq!(missing.code(), "record-not-found");
    }
    for path in ["tile/0/000", "tile/0/000.p/4", "tile/0/001.p/1", "tile/1/000.p/1", "tile/9/000"] {
        assert_eq!(tile(&host, path).unwrap_err(), ReadError::TileNotFound, "{path}");
    }
}

#[test]
fn tiles_and_bundles_hold_the_tree() {
    let host = with_records(PUBLIC, 300);
    append(&host.sequencer(), many("s", 300)).unwrap();
    let first = tile(&host, "tile/0/000").unwrap();
    assert!(first.full && first.bytes.len() == 8192);
    let narrow = tile(&host, "tile/0/000.p/9").unwrap();
    assert!(!narrow.full && narrow.bytes[..] == first.bytes[..9 * 32]);
    for (entries, hashes, width) in [
        ("tile/entries/001", "tile/0/001", 256),
        ("tile/entries/002.p/88", "tile/0/002.p/88", 88),
        ("tile/entries/000.p/7", "tile/0/000.p/7", 7),
    ] {
        let bundle = tile(&host, entries).unwrap();
        let leaves = tile(&host, hashes).unwrap().bytes;
        let entries = parse_bundle(&bundle.bytes).unwrap();
        let rehashed: Vec<u8> = entries.iter().flat_map(|entry| leaf_hash(entry).0).collect();
        assert_eq!((entries.len(), rehashed), (width, leaves));
    }
    assert_eq!(tile(&host, "tile/1/000.p/2").unwrap().bytes.len(), 64);
    let checkpoint = block_on(host.reader().checkpoint(&host.id, &Caller::Anonymous)).unwrap();
    assert!(checkpoint.starts_with(b"example.com/log/demo\n600\n"));
}

/// Every stored byte that an answer rests on, changed: the answer is `storage-corrupt`, and no
/// answer is wrong.
#[test]
fn changed_rows_are_corrupt_for_every_reader() {
    type Change = fn(&mut Stored);
    let cases: [(&str, Change); 9] = [
        ("entry", |s| s.records.get_mut(&1).unwrap().entry[9] ^= 1),
        ("leaf hash", |s| s.records.get_mut(&1).unwrap().leaf_hash.0[0] ^= 1),
        ("a record in the place of another", |s| {
            let mut other = s.records[&2].clone();
            other.index = 1;
            s.records.insert(1, other);
        }),
        ("a lost record", |s| drop(s.records.remove(&1))),
        ("tile", |s| s.tiles.values_mut().next().unwrap()[0] ^= 1),
        ("a lost tile", |s| drop(s.tiles.pop_first())),
        ("root", |s| s.heads.last_entry().unwrap().get_mut().id.root.0[0] ^= 1),
        ("size", |s| s.heads.last_entry().unwrap().get_mut().id.size = TreeSize::new(299)),
        ("rules", |s| s.row.rules = Rules::from(PUBLIC).to_bytes()),
    ];
    for (name, change) in cases {
        let host = with_records(Visibility::Proofs, 300);
        let bundle = tile(&host, "tile/entries/000");
        host.store.tamper(&host.id, change);
        let record = block_on(host.reader().record(&host.id, &Caller::Admin, LeafIndex::new(1)));
        assert_eq!(record.unwrap_err(), ReadError::Corrupt, "{name}: record");
        let receipt = receipt(&host, &Caller::Admin, Disclosure::WithPayload);
        assert_eq!(receipt.unwrap_err().code(), "storage-corrupt", "{name}: receipt");
        let list = block_on(host.reader().list(&host.id, &Caller::Admin, &ListQuery::default()));
        assert_eq!(list.unwrap_err(), ReadError::Corrupt, "{name}: list");
        // The stored leaf hash is no part of a bundle: the entries are hashed against the tile.
        let changed = tile(&host, "tile/entries/000");
        let right = if name == "leaf hash" { bundle } else { Err(ReadError::Corrupt) };
        assert!(changed == right, "{name}: bundle");
    }
}

/// Nothing takes a payload away, so one that is not there was lost; to say that it was never there,
/// or to answer without it, would be wrong.
#[test]
fn a_lost_payload_row_is_corrupt_for_every_caller() {
    for caller in [&Caller::Admin, &Caller::Anonymous] {
        let host = with_records(Visibility::Proofs, 3);
        host.store.tamper(&host.id, |stored| drop(stored.payloads.remove(&1)));
        let record = block_on(host.reader().record(&host.id, caller, LeafIndex::new(1)));
        assert_eq!(record.unwrap_err(), ReadError::Corrupt);
        let list = block_on(host.reader().list(&host.id, caller, &ListQuery::default()));
        assert_eq!(list.unwrap_err(), ReadError::Corrupt);
        for disclosure in [Disclosure::WithPayload, Disclosure::WithoutPayload] {
            assert_eq!(receipt(&host, caller, disclosure).unwrap_err(), ReadError::Corrupt);
        }
        let other = block_on(host.reader().record(&host.id, caller, LeafIndex::new(0)));
        assert!(other.is_ok());
    }
}

#[test]
fn changed_payloads_and_tiles_are_corrupt() {
    type Change = fn(&mut Stored);
    let payloads: [Change; 3] = [
        |s| s.payloads.get_mut(&1).unwrap().body = inline(b"{\"a\":2}", false),
        |s| s.payloads.get_mut(&1).unwrap().salt[0] ^= 1,
        |s| {
            let other = s.payloads[&2].clone();
            s.payloads.get_mut(&1).unwrap().body = other.body;
            s.payloads.get_mut(&1).unwrap().salt = other.salt;
        },
    ];
    for change in payloads {
        let host = with_records(PUBLIC, 3);
        host.store.tamper(&host.id, change);
        let read = receipt(&host, &Caller::Admin, Disclosure::WithPayload);
        assert_eq!(read.unwrap_err(), ReadError::Corrupt);
    }
    for path in ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"] {
        let host = with_records(PUBLIC, 300);
        let TilePath::Tile { id, .. } = TilePath::parse(path).unwrap() else { panic!("a tile") };
        host.store.tamper(&host.id, |stored| stored.tiles.get_mut(&id).unwrap()[0] ^= 1);
        assert_eq!(tile(&host, path), Err(ReadError::Corrupt), "{path}");
    }
}

/// Bytes that came as bytes stay bytes, whatever the flag beside them says.
#[test]
fn a_changed_json_flag_makes_no_json() {
    let host = Host::with_ledger();
    let bytes = NewRecord { payload: Payload::bytes(b"{ no json".to_vec()), ..record("b") };
    append(&host.sequencer(), request(vec![bytes.clone(), bytes])).unwrap();
    host.store.tamper(&host.id, |stored| {
        let row = stored.payloads.get_mut(&1).unwrap();
        row.body = inline(b"{ no json", true);
    });
    let read = receipt(&host, &Caller::Admin, Disclosure::WithPayload);
    assert_eq!(read.unwrap_err(), ReadError::Corrupt);
}

#[test]
fn a_store_that_does_not_answer_is_unavailable() {
    for failure in [Failure::Lost, Failure::Hang] {
        for number in 0..3 {
            let host = with_records(PUBLIC, 3);
            host.faults.fail(number, failure);
            let read = receipt(&host, &Caller::Admin, Disclosure::WithPayload);
            assert_eq!(read.unwrap_err().code(), "storage-unavailable", "{number}");
        }
    }
}

/// Room for so many bytes, all requests together.
#[derive(Debug)]
struct Bytes(std::sync::Mutex<u64>);

impl crate::reader::Room for Bytes {
    fn take(&self, bytes: u64) -> bool {
        let mut left = self.0.lock().unwrap();
        let rest = left.checked_sub(bytes);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }
}

#[test]
fn reads_that_would_hold_too_much_are_refused() {
    let host = Host::empty(Timers::Expire);
    host.create(Visibility::Public).unwrap();
    let payload = || Payload::bytes(vec![1; 10_000]);
    let records = (0..10).map(|n| NewRecord { payload: payload(), ..record(&format!("r{n}")) });
    append(&host.sequencer(), request(records.collect())).unwrap();
    let reads = |bytes: u64| -> [Result<(), ReadError>; 4] {
        let reader = || host.reader().with_room(std::sync::Arc::new(Bytes(bytes.into())));
        let (id, caller) = (&host.id, &Caller::Anonymous);
        let entries = TilePath::parse("tile/entries/000.p/10").unwrap();
        [
            block_on(reader().record(id, caller, LeafIndex::new(0))).map(drop),
            block_on(reader().list(id, caller, &ListQuery::default())).map(drop),
            block_on(reader().verify(id, caller, &crate::VerifyQuery::default())).map(drop),
            block_on(reader().tile(id, caller, &entries)).map(drop),
        ]
    };
    let refused = Err(ReadError::Overloaded);
    assert_eq!(reads(1_000_000), [Ok(()); 4]);
    assert_eq!(reads(50_000), [Ok(()), refused, refused, Ok(())]);
    assert_eq!(reads(100), [refused; 4]);
}
