//! One function of the kernel, chosen by the first byte, on the others.

use stateledger_core::bundle::Bundle;
use stateledger_core::commitment::fields::{self, Disclosure};
use stateledger_core::ed25519;
use stateledger_core::entry::Entry;
use stateledger_core::note::Note;
use stateledger_core::policy::Policy;
use stateledger_core::proof::TlogProof;
use stateledger_core::receipt::Receipt;
use stateledger_core::tree::{self, BatchProof, InclusionClaim, LeafIndex, TreeSize};
use stateledger_core::{Hash, json};

use crate::verdicts;

/// Functions that the first byte chooses among.
pub const KINDS: u8 = 18;

/// What the kernel answers: a code, or what it read and wrote back, or hashes.
#[must_use]
pub fn answer(input: &[u8]) -> Vec<u8> {
    let Some((which, bytes)) = input.split_first() else { return Vec::new() };
    let code = |code: &str| code.as_bytes().to_vec();
    let text = || std::str::from_utf8(bytes).unwrap_or_default();
    match which % KINDS {
        0 => json::parse(bytes).map_or_else(|e| code(e.code()), |value| value.to_canonical()),
        1 => Entry::parse(bytes).map_or_else(|e| code(e.code()), |entry| entry.to_bytes()),
        2 => Receipt::from_json(bytes).map_or_else(|e| code(e.code()), |receipt| receipt.to_json()),
        3 => Note::parse(bytes).map_or_else(|e| code(e.code()), |note| note.to_bytes()),
        4 => {
            Policy::parse(bytes).map_or_else(|e| code(e.code()), |p| vec![u8::from(p.has_quorum())])
        }
        5 => {
            TlogProof::parse(text()).map_or_else(|e| code(e.code()), |proof| proof.to_text().into())
        }
        6 => Disclosure::from_json(bytes).map_or_else(|e| code(e.code()), |shown| shown.to_json()),
        7 => BatchProof::parse(bytes).map_or_else(|e| code(e.code()), |proof| proof.to_bytes()),
        8 => Bundle::parse(bytes).map_or_else(|e| code(e.code()), |bundle| bundle.to_bytes()),
        9 => fields::commit(&[7; 32], bytes)
            .map_or_else(|e| code(e.code()), |digest| digest.to_vec()),
        10 => leaves(bytes),
        11 => inclusions(bytes),
        12 => signature(bytes),
        13 => verdicts::signatures(bytes),
        14 => verdicts::receipts(bytes),
        15 => verdicts::batch(bytes),
        16 => verdicts::subtree(bytes),
        _ => verdicts::chain(text()),
    }
}

/// Messages whose lengths the bytes themselves choose, hashed in lanes, and their tree.
fn leaves(mut bytes: &[u8]) -> Vec<u8> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (entry, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        entries.push(entry);
        bytes = rest;
    }
    let hashes = tree::leaf_hashes(entries);
    let mut out = tree::root_of_leaves(&hashes).0.to_vec();
    out.extend(hashes.iter().flat_map(|hash| hash.0));
    out
}

/// Claims about a tree: 48 bytes each, with one proof for all.
fn inclusions(bytes: &[u8]) -> Vec<u8> {
    let (chunks, rest) = bytes.as_chunks::<48>();
    let proof: Vec<Hash> =
        chunks.iter().filter_map(|chunk| chunk.first_chunk().copied()).map(Hash).collect();
    let claims: Vec<_> = chunks
        .iter()
        .zip(&proof)
        .map(|(chunk, leaf)| InclusionClaim {
            leaf,
            index: LeafIndex::new(number(&chunk[32..40])),
            proof: &proof[..proof.len().min(usize::from(chunk[40]))],
        })
        .collect();
    let size = TreeSize::new(number(rest));
    let root = proof.first().copied().unwrap_or(Hash([0; 32]));
    let code = |verdict: &Result<(), tree::InclusionError>| {
        verdict.map_or_else(|error| error.code(), |()| "ok")
    };
    tree::verify_inclusions(size, &root, &claims)
        .iter()
        .flat_map(|verdict| code(verdict).bytes())
        .collect()
}

/// The first eight bytes, or what there is of them.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// A key, a signature and a message.
fn signature(bytes: &[u8]) -> Vec<u8> {
    let (key, rest) = bytes.split_at(bytes.len().min(32));
    let (signature, message) = rest.split_at(rest.len().min(64));
    vec![u8::from(ed25519::verify_strict(key, message, signature).is_ok())]
}
