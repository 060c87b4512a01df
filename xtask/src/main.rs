//! The build driver: `cargo xtask` builds, serves, tests, seeds and audits.
//!
//! Exit 0 = did it and it holds; 1 = did it and it does not hold; 2 = could not run, and says why.
#![allow(clippy::print_stdout, reason = "a command's answer goes to stdout")]

mod audit;
mod bench;
mod build;
mod coverage;
mod deploy;
mod dev;
mod failure;
mod fsck;
mod fuzz;
mod guard;
mod http;
mod mutants;
mod process;
mod progress;
mod reproduce;
mod sbom;
mod seed;
mod setup;
mod soak;
mod test;
mod torn;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Outcome;

#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install the wasm target, the pinned tools and the npm packages where they are missing
    Setup,
    /// Build everything: the npm package (complete in npm/), the page, the Worker
    Build,
    /// Build the Worker alone; wrangler.toml calls this
    BuildWorker {
        /// The one that panics on demand, for tests/e2e
        #[arg(long)]
        faulty: bool,
    },
    /// Build, then serve the edge API and the page locally
    Dev(dev::Options),
    /// Run every check that CI runs
    Test(test::Options),
    /// Compare speed with peers, in one interleaved run
    Bench(bench::Options),
    /// Build the npm package in two folders and with two cargo homes, and compare every file
    Reproduce,
    /// Write the bill of materials of the npm package
    Sbom(sbom::Options),
    /// Run every fuzz target for a while
    Fuzz(fuzz::Options),
    /// Change the kernel in small ways and demand that a test notices
    Mutants(mutants::Options),
    /// Count the lines of the kernel that its tests reach
    Coverage,
    /// Run what is too long for every change
    Soak(soak::Options),
    /// Append a git repository's history to a ledger
    Seed(seed::Options),
    /// Download a ledger through its public read side and verify every entry and the root
    Audit(audit::Options),
    /// Derive everything in a stopped server's state directory again from the bytes it rests on
    Fsck(fsck::Options),
    /// Deploy to Cloudflare, or print how and check the bundle
    Deploy(deploy::Options),
    /// Kill a real server with -9 at random moments under 16 writers, then audit everything
    Crash(torn::Options),
    /// Run two servers on one state directory under writers, then audit everything
    SplitBrain(torn::Options),
    /// Run a program that must not outlive this one's caller
    #[command(hide = true)]
    Guard {
        #[arg(last = true, required = true)]
        program: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {}", failure.message());
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Setup => setup::run().map(drop),
        Command::Build => build::all(&setup::run()?),
        Command::BuildWorker { faulty: false } => build::worker(&setup::run()?),
        Command::BuildWorker { faulty: true } => build::faulty_worker(&setup::run()?),
        Command::Dev(options) => dev::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Reproduce => reproduce::run(),
        Command::Sbom(options) => sbom::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Mutants(options) => mutants::run(&options),
        Command::Coverage => coverage::run(),
        Command::Soak(options) => soak::run(&options),
        Command::Seed(options) => seed::run(&options),
        Command::Audit(options) => audit::run(&options),
        Command::Fsck(options) => fsck::run(&options),
        Command::Deploy(options) => deploy::run(&options),
        Command::Crash(options) => torn::crash(&options),
        Command::SplitBrain(options) => torn::split_brain(&options),
        Command::Guard { program } => guard::run(&program),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_unknown_command_could_not_run() {
        let refused = Arguments::try_parse_from(["xtask", "frobnicate"]).err().unwrap();
        assert_eq!(refused.exit_code(), 2);
    }
}
