//! A small real log in memory, served as a ledger's public read side is.

use std::collections::BTreeMap;

use stateledger_core::checkpoint::Checkpoint;
use stateledger_core::commitment::commit;
use stateledger_core::ed25519::SigningKey;
use stateledger_core::entry::{Algorithm, Commitment, Entry, Statement, StatementFields, Time};
use stateledger_core::note::NoteSigner;
use stateledger_core::plan::Edge;
use stateledger_core::tile::{TileId, TilePath, write_bundle};
use stateledger_core::tree::leaf_hash;

pub(super) const ORIGIN: &str = "localhost/log/demo";

/// The bytes of an entry at `millis`.
pub(super) fn entry(millis: u64, origin: Option<&str>) -> Vec<u8> {
    let payload = millis.to_be_bytes();
    let statement = Statement::new(StatementFields {
        record_type: "code".into(),
        source: "test".into(),
        subject: None,
        content_type: "application/json".into(),
        commit: Commitment {
            algorithm: Algorithm::Sha256SaltedV1,
            digest: commit(&[9; 32], &payload),
            size: payload.len() as u64,
        },
        origin: origin.map(str::to_owned),
    });
    Entry::new(statement.unwrap(), Vec::new(), Time::from_millis(millis).unwrap())
        .unwrap()
        .to_bytes()
}

/// Answers by path; a test changes one and looks what the audit says.
pub(super) type Answers = BTreeMap<String, Vec<u8>>;

/// Every answer of a log of these entries, and its verifier key.
pub(super) fn log_of(entries: &[Vec<u8>]) -> (Answers, String) {
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut answers = Answers::new();
    let mut tiles: BTreeMap<TileId, Vec<u8>> = BTreeMap::new();
    let mut edge = Edge::empty();
    // In two commits, so that the plan grows a log and does not only make one.
    for part in leaves.chunks(leaves.len().div_ceil(2).max(1)) {
        let plan = edge.append(part).unwrap();
        tiles.extend(plan.tiles.into_iter().map(|tile| (tile.id, tile.hashes)));
        edge = plan.edge;
    }
    for (id, hashes) in tiles {
        let width = u16::try_from(hashes.len() / 32).unwrap();
        answers.insert(TilePath::Tile { id, width }.to_path(), hashes);
    }
    for (index, bundle) in (0..).zip(entries.chunks(256)) {
        let width = u16::try_from(bundle.len()).unwrap();
        let bytes = write_bundle(bundle.iter().map(Vec::as_slice)).unwrap();
        answers.insert(TilePath::Entries { index, width }.to_path(), bytes);
    }
    let signer = NoteSigner::new(ORIGIN, SigningKey::from_seed(&[3; 32])).unwrap();
    let key = signer.verifier_key().to_text();
    let head = Checkpoint::new(ORIGIN, edge.size(), edge.root());
    answers.insert("checkpoint".into(), head.sign(&signer).unwrap().to_bytes());
    (answers, key)
}
