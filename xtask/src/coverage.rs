//! `coverage`: how much of the kernel its own tests reach.

use serde_json::Value as Json;

use crate::failure::{Failure, Outcome, While, could_not_run};
use crate::process::{output_of, program};
use crate::setup::{self, Extra};

/// The least share of the kernel's lines, in percent.
const LEAST: f64 = 95.0;

pub(crate) fn run() -> Outcome {
    let tool = setup::extra(Extra::Coverage)?;
    setup::component("llvm-tools")?;
    let mut command = program(tool);
    command.args(["llvm-cov", "--package", "stateledger-core", "--all-features"]);
    // Tests reach themselves, which would count as if it were the kernel.
    command.args(["--ignore-filename-regex", r"/tests(/|\.rs$)|/\.cargo/", "--json"]);
    command.arg("--summary-only");
    command.env_remove("CARGO");
    let (status, text) = output_of(command)?;
    match status.code() {
        Some(0) => {}
        _ => return could_not_run(format!("cargo-llvm-cov ended with {status}")),
    }
    // The tests' own output comes first.
    let last = text.lines().last().unwrap_or_default();
    let report: Json =
        serde_json::from_str(last).or_could_not_run(|| "reading the report".into())?;
    judge(&report)
}

fn judge(report: &Json) -> Outcome {
    let lines = |part: &Json| part.pointer("/lines/percent").and_then(Json::as_f64);
    let data = report.pointer("/data/0").unwrap_or(&Json::Null);
    let files = data.get("files").and_then(Json::as_array);
    for file in files.into_iter().flatten() {
        let name = file.get("filename").and_then(Json::as_str).unwrap_or_default();
        let percent = file.get("summary").and_then(lines).unwrap_or_default();
        let short = name.split_once("/core/").map_or(name, |(_, short)| short);
        println!("{percent:6.1} %  {short}");
    }
    match data.get("totals").and_then(lines) {
        None => could_not_run("cargo-llvm-cov's report has another form"),
        Some(percent) => {
            println!("{percent:6.1} %  of all lines");
            if percent >= LEAST {
                return Ok(());
            }
            let why = format!("tests reach {percent:.1} % of the kernel's lines, not {LEAST} %");
            Err(Failure::DoesNotHold(why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_is_a_finding_and_another_form_an_obstacle() {
        let report = |percent: f64| serde_json::json!({"data": [{"files": [], "totals": {"lines": {"percent": percent}}}]});
        assert!(judge(&report(95.0)).is_ok());
        assert_eq!(judge(&report(94.9)).unwrap_err().exit_code(), 1);
        assert_eq!(judge(&Json::Null).unwrap_err().exit_code(), 2);
    }
}
