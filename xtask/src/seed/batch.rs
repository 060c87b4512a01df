//! Commits as records, and records as request bodies within the server's limits.

use serde_json::{Map, Value, json};

use super::history::Commit;
use crate::failure::Outcome;

/// Half of what the server takes in one batch: a replay then stays cheap too.
const MOST_RECORDS: usize = 500;
/// The server takes 12 MiB; the rest is room for the frame around the records.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// What a ledger takes as one payload.
const PAYLOAD_LIMIT: usize = 32 * 1024;

/// Records that travel in one request.
pub(super) struct Batch {
    records: Vec<String>,
    bytes: usize,
}

impl Batch {
    fn empty() -> Self {
        Self { records: Vec::new(), bytes: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// The request's body.
    pub(super) fn body(&self) -> Vec<u8> {
        format!("{{\"records\":[{}]}}", self.records.join(",")).into_bytes()
    }

    fn takes(&self, record: &str) -> bool {
        self.records.len() < MOST_RECORDS && self.bytes + record.len() < MOST_BYTES
    }

    fn push(&mut self, record: String) {
        self.bytes += record.len() + 1;
        self.records.push(record);
    }

    #[cfg(test)]
    pub(super) fn of_empty_records(count: usize) -> Self {
        Self { records: vec!["{}".to_owned(); count], bytes: 0 }
    }
}

/// Groups commits into batches.
pub(super) struct Batches<C> {
    commits: C,
    source: String,
    next: Option<String>,
}

impl<C: Iterator<Item = Outcome<Commit>>> Batches<C> {
    /// `source` becomes each record's source.
    pub(super) fn new(commits: C, source: String) -> Self {
        Self { commits, source, next: None }
    }
}

impl<C: Iterator<Item = Outcome<Commit>>> Iterator for Batches<C> {
    type Item = Outcome<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut batch = Batch::empty();
        loop {
            let record = match self.next.take() {
                Some(record) => record,
                None => match self.commits.next() {
                    Some(Ok(commit)) => record(&commit, &self.source),
                    Some(Err(failure)) => return Some(Err(failure)),
                    None => return (batch.len() > 0).then_some(Ok(batch)),
                },
            };
            if batch.len() > 0 && !batch.takes(&record) {
                self.next = Some(record);
                return Some(Ok(batch));
            }
            batch.push(record);
        }
    }
}

fn record(commit: &Commit, source: &str) -> String {
    json!({
        "type": "code",
        "source": source,
        "subject": commit.hash,
        "payload": payload(commit),
        "idempotencyKey": format!("git-{}", commit.hash),
    })
    .to_string()
}

/// What a record says of a commit. A message that would pass the limit is cut, and
/// `messageTruncated` says so.
fn payload(commit: &Commit) -> Map<String, Value> {
    let mut payload = Map::new();
    payload.insert("commit".into(), json!(commit.hash));
    payload.insert("parents".into(), json!(commit.parents));
    payload.insert("author".into(), json!(commit.author));
    payload.insert("authored".into(), json!(commit.authored));
    payload.insert("committed".into(), json!(commit.committed));
    payload.insert("message".into(), json!(commit.message));
    if commit.lossy {
        payload.insert("textReplaced".into(), json!(true));
    }
    let mut kept = commit.message.len();
    while size(&payload) > PAYLOAD_LIMIT && kept > 0 {
        // A byte of the message is at most six of JSON, so this ends in a few rounds.
        let excess = size(&payload) - PAYLOAD_LIMIT;
        kept = commit.message.floor_char_boundary(kept.saturating_sub((excess / 6).max(64)));
        payload.insert("message".into(), json!(commit.message.get(..kept)));
        payload.insert("messageTruncated".into(), json!(true));
    }
    payload
}

/// The canonical form is never longer than this: both write no spaces and escape alike.
fn size(payload: &Map<String, Value>) -> usize {
    Value::Object(payload.clone()).to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(number: usize, message: String) -> Commit {
        let (author, date) = ("Ann".to_owned(), "2026-01-01T00:00:00Z".to_owned());
        let hash = format!("{number:040x}");
        Commit {
            hash,
            parents: vec![],
            author,
            authored: date.clone(),
            committed: date,
            message,
            lossy: false,
        }
    }

    fn batches(count: usize, message: &str) -> Vec<Batch> {
        let commits = (0..count).map(|number| Ok(commit(number, message.to_owned())));
        Batches::new(commits, "repository".into()).map(|batch| batch.unwrap()).collect()
    }

    #[test]
    fn batches_keep_every_commit_in_order() {
        let batches = batches(1001, "m");
        let sizes: Vec<_> = batches.iter().map(Batch::len).collect();
        assert_eq!(sizes, [500, 500, 1]);
        let last: Value = serde_json::from_slice(&batches[2].body()).unwrap();
        assert_eq!(last["records"][0]["subject"], format!("{:040x}", 1000));
        assert_eq!(last["records"][0]["idempotencyKey"], format!("git-{:040x}", 1000));
    }

    #[test]
    fn bytes_bound_a_batch_too() {
        let batches = batches(400, &"m".repeat(30_000));
        assert!(batches.len() > 1);
        assert!(batches.iter().all(|batch| batch.body().len() < MOST_BYTES + 1024));
        assert_eq!(batches.iter().map(Batch::len).sum::<usize>(), 400);
    }

    #[test]
    fn a_long_message_is_cut_to_the_limit_and_marked() {
        for message in ["x".repeat(100_000), "\u{1}".repeat(40_000), "\u{1f980}".repeat(20_000)] {
            let payload = payload(&commit(1, message.clone()));
            assert!(size(&payload) <= PAYLOAD_LIMIT);
            assert!(size(&payload) > PAYLOAD_LIMIT - 1024, "{} is cut too short", size(&payload));
            assert_eq!(payload["messageTruncated"], true);
            assert!(message.starts_with(payload["message"].as_str().unwrap()));
        }
        assert!(!payload(&commit(1, "short".into())).contains_key("messageTruncated"));
    }
}
