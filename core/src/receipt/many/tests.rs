//! Many at once against one by one, over a small ledger of each of two logs.

use alloc::format;
use alloc::string::String;
use core::cell::Cell;

use proptest::prelude::*;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::commitment;
use crate::ed25519::SigningKey;
use crate::entry::{Algorithm, Commitment, Entry, Statement, StatementFields, Time};
use crate::note::NoteSigner;
use crate::plan::Edge;
use crate::receipt::{PayloadStatus, verify_receipt};
use crate::tree::{LeafIndex, prove_inclusion};

const PAYLOAD: &[u8] = b"payload";

fn log(name: &str) -> NoteSigner {
    NoteSigner::new(name, SigningKey::from_seed(&[1; 32])).unwrap()
}

fn entry(origin: &str, source: &str) -> Vec<u8> {
    let statement = Statement::new(StatementFields {
        record_type: "t".into(),
        source: source.into(),
        subject: None,
        content_type: "text/plain".into(),
        commit: Commitment {
            algorithm: Algorithm::Sha256SaltedV1,
            digest: commitment::commit(&[7; 32], PAYLOAD),
            size: PAYLOAD.len() as u64,
        },
        origin: Some(origin.into()),
    });
    let time = Time::parse("2026-11-23T10:00:00.000Z").unwrap();
    Entry::new(statement.unwrap(), Vec::new(), time).unwrap().to_bytes()
}

/// A receipt for each of `count` records of this log, in a tree of that size.
fn receipts(name: &str, count: u64) -> Vec<Receipt> {
    let entries: Vec<_> = (0..count).map(|i| entry(name, &format!("s{i}"))).collect();
    let leaves: Vec<_> = entries.iter().map(|entry| tree::leaf_hash(entry)).collect();
    let plan = Edge::empty().append(&leaves).unwrap();
    let nodes = plan.node_source().unwrap();
    let signed = Checkpoint::new(name, plan.size, plan.root).sign(&log(name)).unwrap();
    let checkpoint = String::from_utf8(signed.to_bytes()).unwrap();
    let receipt = |(entry, index): (Vec<u8>, u64)| {
        let index = LeafIndex::new(index);
        let hashes = prove_inclusion(index, plan.size, &nodes).unwrap();
        let proof = TlogProof { extra: None, index, hashes, checkpoint: checkpoint.clone() };
        Receipt {
            entry,
            proof: proof.to_text(),
            payload: Some(PAYLOAD.to_vec()),
            salt: Some([7; 32]),
        }
    };
    entries.into_iter().zip(0..).map(receipt).collect()
}

/// Two trees of log `a`, one of log `b`, and of log `c`, which nobody trusts.
fn world() -> (Vec<Receipt>, Trust) {
    let all = [receipts("a", 5), receipts("a", 8), receipts("b", 3), receipts("c", 2)].concat();
    let keys = ["a", "b"].map(|name| log(name).verifier_key().to_text());
    (all, Trust::from_log_keys(keys.iter().map(String::as_str)).unwrap())
}

/// Spoils one step of the verification; 0 spoils none.
fn spoil(receipt: &mut Receipt, how: usize) {
    let flip = |text: &mut String, from: &str, to: &str| *text = text.replacen(from, to, 1);
    match how {
        1 => receipt.proof.insert(0, 'x'),
        2 => flip(&mut receipt.proof, "\n\n— ", "\n\n- "),
        3 => flip(&mut receipt.proof, "index ", "index 1"),
        4 => receipt.entry.push(b' '),
        5 => receipt.payload = Some(b"other".to_vec()),
        6 => receipt.salt = None,
        7 => receipt.payload = None,
        // Another signature: a text of its own.
        8 => {
            let at = receipt.proof.len() - 10;
            let other = if receipt.proof.as_bytes()[at] == b'A' { "B" } else { "A" };
            receipt.proof.replace_range(at..=at, other);
        }
        _ => {}
    }
}

fn claim(receipt: &Receipt) -> ReceiptClaim<'_> {
    ReceiptClaim { receipt, payload: None }
}

#[test]
fn a_checkpoint_is_opened_once() {
    let (mut all, trust) = world();
    // A proof that cannot be read opens nothing.
    spoil(&mut all[17], 1);
    let twice = [all.clone(), all].concat();
    let claims: Vec<_> = twice.iter().map(claim).collect();
    let opened = Cell::new(0);
    let verdicts = verify_with(&claims, &trust, |text| {
        opened.set(opened.get() + 1);
        trust.open_checkpoint(text.as_bytes())
    });
    assert_eq!(opened.get(), 4);
    assert_eq!(verdicts.iter().filter(|verdict| verdict.is_ok()).count(), 2 * 16);
    assert!(verify_receipts(&[], &trust).is_empty());
}

#[test]
fn the_payload_of_the_caller_counts() {
    let (mut all, trust) = world();
    for receipt in &mut all {
        receipt.payload = None;
    }
    let payloads = [None, Some(PAYLOAD), Some(b"other".as_slice())];
    let claims: Vec<_> = all[..3].iter().zip(payloads).collect();
    let claims: Vec<_> = claims
        .iter()
        .map(|(receipt, payload)| ReceiptClaim { receipt, payload: *payload })
        .collect();
    let [absent, verified, other] = verify_receipts(&claims, &trust).try_into().unwrap();
    assert_eq!(absent.unwrap().payload, PayloadStatus::Absent);
    assert_eq!(verified.unwrap().payload, PayloadStatus::Verified);
    assert_eq!(other, Err(VerifyError::PayloadMismatch));
}

#[test]
fn every_step_that_fails_is_named() {
    let (all, trust) = world();
    let spoiled: Vec<_> = (0..9)
        .map(|how| {
            let mut receipt = all[0].clone();
            spoil(&mut receipt, how);
            receipt
        })
        .collect();
    let claims: Vec<_> = spoiled.iter().map(claim).collect();
    let codes: Vec<_> = verify_receipts(&claims, &trust)
        .iter()
        .map(|verdict| verdict.as_ref().err().map_or("ok", VerifyError::code))
        .collect();
    let expected = [
        "ok",
        "proof-malformed",
        "note-malformed",
        "index-out-of-range",
        "inclusion-invalid",
        "payload-mismatch",
        "salt-missing",
        "ok",
        "signature-invalid",
    ];
    assert_eq!(codes, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_verdicts_are_those_of_one_by_one(picks in prop::collection::vec((0usize..18, 0usize..12), 0..24)) {
        let (all, trust) = world();
        let picked: Vec<_> = picks
            .into_iter()
            .map(|(place, how)| {
                let mut receipt = all[place].clone();
                spoil(&mut receipt, how);
                receipt
            })
            .collect();
        let claims: Vec<_> = picked.iter().map(claim).collect();
        let single: Vec<_> =
            picked.iter().map(|receipt| verify_receipt(receipt, &trust, None)).collect();
        prop_assert_eq!(verify_receipts(&claims, &trust), single);
    }
}
