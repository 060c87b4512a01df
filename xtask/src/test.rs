//! `test`: every check that CI runs, as named steps that also run alone.

pub(crate) mod chromium;
mod edge;
mod house;
mod kernel;
mod steps;

use std::time::Duration;

use crate::failure::{Failure, Outcome, could_not_run};
use crate::setup;
pub(crate) use steps::STEPS;
use steps::Step;

/// What the command line asks for.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run this step alone; may be repeated
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Print the steps' names and what they do
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    if options.list {
        for step in STEPS {
            println!("{:8} {}", step.name, step.what);
        }
        return Ok(());
    }
    let steps = chosen(&options.only)?;
    let tools = setup::run()?;
    let mut results = Vec::new();
    for step in steps {
        println!("== {}: {}", step.name, step.what);
        let started = std::time::Instant::now();
        let outcome = (step.run)(&tools);
        results.push((step.name, started.elapsed(), outcome.as_ref().is_ok()));
        match outcome {
            Ok(()) => {}
            Err(Failure::DoesNotHold(why)) => println!("== {} does not hold: {why}", step.name),
            Err(obstacle) => {
                table(&results);
                return Err(obstacle);
            }
        }
    }
    table(&results);
    let failed: Vec<_> = results.iter().filter(|result| !result.2).map(|result| result.0).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::DoesNotHold(format!("failed: {}", failed.join(", "))))
}

fn chosen(only: &[String]) -> Outcome<Vec<&'static Step>> {
    if let Some(unknown) = only.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        let known: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        return could_not_run(format!("no step {unknown}; the steps are {}", known.join(", ")));
    }
    let asked = |step: &&Step| only.is_empty() || only.iter().any(|name| name == step.name);
    Ok(STEPS.iter().filter(asked).collect())
}

fn table(results: &[(&str, Duration, bool)]) {
    println!("== steps");
    for (name, elapsed, held) in results {
        let mark = if *held { "ok" } else { "FAILED" };
        println!("{name:8} {:7.1} s  {mark}", elapsed.as_secs_f64());
    }
    let total: Duration = results.iter().map(|result| result.1).sum();
    println!("{:8} {:7.1} s", "total", total.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_step_is_refused_and_the_rest_keeps_its_order() {
        assert_eq!(chosen(&["nonsense".into()]).err().unwrap().exit_code(), 2);
        let names: Vec<_> =
            chosen(&["npm".into(), "fmt".into()]).unwrap().iter().map(|step| step.name).collect();
        assert_eq!(names, ["fmt", "npm"]);
        assert_eq!(chosen(&[]).unwrap().len(), STEPS.len());
    }
}
