//! The whole audit over HTTP, of a good log and of logs that are each one step from it.

use super::testlog::{Answers, entry, log_of};
use super::*;

/// Serves the answers on a free port until the audit is done.
fn audited(answers: Answers, key: &str) -> (Result<(), Stop>, Progress) {
    let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.server_addr().to_ip().unwrap());
    let options = Options { url, ledger: "demo".into(), key: key.to_owned(), json: false };
    let mut progress = Progress::default();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            for request in server.incoming_requests() {
                let path = request.url().strip_prefix("/log/demo/").map(str::to_owned);
                let _ = match path.and_then(|path| answers.get(&path)) {
                    Some(bytes) => {
                        request.respond(tiny_http::Response::from_data(bytes.as_slice()))
                    }
                    None => request.respond(tiny_http::Response::empty(404)),
                };
            }
        });
        let outcome = audit(&options, &mut progress);
        server.unblock();
        outcome
    });
    (outcome, progress)
}

fn entries(count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|number| entry(1_000 + number / 3, None)).collect()
}

/// Code and index of what is found after `break_it` has changed a log of 600 entries.
fn found(break_it: impl FnOnce(&mut Answers)) -> (String, Option<u64>) {
    let (mut answers, key) = log_of(&entries(600));
    break_it(&mut answers);
    match audited(answers, &key).0 {
        Err(Stop::Found(finding)) => (finding.code, finding.index),
        other => panic!("{other:?}"),
    }
}

fn flip(answers: &mut Answers, path: &str, place: usize) {
    answers.get_mut(path).unwrap()[place] ^= 1;
}

#[test]
fn good_logs_of_every_shape_hold() {
    for size in [0, 1, 255, 256, 257, 600, 2_500] {
        let (answers, key) = log_of(&entries(size));
        let (outcome, progress) = audited(answers, &key);
        assert!(outcome.is_ok(), "{size}: {outcome:?}");
        assert_eq!(progress.entries, size);
        assert_eq!(progress.head.unwrap().0, size);
    }
}

#[test]
fn a_full_tile_serves_where_a_partial_one_is_gone() {
    let (mut answers, key) = log_of(&entries(300));
    let (more, _) = log_of(&entries(600));
    for kind in ["tile/0", "tile/entries"] {
        answers.remove(&format!("{kind}/001.p/44")).unwrap();
        let full = format!("{kind}/001");
        answers.insert(full.clone(), more[&full].clone());
    }
    assert!(audited(answers, &key).0.is_ok());
}

#[test]
fn each_tampering_is_found_where_it_is() {
    let leaf = |answers: &mut Answers| flip(answers, "tile/0/001", 32 * 4);
    assert_eq!(found(leaf), ("leaf-mismatch".into(), Some(260)));
    // Byte 0 and 1 are the first entry's length.
    let entry = |answers: &mut Answers| flip(answers, "tile/entries/002.p/88", 2);
    assert_eq!(found(entry), ("leaf-mismatch".into(), Some(512)));
    let inner = |answers: &mut Answers| flip(answers, "tile/1/000.p/2", 32);
    assert_eq!(found(inner), ("tile-mismatch".into(), Some(256)));
    let gone = |answers: &mut Answers| drop(answers.remove("tile/entries/001"));
    assert_eq!(found(gone), ("tile-missing".into(), Some(256)));
    let short = |answers: &mut Answers| answers.get_mut("tile/0/001").unwrap().truncate(8191);
    assert_eq!(found(short), ("tile-malformed".into(), Some(256)));
    let signature = |answers: &mut Answers| {
        let place = answers["checkpoint"].len() - 10;
        flip(answers, "checkpoint", place);
    };
    assert_eq!(found(signature), ("signature-invalid".into(), None));
}

#[test]
fn a_signed_root_over_other_entries_is_found() {
    let mut others = entries(600);
    others[599] = entry(9_999, None);
    let (other, _) = log_of(&others);
    let head = |answers: &mut Answers| {
        answers.insert("checkpoint".into(), other["checkpoint"].clone());
    };
    assert_eq!(found(head), ("root-mismatch".into(), None));
}

#[test]
fn another_key_and_an_unknown_ledger_are_told_apart() {
    let (answers, key) = log_of(&entries(3));
    assert!(matches!(audited(Answers::new(), &key).0, Err(Stop::Obstacle(_))));
    assert!(matches!(audited(answers, "nonsense").0, Err(Stop::Obstacle(_))));
}
