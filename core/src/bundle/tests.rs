//! Reading, writing and signing. What verification answers is in tests/vectors.

use alloc::string::String;
use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::ed25519::SigningKey;
use crate::note::NoteSigner;
use crate::plan::Edge;
use crate::proof::TlogProof;
use crate::receipt::Receipt;
use crate::tree::{self, LeafIndex, TreeSize, leaf_hash};
use crate::trust::Trust;
use crate::{Hash, base64};

const ORIGIN: &str = "ledger.example/log/demo";
const SALT: Salt = [7; 32];

fn log() -> NoteSigner {
    NoteSigner::new(ORIGIN, SigningKey::from_seed(&[1; 32])).unwrap()
}

fn entry(index: u64) -> Vec<u8> {
    alloc::format!("entry {index}").into_bytes()
}

/// A ledger of this size, its checkpoint, and the nodes of its tree.
struct Ledger {
    size: TreeSize,
    checkpoint: Vec<u8>,
    nodes: crate::tile::TileSet,
}

impl Ledger {
    fn new(size: u64) -> Self {
        let leaves: Vec<Hash> = (0..size).map(|index| leaf_hash(&entry(index))).collect();
        let plan = Edge::empty().append(&leaves).unwrap();
        let signed = Checkpoint::new(ORIGIN, plan.size, plan.root).sign(&log()).unwrap();
        let nodes = plan.node_source().unwrap();
        Self { size: plan.size, checkpoint: signed.to_bytes(), nodes }
    }

    fn batch(&self, indexes: &[u64]) -> BatchProof {
        let indexes: Vec<_> = indexes.iter().map(|index| LeafIndex::new(*index)).collect();
        tree::prove_batch(&indexes, self.size, &self.nodes).unwrap()
    }

    fn receipt(&self, index: u64) -> Receipt {
        let index = LeafIndex::new(index);
        let hashes = tree::prove_inclusion(index, self.size, &self.nodes).unwrap();
        let checkpoint = String::from_utf8(self.checkpoint.clone()).unwrap();
        let proof = TlogProof { extra: None, index, hashes, checkpoint }.to_text();
        Receipt { entry: entry(index.get()), proof, payload: None, salt: Some(SALT) }
    }
}

/// Leaves 1, 2 and 4 of five: with all, with a salt, with nothing.
fn bytes(exporter: Option<u8>) -> Vec<u8> {
    let ledger = Ledger::new(5);
    let entries = [entry(1), entry(2), entry(4)];
    let records = vec![
        BundleRecord { entry: &entries[0], payload: Some(b"payload"), salt: Some(&SALT) },
        BundleRecord { entry: &entries[1], payload: None, salt: Some(&SALT) },
        BundleRecord { entry: &entries[2], payload: None, salt: None },
    ];
    let bundle = Bundle::new(&ledger.checkpoint, ledger.batch(&[1, 2, 4]), records).unwrap();
    match exporter {
        Some(seed) => bundle.signed(&SigningKey::from_seed(&[seed; 32])).to_bytes(),
        None => bundle.to_bytes(),
    }
}

#[test]
fn bundles_round_trip() {
    for exporter in [None, Some(3)] {
        let bytes = bytes(exporter);
        let bundle = Bundle::parse(&bytes).unwrap();
        assert_eq!(bundle.to_bytes(), bytes);
        assert_eq!(bundle.checkpoint(), Ledger::new(5).checkpoint);
        assert_eq!(bundle.records()[0].payload, Some(&b"payload"[..]));
        assert_eq!(bundle.records()[1].salt, Some(&SALT));
        assert_eq!(bundle.records()[2].entry, entry(4));
        let public = |seed| *SigningKey::from_seed(&[seed; 32]).public_key().as_bytes();
        assert_eq!(bundle.exporter().map(|by| by.key), exporter.map(public));
    }
}

#[test]
fn every_truncation_is_refused() {
    let signed = bytes(Some(3));
    let unsigned = bytes(None).len();
    for cut in (0..signed.len()).filter(|cut| *cut != unsigned) {
        let code = Bundle::parse(&signed[..cut]).unwrap_err().code();
        assert_eq!(code, "audit-bundle-malformed", "{cut}");
    }
    assert!(Bundle::parse(&signed[..unsigned]).is_ok());
    let longer = [&signed[..], &[0]].concat();
    assert_eq!(Bundle::parse(&longer), Err(BundleError::Trailer));
}

#[test]
fn a_count_without_records_allocates_nothing() {
    let indexes = (0..1 << 20).map(LeafIndex::new).collect();
    let proof = BatchProof::new(indexes, Vec::new()).unwrap().to_bytes();
    let mut bytes = HEADER.to_vec();
    write_long(b"", &mut |part| bytes.extend_from_slice(part));
    write_long(&proof, &mut |part| bytes.extend_from_slice(part));
    bytes.resize(bytes.len() + (3 << 20) - 1, 0);
    assert_eq!(Bundle::parse(&bytes), Err(BundleError::Truncated));
    bytes.push(0);
    assert_eq!(Bundle::parse(&bytes).map(|b| b.records().len()), Ok(1 << 20));
}

#[test]
fn what_is_written_can_be_read() {
    let ledger = Ledger::new(2);
    let new = |records| Bundle::new(&ledger.checkpoint, ledger.batch(&[1]), records).map(|_| ());
    let record = BundleRecord { entry: b"", payload: None, salt: None };
    assert_eq!(new(vec![record]), Ok(()));
    assert_eq!(new(vec![]), Err(BundleError::Records));
    assert_eq!(new(vec![record; 2]), Err(BundleError::Records));
    let (longest, too_long) = (vec![0; MAX_ENTRY_BYTES], vec![0; MAX_ENTRY_BYTES + 1]);
    assert_eq!(new(vec![BundleRecord { entry: &longest, ..record }]), Ok(()));
    let error = new(vec![BundleRecord { entry: &too_long, ..record }]);
    assert_eq!(error, Err(BundleError::EntryTooLarge));
    let all = vec![0; MAX_BUNDLE_BYTES];
    let error = new(vec![BundleRecord { payload: Some(&all), ..record }]);
    assert_eq!(error, Err(BundleError::TooLarge));
    assert_eq!(Bundle::parse(&all), Err(BundleError::Header));
    assert_eq!(Bundle::parse(&vec![0; MAX_BUNDLE_BYTES + 1]), Err(BundleError::TooLarge));
}

/// In every order, what comes from receipts is what comes from the tree.
#[test]
fn receipts_become_the_bundle_of_their_records() {
    for size in 1..=17 {
        let ledger = Ledger::new(size);
        for step in 1..=4 {
            let indexes: Vec<u64> = (0..size).step_by(step).collect();
            let mut receipts: Vec<_> = indexes.iter().map(|i| ledger.receipt(*i)).collect();
            receipts.rotate_left(indexes.len() / 2);
            let bytes = from_receipts(&receipts).unwrap();
            let bundle = Bundle::parse(&bytes).unwrap();
            assert_eq!(bundle.proof(), &ledger.batch(&indexes), "{size} {step}");
            let entries: Vec<_> = bundle.records().iter().map(|r| r.entry.to_vec()).collect();
            assert_eq!(entries, indexes.iter().map(|i| entry(*i)).collect::<Vec<_>>());
            let trust = Trust::from_log_keys([log().verifier_key().to_text().as_str()]).unwrap();
            assert!(bundle.open(&trust, &[]).is_ok());
        }
    }
}

#[test]
fn receipts_that_do_not_fit_are_refused() {
    let (ledger, other) = (Ledger::new(6), Ledger::new(7));
    let code = |receipts: &[Receipt]| from_receipts(receipts).unwrap_err().code();
    assert_eq!(code(&[]), "batch-leaves-invalid");
    assert_eq!(code(&[ledger.receipt(1), ledger.receipt(1)]), "batch-leaves-invalid");
    assert_eq!(code(&[ledger.receipt(1), other.receipt(2)]), "checkpoint-mismatch");
    let with = |from: &str, to: &str| {
        let receipt = ledger.receipt(1);
        let proof = receipt.proof.replacen(from, to, 1);
        assert_ne!(proof, receipt.proof);
        Receipt { proof, ..receipt }
    };
    let zero = base64::encode(&[0; 32]);
    assert_eq!(code(&[with("index 1", "index 01")]), "proof-malformed");
    assert_eq!(code(&[with("index 1", "index 6")]), "index-out-of-range");
    assert_eq!(
        code(&[with("index 1\n", &alloc::format!("index 1\n{zero}\n"))]),
        "inclusion-invalid"
    );
    assert_eq!(code(&[with("\n6\n", "\n06\n")]), "checkpoint-mismatch");
}

#[test]
fn a_signature_made_elsewhere_is_the_same() {
    let unsigned = bytes(None);
    let bundle = Bundle::parse(&unsigned).unwrap();
    let key = SigningKey::from_seed(&[3; 32]);
    let message = bundle.signed_message();
    assert!(message.starts_with(b"DSSEv1 47 application/vnd.stateledger.audit-bundle.sha256 32 "));
    let signature = key.sign(&message);
    let by = ExporterSignature { key: *key.public_key().as_bytes(), signature };
    assert_eq!(bundle.with_signature(by).to_bytes(), bytes(Some(3)));
}

proptest! {
    #[test]
    fn a_mangled_byte_is_refused_or_read_as_written(at: prop::sample::Index, byte: u8) {
        let mut bytes = bytes(Some(3));
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(bundle) = Bundle::parse(&bytes) {
            prop_assert_eq!(bundle.to_bytes(), bytes);
        }
    }

    #[test]
    fn any_records_round_trip(
        records in prop::collection::vec(
            (any::<Vec<u8>>(), any::<Option<Vec<u8>>>(), any::<Option<[u8; 32]>>()), 1..9,
        ),
        checkpoint: Vec<u8>,
    ) {
        let records: Vec<_> = records
            .iter()
            .map(|(entry, payload, salt)| BundleRecord {
                entry, payload: payload.as_deref(), salt: salt.as_ref(),
            })
            .collect();
        let indexes = (0..records.len() as u64).map(|index| LeafIndex::new(index * 3)).collect();
        let proof = BatchProof::new(indexes, vec![Hash([1; 32])]).unwrap();
        let bundle = Bundle::new(&checkpoint, proof, records).unwrap();
        let bytes = bundle.to_bytes();
        prop_assert_eq!(Bundle::parse(&bytes), Ok(bundle));
    }
}
