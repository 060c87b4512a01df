//! `fsck`: a stopped deployment's stores, derived again from the bytes that they rest on.
//!
//! The engine judges (`stateledger_ledger::fsck`); this command finds the files of D1, of the
//! sequencers' own storage and of KV under a state directory, and opens them for reading only.

mod objects;
mod sqlite;
mod state;
mod values;

use std::path::PathBuf;
use std::time::Instant;

use futures_executor::block_on;
use serde_json::{Value as Json, json};
use stateledger_core::note::{KeyKind, VerifierKey};
use stateledger_ledger::fsck::{self, Authority, CheckError, Fault, Finding, KeptHeads, Report};
use stateledger_ledger::{LedgerId, Secrets};

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::progress::Step;
use objects::Objects;
use sqlite::Sqlite;
use state::State;
use values::Values;

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Folder of the ledgers and secrets, of a server that is stopped
    #[arg(long, default_value = ".state")]
    state: PathBuf,
    /// Check this ledger alone
    #[arg(long)]
    ledger: Option<String>,
    /// The log's verifier key, if the seed is not there or not trusted. Without the seed no MAC is checked
    #[arg(long, requires = "ledger")]
    key: Option<String>,
    /// Print the result as one JSON object, the last line of stdout
    #[arg(long)]
    json: bool,
}

/// Why a check stopped.
#[derive(Debug)]
enum Stop {
    Found(Finding),
    Obstacle(Failure),
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Self::Found(finding)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Obstacle(failure)
    }
}

impl From<CheckError> for Stop {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Found(finding) => Self::Found(finding),
            CheckError::NotFound => obstacle("the state has no such ledger"),
            other => obstacle(format!("reading the database: {other:?}")),
        }
    }
}

fn obstacle(message: impl Into<String>) -> Stop {
    Stop::Obstacle(Failure::CouldNotRun(message.into()))
}

/// The ledgers that were checked, up to the first finding.
#[derive(Debug, Default)]
struct Checked {
    reports: Vec<(LedgerId, Report)>,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let started = Instant::now();
    let mut checked = Checked::default();
    let stop = check(options, &mut checked).err();
    let seconds = started.elapsed().as_secs_f64();
    if options.json {
        println!("{}", result(&checked, seconds, stop.as_ref()));
    } else {
        checked.reports.iter().for_each(|(ledger, report)| println!("{}", line(ledger, report)));
    }
    match stop {
        None => Ok(()),
        Some(Stop::Obstacle(failure)) => Err(failure),
        Some(Stop::Found(finding)) => Err(Failure::DoesNotHold(finding.to_string())),
    }
}

fn check(options: &Options, checked: &mut Checked) -> Result<(), Stop> {
    let state = State::open(&options.state)?;
    let databases = state.databases().iter().map(|path| Sqlite::open(path));
    let databases = databases.collect::<Outcome<Vec<_>>>()?;
    let objects = Objects::open(state.objects())?;
    let only = options.ledger.as_deref().map(parse_id).transpose()?;
    let authority = authority(options.key.as_deref(), state.seed()?)?;
    let stores = Stores { objects: &objects, values: Values::of(state.values()) };
    for (ledger, database) in places(&databases, only.as_ref())? {
        if checked.reports.iter().any(|(other, _)| *other == ledger) {
            let message = "another database has a ledger of this id, too";
            return Err(
                Finding::new(Fault::RowOrphaned, "ledgers", ledger.as_str(), message).into()
            );
        }
        let report = check_ledger(database, &stores, &ledger, &authority)?;
        let copies = values::check(state.values(), database, &ledger, &report.uid)?;
        eprintln!("     {ledger}: {copies} copies in KV are those of its tiles");
        checked.reports.push((ledger, report));
    }
    if only.is_none() {
        for database in &databases {
            block_on(fsck::check_orphans(database, None))?;
            if let Authority::Seed(secrets) | Authority::SeedAndKey(secrets, _) = &authority {
                block_on(fsck::check_tokens(database, &secrets.for_tokens()))?;
            }
        }
        let uids: Vec<[u8; 32]> = checked.reports.iter().map(|(_, report)| report.uid).collect();
        objects.none_beside(&uids)?;
        values::none_beside(state.values(), &uids)?;
    }
    // Last: it knows no keys, and where it sees what was found above it names no row.
    databases.iter().try_for_each(Sqlite::check_integrity)
}

/// The ledgers to check, each with its database. One that no database lists is looked for in the first.
fn places<'a>(
    databases: &'a [Sqlite],
    only: Option<&LedgerId>,
) -> Result<Vec<(LedgerId, &'a Sqlite)>, Stop> {
    if let (Some(ledger), [database]) = (only, databases) {
        return Ok(vec![(ledger.clone(), database)]);
    }
    let mut places = Vec::new();
    for database in databases {
        let ledgers = block_on(fsck::ledgers(database))?.into_iter();
        places.extend(ledgers.map(|ledger| (ledger, database)));
    }
    if let Some(only) = only {
        places.retain(|(ledger, _)| ledger == only);
        if places.is_empty() {
            places.extend(databases.first().map(|first| (only.clone(), first)));
        }
    }
    Ok(places)
}

/// The stores beside the database.
#[derive(Debug)]
struct Stores<'a> {
    objects: &'a Objects,
    values: Option<Values<'a>>,
}

fn check_ledger(
    database: &Sqlite,
    stores: &Stores<'_>,
    ledger: &LedgerId,
    authority: &Authority,
) -> Result<Report, Stop> {
    let mut step = Step::start(format!("Checking {ledger}"));
    let kept = KeptHeads::Found(stores.objects.kept(ledger)?);
    let mut progress = |entries: u64| step.note(&format!("{entries} entries"));
    let values = stores.values.as_ref();
    let outcome =
        fsck::check_with_progress(database, values, ledger, authority, kept, &mut progress);
    let outcome = block_on(outcome);
    match &outcome {
        Ok(_) => step.done(),
        Err(_) => step.failed(),
    };
    Ok(outcome?)
}

fn parse_id(text: &str) -> Outcome<LedgerId> {
    LedgerId::parse(text).or_could_not_run(|| "reading --ledger".into())
}

fn authority(key: Option<&str>, seed: Option<[u8; 32]>) -> Outcome<Authority> {
    if let Some(key) = key {
        let parsed = VerifierKey::parse(key).or_could_not_run(|| "reading --key".into())?;
        if parsed.kind() != KeyKind::Ed25519 {
            return could_not_run("--key is no log's key");
        }
    }
    match (key, seed.map(Secrets::from_seed)) {
        (None, Some(secrets)) => Ok(Authority::Seed(secrets)),
        (Some(key), None) => Ok(Authority::VerifierKey(key.to_owned())),
        (Some(key), Some(secrets)) => Ok(Authority::SeedAndKey(secrets, key.to_owned())),
        (None, None) => could_not_run("the state has no secrets/seed, and no --key was given"),
    }
}

fn line(ledger: &LedgerId, report: &Report) -> String {
    let Report {
        size,
        root,
        heads,
        payloads,
        unread,
        erased,
        holds,
        artifacts,
        keys,
        macs_checked,
        ..
    } = report;
    let macs = if *macs_checked { "" } else { "; MACs were not checked, for want of the seed" };
    let unread = match unread {
        0 => String::new(),
        unread => {
            format!("; {unread} long payloads and artifacts were not opened, for want of the KV")
        }
    };
    format!(
        "{ledger}: {size} entries, {payloads} payloads, {erased} erasures, {holds} holds, {artifacts} artifacts, {heads} heads, \
         {keys} idempotency keys and root {} fit each other{macs}{unread}",
        root.to_base64()
    )
}

/// The last line of `--json`. Over several ledgers `size` and `entries` are sums, and there is no
/// one root: it is "" then, and each ledger's stands in `ledgers`.
fn result(checked: &Checked, seconds: f64, stop: Option<&Stop>) -> Json {
    let sum: u64 = checked.reports.iter().map(|(_, report)| report.size.get()).sum();
    let root = match checked.reports.as_slice() {
        [(_, only)] => only.root.to_base64(),
        _ => String::new(),
    };
    let one = |(ledger, report): &(LedgerId, Report)| {
        json!({
            "ledger": ledger.as_str(),
            "size": report.size.to_string(),
            "rootHash": report.root.to_base64(),
            "macsChecked": report.macs_checked,
        })
    };
    let mut result = json!({
        "ok": stop.is_none(),
        "size": sum.to_string(),
        "rootHash": root,
        "entries": sum.to_string(),
        "seconds": (seconds * 1000.0).round() / 1000.0,
        "ledgers": checked.reports.iter().map(one).collect::<Vec<_>>(),
    });
    match stop {
        None => {}
        Some(Stop::Found(finding)) => {
            result["code"] = finding.fault.code().into();
            result["index"] = finding.index.map(|index| index.to_string()).into();
            result["message"] = finding.message.as_str().into();
            result["table"] = finding.table.into();
            result["key"] = finding.key.as_str().into();
        }
        Some(Stop::Obstacle(failure)) => {
            result["code"] = "could-not-run".into();
            result["index"] = Json::Null;
            result["message"] = failure.message().into();
        }
    }
    result
}

/// A finding about a row that does not decode.
fn malformed(table: &'static str, key: &str, message: &str) -> Finding {
    Finding::new(Fault::RowMalformed, table, key, message)
}
