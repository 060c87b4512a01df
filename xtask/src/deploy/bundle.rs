//! The bundle that a deployment would upload, measured.

use std::path::Path;
use std::time::Duration;

use crate::failure::{Failure, Outcome, While};
use crate::process::{output_of, program, run_quietly};
use crate::setup::npm_binary;

/// Largest bundle that the platform's free plan takes, compressed: 3 MB.
const MAX_GZIP_BYTES: usize = 3_000_000;

/// Bundles as wrangler would upload it, offline, and holds the size to the platform's limit. The start is printed and not
/// judged: the platform's limit of 400 ms is of its own machines' processor time.
pub(super) fn check(env: Option<&str>) -> Outcome {
    let folder = tempfile::tempdir().or_could_not_run(|| "creating a folder".into())?;
    let mut wrangler = program(npm_binary("wrangler"));
    wrangler.args(["deploy", "--dry-run", "--outdir"]).arg(folder.path());
    if let Some(env) = env {
        wrangler.args(["--env", env]);
    }
    wrangler.env("WRANGLER_SEND_METRICS", "false").env("CI", "1");
    run_quietly("Bundling the Worker", wrangler)?;
    let (bytes, start) = measure(folder.path())?;
    println!("The bundle has {bytes} bytes compressed, of at most {MAX_GZIP_BYTES}.");
    println!(
        "It answered its first request {} ms later than an empty one in workerd.",
        start.as_millis()
    );
    if bytes > MAX_GZIP_BYTES {
        return Err(Failure::DoesNotHold("the bundle is too large".into()));
    }
    Ok(())
}

/// Compressed size of everything in the folder, and how long the Worker takes to start in workerd.
fn measure(folder: &Path) -> Outcome<(usize, Duration)> {
    let mut node = program("node");
    node.arg("xtask/measure-bundle.mjs").arg(folder);
    let (status, text) = output_of(node)?;
    let last = text.lines().next_back().unwrap_or_default();
    let numbers: Vec<u64> = last.split(' ').filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        [bytes, ms] if status.success() => {
            let bytes = usize::try_from(*bytes).unwrap_or(usize::MAX);
            Ok((bytes, Duration::from_millis(*ms)))
        }
        _ => Err(Failure::CouldNotRun(format!("measuring the bundle ended with {status}"))),
    }
}
