//! Verdicts on many claims at once, on receipts, subtrees and chains.

use std::sync::OnceLock;

use stateledger_core::Hash;
use stateledger_core::ed25519::{PublicKey, SignedMessage, SigningKey};
use stateledger_core::legacy::{Chain, Row};
use stateledger_core::receipt::verify_receipts_json;
use stateledger_core::tree::{self, BatchProof, LeafIndex, Subtree, TreeSize};
use stateledger_core::trust::Trust;

use crate::answer::number;

/// Enough for tables of a key, few enough for an interpreter.
const MOST_SIGNATURES: usize = 9;

/// The log of the vectors, which are where the targets begin.
pub fn trust() -> &'static Trust {
    static TRUST: OnceLock<Trust> = OnceLock::new();
    const LOG: &str =
        "ledger.example/log/demo+21dc2082+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
    TRUST.get_or_init(|| Trust::from_log_keys([LOG]).expect("a log's key"))
}

/// The chain rows of a text: lines of fields between tabs.
pub fn chain_rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    text.lines().map(|line| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        Row {
            timestamp: field().parse().unwrap_or(0),
            record_type: field(),
            source: field(),
            payload: field(),
            hash: field(),
        }
    })
}

/// Signatures of one key, each over a byte and changed at a place, for a fuzzer seldom finds a good
/// one; and the first of them under a key whose bytes come first.
pub(crate) fn signatures(bytes: &[u8]) -> Vec<u8> {
    let ours = SigningKey::from_seed(&[7; 32]);
    let (key, bytes) = bytes.split_at(bytes.len().min(32));
    let mut signed = Vec::new();
    for [message, place, change] in bytes.as_chunks::<3>().0.iter().take(MOST_SIGNATURES) {
        let mut signature = ours.sign(&[*message]);
        if let Some(byte) = signature.get_mut(usize::from(*place)) {
            *byte ^= change;
        }
        signed.push(([*message], signature));
    }
    let claims: Vec<_> =
        signed.iter().map(|(message, signature)| SignedMessage { message, signature }).collect();
    let mut verdicts = ours.public_key().verify_each(&claims);
    if let (Ok(other), Some(first)) = (PublicKey::from_slice(key), claims.first()) {
        verdicts.push(other.verify_strict(first.message, first.signature));
    }
    verdicts.iter().map(|verdict| u8::from(verdict.is_ok())).collect()
}

/// One receipt, twice: receipts of one checkpoint share their work.
pub(crate) fn receipts(json: &[u8]) -> Vec<u8> {
    format!("{:?}", verify_receipts_json(&[(json, None), (json, None)], trust())).into()
}

/// A size, a number of leaves with the distances between them, and hashes.
pub(crate) fn batch(bytes: &[u8]) -> Vec<u8> {
    let (size, bytes) = bytes.split_at(bytes.len().min(8));
    let Some((count, bytes)) = bytes.split_first() else { return Vec::new() };
    let (steps, hashes) = bytes.split_at(bytes.len().min(usize::from(*count)));
    let mut next = 0u64;
    let indexes: Vec<LeafIndex> = steps
        .iter()
        .map(|step| {
            next = next.saturating_add(u64::from(*step));
            LeafIndex::new(next)
        })
        .collect();
    let leaves = tree::leaf_hashes(steps.chunks(1));
    let root = BatchProof::new(indexes, hashes_of(hashes))
        .and_then(|proof| tree::root_from_batch(&leaves, TreeSize::new(number(size)), &proof));
    format!("{root:?}").into()
}

/// Start, end, size, an index, and the hashes of both kinds of proof.
pub(crate) fn subtree(bytes: &[u8]) -> Vec<u8> {
    let (numbers, hashes) = bytes.split_at(bytes.len().min(32));
    let at = |place: usize| number(numbers.get(place..).unwrap_or_default());
    let hashes = hashes_of(hashes);
    let Some((first, proof)) = hashes.split_first() else { return Vec::new() };
    let answer = Subtree::new(LeafIndex::new(at(0)), TreeSize::new(at(8))).map(|subtree| {
        let size = TreeSize::new(at(16));
        let index = LeafIndex::new(at(24));
        (
            tree::roots_from_subtree_consistency(subtree, first, size, proof),
            tree::root_from_subtree_inclusion(first, index, subtree, proof),
        )
    });
    format!("{answer:?}").into()
}

/// Rows of a chain, all at once.
pub(crate) fn chain(text: &str) -> Vec<u8> {
    let rows: Vec<Row<'_>> = chain_rows(text).collect();
    let mut chain = Chain::new();
    let verdict = chain.verify_rows(&rows);
    format!("{verdict:?} {} {}", chain.rows(), chain.head()).into()
}

fn hashes_of(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks::<32>().0.iter().copied().map(Hash).collect()
}
