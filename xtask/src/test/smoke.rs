//! `cargo xtask dev` as a person runs it: starts, answers, and leaves nothing behind.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::edge::wait_for_file;
use crate::build;
use crate::dev::Guarded;
use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::http::Client;
use crate::process::program;
use crate::setup::Tools;

const START_LIMIT: Duration = Duration::from_secs(180);
const STOP_LIMIT: Duration = Duration::from_secs(20);

pub(super) fn run(tools: &Tools) -> Outcome {
    build::all(tools)?;
    let state = tempfile::tempdir().or_could_not_run(|| "creating a folder".into())?;
    let ready = state.path().join("ready.json");
    let port = free_port()?;
    let own = std::env::current_exe().or_could_not_run(|| "finding this program".into())?;
    let mut dev = program(own);
    dev.args(["dev", "--watch=false", "--port", &port.to_string()]);
    dev.arg("--state").arg(state.path()).arg("--ready-file").arg(&ready);
    let mut dev = Guarded::start(&dev)?;
    let facts = wait_for_file(&mut dev, &ready, START_LIMIT)?;
    let page = Client::new(&facts.url, None).get("/", 1024 * 1024)?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    if !page.contains("<html") {
        return Err(Failure::DoesNotHold("the page is not served at /".into()));
    }
    stop(facts.pid)?;
    let started = Instant::now();
    let status = loop {
        match dev.ended() {
            Some(status) => break status,
            None if started.elapsed() > STOP_LIMIT => {
                let limit = STOP_LIMIT.as_secs();
                return Err(Failure::DoesNotHold(format!(
                    "dev still runs {limit} s after SIGTERM"
                )));
            }
            None => std::thread::sleep(Duration::from_millis(100)),
        }
    };
    let listening = TcpStream::connect(("127.0.0.1", port)).is_ok();
    if !status.success() || listening || ready.exists() {
        return Err(Failure::DoesNotHold(format!(
            "dev ended with {status}; port still served: {listening}; ready file left: {}",
            ready.exists()
        )));
    }
    Ok(())
}

fn free_port() -> Outcome<u16> {
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
    Ok(free.or_could_not_run(|| "looking for a free port".into())?.port())
}

fn stop(pid: i32) -> Outcome {
    match Pid::from_raw(pid) {
        Some(pid) => kill_process(pid, Signal::TERM).or_could_not_run(|| "stopping dev".into()),
        None => could_not_run(format!("the ready file names the process {pid}")),
    }
}
