//! Appends that nothing disturbs, and appends that are refused.

use stateledger_core::commitment;
use stateledger_core::dsse;
use stateledger_core::ed25519::SigningKey;
use stateledger_core::entry::{
    Algorithm, AuthorSignature, Commitment, Entry, Statement, StatementFields,
};
use stateledger_core::tree::{TreeSize, leaf_hash};

use super::*;
use crate::limits::{MAX_BATCH_RECORDS, MAX_PAYLOAD_BYTES};

#[test]
fn receipts_of_an_append_verify_offline_and_carry_no_payload() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    for count in [1, 5, 300] {
        let appended = append(&sequencer, many("s", count)).unwrap();
        assert_eq!(appended.records.len(), count);
        assert_eq!(appended.size, host.describe().unwrap().size);
        for record in &appended.records {
            assert!(record.receipt.payload.is_none() && record.receipt.salt.is_some());
            assert_eq!(record.leaf_hash, leaf_hash(&record.receipt.entry));
            assert!(!record.replayed);
            host.verify(&record.receipt);
        }
    }
    host.assert_sound();
}

#[test]
fn a_ledger_begins_with_a_signed_head_of_size_0() {
    let host = Host::empty(Timers::Expire);
    let made = host.create(Visibility::Public).unwrap();
    assert_eq!((made.origin.as_str(), made.size), ("example.com/log/demo", TreeSize::ZERO));
    assert_eq!(host.describe(), Ok(made));
    assert_eq!(host.kept.get().unwrap().size, TreeSize::ZERO);
    assert_eq!(host.create(Visibility::Public).unwrap_err().code(), "ledger-exists");
}

#[test]
fn an_unknown_ledger_is_not_found() {
    let host = Host::empty(Timers::Expire);
    assert_eq!(append(&host.sequencer(), one("a")).unwrap_err(), AppendError::NotFound);
}

#[test]
fn a_host_that_makes_no_origin_creates_nothing() {
    let host = Host::empty(Timers::Expire);
    let (store, kept) = (host.store.clone(), host.kept.clone());
    let secrets = host.secrets.for_sequencer();
    let platform = host.platform.clone();
    let sequencer = Sequencer::new(host.id.clone(), "exa mple", secrets, store, kept, platform);
    let error = block_on(sequencer.create(Rules::default())).unwrap_err();
    assert_eq!(error.code(), "origin-unusable");
    assert!(host.store.stored(&host.id).is_none());
}

#[test]
fn a_restarted_sequencer_goes_on_at_every_size() {
    let host = Host::with_ledger();
    for count in [1, 2, 252, 1, 1, 255, 1] {
        append(&host.sequencer(), many("r", count)).unwrap();
    }
    assert_eq!(host.size(), 513);
    host.assert_sound();
}

#[test]
fn expected_size_is_the_size_before_the_request() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    append(&sequencer, many("a", 3)).unwrap();
    let at = |size| AppendRequest { expected_size: Some(TreeSize::new(size)), ..one("b") };
    let size = TreeSize::new(3);
    for wrong in [0, 2, 4, u64::MAX] {
        assert_eq!(append(&sequencer, at(wrong)).unwrap_err(), AppendError::ExpectedSize { size });
    }
    assert_eq!(indexes(&append(&sequencer, at(3)).unwrap()), [3]);
}

#[test]
fn times_never_fall_within_a_ledger() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    let time =
        |sequencer: &TestSequencer| append(sequencer, one("t")).unwrap().records[0].time.millis();
    host.platform.set_now(FakePlatform::START_MS + 5000);
    assert_eq!(time(&sequencer), FakePlatform::START_MS + 5000);
    host.platform.set_now(FakePlatform::START_MS);
    assert_eq!(time(&sequencer), FakePlatform::START_MS + 5000);
    assert_eq!(time(&host.sequencer()), FakePlatform::START_MS + 5000);
}

/// Each refusal has its code, and nothing of the request is stored, not even what stood before the
/// bad record.
#[test]
fn refusals_store_nothing() {
    let host = Host::with_ledger();
    let sequencer = host.sequencer();
    type Change = fn(&mut NewRecord);
    let cases: [(&str, Change); 11] = [
        ("type-reserved", |r| r.record_type = "stateledger.x".into()),
        ("invalid-type", |r| r.record_type = "t".repeat(257)),
        ("invalid-type", |r| r.record_type = String::new()),
        ("invalid-source", |r| r.source = " ".into()),
        ("invalid-subject", |r| r.subject = Some("\n".into())),
        ("invalid-content-type", |r| r.content_type = Some(String::new())),
        ("commitment-unsupported", |r| r.commitment = Some("sha256-fields-v2".into())),
        ("payload-too-large", |r| r.payload = Payload::bytes(vec![0; MAX_PAYLOAD_BYTES + 1])),
        ("salt-required", |r| r.sigs = vec![signature(r, "example.com/log/demo", 1)]),
        ("author-signature-invalid", |r| {
            r.salt = Some([9; 32]);
            r.sigs = vec![signature(r, "example.com/log/other", 1)];
        }),
        ("signatures-unsorted", |r| {
            r.salt = Some([9; 32]);
            let sig = signature(r, "example.com/log/demo", 1);
            r.sigs = vec![sig, sig];
        }),
    ];
    for (code, change) in cases {
        let mut bad = keyed("bad", "k");
        change(&mut bad);
        let records = vec![record("before"), bad];
        assert_eq!(append(&sequencer, request(records)).unwrap_err().code(), code);
    }
    let mut both = request(vec![keyed("a", "k")]);
    both.idempotency_key = Some(key("k"));
    assert_eq!(append(&sequencer, both).unwrap_err().code(), "invalid-idempotency-key");
    assert_eq!(append(&sequencer, request(vec![])).unwrap_err().code(), "empty-batch");
    let too_many = many("x", MAX_BATCH_RECORDS + 1);
    assert_eq!(append(&sequencer, too_many.clone()).unwrap_err().code(), "batch-too-large");
    let elsewhere = AppendRequest { expected_size: Some(TreeSize::new(7)), ..too_many };
    assert_eq!(append(&sequencer, elsewhere).unwrap_err().code(), "expected-size-mismatch");
    let large = |_| NewRecord { payload: Payload::bytes(vec![0; 32 * 1024]), ..record("x") };
    let too_large = request((0..400).map(large).collect());
    assert_eq!(append(&sequencer, too_large).unwrap_err().code(), "batch-too-large");
    assert_eq!((host.size(), host.store.commits()), (0, 0));
    assert!(host.store.stored(&host.id).unwrap().keys.is_empty());
    // The key of a refused request is free.
    append(&sequencer, request(vec![keyed("good", "k")])).unwrap();
    assert_eq!(host.sources(), ["good"]);
}

/// Signs a record as it stands, for a ledger of this origin, under the salt of nines.
fn signature(record: &NewRecord, origin: &str, seed: u8) -> AuthorSignature {
    let payload = record.payload.as_bytes();
    let digest = commitment::commit(&[9; 32], payload);
    let statement = Statement::new(StatementFields {
        record_type: record.record_type.clone(),
        source: record.source.clone(),
        subject: record.subject.clone(),
        content_type: record.payload.default_content_type().into(),
        commit: Commitment {
            algorithm: Algorithm::Sha256SaltedV1,
            digest,
            size: payload.len() as u64,
        },
        origin: Some(origin.into()),
    });
    dsse::sign(&statement.unwrap(), &SigningKey::from_seed(&[seed; 32]))
}

/// What bounds the verification comes before it, so a bad signature does not hide that there are too
/// many, or that one comes twice.
#[test]
fn signatures_are_counted_before_they_are_verified() {
    let host = Host::with_ledger();
    let mut signed = NewRecord { salt: Some([9; 32]), ..record("author") };
    let mut sigs = Vec::from_iter((1..=16).map(|n| signature(&signed, "example.com/log/demo", n)));
    sigs.sort_by_key(|sig| sig.key);
    let invalid = AuthorSignature { key: [255; 32], signature: [255; 64] };
    for (sigs, code) in [
        ([sigs.as_slice(), &[invalid]].concat(), "too-many-signatures"),
        (vec![invalid, invalid], "signatures-unsorted"),
        ([&sigs[..15], &[invalid]].concat(), "author-signature-invalid"),
    ] {
        signed.sigs = sigs;
        let refused = append(&host.sequencer(), request(vec![signed.clone()])).unwrap_err();
        assert_eq!(refused.code(), code);
    }
    signed.sigs = sigs;
    append(&host.sequencer(), request(vec![signed])).unwrap();
}

#[test]
fn author_signatures_are_checked_and_kept() {
    let host = Host::with_ledger();
    let mut signed = record("author");
    signed.salt = Some([9; 32]);
    signed.sigs = [1, 2].map(|seed| signature(&signed, "example.com/log/demo", seed)).to_vec();
    signed.sigs.sort_by_key(|sig| sig.key);
    let appended = append(&host.sequencer(), request(vec![signed.clone(), record("b")])).unwrap();
    let entry = Entry::parse(&appended.records[0].receipt.entry).unwrap();
    assert_eq!(entry.signatures(), signed.sigs);
    assert_eq!(entry.statement().fields().origin.as_deref(), Some("example.com/log/demo"));
    let unsigned = Entry::parse(&appended.records[1].receipt.entry).unwrap();
    assert_eq!(unsigned.statement().fields().origin, None);
    host.verify(&appended.records[0].receipt);
}
