//! `seed`: appends a git repository's whole history, one `code` record per commit, oldest first.
//! It can be repeated: each commit's idempotency key is its hash.

mod batch;
mod history;

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::json;

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::http::{Answer, Client, Problem};
use crate::progress::Bar;
use crate::workspace;
use batch::{Batch, Batches};
use history::History;

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// URL of the server
    #[arg(long)]
    url: String,
    /// Bearer token that may append
    #[arg(long, env = "STATELEDGER_TOKEN", hide_env_values = true)]
    token: String,
    /// Ledger to append to; created with visibility `public` when missing
    #[arg(long)]
    ledger: String,
    /// The git repository; default: this one
    #[arg(long)]
    git: Option<PathBuf>,
}

/// An answer repeats a batch's indexes, hashes and receipts: 500 receipts of a deep tree, each
/// with a proof of up to 48 hashes of 45 characters and an entry of some hundred bytes, stay
/// below 500 * 64 KiB.
const ANSWER_LIMIT: u64 = 32 * 1024 * 1024;

/// How many records were new, and how many the ledger had already.
#[derive(Default, Debug, PartialEq, Eq)]
struct Tally {
    appended: u64,
    replayed: u64,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let git = options.git.clone().unwrap_or_else(workspace::root);
    let client = Client::new(&options.url, Some(options.token.clone()));
    let history = History::open(&git)?;
    let (source, total) = (history.name().to_owned(), history.len());
    ensure_ledger(&client, &options.ledger)?;
    let mut bar = Bar::start(total, "commits");
    let mut tally = Tally::default();
    for batch in Batches::new(history, source) {
        let batch = batch?;
        append(&client, &options.ledger, &batch, &mut tally)?;
        bar.reach(tally.appended + tally.replayed);
    }
    bar.finish();
    println!(
        "{}: {} commits, {} appended, {} replayed",
        options.ledger, total, tally.appended, tally.replayed
    );
    let sent = tally.appended + tally.replayed;
    if sent == total {
        return Ok(());
    }
    Err(Failure::DoesNotHold(format!("git counts {total} commits, the ledger answered {sent}")))
}

fn ensure_ledger(client: &Client, ledger: &str) -> Outcome {
    let request = json!({"ledger": ledger, "rules": {"visibility": "public"}}).to_string();
    let answer = client.post("/api/v1/ledgers", request.as_bytes(), ANSWER_LIMIT)?;
    match answer.status {
        // A token that may only append may not create; if the ledger is missing, the append says so.
        201 | 409 | 403 => Ok(()),
        _ => could_not_run(format!("creating {ledger}: {}", Problem::of(&answer))),
    }
}

fn append(client: &Client, ledger: &str, batch: &Batch, tally: &mut Tally) -> Outcome {
    let path = format!("/api/v1/ledgers/{ledger}/records");
    let answer = client.post(&path, &batch.body(), ANSWER_LIMIT)?;
    match answer.status {
        200 | 201 => count(&answer, batch, tally),
        _ => could_not_run(format!("appending to {ledger}: {}", Problem::of(&answer))),
    }
}

/// The members of an append's answer that prove the records are in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Appended {
    ledger: String,
    size: String,
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    index: String,
    leaf_hash: String,
    #[serde(default)]
    replayed: bool,
    receipt: serde_json::Map<String, serde_json::Value>,
}

/// Checks the answer's shape before any of its records is believed.
fn count(answer: &Answer, batch: &Batch, tally: &mut Tally) -> Outcome {
    let appended: Appended =
        serde_json::from_slice(&answer.body).or_could_not_run(|| "reading the answer".into())?;
    let unbelievable = |what: String| {
        Err(Failure::DoesNotHold(format!("the answer to {} {what}", appended.ledger)))
    };
    if appended.records.len() != batch.len() {
        return unbelievable(format!("has {} of {} records", appended.records.len(), batch.len()));
    }
    let Ok(size) = appended.size.parse::<u64>() else {
        return unbelievable(format!("has the size {:?}", appended.size));
    };
    for record in &appended.records {
        if record.index.parse::<u64>().is_ok_and(|index| index < size)
            && record.leaf_hash.len() == 44
            && record.receipt.contains_key("entry")
            && record.receipt.contains_key("proof")
        {
            continue;
        }
        return unbelievable(format!("has no whole record at index {:?}", record.index));
    }
    let replayed = appended.records.iter().filter(|record| record.replayed).count() as u64;
    tally.replayed += replayed;
    tally.appended += batch.len() as u64 - replayed;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(records: &[(&str, bool)]) -> Answer {
        let records: Vec<_> = records
            .iter()
            .map(|(index, replayed)| {
                json!({"index": index, "leafHash": "A".repeat(44), "time": "", "replayed": replayed,
                       "receipt": {"entry": "", "proof": "", "salt": ""}})
            })
            .collect();
        let body = json!({"ledger": "demo", "size": "3", "records": records}).to_string();
        Answer { status: 201, body: body.into_bytes() }
    }

    fn counted(records: &[(&str, bool)], sent: usize) -> Option<Tally> {
        let mut tally = Tally::default();
        count(&answer(records), &Batch::of_empty_records(sent), &mut tally).ok()?;
        Some(tally)
    }

    #[test]
    fn new_and_replayed_records_are_counted_apart() {
        let tally = counted(&[("0", true), ("2", false)], 2);
        assert_eq!(tally, Some(Tally { appended: 1, replayed: 1 }));
    }

    #[test]
    fn an_answer_for_other_records_is_not_believed() {
        assert_eq!(counted(&[("0", false)], 2), None);
        assert_eq!(counted(&[("3", false)], 1), None);
        assert_eq!(counted(&[("-1", false)], 1), None);
    }
}
