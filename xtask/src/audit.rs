//! `audit`: a ledger verified from outside, through nothing but its public read side and its key.
//!
//! Checked, in this order: the checkpoint's signature; that every entry hashes to its leaf, parses,
//! belongs to this ledger, holds its authors' signatures and is not older than the one before;
//! every tile of every level, rebuilt from the entries; the root.

mod entries;
mod finding;
mod reader;
mod rebuild;
#[cfg(test)]
mod testlog;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::time::Instant;

use stateledger_core::Hash;
use stateledger_core::checkpoint::SignedCheckpoint;
use stateledger_core::note::{KeyKind, VerifierKey};
use stateledger_core::tile::{FULL_WIDTH, TileId, width_at};
use stateledger_core::tree::TreeSize;

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::progress::Bar;
use entries::Entries;
use finding::{Finding, Progress, Stop, report};
use reader::{Reader, checked_id};
use rebuild::Rebuild;

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// URL of the server
    #[arg(long)]
    url: String,
    /// Ledger to audit
    #[arg(long)]
    ledger: String,
    /// The log's verifier key, as the ledger's description has it
    #[arg(long)]
    key: String,
    /// Print the result as one JSON object, the last line of stdout
    #[arg(long)]
    json: bool,
}

/// Bundles, each with its tile, under way at once: hides the network's latency, and bounds memory
/// to 8 * (16 MiB + 8 KiB) even where every entry is as long as it may be.
const WINDOW: u64 = 8;

pub(crate) fn run(options: &Options) -> Outcome {
    let started = Instant::now();
    let mut progress = Progress::default();
    let outcome = audit(options, &mut progress);
    let seconds = started.elapsed().as_secs_f64();
    let stop = outcome.err();
    if options.json {
        println!("{}", report(&progress, seconds, stop.as_ref()));
    } else if let (None, Some((size, root))) = (&stop, progress.head) {
        let (ledger, root) = (&options.ledger, root.to_base64());
        println!("{ledger}: {size} entries and root {root} verified in {seconds:.1} s");
    }
    match stop {
        None => Ok(()),
        Some(Stop::Obstacle(failure)) => Err(failure),
        Some(Stop::Found(Finding { code, index, message })) => {
            let place = index.map(|index| format!(" at index {index}")).unwrap_or_default();
            Err(Failure::DoesNotHold(format!("{code}{place}: {message}")))
        }
    }
}

fn audit(options: &Options, progress: &mut Progress) -> Result<(), Stop> {
    let key = log_key(&options.key)?;
    let reader = Reader::new(&options.url, checked_id(&options.ledger)?);
    let (size, root) = open(&reader.checkpoint()?, &key)?;
    progress.head = Some((size, root));
    let mut bar = Bar::start(size, "entries");
    let mut entries = Entries::of(key.name());
    let mut rebuild = Rebuild::default();
    let bundles = size.div_ceil(FULL_WIDTH.into());
    for first in (0..bundles).step_by(WINDOW as usize) {
        let last = (first + WINDOW).min(bundles);
        for part in fetch(&reader, first..last, size) {
            let part = part?;
            let leaves = Hash::split_flat(&part.tile)
                .map_err(|error| Finding::new(error.code(), None, error.to_string()))?;
            let outcome = entries.check(&part.bundle, part.width, &leaves);
            progress.entries = entries.count();
            let served = |id: TileId, width| match id.level {
                0 => Ok(part.tile.clone()),
                _ => reader.tile(id, width),
            };
            rebuild.push(&outcome?, &served)?;
            bar.reach(progress.entries);
        }
    }
    bar.finish();
    compare_roots(rebuild.finish(&|id, width| reader.tile(id, width))?, root)
}

/// A log's key: a witness's cannot vouch for a checkpoint alone.
fn log_key(text: &str) -> Outcome<VerifierKey> {
    let key = VerifierKey::parse(text).or_could_not_run(|| "reading --key".into())?;
    if key.kind() != KeyKind::Ed25519 {
        return could_not_run("--key is no log's key");
    }
    Ok(key)
}

/// Size and root of a checkpoint whose signature by `key` holds.
fn open(text: &[u8], key: &VerifierKey) -> Result<(u64, Hash), Stop> {
    let told =
        |code: &str, error: &dyn Display| Finding::new(code, None, format!("checkpoint: {error}"));
    let signed = SignedCheckpoint::parse(text).map_err(|error| told(error.code(), &error))?;
    let head = signed.checkpoint();
    if head.origin != key.name() {
        let message = format!("it is of {:?}, the key of {:?}", head.origin, key.name());
        return Err(told("origin-mismatch", &message).into());
    }
    let keys = std::slice::from_ref(key);
    signed.note().open(keys).map_err(|error| told(error.code(), &error))?;
    Ok((head.size.get(), head.root))
}

/// One bundle with the tile of its leaves.
struct Part {
    width: u16,
    bundle: Vec<u8>,
    tile: Vec<u8>,
}

/// Fetches bundles and their tiles at once; answers them in order.
fn fetch(reader: &Reader, bundles: std::ops::Range<u64>, size: u64) -> Vec<Result<Part, Stop>> {
    std::thread::scope(|scope| {
        let fetching: Vec<_> =
            bundles.map(|index| scope.spawn(move || fetch_one(reader, index, size))).collect();
        let lost = || Stop::Obstacle(Failure::CouldNotRun("a download broke off".into()));
        fetching.into_iter().map(|part| part.join().unwrap_or_else(|_| Err(lost()))).collect()
    })
}

fn fetch_one(reader: &Reader, index: u64, size: u64) -> Result<Part, Stop> {
    let id = TileId { level: 0, index };
    let width = width_at(id, TreeSize::new(size));
    Ok(Part { width, bundle: reader.bundle(index, width)?, tile: reader.tile(id, width)? })
}

fn compare_roots(rebuilt: Hash, signed: Hash) -> Result<(), Stop> {
    if rebuilt == signed {
        return Ok(());
    }
    let message = format!("the entries give the root {rebuilt}, the checkpoint says {signed}");
    Err(Finding::new("root-mismatch", None, message).into())
}
