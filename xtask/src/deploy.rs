//! `deploy`: makes what a deployment needs at Cloudflare, and puts the Worker there.
//!
//! Every step is a wrangler command, printed before it runs; `--dry-run` prints them all, runs none, and checks the bundle
//! that they would upload.

mod bundle;
mod plan;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::dev::{load_or_draw, private_folder};
use crate::failure::{Outcome, While, could_not_run};
use crate::process::{check, output_of, program};
use crate::setup::npm_binary;
use crate::{build, setup, workspace};

use plan::{Creation, Plan, Step};

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
    let env = options.env.as_deref();
    let plan = planned(env)?;
    if !options.dry_run {
        plan.check_host()?;
    }
    build::all(&setup::run()?)?;
    if options.dry_run {
        println!("{plan}");
        return bundle::check(env);
    }
    bundle::check(env)?;
    plan.creations().iter().try_for_each(create)?;
    for step in plan.creations().iter().filter_map(|made| made.tables.as_ref()) {
        println!("> {step}");
        check(wrangler(step))?;
    }
    let kept = kept_in(env.unwrap_or("top-level"))?;
    for step in plan.steps() {
        println!("> {step}");
        perform(step, &kept)?;
    }
    println!("Deployed. {}/readyz says whether it serves.", plan.host());
    Ok(())
}

fn config_file() -> PathBuf {
    workspace::root().join("wrangler.toml")
}

fn planned(env: Option<&str>) -> Outcome<Plan> {
    Plan::of(&workspace::read_toml(&config_file())?, env)
}

/// Makes a resource and writes its id into wrangler.toml at once: a deployment that forgets which database is its own is
/// lost.
fn create(made: &Creation) -> Outcome {
    let Creation { step, placeholder, .. } = made;
    println!("> {step}");
    let (status, said) = output_of(wrangler(step))?;
    println!("{said}");
    if !status.success() {
        return could_not_run(format!("{step} ended with {status}"));
    }
    let file = config_file();
    let config = fs::read_to_string(&file).or_could_not_run(|| "reading wrangler.toml".into())?;
    let changed = plan::id_in(&said).and_then(|id| plan::with_id(&config, placeholder, id));
    let Some(changed) = changed else {
        return could_not_run(format!(
            "put the id printed above into wrangler.toml in the place of {placeholder}, and run this again"
        ));
    };
    fs::write(&file, changed).or_could_not_run(|| "writing wrangler.toml".into())?;
    println!("  its id is in wrangler.toml now: keep that file");
    Ok(())
}

/// The folder of what was drawn for an environment, which only its owner reads.
fn kept_in(environment: &str) -> Outcome<PathBuf> {
    let folder = workspace::root().join(".state/deployments").join(environment);
    private_folder(&folder)?;
    Ok(folder)
}

fn wrangler(step: &Step) -> std::process::Command {
    let mut command = program(npm_binary("wrangler"));
    command.args(&step.arguments).env("WRANGLER_SEND_METRICS", "false");
    command
}

fn perform(step: &Step, kept: &Path) -> Outcome {
    let Some(secret) = step.secret else { return check(wrangler(step)) };
    let listing = step.listing();
    let output = wrangler(&listing).output().or_could_not_run(|| format!("starting {listing}"))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    match Listed::of(output.status.success(), &said, secret) {
        Listed::There => {
            println!("  {secret} is there already");
            Ok(())
        }
        Listed::Missing => put(step, secret, kept),
        Listed::Unknown => could_not_run(format!("{listing} did not say which there are: {said}")),
    }
}

/// What wrangler knows of a secret. One that is there stays: another seed would end every ledger, so
/// a failure to ask is no answer.
#[derive(Debug, PartialEq, Eq)]
enum Listed {
    There,
    Missing,
    Unknown,
}

impl Listed {
    fn of(success: bool, said: &str, secret: &str) -> Self {
        // Before the first deployment there is no Worker that could have secrets (Cloudflare's code 10007).
        if !success {
            return if said.contains("[code: 10007]") { Self::Missing } else { Self::Unknown };
        }
        let named = said.contains(&format!("\"{secret}\""));
        if named {
            Self::There
        } else if said.contains('[') {
            Self::Missing
        } else {
            Self::Unknown
        }
    }
}

/// Draws a secret, or takes the one that an earlier attempt drew, and gives it to the Worker.
fn put(step: &Step, secret: &str, kept: &Path) -> Outcome {
    let file = kept.join(secret);
    let value = load_or_draw(&file)?;
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
    println!("  {secret} is in {}: keep a copy where the database is not", file.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_says_that_a_secret_is_missing() {
        let of = |success, said| Listed::of(success, said, "SEED");
        let listed = r#"[{"name": "SEED", "type": "secret_text"}]"#;
        assert_eq!(of(true, listed), Listed::There);
        assert_eq!(of(true, "[]"), Listed::Missing);
        assert_eq!(of(true, r#"[{"name": "OTHER_SEED"}]"#), Listed::Missing);
        assert_eq!(
            of(false, "This Worker does not exist on your account. [code: 10007]"),
            Listed::Missing
        );
        for said in ["", "fetch failed", "Authentication error [code: 10000]", listed] {
            assert_eq!(of(false, said), Listed::Unknown, "{said}");
        }
        assert_eq!(of(true, ""), Listed::Unknown);
    }
}
