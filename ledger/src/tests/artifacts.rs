//! Bytes under their own hashes: who writes and reads them, and every storage call failing.

use futures_util::future::join;
use sha2::{Digest, Sha256};
use stateledger_core::hash::Hash;

use super::*;
use crate::blobs::Blobs;
use crate::fake::Failure;
use crate::limits::SWEEP_AFTER_MS;
use crate::store::Beside;
use crate::{ArtifactError, Artifacts, Kept};

const BYTES: &[u8] = b"an artifact";
const NEW: Result<Kept, ArtifactError> = Ok(Kept { before: false });
const OLD: Result<Kept, ArtifactError> = Ok(Kept { before: true });

fn hash(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

fn put(host: &Host, bytes: &[u8]) -> Result<Kept, ArtifactError> {
    let reader = host.reader();
    block_on(Artifacts::new(&reader).put(&host.id, Some(hash(bytes)), bytes.to_vec()))
}

fn get(host: &Host, caller: &Caller, digest: Option<Hash>) -> Result<Vec<u8>, ArtifactError> {
    let reader = host.reader();
    let artifacts = Artifacts::new(&reader);
    block_on(async {
        let artifact = artifacts.find(&host.id, caller, digest).await?;
        let bytes = artifacts.read(&artifact).await?;
        assert_eq!(artifact.size(), bytes.len() as u64);
        Ok(bytes)
    })
}

fn read(host: &Host) -> Result<Vec<u8>, ArtifactError> {
    get(host, &Caller::Admin, Some(hash(BYTES)))
}

#[test]
fn an_artifact_is_kept_once_under_its_hash() {
    let host = Host::with_ledger();
    assert_eq!(read(&host), Err(ArtifactError::NotFound));
    assert_eq!(put(&host, BYTES), NEW);
    assert_eq!(put(&host, BYTES), OLD);
    assert_eq!(put(&host, b""), NEW);
    assert_eq!(read(&host).unwrap(), BYTES);
    assert_eq!(get(&host, &Caller::Admin, Some(hash(b""))).unwrap(), b"");
    assert_eq!(host.values().len(), 2);
    for (name, value) in host.store.blobs().values().iter() {
        assert!(name.starts_with("artifact/"));
        assert!(!value.windows(BYTES.len()).any(|bytes| bytes == BYTES), "encrypted");
    }
    assert_eq!(host.size(), 0, "no record tells of it");
    host.assert_sound();
}

#[test]
fn bytes_of_another_hash_are_not_kept() {
    let host = Host::with_ledger();
    let reader = host.reader();
    for digest in [None, Some(Hash([0; 32])), Some(hash(b"other"))] {
        let kept = block_on(Artifacts::new(&reader).put(&host.id, digest, BYTES.to_vec()));
        assert_eq!(kept, Err(ArtifactError::Mismatch));
    }
    assert!(host.values().is_empty());
    let empty = Host::empty(Timers::Expire);
    assert_eq!(put(&empty, BYTES), Err(ArtifactError::Ledger(ReadError::NotFound)));
}

#[test]
fn artifacts_are_shown_like_payloads() {
    for (visibility, anonymous) in [
        (Visibility::Public, Ok(BYTES.to_vec())),
        (Visibility::Proofs, Err(ArtifactError::NotFound)),
        (Visibility::Private, Err(ArtifactError::Ledger(ReadError::NotFound))),
    ] {
        let host = Host::empty(Timers::Expire);
        host.create(visibility).unwrap();
        put(&host, BYTES).unwrap();
        let digest = Some(hash(BYTES));
        assert_eq!(get(&host, &Caller::Anonymous, digest), anonymous, "{visibility:?}");
        assert_eq!(get(&host, &Caller::Admin, digest).unwrap(), BYTES);
        assert_eq!(get(&host, &Caller::Admin, None), Err(ArtifactError::NotFound));
    }
}

/// Nothing but the bytes that the hash names is ever answered; a write makes a lost value good.
#[test]
fn changed_values_and_rows_are_not_answered() {
    let corrupt = Err(ArtifactError::Ledger(ReadError::Corrupt));
    let host = Host::with_ledger();
    put(&host, BYTES).unwrap();
    let name = host.values().remove(0);
    let value = host.store.blobs().values()[&name].clone();
    for at in 0..value.len() {
        host.store.blobs().values().get_mut(&name).unwrap()[at] ^= 1;
        assert_eq!(read(&host), corrupt, "byte {at}");
        host.store.blobs().values().remove(&name);
        assert_eq!(read(&host), Err(ArtifactError::Unavailable));
        assert_eq!(put(&host, BYTES), OLD);
        assert_eq!(host.store.blobs().values()[&name], value, "the same value again");
    }
    type Change = fn(&mut crate::store::ArtifactRow);
    let changes: [Change; 6] = [
        |row| row.digest.0[0] ^= 1,
        |row| row.name.push('x'),
        |row| row.key[0] ^= 1,
        |row| row.size += 1,
        |row| row.time += 1,
        |row| row.mac[0] ^= 1,
    ];
    for change in changes {
        let row = host.store.stored(&host.id).unwrap().artifacts[&hash(BYTES)].clone();
        host.store.tamper(&host.id, |stored| {
            change(stored.artifacts.get_mut(&hash(BYTES)).unwrap());
        });
        assert_eq!(read(&host), corrupt);
        assert_eq!(put(&host, BYTES).map(|_| Vec::new()), corrupt);
        host.store.tamper(&host.id, |stored| {
            stored.artifacts.insert(hash(BYTES), row);
        });
    }
    assert_eq!(read(&host).unwrap(), BYTES);
}

#[test]
fn two_writers_at_once_leave_one_artifact() {
    let host = Host::with_ledger();
    let reader = host.reader();
    let artifacts = Artifacts::new(&reader);
    let digest = Some(hash(BYTES));
    host.platform.set_timers(Timers::Never);
    // The first has looked and written its value when the second comes.
    let gate = host.faults.hold(3);
    let (one, other) = block_on(join(artifacts.put(&host.id, digest, BYTES.to_vec()), async {
        let other = artifacts.put(&host.id, digest, BYTES.to_vec()).await;
        drop(gate);
        other
    }));
    assert_eq!((one, other), (OLD, NEW));
    assert_eq!(host.values().len(), 2, "the loser's value");
    host.platform.set_now(FakePlatform::START_MS + SWEEP_AFTER_MS + 1);
    assert_eq!(host.sweep().unwrap().orphans, 1);
    assert_eq!(read(&host).unwrap(), BYTES);
    host.assert_sound();
}

/// Every storage call of a write fails in every way. Asked again, the artifact is there, and what no
/// row names is swept away.
#[test]
fn a_write_survives_every_fault() {
    let host = Host::with_ledger();
    let before = host.faults.calls();
    put(&host, BYTES).unwrap();
    let calls = host.faults.calls() - before;
    assert_eq!(calls, 4, "the ledger, the row, the value, the new row");
    for number in 0..calls {
        for failure in Failure::ALL {
            let what = format!("call {number}, {failure:?}");
            let host = Host::with_ledger();
            host.faults.fail(number, failure);
            let refused = put(&host, BYTES).expect_err(&what);
            assert_eq!(refused.code(), "storage-unavailable", "{what}");
            put(&host, BYTES).expect(&what);
            assert_eq!(read(&host).expect(&what), BYTES);
            host.platform.set_now(FakePlatform::START_MS + SWEEP_AFTER_MS + 1);
            host.sweep().expect(&what);
            assert_eq!(host.values().len(), 1, "{what}");
            assert_eq!(read(&host).expect(&what), BYTES);
            host.assert_sound();
        }
    }
}

#[test]
fn a_value_without_a_row_is_swept_away() {
    let host = Host::with_ledger();
    block_on(host.store.blobs().put("artifact/none", vec![1])).unwrap();
    put(&host, BYTES).unwrap();
    host.platform.set_now(FakePlatform::START_MS + SWEEP_AFTER_MS + 1);
    assert_eq!(host.sweep().unwrap().orphans, 1);
    assert_eq!(read(&host).unwrap(), BYTES);
}
