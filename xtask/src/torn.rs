//! `crash` and `split-brain`: servers that are killed or doubled while writers write, and what must hold
//! afterwards. The scripts under tests/reliability do it; this builds what they need first.

use std::process::Command;

use crate::failure::{Failure, Outcome, While};
use crate::process::program;
use crate::setup::Tools;
use crate::{build, setup, workspace};

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often; each round takes a few seconds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// Rounds of the step of `test`: two minutes on a quiet machine of two cores.
const CI: Options = Options { rounds: 20 };

/// Kills the server with -9 at random moments.
pub(crate) fn crash(options: &Options) -> Outcome {
    run(&setup::run()?, "crash", options)
}

/// Runs two servers on one state directory.
pub(crate) fn split_brain(options: &Options) -> Outcome {
    run(&setup::run()?, "split-brain", options)
}

/// Both, as CI runs them.
pub(crate) fn test(tools: &Tools) -> Outcome {
    run(tools, "crash", &CI)?;
    run(tools, "split-brain", &Options { rounds: 3 })
}

fn run(tools: &Tools, script: &str, options: &Options) -> Outcome {
    build::all(tools)?;
    let path = workspace::root().join(format!("tests/reliability/{script}.mjs"));
    let mut node: Command = program("node");
    node.arg(path).arg("--rounds").arg(options.rounds.to_string());
    // The script audits with this very program, instead of waiting for cargo's lock.
    node.env("XTASK_BIN", workspace::own_program()?);
    let status = node.status().or_could_not_run(|| format!("running {script}.mjs"))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(Failure::DoesNotHold(format!("{script}: what must hold does not"))),
        _ => Err(Failure::CouldNotRun(format!("{script} ended with {status}"))),
    }
}
