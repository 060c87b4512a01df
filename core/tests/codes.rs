//! Every code is provoked once, and no code is answered that is not listed.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use stateledger_core::audit::{Content, check_bundle};
use stateledger_core::bundle;
use stateledger_core::commitment::fields;
use stateledger_core::cosignature::Cosigner;
use stateledger_core::ed25519::SigningKey;
use stateledger_core::entry::{Algorithm, Commitment, Entry, Statement, StatementFields, Time};
use stateledger_core::json::{self, Members};
use stateledger_core::note::{Note, NoteSigner};
use stateledger_core::plan::{Edge, rehash};
use stateledger_core::receipt::Receipt;
use stateledger_core::tile::{TileId, TilePath, TileSet, parse_bundle, write_bundle};
use stateledger_core::tree::{self, CompactRange, LeafIndex, TreeSize};
use stateledger_core::trust::Trust;
use stateledger_core::{CODES, Hash, base64};

const LEAF: Hash = Hash([1; 32]);

fn size(n: u64) -> TreeSize {
    TreeSize::new(n)
}

fn log() -> NoteSigner {
    NoteSigner::new("o", SigningKey::from_seed(&[1; 32])).unwrap()
}

fn trees() -> Vec<&'static str> {
    let nothing = TileSet::new();
    vec![
        tree::verify_inclusion(&LEAF, LeafIndex::new(1), size(1), &[], &LEAF).unwrap_err().code(),
        tree::verify_inclusion(&LEAF, LeafIndex::new(0), size(2), &[], &LEAF).unwrap_err().code(),
        tree::verify_consistency(size(1), &LEAF, size(2), &LEAF, &[]).unwrap_err().code(),
        tree::verify_consistency(size(2), &LEAF, size(1), &LEAF, &[]).unwrap_err().code(),
        tree::root(size(1), &nothing).unwrap_err().code(),
        Edge::from_tiles(size(1), &nothing).unwrap_err().code(),
        rehash(&Edge::empty(), &[], [(TileId { level: 0, index: 0 }, &[0; 32][..])])
            .unwrap_err()
            .code(),
        too_large(),
        tree::prove_batch(&[], size(1), &nothing).unwrap_err().code(),
        CompactRange::new(LeafIndex::new(0))
            .merge(&CompactRange::new(LeafIndex::new(1)))
            .unwrap_err()
            .code(),
        CompactRange::from_nodes(LeafIndex::new(0), size(3), vec![LEAF]).unwrap_err().code(),
        TileSet::new().insert(TileId { level: 0, index: 0 }, &[]).unwrap_err().code(),
        TilePath::parse("tile").unwrap_err().code(),
        parse_bundle(&[0]).unwrap_err().code(),
        check_bundle(&[0, 0], 2, &[LEAF], Content::Opaque).unwrap_err().code(),
        check_bundle(&[0, 0], 1, &[LEAF], Content::Opaque).unwrap_err().code(),
        earlier_entry(),
        Hash::from_slice(&[]).unwrap_err().code(),
        Hash::split_flat(&[0]).unwrap_err().code(),
        Hash::from_hex("").unwrap_err().code(),
        base64::decode("=").unwrap_err().code(),
        fields::commit(&[0; 32], format!("[{}0]", "0,".repeat(fields::MAX_FIELDS)).as_bytes())
            .unwrap_err()
            .code(),
    ]
}

fn earlier_entry() -> &'static str {
    let fields = StatementFields {
        record_type: "t".into(),
        source: "s".into(),
        subject: None,
        content_type: "c".into(),
        commit: Commitment { algorithm: Algorithm::Sha256SaltedV1, digest: [0; 32], size: 0 },
        origin: None,
    };
    let statement = Statement::new(fields).unwrap();
    let at = |time| Entry::new(statement.clone(), vec![], Time::from_millis(time).unwrap());
    let entries = [at(1), at(0)].map(|entry| entry.unwrap().to_bytes());
    let bundle = write_bundle(entries.iter().map(Vec::as_slice)).unwrap();
    let tile = tree::leaf_hashes(entries.iter().map(Vec::as_slice));
    let content = Content::StateLedger { origin: "o" };
    check_bundle(&bundle, 2, &tile, content).unwrap_err().code()
}

fn too_large() -> &'static str {
    let mut set = TileSet::new();
    set.insert(TileId { level: 6, index: 0 }, &[0; 32]).unwrap();
    let full = Edge::from_tiles(TreeSize::MAX_PARSED, &set).unwrap();
    full.append(&[LEAF]).unwrap_err().code()
}

fn jsons() -> Vec<&'static str> {
    let code = |bytes: &[u8]| json::parse(bytes).unwrap_err().code();
    let members = || Members::of(json::parse(b"{\"a\":1}").unwrap(), "x").unwrap();
    vec![
        code(b"{"),
        code(b"\xff"),
        code(br#"{"a":1,"a":1}"#),
        code(br#""\ud800""#),
        code(&[b'['; 65]),
        code(b"9007199254740993"),
        code(format!("[{}0]", "0,".repeat(json::MAX_VALUES)).as_bytes()),
        members().finish().unwrap_err().code(),
        members().required("b").unwrap_err().code(),
        members().string("a").unwrap_err().code(),
    ]
}

fn notes() -> Vec<&'static str> {
    let note = |bytes: &[u8]| Note::parse(bytes).unwrap_err().code();
    let trust = |key: &str| Trust::from_log_keys([key]).unwrap_err().code();
    let good = log().verifier_key().to_text();
    let witness = Cosigner::new("w", SigningKey::from_seed(&[2; 32])).unwrap();
    let author = *SigningKey::from_seed(&[3; 32]).public_key().as_bytes();
    let authors = |key: &[u8], n| {
        let trust = Trust::from_log_keys([good.as_str()]).unwrap();
        trust.with_authors([key], n).unwrap_err().code()
    };
    vec![
        note(b""),
        note(&vec![0; 1 << 20]),
        trust("x"),
        trust(&good.replacen('o', "p", 1)),
        trust("x+00000000+AgAA"),
        trust(&witness.verifier_key().to_text()),
        authors(&[0; 32], 1),
        authors(&author, 2),
        Trust::from_policy(b"quorum none").unwrap_err().code(),
        Trust::from_policy(b"quorum").unwrap_err().code(),
    ]
}

fn bundles() -> Vec<&'static str> {
    let receipt = |index: u8| Receipt {
        entry: vec![],
        proof: format!("c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint {index}"),
        payload: None,
        salt: None,
    };
    vec![bundle::from_receipts(&[receipt(0), receipt(1)]).unwrap_err().code()]
}

/// The codes that the vectors expect; `vectors.rs` holds the crate to them.
fn vectors() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");
    let mut codes = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let cases = json::parse(&std::fs::read(&path).unwrap()).unwrap();
            for case in cases.get("cases").unwrap().as_array().unwrap() {
                codes.push(case.get("expect").unwrap().as_str().unwrap().to_owned());
            }
        }
    }
    codes
}

#[test]
fn the_list_is_sorted_and_unique() {
    assert!(CODES.is_sorted_by(|(a, _), (b, _)| a < b));
    for (code, title) in CODES {
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        assert!(!title.is_empty() && !title.ends_with('.'));
    }
}

#[test]
fn every_listed_code_is_answered_and_no_other() {
    let provoked = [trees(), jsons(), notes(), bundles()].concat().into_iter().map(str::to_owned);
    let answered: BTreeSet<String> =
        provoked.chain(vectors()).filter(|code| code != "ok").collect();
    let listed: BTreeSet<String> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
    assert_eq!(answered, listed);
}
