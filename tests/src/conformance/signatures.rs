//! Author signatures over HTTP: made here as an author makes them, over the statement that the server will write.

use serde_json::{Value, json};
use stateledger_core::base64;
use stateledger_core::commitment;
use stateledger_core::dsse;
use stateledger_core::ed25519::SigningKey;
use stateledger_core::entry::{
    Algorithm, AuthorSignature, Commitment, Entry, Statement, StatementFields,
};

use super::Session;
use crate::transcript::HttpRequest;

const SALT: [u8; 32] = [7; 32];
const PAYLOAD: &[u8] = b"\"signed\"";

/// The statement of the record below, with the origin that its author means.
fn statement(origin: &str) -> Statement {
    let commit = Commitment {
        algorithm: Algorithm::Sha256SaltedV1,
        digest: commitment::commit(&SALT, PAYLOAD),
        size: PAYLOAD.len() as u64,
    };
    let fields = StatementFields {
        record_type: "approval".into(),
        source: "author".into(),
        subject: None,
        content_type: "application/json".into(),
        commit,
        origin: Some(origin.into()),
    };
    Statement::new(fields).expect("a statement")
}

fn signed(origin: &str, seeds: impl IntoIterator<Item = u8>) -> Vec<AuthorSignature> {
    let statement = statement(origin);
    let sign = |seed| dsse::sign(&statement, &SigningKey::from_seed(&[seed; 32]));
    let mut signatures: Vec<_> = seeds.into_iter().map(sign).collect();
    signatures.sort_unstable_by_key(|signature| signature.key);
    signatures
}

fn record(signatures: &[AuthorSignature]) -> Value {
    let sigs: Vec<_> = signatures
        .iter()
        .map(
            |s| json!({"key": base64::encode_url(&s.key), "sig": base64::encode_url(&s.signature)}),
        )
        .collect();
    json!({"type": "approval", "source": "author", "payload": "signed", "salt": base64::encode(&SALT), "sigs": sigs})
}

/// Signed records are accepted with exactly the signatures of this ledger's statement, and nothing else is.
pub(super) fn check(session: &Session<'_>) {
    let ledger = session.ledger("signatures");
    let created = session.post("/api/v1/ledgers", &json!({"ledger": ledger}), 201);
    let origin = created["origin"].as_str().expect("an origin");
    let records = format!("/api/v1/ledgers/{ledger}/records");

    let two = signed(origin, [1, 2]);
    let appended = session.post(&records, &record(&two), 201);
    let entry = appended["records"][0]["receipt"]["entry"].as_str().expect("an entry");
    let entry = Entry::parse(&base64::decode(entry).expect("base64")).expect("an entry");
    assert_eq!(entry.signatures(), two);
    assert_eq!(entry.statement(), &statement(origin));

    let refuse = |signatures: &[AuthorSignature], code: &str| {
        let problem = session.post(&records, &record(signatures), 400);
        assert_eq!(problem["code"], code);
    };
    refuse(&signed("example.com/log/other", [1]), "author-signature-invalid");
    let mut flipped = two.clone();
    flipped[1].signature[0] ^= 1;
    refuse(&flipped, "author-signature-invalid");
    let mut swapped = two.clone();
    swapped.reverse();
    refuse(&swapped, "signatures-unsorted");
    refuse(&[two[0], two[0]], "signatures-unsorted");
    refuse(&signed(origin, 1..=17), "too-many-signatures");
    // They are counted before any of them is looked at.
    let mut unread = record(&[]);
    unread["sigs"] = Value::Array(vec![Value::Null; 17]);
    assert_eq!(session.post(&records, &unread, 400)["code"], "too-many-signatures");
    let sixteen = session.post(&records, &record(&signed(origin, 1..=16)), 201);
    assert_eq!(sixteen["size"], "2", "a refused record was stored");
    demanded(session);
}

/// A ledger that demands two of its three authors.
fn demanded(session: &Session<'_>) {
    let key = |seed| base64::encode_url(SigningKey::from_seed(&[seed; 32]).public_key().as_bytes());
    let rules = json!({
        "visibility": "proofs", "authors": {"keys": [key(1), key(2), key(3)], "threshold": 2},
    });
    let ledger = session.ledger("authors");
    let body = json!({"ledger": ledger, "rules": rules});
    let created = session.post("/api/v1/ledgers", &body, 201);
    assert_eq!(created["rules"], rules);
    let origin = created["origin"].as_str().expect("an origin");
    let records = format!("/api/v1/ledgers/{ledger}/records");
    let too_few: [&[u8]; 4] = [&[], &[1], &[4, 5], &[2, 4, 5]];
    for signers in too_few {
        let signatures = signed(origin, signers.iter().copied());
        let problem = session.post(&records, &record(&signatures), 422);
        assert_eq!(problem["code"], "author-threshold-not-met", "{signers:?}");
    }
    let mut forged = signed(origin, [1, 2]);
    forged[0].signature[0] ^= 1;
    let problem = session.post(&records, &record(&forged), 400);
    assert_eq!(problem["code"], "author-signature-invalid");
    let enough: [&[u8]; 3] = [&[1, 3], &[1, 2, 3], &[2, 3, 9]];
    for signers in enough {
        session.post(&records, &record(&signed(origin, signers.iter().copied())), 201);
    }
    let now = session.client.send(&HttpRequest::get(format!("/api/v1/ledgers/{ledger}")));
    let now: Value = serde_json::from_slice(&now.body).expect("JSON");
    assert_eq!(now["size"], "3", "a refused record was stored");
}
