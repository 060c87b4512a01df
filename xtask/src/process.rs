//! Running other programs: quietly under a spinner, or with their output passed through.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::guard::guarded;
use crate::progress::Step;

/// How many of its last lines a failed program's report quotes.
const QUOTED_LINES: usize = 200;

/// A program to be run from the repository's root with nothing on its stdin.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(crate::workspace::root()).stdin(Stdio::null());
    command
}

/// `PATH` with `folders` searched first.
pub(crate) fn path_with(folders: &[&Path]) -> Outcome<OsString> {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let own = folders.iter().map(|folder| folder.to_path_buf());
    std::env::join_paths(own.chain(std::env::split_paths(&inherited)))
        .or_could_not_run(|| "composing PATH".into())
}

/// Runs a program and answers its stdout, or nothing if it failed or is not there.
pub(crate) fn answer_of(mut command: Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs a program with its stderr passed through; answers how it ended and its stdout.
pub(crate) fn output_of(command: Command) -> Outcome<(ExitStatus, String)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut guarded = guarded(&command)?;
    guarded.stdout(Stdio::piped());
    let mut child = guarded.spawn().or_could_not_run(|| format!("starting {name}"))?;
    let _alive = child.stdin.take();
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text).or_could_not_run(|| format!("reading from {name}"))?;
    }
    let status = child.wait().or_could_not_run(|| format!("waiting for {name}"))?;
    Ok((status, text))
}

/// Runs a program as one step; its output shows only as progress, or when it fails.
pub(crate) fn run_quietly(title: &str, command: Command) -> Outcome {
    let mut step = Step::start(title);
    match watch(&mut step, command) {
        Ok(()) => {
            step.done();
            Ok(())
        }
        Err(failure) => {
            step.failed();
            Err(failure)
        }
    }
}

fn watch(step: &mut Step, command: Command) -> Outcome {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut guarded = guarded(&command)?;
    guarded.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = guarded.spawn().or_could_not_run(|| format!("starting {name}"))?;
    // Waiting would close it, and with that stop the program.
    let _alive = child.stdin.take();
    let (sender, lines) = channel();
    let readers = [
        child.stdout.take().map(|pipe| forward(pipe, sender.clone())),
        child.stderr.take().map(|pipe| forward(pipe, sender)),
    ];
    let mut last = std::collections::VecDeque::new();
    for line in lines {
        step.note(&line);
        if last.len() == QUOTED_LINES {
            last.pop_front();
        }
        last.push_back(line);
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    let status = child.wait().or_could_not_run(|| format!("waiting for {name}"))?;
    if status.success() {
        return Ok(());
    }
    for line in &last {
        eprintln!("{line}");
    }
    could_not_run(format!("{name} ended with {status}; its last lines are above"))
}

fn forward(pipe: impl Read + Send + 'static, lines: Sender<String>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n') {
            let Ok(line) = line else { break };
            if lines.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                break;
            }
        }
    })
}

/// Runs a checking program with its output passed through; a bad ending is a finding.
pub(crate) fn check(command: Command) -> Outcome {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = guarded(&command)?.spawn().or_could_not_run(|| format!("starting {name}"))?;
    let _alive = child.stdin.take();
    let status = child.wait().or_could_not_run(|| format!("waiting for {name}"))?;
    if status.success() {
        return Ok(());
    }
    let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
    Err(Failure::DoesNotHold(format!("{name} {} ended with {status}", arguments.join(" "))))
}
