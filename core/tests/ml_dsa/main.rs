//! ML-DSA-44 cosignatures: signatures that others made, and what is one step
//! away from them.
//!
//! `torchwood.*`: key and checkpoint of torchwood v0.10.0's litewitness tests
//! (ISC licence). `noble.*`: made with @noble/post-quantum 0.7.1 from the seed
//! of 32 bytes 0x2c, the message put together by the text of tlog-cosignature.
#![expect(clippy::unwrap_used, reason = "a test")]

use ml_dsa::{ExpandedSigningKey, MlDsa44, Seed};
use sha2::{Digest, Sha256};
use shake::{ExtendableOutput, Shake128, Update, XofReader};
use stateledger_core::base64;
use stateledger_core::checkpoint::{Checkpoint, SignedCheckpoint};
use stateledger_core::ed25519::{SignatureError, SigningKey};
use stateledger_core::note::{KeyError, KeyKind, Note, NoteSignature, NoteSigner, VerifierKey};
use stateledger_core::policy::{Policy, PolicyError};
use stateledger_core::trust::{SignerKind, Trust};

const TORCHWOOD: (&str, &str) =
    (include_str!("torchwood.key"), include_str!("torchwood.checkpoint"));
const NOBLE: (&str, &str) = (include_str!("noble.key"), include_str!("noble.checkpoint"));
const TIME: u64 = 1_679_315_147;

fn key((key, _): (&str, &str)) -> VerifierKey {
    let key = key.trim_end();
    let parsed = VerifierKey::parse(key).unwrap();
    assert_eq!(parsed.to_text(), key);
    assert_eq!((parsed.kind(), parsed.public_key().len()), (KeyKind::MlDsa44, 1312));
    parsed
}

fn note((_, checkpoint): (&str, &str)) -> Note {
    let signed = SignedCheckpoint::parse(checkpoint.as_bytes()).unwrap();
    assert_eq!(signed.to_bytes(), checkpoint.as_bytes());
    signed.note().clone()
}

fn line() -> NoteSignature {
    note(NOBLE).signatures()[0].clone()
}

/// The checkpoint of [`NOBLE`], signed by its log too.
fn signed_by_log() -> (NoteSigner, SignedCheckpoint) {
    let checkpoint = Checkpoint::parse(note(NOBLE).text()).unwrap();
    let log = NoteSigner::new(&checkpoint.origin, SigningKey::from_seed(&[1; 32])).unwrap();
    let signed = checkpoint.sign(&log).unwrap();
    (log, signed)
}

#[test]
fn signatures_of_other_implementations_hold() {
    assert_eq!(
        key(TORCHWOOD).verify(note(TORCHWOOD).text(), &note(TORCHWOOD).signatures()[0]),
        Ok(Some(0))
    );
    assert_eq!(key(NOBLE).verify(note(NOBLE).text(), &line()), Ok(Some(TIME)));
    assert!(key(NOBLE).made(&line()));
    assert_eq!(note(NOBLE).open(&[key(NOBLE)]), Ok(()));
}

#[test]
fn what_is_signed_is_bound() {
    let good = note(NOBLE).text().to_owned();
    let refused = Err(SignatureError);
    for (from, to) in [("sofa", "sofb"), ("20852163", "20852162"), ("CsUY", "CtUY")] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        assert_eq!(key(NOBLE).verify(&text, &line()), refused, "{to}");
    }
    assert_eq!(key(NOBLE).verify("no checkpoint\n", &line()), refused);
    // Of each part a byte: the time, c, z, and the hints at the end.
    for at in [0, 7, 8, 39, 40, 2000, 2344, 2427] {
        let mut bad = line();
        bad.signature[at] ^= 1;
        assert_eq!(key(NOBLE).verify(&good, &bad), refused, "{at}");
    }
    for length in [0, 7, 8, 2427] {
        let mut bad = line();
        bad.signature.truncate(length);
        assert_eq!(key(NOBLE).verify(&good, &bad), refused, "{length}");
    }
    let mut bad = line();
    bad.signature.push(0);
    assert_eq!(key(NOBLE).verify(&good, &bad), refused);
    let other = key(NOBLE).to_text().replacen("witness.example/pq", "witness.example/pr", 1);
    assert_eq!(VerifierKey::parse(&other), Err(KeyError::Id));
}

/// "No statement is made about" extension lines.
#[test]
fn extension_lines_are_not_signed() {
    let text = format!("{}extension\n", note(NOBLE).text());
    assert_eq!(key(NOBLE).verify(&text, &line()), Ok(Some(TIME)));
}

/// The verifier key of this name and the key of [`NOBLE`].
fn named(name: &str) -> VerifierKey {
    let signing = ExpandedSigningKey::<MlDsa44>::from_seed(&Seed::from([0x2c; 32]));
    let material = [&[6][..], &signing.verifying_key().encode()].concat();
    let id = Sha256::new().chain_update(name).chain_update("\n").chain_update(&material).finalize();
    let id: String = id[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    VerifierKey::parse(&format!("{name}+{id}+{}", base64::encode(&material))).unwrap()
}

/// Unlike Ed25519 cosignatures; and it has at most 255 bytes.
#[test]
fn the_name_is_signed() {
    assert_eq!(named("witness.example/pq"), key(NOBLE));
    for name in ["witness.example/pr".to_owned(), "n".repeat(256)] {
        let verdict = named(&name).verify(note(NOBLE).text(), &line());
        assert_eq!(verdict, Err(SignatureError), "{name}");
    }
}

#[test]
fn a_policy_takes_such_witnesses() {
    let (log, signed) = signed_by_log();
    let key = key(NOBLE).to_text();
    let policy = format!("log {}\nwitness pq {key}\nquorum pq\n", log.verifier_key());
    let trust = Trust::from_policy(policy.as_bytes()).unwrap();
    let code = |bytes: &[u8]| trust.open_checkpoint(bytes).map_err(|error| error.code());
    assert_eq!(code(&signed.to_bytes()).map(|_| ()), Err("quorum-not-met"));
    let cosigned = signed.with_signatures(&[line()]).unwrap();
    let signers = code(&cosigned.to_bytes()).unwrap().signers;
    assert_eq!((signers[1].kind, signers[1].time), (SignerKind::Witness, Some(TIME)));
    let mut bad = line();
    bad.signature[100] ^= 1;
    let bad = signed.with_signatures(&[bad]).unwrap();
    assert_eq!(code(&bad.to_bytes()).map(|_| ()), Err("signature-invalid"));
    let fresh = trust.clone().with_max_age(60, TIME + 60);
    assert!(fresh.open_checkpoint(&cosigned.to_bytes()).is_ok());
    let stale = trust.clone().with_max_age(60, TIME + 61);
    assert!(stale.open_checkpoint(&cosigned.to_bytes()).is_err());
}

#[test]
fn keys_are_strict_and_of_witnesses() {
    let text = key(NOBLE).to_text();
    let parse = |policy: String| Policy::parse(policy.as_bytes());
    assert_eq!(parse(format!("log {text}\nquorum none\n")), Err(PolicyError::KeyKind));
    let twice = format!("witness a {text}\nwitness b {}\nquorum none\n", named("other"));
    assert_eq!(parse(twice), Err(PolicyError::DuplicateKey));
    assert_eq!(Trust::from_log_keys([text.as_str()]).unwrap_err().code(), "key-kind-mismatch");
    let (head, material) = text.split_at("witness.example/pq+01234567+".len());
    let material = base64::decode(material).unwrap();
    for bytes in [&material[..1312], &[&material[..], &[0]].concat()] {
        let text = format!("{head}{}", base64::encode(bytes));
        assert_eq!(VerifierKey::parse(&text), Err(KeyError::PublicKey));
    }
}

/// C2SP/CCTV, ML-DSA/accumulated: keys and signatures of 100 seeds, hashed.
#[test]
fn accumulated_keys_and_signatures() {
    let (mut seeds, mut all) = (Shake128::default().finalize_xof(), Shake128::default());
    for _ in 0..100 {
        let mut seed = [0; 32];
        seeds.read(&mut seed);
        let signing = ExpandedSigningKey::<MlDsa44>::from_seed(&Seed::from(seed));
        let key = signing.verifying_key();
        let signature = signing.sign_deterministic(b"", b"").unwrap();
        assert!(key.verify_with_context(b"", b"", &signature));
        all.update(&key.encode());
        all.update(&signature.encode());
    }
    let mut result = [0; 32];
    all.finalize_xof().read(&mut result);
    let expected = "d51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4";
    assert_eq!(stateledger_core::Hash(result).to_string(), expected);
}
