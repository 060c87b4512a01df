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
    check_quietly(title, command, &[])
}

/// The same of a checking program: what ends with one of the codes `findings` ran, and found something.
pub(crate) fn check_quietly(title: &str, command: Command, findings: &[i32]) -> Outcome {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut step = Step::start(title);
    let watched = watch(&mut step, command);
    match &watched {
        Ok(status) if status.success() => step.done(),
        _ => step.failed(),
    };
    verdict(&name, watched?, findings)
}

fn verdict(name: &str, status: ExitStatus, findings: &[i32]) -> Outcome {
    let ending = format!("{name} ended with {status}; its last lines are above");
    match status.code() {
        Some(0) => Ok(()),
        Some(code) if findings.contains(&code) => Err(Failure::DoesNotHold(ending)),
        _ => could_not_run(ending),
    }
}

/// Runs a program to its end; the last lines of one that fails are printed.
fn watch(step: &mut Step, command: Command) -> Outcome<ExitStatus> {
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
    if !status.success() {
        last.iter().for_each(|line| eprintln!("{line}"));
    }
    Ok(status)
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

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn only_the_endings_that_are_findings_are_findings() {
        let exit_code = |code: i32, findings: &[i32]| {
            verdict("x", ExitStatus::from_raw(code << 8), findings).map_err(|e| e.exit_code())
        };
        assert_eq!(exit_code(0, &[77]), Ok(()));
        assert_eq!(exit_code(77, &[70, 77]), Err(1));
        assert_eq!(exit_code(2, &[70, 77]), Err(2));
        assert_eq!(exit_code(77, &[]), Err(2));
        let killed = verdict("x", ExitStatus::from_raw(9), &[9]);
        assert_eq!(killed.unwrap_err().exit_code(), 2);
    }
}
