//! A guard process around a program: whatever happens to us, nothing that we started stays.
//!
//! The program runs in a process group of its own, under `xtask guard`, whose stdin is a pipe from
//! us. When we end, in whatever way (even `kill -9`), the pipe closes and the guard stops the group.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::failure::{Outcome, While, could_not_run};

/// Time that a group has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(8);
const TICK: Duration = Duration::from_millis(50);

/// The command that runs `command` (its environment and folder included) under a guard. Whoever
/// spawns it keeps the child's stdin open for as long as the program may run.
pub(crate) fn guarded(command: &Command) -> Outcome<Command> {
    let mut guard = Command::new(crate::workspace::own_program()?);
    guard.arg("guard").arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => guard.env(name, value),
            None => guard.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        guard.current_dir(folder);
    }
    // A group of its own: Ctrl-C on the terminal must not reach the guard before us.
    guard.stdin(Stdio::piped()).process_group(0);
    Ok(guard)
}

/// A guarded server; dropping it stops the server and everything it started.
pub(crate) struct Guarded {
    guard: Child,
}

impl Guarded {
    /// Starts a server whose output goes where ours goes.
    pub(crate) fn start(command: &Command) -> Outcome<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let guard = guarded(command)?.spawn().or_could_not_run(|| format!("starting {name}"))?;
        Ok(Self { guard })
    }

    /// How the server ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.guard.try_wait().ok().flatten()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// `xtask guard -- PROGRAM ARGUMENTS`: runs the program until it ends or our stdin does, and ends
/// as the program ended.
pub(crate) fn run(program: &[OsString]) -> Outcome {
    let Some((name, arguments)) = program.split_first() else {
        return could_not_run("guard needs a program");
    };
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::null()).process_group(0);
    let mut child = command.spawn().or_could_not_run(|| format!("starting {}", name.display()))?;
    let group = Pid::from_child(&child);
    let (sender, closed) = channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    let status = loop {
        if let Ok(Some(status)) = child.try_wait() {
            break Some(status);
        }
        if closed.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
            break None;
        }
    };
    stop_group(group, &mut child, GRACE);
    match status {
        // A program that a signal ended has no code; shells say 128 and the signal's number.
        Some(status) => std::process::exit(
            status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(2),
        ),
        None => Ok(()),
    }
}

/// Asks the whole group to end; after `grace`, makes it.
fn stop_group(group: Pid, leader: &mut Child, grace: Duration) {
    let _ = kill_process_group(group, Signal::TERM);
    let started = Instant::now();
    while started.elapsed() < grace {
        let _ = leader.try_wait();
        if test_kill_process_group(group).is_err() {
            return;
        }
        std::thread::sleep(TICK);
    }
    let _ = kill_process_group(group, Signal::KILL);
    let _ = leader.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group_of(script: &str) -> (Pid, Child) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped()).process_group(0);
        let mut leader = command.spawn().unwrap();
        // The script says a word once it is set up.
        leader.stdout.as_mut().unwrap().read_exact(&mut [0; 3]).unwrap();
        (Pid::from_child(&leader), leader)
    }

    #[test]
    fn a_group_ends_with_its_leader_and_its_leaders_children() {
        let (group, mut leader) = group_of("sleep 600 & echo up; exec sleep 600");
        assert!(test_kill_process_group(group).is_ok());
        stop_group(group, &mut leader, GRACE);
        assert!(test_kill_process_group(group).is_err());
    }

    #[test]
    fn a_group_that_ignores_the_request_is_made_to_end() {
        let (group, mut leader) = group_of("trap '' TERM; echo up; while :; do sleep 1; done");
        stop_group(group, &mut leader, Duration::from_millis(200));
        assert!(leader.try_wait().unwrap().is_some());
    }
}
