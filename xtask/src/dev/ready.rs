//! From the first answer to the last: waiting for the server, telling where it is, watching it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use serde_json::json;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::secrets::write_private;
use super::{End, within};
use crate::failure::{Outcome, While, could_not_run};
use crate::guard::Guarded;
use crate::http::{Client, Problem};

const TICK: Duration = Duration::from_millis(200);
/// Silence after which the runtime counts as dead; wrangler does not restart it. Longer than a
/// reload takes, during which wrangler holds requests back.
const LONGEST_SILENCE: Duration = Duration::from_secs(45);
const PULSE: Duration = Duration::from_secs(3);
const READY_LIMIT: u64 = 64 * 1024;

/// Sends [`End::Asked`] on SIGINT, SIGTERM or SIGHUP. Before there is anything to serve, and the
/// second time, it ends the process at once; guards still stop what was started.
pub(super) fn on_signal(ends: Sender<End>, serving: Arc<AtomicBool>) -> Outcome {
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).or_could_not_run(|| "watching signals".into())?;
    std::thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            let at_once = count > 0 || !serving.load(Ordering::Relaxed);
            if at_once || ends.send(End::Asked).is_err() {
                std::process::exit(2);
            }
        }
    });
    Ok(())
}

/// Waits until /readyz answers 200; answers why it will not.
pub(super) fn wait(
    server: &mut Guarded,
    url: &str,
    ends: &Receiver<End>,
    limit: Duration,
) -> Option<End> {
    let client = Client::new(url, None);
    let started = Instant::now();
    while started.elapsed() < limit {
        if let Some(end) = within(ends, TICK) {
            return Some(end);
        }
        if let Some(status) = server.ended() {
            return Some(End::Died(format!("the edge server ended with {status}")));
        }
        if is_ready(&client) {
            return None;
        }
    }
    Some(End::Died(format!("{url}/readyz did not answer 200 within {} s", limit.as_secs())))
}

fn is_ready(client: &Client) -> bool {
    client.get_once("/readyz", READY_LIMIT).is_ok_and(|answer| answer.status == 200)
}

/// Watches the server until somebody asks for its end or it dies.
pub(super) fn serve_until(server: &mut Guarded, url: &str, ends: &Receiver<End>) -> End {
    let client = Client::new(url, None);
    let mut last_answer = Instant::now();
    loop {
        if let Some(end) = within(ends, PULSE) {
            return end;
        }
        if let Some(status) = server.ended() {
            return End::Died(format!("the edge server ended with {status}"));
        }
        if client.get_once("/livez", READY_LIMIT).is_ok() {
            last_answer = Instant::now();
        } else if last_answer.elapsed() > LONGEST_SILENCE {
            let silence = LONGEST_SILENCE.as_secs();
            return End::Died(format!("the edge server has not answered for {silence} s"));
        }
    }
}

/// The public ledger that a new deployment starts with, so that the printed line and the page work at once.
const FIRST_LEDGER: &str = "quickstart";

/// Creates the first ledger if it is not there; answers its id.
pub(super) fn ensure_first_ledger(url: &str, token: &str) -> Outcome<&'static str> {
    let client = Client::new(url, Some(token.to_owned()));
    let request = json!({"ledger": FIRST_LEDGER, "rules": {"visibility": "public"}}).to_string();
    let answer = client.post("/api/v1/ledgers", request.as_bytes(), READY_LIMIT)?;
    match answer.status {
        201 | 409 => Ok(FIRST_LEDGER),
        _ => could_not_run(format!("creating the ledger {FIRST_LEDGER}: {}", Problem::of(&answer))),
    }
}

/// Prints where the server is and one line that appends a record.
pub(super) fn announce(url: &str, token: &str, ledger: &str) {
    println!("StateLedger is at {url}");
    println!("Admin token: {token}");
    println!("Append a record:");
    println!(
        "curl -sS {url}/api/v1/ledgers/{ledger}/records -H 'Authorization: Bearer {token}' \
         -H 'Content-Type: application/json' \
         -d '{{\"type\":\"deployment\",\"source\":\"ci\",\"subject\":\"api\",\"payload\":{{\"version\":\"1.0.0\"}}}}'"
    );
}

/// Writes the ready file, which appears whole.
pub(super) fn write_file(path: &Path, url: &str, token: &str) -> Outcome {
    let facts = json!({"url": url, "adminToken": token, "pid": std::process::id()});
    write_private(path, &format!("{facts}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_file_holds_url_token_and_pid() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready.json");
        write_file(&path, "http://127.0.0.1:1", "t0").unwrap();
        let facts: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(facts["url"], "http://127.0.0.1:1");
        assert_eq!(facts["adminToken"], "t0");
        assert_eq!(facts["pid"], std::process::id());
    }
}
