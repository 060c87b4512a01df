use alloc::format;
use alloc::vec;

use super::*;
use crate::Hash;
use crate::cosignature::Cosigner;
use crate::ed25519::SigningKey;
use crate::note::{NoteSignature, NoteSigner};
use crate::tree::TreeSize;

const ORIGIN: &str = "ledger.example/log/demo";
const NOW: u64 = 1_795_428_000;

fn log(seed: u8) -> NoteSigner {
    NoteSigner::new(ORIGIN, SigningKey::from_seed(&[seed; 32])).unwrap()
}

fn witness(seed: u8) -> Cosigner {
    Cosigner::new(&format!("w{seed}.example"), SigningKey::from_seed(&[seed; 32])).unwrap()
}

fn key(seed: u8) -> String {
    log(seed).verifier_key().to_text()
}

fn signed() -> SignedCheckpoint {
    Checkpoint::new(ORIGIN, TreeSize::new(9), Hash([3; 32])).sign(&log(1)).unwrap()
}

fn cosigned(seeds: &[(u8, u64)]) -> Vec<u8> {
    let signed = signed();
    let lines: Vec<NoteSignature> = seeds
        .iter()
        .map(|(seed, time)| witness(*seed).cosign(signed.note().text(), *time))
        .collect();
    signed.with_signatures(&lines).unwrap().to_bytes()
}

fn policy(quorum: &str) -> Trust {
    let mut text = format!("log {}\n", key(1));
    for seed in [11, 12, 13] {
        text += &format!("witness w{seed} {}\n", witness(seed).verifier_key());
    }
    text += &format!("group two 2 w11 w12 w13\nquorum {quorum}\n");
    Trust::from_policy(text.as_bytes()).unwrap()
}

fn opened(trust: &Trust, bytes: &[u8]) -> Result<(), OpenError> {
    trust.open_checkpoint(bytes).map(|_| ())
}

#[test]
fn any_one_log_key_suffices() {
    let bytes = signed().to_bytes();
    let trust = Trust::from_log_keys([key(2).as_str(), &key(1)]).unwrap();
    let open = trust.open_checkpoint(&bytes).unwrap();
    assert_eq!(open.checkpoint, signed().checkpoint().clone());
    assert_eq!(open.signers, [Signer { name: ORIGIN.into(), kind: SignerKind::Log, time: None }]);
    let other = Trust::from_log_keys([key(2).as_str()]).unwrap();
    assert_eq!(opened(&other, &bytes), Err(OpenError::KeyUnknown));
    let elsewhere = NoteSigner::new("x", SigningKey::from_seed(&[1; 32])).unwrap();
    let elsewhere = Trust::from_log_keys([elsewhere.verifier_key().to_text().as_str()]).unwrap();
    assert_eq!(opened(&elsewhere, &bytes), Err(OpenError::OriginMismatch));
}

#[test]
fn unusable_trust_is_refused() {
    let good = key(1);
    let code = |keys: &[&str]| Trust::from_log_keys(keys.iter().copied()).unwrap_err().code();
    assert_eq!(code(&[]), "log-key-missing");
    assert_eq!(code(&[&good, "nonsense"]), "key-malformed");
    assert_eq!(code(&[&good, &good.replacen("ledger", "ledges", 1)]), "key-id-mismatch");
    assert_eq!(code(&[&good, "x+00000000+AgAA"]), "key-type-unsupported");
    assert_eq!(code(&[&witness(1).verifier_key().to_text()]), "key-kind-mismatch");
    assert_eq!(Trust::from_policy(b"quorum none\n"), Err(TrustError::NoLog));
    assert_eq!(Trust::from_policy(b"x").unwrap_err().code(), "policy-malformed");
    let trust = Trust::from_log_keys([good.as_str()]).unwrap();
    let author = *SigningKey::from_seed(&[5; 32]).public_key().as_bytes();
    let with = |keys: &[&[u8]], n| trust.clone().with_authors(keys.iter().copied(), n).map(|_| ());
    assert_eq!(with(&[&author], 1), Ok(()));
    for (keys, n) in [(&[&author[..]][..], 0), (&[&author], 2), (&[&author, &author], 2), (&[], 0)]
    {
        assert_eq!(with(keys, n), Err(TrustError::AuthorThreshold));
    }
    assert_eq!(with(&[&author, &[0; 32]], 1), Err(TrustError::Key(KeyError::PublicKey)));
    assert_eq!(with(&[&author, &author[..31]], 1), Err(TrustError::Key(KeyError::PublicKey)));
}

#[test]
fn every_known_signature_is_verified() {
    let mut lines = signed().note().signatures().to_vec();
    lines[0].signature[9] ^= 1;
    let signed = signed();
    let text = signed.note().text();
    let bad = Note::new(text.into(), lines.clone()).unwrap().to_bytes();
    assert_eq!(opened(&policy("none"), &bad), Err(OpenError::SignatureInvalid));
    // A good log signature and a bad one by a known witness, even without quorum.
    let mut witness_line = witness(11).cosign(text, NOW);
    witness_line.signature[20] ^= 1;
    let bad = signed.with_signatures(&[witness_line]).unwrap().to_bytes();
    assert_eq!(opened(&policy("none"), &bad), Err(OpenError::SignatureInvalid));
    // Unknown keys are ignored, whatever they signed.
    let trust = Trust::from_log_keys([key(1).as_str()]).unwrap();
    assert_eq!(opened(&trust, &bad), Ok(()));
    // A second line by the same key that fails.
    let both = [signed.note().signatures(), &lines].concat();
    let bad = Note::new(text.into(), both).unwrap().to_bytes();
    assert_eq!(opened(&trust, &bad), Err(OpenError::SignatureInvalid));
}

#[test]
fn the_quorum_counts_each_witness_once() {
    let trust = policy("two");
    assert_eq!(opened(&trust, &cosigned(&[(11, NOW), (13, NOW)])), Ok(()));
    for seeds in [&[][..], &[(11, NOW)], &[(11, NOW), (11, NOW - 1)], &[(11, NOW), (99, NOW)]] {
        assert_eq!(opened(&trust, &cosigned(seeds)), Err(OpenError::QuorumNotMet), "{seeds:?}");
    }
    let open = trust.open_checkpoint(&cosigned(&[(11, 5), (13, 7), (11, 6)])).unwrap();
    let times: Vec<_> = open.signers.iter().map(|s| (s.kind.name(), s.time)).collect();
    assert_eq!(times, [("log", None), ("witness", Some(6)), ("witness", Some(7))]);
}

#[test]
fn freshness_needs_fresh_cosignatures() {
    type Case<'a> = (&'a str, &'a [(u8, u64)], Result<(), OpenError>);
    let cases: [Case<'_>; 9] = [
        ("two", &[(11, NOW - 60), (12, NOW)], Ok(())),
        ("two", &[(11, NOW - 61), (12, NOW)], Err(OpenError::Stale)),
        ("two", &[(11, NOW - 61), (12, NOW), (13, NOW)], Ok(())),
        ("two", &[(11, NOW)], Err(OpenError::QuorumNotMet)),
        ("two", &[(11, NOW + 300), (12, NOW)], Ok(())),
        ("two", &[(11, NOW + 301), (12, NOW)], Err(OpenError::Stale)),
        ("none", &[(11, NOW)], Ok(())),
        ("none", &[(11, NOW - 61)], Err(OpenError::Stale)),
        ("none", &[], Err(OpenError::Stale)),
    ];
    for (quorum, seeds, expected) in cases {
        let trust = policy(quorum).with_max_age(60, NOW);
        assert_eq!(opened(&trust, &cosigned(seeds)), expected, "{quorum} {seeds:?}");
    }
    let keys = Trust::from_log_keys([key(1).as_str()]).unwrap().with_max_age(60, NOW);
    assert_eq!(opened(&keys, &cosigned(&[(11, NOW)])), Err(OpenError::Stale));
}

#[test]
fn syntax_comes_before_trust() {
    let trust = Trust::from_log_keys([key(2).as_str()]).unwrap();
    let code = |bytes: &[u8]| trust.open_checkpoint(bytes).unwrap_err().code();
    assert_eq!(code(b""), "note-malformed");
    assert_eq!(code(&vec![b'\n'; 300_000]), "note-too-large");
    let text = "ledger.example/log/demo\nx\n";
    let note = Note::new(text.into(), vec![log(1).sign(text)]).unwrap();
    assert_eq!(code(&note.to_bytes()), "checkpoint-malformed");
}
