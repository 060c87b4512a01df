//! `dev`: set-up, build, local database, secrets, and the edge server on the real runtime.

mod ready;
mod secrets;
mod watch;
mod wrangler;

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

pub(crate) use secrets::{Secrets, load_or_draw, private_folder};

use crate::failure::{Outcome, While, could_not_run};
use crate::progress::Step;
use crate::{build, setup};

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Folder of the ledgers and secrets; created when missing
    #[arg(long, default_value = ".state")]
    state: PathBuf,
    /// Written whole once the server answers: {"url","adminToken","pid"}
    #[arg(long)]
    ready_file: Option<PathBuf>,
    /// Rebuild and reload when a source changes
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    watch: bool,
}

/// How long the server may take to its first answer.
const START_LIMIT: Duration = Duration::from_secs(120);

/// How long a stopping server may hold its port.
const STOP_TIME: Duration = Duration::from_secs(4);

/// Why the command ends.
pub(super) enum End {
    /// SIGINT or SIGTERM.
    Asked,
    /// The server ended, or does not answer any more.
    Died(String),
}

pub(crate) fn run(options: &Options) -> Outcome {
    let (sender, ends) = channel();
    let serving = Arc::new(AtomicBool::new(false));
    ready::on_signal(sender, serving.clone())?;
    refuse_taken(options.port, STOP_TIME)?;
    if let Some(file) = &options.ready_file {
        // One of an earlier run would be taken for this one's.
        let _ = std::fs::remove_file(file);
    }
    let tools = setup::run()?;
    build::all(&tools)?;
    let state = absolute(&options.state)?;
    let _only_one = claim(&state)?;
    let secrets = Secrets::load_or_create(&state)?;
    let config = wrangler::config()?;
    wrangler::migrate(&config, &state)?;

    let url = format!("http://127.0.0.1:{}", options.port);
    serving.store(true, Ordering::Relaxed);
    let mut server = wrangler::serve(&config, &state, &secrets, options.port)?;
    let step = Step::start("Starting the edge server");
    if let Some(end) = ready::wait(&mut server, &url, &ends, START_LIMIT) {
        step.failed();
        return ended(end);
    }
    step.done();
    let ledger = ready::ensure_first_ledger(&url, &secrets.admin_token)?;
    ready::announce(&url, &secrets.admin_token, ledger);
    if let Some(file) = &options.ready_file {
        ready::write_file(file, &url, &secrets.admin_token)?;
    }
    if options.watch {
        watch::start(tools);
    }
    let end = ready::serve_until(&mut server, &url, &ends);
    if let Some(file) = &options.ready_file {
        let _ = std::fs::remove_file(file);
    }
    ended(end)
}

/// The server stops when its guard is dropped, on every way out.
fn ended(end: End) -> Outcome {
    match end {
        End::Asked => {
            eprintln!("     stopping ...");
            Ok(())
        }
        End::Died(why) => could_not_run(why),
    }
}

/// Waits for an end that has been sent, for at most `limit`.
fn within(ends: &Receiver<End>, limit: Duration) -> Option<End> {
    ends.recv_timeout(limit).ok()
}

/// A port that stays taken is refused. One that was just left is waited for: a server needs a
/// moment to stop after whoever started it was killed.
fn refuse_taken(port: u16, patience: Duration) -> Outcome {
    let started = Instant::now();
    loop {
        let bound = TcpListener::bind(("127.0.0.1", port)).map(drop);
        if bound.is_ok() || started.elapsed() > patience {
            return bound.or_could_not_run(|| format!("taking port {port}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Held while the state is served: two servers on one database would each be right.
fn claim(state: &Path) -> Outcome<File> {
    let path = state.join("lock");
    let doing = || format!("locking {}", path.display());
    std::fs::create_dir_all(state).or_could_not_run(doing)?;
    let lock = File::create(&path).or_could_not_run(doing)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(_) => could_not_run(format!("{} is being served already", state.display())),
    }
}

fn absolute(path: &Path) -> Outcome<PathBuf> {
    std::path::absolute(path).or_could_not_run(|| format!("resolving {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_its_number() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = refuse_taken(port, Duration::ZERO).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.message().contains(&port.to_string()));
    }

    #[test]
    fn a_state_is_served_by_one_at_a_time() {
        let state = tempfile::tempdir().unwrap();
        let first = claim(state.path()).unwrap();
        assert_eq!(claim(state.path()).unwrap_err().exit_code(), 2);
        drop(first);
        assert!(claim(state.path()).is_ok());
    }
}
