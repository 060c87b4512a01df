//! `deploy`: makes what a deployment needs at Cloudflare, and puts the Worker there.
//!
//! Every step is a wrangler command, printed before it runs; `--dry-run` prints them all, runs none, and checks the bundle
//! that they would upload.

mod bundle;
mod plan;

use std::io::Write;
use std::process::Stdio;

use crate::failure::{Outcome, While, could_not_run};
use crate::process::{check, output_of, program};
use crate::setup::npm_binary;
use crate::{build, setup, workspace};

use plan::{Plan, Step};

/// Deploys to Cloudflare, with the account that wrangler is logged in to
#[derive(clap::Args)]
pub(crate) struct Options {
    /// An environment of wrangler.toml; its top level if absent
    #[arg(long)]
    env: Option<String>,
    /// Print every step and check the bundle, offline; change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let config = workspace::read_toml(&workspace::root().join("wrangler.toml"))?;
    let plan = Plan::of(&config, options.env.as_deref())?;
    build::all(&setup::run()?)?;
    if options.dry_run {
        println!("{plan}");
        return bundle::check(options.env.as_deref());
    }
    bundle::check(options.env.as_deref())?;
    if let Some(missing) = plan.placeholders().first() {
        return create(&plan, missing);
    }
    for step in plan.steps() {
        println!("> {step}");
        perform(step)?;
    }
    println!("Deployed. {}/readyz says whether it serves.", plan.host());
    Ok(())
}

/// Makes the resources whose ids wrangler.toml lacks. wrangler prints the ids; they are kept in the file, by hand, because a
/// deployment that forgets which database is its own is lost.
fn create(plan: &Plan, missing: &str) -> Outcome {
    for step in plan.creations() {
        println!("> {step}");
        let (status, said) = output_of(wrangler(step))?;
        println!("{said}");
        if !status.success() {
            return could_not_run(format!("{step} ended with {status}"));
        }
    }
    could_not_run(format!(
        "wrangler.toml has no id yet for {missing}: put in the ids printed above and run this again"
    ))
}

fn wrangler(step: &Step) -> std::process::Command {
    let mut command = program(npm_binary("wrangler"));
    command.args(&step.arguments).env("WRANGLER_SEND_METRICS", "false");
    command
}

fn perform(step: &Step) -> Outcome {
    let Some(secret) = step.secret else { return check(wrangler(step)) };
    // A secret that is there stays: another seed would end every ledger.
    let (status, listed) = output_of(wrangler(&step.listing()))?;
    if status.success() && listed.contains(&format!("\"{secret}\"")) {
        println!("  {secret} is there already");
        return Ok(());
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).or_could_not_run(|| "asking for random bytes".into())?;
    let value: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut child = wrangler(step)
        .stdin(Stdio::piped())
        .spawn()
        .or_could_not_run(|| format!("starting {step}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(value.as_bytes()).or_could_not_run(|| format!("writing {secret}"))?;
    }
    let status = child.wait().or_could_not_run(|| format!("waiting for {step}"))?;
    if !status.success() {
        return could_not_run(format!("{step} ended with {status}"));
    }
    println!("  {secret}, shown only here; keep a copy where the database is not: {value}");
    Ok(())
}
