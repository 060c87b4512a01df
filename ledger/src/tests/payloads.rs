//! Payloads that are too long for a row, and payloads that are committed to field by field.

use futures_util::FutureExt;
use futures_util::future::join_all;
use stateledger_core::hash::Hash;
use stateledger_core::tree::LeafIndex;

use super::*;
use crate::blobs::Blobs;
use crate::fake::Failure;
use crate::limits::{
    MAX_ATTEMPTS, MAX_INLINE_BYTES, MAX_PAYLOAD_BYTES, MAX_VALUES_AT_A_TIME, SWEEP_AFTER_MS,
};
use crate::store::{Beside, Body};
use crate::{Disclosure, ListQuery, Sweeper, Swept, VerifyQuery};

pub(super) fn long(source: &str) -> NewRecord {
    let payload = vec![source.len() as u8; MAX_INLINE_BYTES + 1];
    NewRecord { payload: Payload::bytes(payload), ..record(source) }
}

fn read(host: &Host, index: u64) -> Result<Vec<u8>, ReadError> {
    let index = LeafIndex::new(index);
    let read = block_on(host.reader().record(&host.id, &Caller::Admin, index))?;
    Ok(read.opening.unwrap().payload.into_bytes())
}

impl Host {
    pub(super) fn values(&self) -> Vec<String> {
        self.store.blobs().values().keys().cloned().collect()
    }

    pub(super) fn sweep(&self) -> Result<Swept, ReadError> {
        block_on(Sweeper::new(self.store.clone(), self.platform.clone()).sweep())
    }
}

#[test]
fn a_payload_too_long_for_a_row_is_a_value_and_nothing_of_it_is_in_the_row() {
    let host = Host::with_ledger();
    let mut json = vec![b'x'; MAX_INLINE_BYTES + 2];
    json[0] = b'"';
    *json.last_mut().unwrap() = b'"';
    let value = json::parse(&json).unwrap();
    let longest = NewRecord { payload: Payload::bytes(vec![1; MAX_PAYLOAD_BYTES]), ..record("m") };
    let text = NewRecord { payload: Payload::json(&value), ..record("json") };
    let inline = NewRecord { payload: Payload::bytes(vec![2; MAX_INLINE_BYTES]), ..record("in") };
    let appended =
        append(&host.sequencer(), request(vec![text, inline, longest, record("a")])).unwrap();
    appended.records.iter().for_each(|record| host.verify(&record.receipt));
    let stored = host.store.stored(&host.id).unwrap();
    let sealed = |index: u64| matches!(stored.payloads[&index].body, Body::Sealed(_));
    assert_eq!([0, 1, 2, 3].map(sealed), [true, false, true, false]);
    assert_eq!(read(&host, 0).unwrap(), json);
    assert_eq!(read(&host, 2).unwrap(), vec![1; MAX_PAYLOAD_BYTES]);
    let names = host.values();
    assert_eq!(names.len(), 2);
    for (name, value) in host.store.blobs().values().iter() {
        assert!(name.starts_with("payload/") && name.contains(&Hash(stored.row.uid).to_string()));
        assert!(!value.windows(64).any(|bytes| bytes == [1; 64] || bytes == [b'x'; 64]));
    }
    let disclosure = Disclosure::WithPayload;
    let call = host.reader();
    let receipt =
        block_on(call.receipt(&host.id, &Caller::Admin, LeafIndex::new(2), None, disclosure));
    host.verify(&receipt.unwrap());
    let page = block_on(host.reader().list(&host.id, &Caller::Admin, &ListQuery::default()));
    assert!(page.unwrap().next_cursor.is_some(), "8 MiB fill a page");
    host.assert_sound();
}

#[test]
fn a_missing_value_is_not_now_and_a_changed_one_is_corrupt() {
    let host = Host::with_ledger();
    append(&host.sequencer(), request(vec![long("a")])).unwrap();
    let name = host.values().remove(0);
    let value = host.store.blobs().values().remove(&name).unwrap();
    assert_eq!(read(&host, 0), Err(ReadError::PayloadUnavailable));
    // A list has the others, and says of this one what it lacks, to whoever may see payloads.
    append(&host.sequencer(), one("b")).unwrap();
    let list = |caller: &Caller| {
        let page = block_on(host.reader().list(&host.id, caller, &ListQuery::default())).unwrap();
        Vec::from_iter(page.records.iter().map(|r| (r.opening.is_some(), r.absent)))
    };
    assert_eq!(list(&Caller::Admin), [(false, true), (true, false)]);
    assert_eq!(list(&Caller::Anonymous), [(false, false), (false, false)]);
    let check =
        block_on(host.reader().verify(&host.id, &Caller::Anonymous, &VerifyQuery::default()));
    let check = check.unwrap();
    assert_eq!((check.to, check.bad, check.absent), (2, None, vec![0]));
    // Who asks for no payload needs no value.
    let without = Disclosure::WithoutPayload;
    let receipt =
        block_on(host.reader().receipt(&host.id, &Caller::Admin, LeafIndex::new(0), None, without));
    host.verify(&receipt.unwrap());
    assert!(
        block_on(host.reader().record(&host.id, &Caller::Anonymous, LeafIndex::new(0))).is_ok()
    );
    for at in [0, value.len() / 2, value.len() - 1] {
        let mut changed = value.clone();
        changed[at] ^= 1;
        host.store.blobs().values().insert(name.clone(), changed);
        assert_eq!(read(&host, 0), Err(ReadError::Corrupt));
    }
    host.store.blobs().values().insert(name, value);
    assert!(read(&host, 0).is_ok());
}

/// However many values rows name, a sweep comes to those behind them, and then begins anew.
#[test]
fn a_sweep_goes_on_where_the_one_before_stopped() {
    let host = Host::with_ledger();
    let needed = (0..150).map(|n| long(&format!("n{n}"))).collect();
    append(&host.sequencer(), request(needed)).unwrap();
    let put = |name: &str| host.store.blobs().values().insert(name.to_owned(), vec![1]);
    host.platform.set_now(FakePlatform::START_MS + SWEEP_AFTER_MS + 1);
    put("payload/~last");
    assert_eq!(host.sweep(), Ok(Swept::default()), "as many names as it looks at come before");
    assert_eq!(host.sweep(), Ok(Swept { orphans: 1, ..Swept::default() }));
    put("payload/!first");
    assert_eq!(host.sweep(), Ok(Swept { orphans: 1, ..Swept::default() }), "it begins anew");
    assert_eq!(host.values().len(), 150);
}

/// Two records of one salt and payload have one digest, and still a value each.
#[test]
fn equal_commitments_do_not_share_a_value() {
    let host = Host::with_ledger();
    let twin = || NewRecord { salt: Some([5; 32]), ..long("twin") };
    append(&host.sequencer(), request(vec![twin(), twin()])).unwrap();
    assert_eq!(host.values().len(), 2);
    assert_eq!(read(&host, 0), read(&host, 1));
}

/// The value is written after everything that can refuse, and before the commit.
#[test]
fn a_refused_append_writes_no_value() {
    let host = Host::with_ledger();
    let bad = NewRecord { subject: Some(String::new()), ..record("bad") };
    append(&host.sequencer(), request(vec![long("a"), bad])).unwrap_err();
    assert!(host.values().is_empty());
    let too_long =
        NewRecord { payload: Payload::bytes(vec![0; MAX_PAYLOAD_BYTES + 1]), ..record("b") };
    let refused = append(&host.sequencer(), request(vec![too_long])).unwrap_err();
    assert_eq!(refused.code(), "payload-too-large");
    assert!(host.values().is_empty());
}

/// Every storage call of an append with long payloads fails in every way. Nothing is lost, no row names
/// a value that is not there, and the value of an attempt that did not land is swept away.
#[test]
fn long_payloads_survive_every_fault() {
    let whole = || {
        let host = Host::empty(Timers::Expire);
        host.create(Visibility::Proofs).unwrap();
        host
    };
    let batch = || AppendRequest {
        idempotency_key: Some(key("k")),
        ..request((0..5).map(|n| long(&"x".repeat(n + 1))).collect())
    };
    let host = whole();
    let before = host.faults.calls();
    append(&host.sequencer(), batch()).unwrap();
    let calls = host.faults.calls() - before;
    for number in 0..calls {
        for failure in Failure::ALL {
            for outage in [false, true] {
                let what = format!("call {number}, {failure:?}, outage {outage}");
                let host = whole();
                if outage {
                    host.faults.fail_from(number, failure);
                    append(&host.sequencer(), batch()).expect_err(&what);
                    host.faults.end();
                } else {
                    host.faults.fail(number, failure);
                }
                let appended = append(&host.sequencer(), batch()).expect(&what);
                assert_eq!((appended.records.len(), host.size()), (5, 5), "{what}");
                for index in 0..5 {
                    assert_eq!(read(&host, index).expect(&what)[0], index as u8 + 1, "{what}");
                }
                host.platform.set_now(FakePlatform::START_MS + SWEEP_AFTER_MS + 1);
                host.sweep().expect(&what);
                assert_eq!(host.values().len(), 5, "{what}");
                host.assert_sound();
            }
        }
    }
}

/// All that waits for the values' store waits for one deadline in each round, however many values there are.
#[test]
fn values_that_no_write_comes_to_an_end_of_do_not_stop_a_ledger_one_by_one() {
    let longs = |count: usize| (0..count).map(|n| long(&"x".repeat(n + 1))).collect();
    let one_of_many = vec![request(longs(40))];
    let many_of_one: Vec<_> = longs(40).into_iter().map(|record| request(vec![record])).collect();
    // As soon as one of them is left out, the next one of the same key becomes the new one.
    let same = || AppendRequest { idempotency_key: Some(key("k")), ..request(longs(1)) };
    let one_key = vec![same(); 40];
    let rounds = usize::try_from(MAX_ATTEMPTS).unwrap();
    for (requests, values) in [(one_of_many, 40), (many_of_one, 40), (one_key, 1)] {
        let host = Host::empty(Timers::Never);
        host.create(Visibility::Proofs).unwrap();
        let sequencer = host.sequencer();
        host.store.blobs().hang();
        // The first request is a group of its own, behind which the others wait.
        let held = host.faults.hold(0);
        block_on(async {
            let all = requests.iter().map(|request| Box::pin(sequencer.append(request.clone())));
            let mut all: Vec<_> = all.collect();
            all.iter_mut().for_each(|append| assert!(append.now_or_never().is_none()));
            host.platform.set_timers(Timers::Expire);
            drop(held);
            for refused in join_all(all).await {
                assert_eq!(refused.unwrap_err().code(), "storage-unavailable");
            }
        });
        let alone = usize::from(requests.len() > 1);
        let at_a_time = values.min(MAX_VALUES_AT_A_TIME);
        assert_eq!(host.store.blobs().go_on(), alone + rounds * at_a_time);
        for request in requests {
            append(&sequencer, request).unwrap();
        }
        assert_eq!(host.size(), values as u64);
        host.assert_sound();
    }
}

#[test]
fn a_young_value_is_not_swept() {
    let host = Host::with_ledger();
    block_on(host.store.blobs().put("payload/none", vec![1])).unwrap();
    block_on(host.store.blobs().put("other/none", vec![1])).unwrap();
    assert_eq!(host.sweep(), Ok(Swept::default()));
    host.platform.set_now(FakePlatform::START_MS + SWEEP_AFTER_MS + 1);
    assert_eq!(host.sweep(), Ok(Swept { orphans: 1, ..Swept::default() }));
    assert_eq!(host.values(), ["other/none"]);
}

#[test]
fn a_payload_can_be_committed_to_field_by_field() {
    let host = Host::with_ledger();
    let payload = json::parse(b"{\"name\":\"Ada\",\"tags\":[1,2.5,true]}").unwrap();
    let by_field = |payload| NewRecord {
        payload,
        commitment: Some("sha256-fields-v1".into()),
        ..record("fields")
    };
    let appended = append(
        &host.sequencer(),
        request(vec![by_field(Payload::json(&payload)), by_field(Payload::bytes(b"[1]".to_vec()))]),
    );
    let entry = &appended.unwrap().records[0].receipt.entry;
    let entry = stateledger_core::entry::Entry::parse(entry).unwrap();
    let commit = entry.statement().fields().commit;
    assert_eq!((commit.algorithm.name(), commit.size), ("sha256-fields-v1", 0));
    let reader = host.reader();
    for index in [0, 1] {
        let index = LeafIndex::new(index);
        let call = reader.receipt(&host.id, &Caller::Admin, index, None, Disclosure::WithPayload);
        let receipt = block_on(call).unwrap();
        assert!(receipt.payload.is_some());
        host.verify(&receipt);
    }
    let deep = json::parse(format!("{{\"{}\":1}}", "x".repeat(1024)).as_bytes()).unwrap();
    for (payload, code) in [
        (Payload::bytes(b"[ 1]".to_vec()), "payload-not-canonical"),
        (Payload::bytes(b"\xff".to_vec()), "invalid-utf8"),
        (Payload::bytes(b"{".to_vec()), "invalid-json"),
        (Payload::json(&deep), "field-too-large"),
        (Payload::bytes(format!("[{}1]", "1,".repeat(65_536)).into_bytes()), "too-many-fields"),
    ] {
        let refused = append(&host.sequencer(), request(vec![by_field(payload)]));
        assert_eq!(refused.unwrap_err().code(), code);
    }
    assert_eq!(host.size(), 2);
    host.assert_sound();
}
