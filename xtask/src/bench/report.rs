//! Rows as a table, and the file that keeps the tables.

use serde_json::Value as Json;

use super::{Suite, document};
use crate::failure::{Outcome, While, could_not_run};
use crate::process::{answer_of, program};
use crate::workspace;

const HEADING: &str = "# Benchmarks\n\n\
    Medians of ratios from one interleaved run each: in every round all contestants work for about the same time, \
    and a ratio compares two of the same round. Above 1 means that StateLedger is faster. Before anything is timed, \
    all have given the same answers on a good and on a tampered input. Rates depend on the machine and are not kept.\n\n\
    Each section is written by the command that it names.\n";

/// The rows as Markdown.
pub(super) fn table(rows: &[Json]) -> Outcome<String> {
    let mut lines = vec!["| what | against | version | ratio |".to_owned()];
    lines.push("|---|---|---|--:|".into());
    for row in rows {
        let text = |member: &str| row.get(member).and_then(Json::as_str);
        let (Some(name), Some(peer), Some(version), Some(ratio)) = (
            text("name"),
            text("peer"),
            text("peerVersion"),
            row.get("ratio").and_then(Json::as_f64).filter(|ratio| *ratio > 0.0),
        ) else {
            return could_not_run(format!("a harness printed a row of another shape: {row}"));
        };
        lines.push(format!("| {name} | {peer} | {version} | {ratio} |"));
    }
    if rows.is_empty() {
        return could_not_run("the harnesses printed no rows");
    }
    Ok(lines.join("\n"))
}

/// Puts a suite's table into its section of the file; the other sections stay.
pub(super) fn update(suite: Suite, table: &str) -> Outcome {
    let path = document();
    let old = std::fs::read_to_string(&path).unwrap_or_else(|_| HEADING.into());
    let section = format!("{}\n\n{}\n\n{table}\n", title(suite), machine());
    let new = with_section(&old, title(suite), &section);
    std::fs::write(&path, new).or_could_not_run(|| format!("writing {}", path.display()))
}

fn title(suite: Suite) -> &'static str {
    match suite {
        Suite::Core => "## `cargo xtask bench core --update`",
        Suite::Npm => "## `cargo xtask bench npm --update`",
        Suite::Edge => "## `cargo xtask bench edge --update`",
    }
}

/// The text with the section of this title exchanged, or added at the end.
fn with_section(text: &str, title: &str, section: &str) -> String {
    let Some((before, from)) = text.split_once(title) else {
        return format!("{}\n\n{section}", text.trim_end());
    };
    let rest = from.find("\n## ").and_then(|end| from.get(end + 1..));
    match rest {
        Some(rest) => format!("{before}{section}\n{rest}"),
        None => format!("{before}{section}"),
    }
}

/// What class of machine the ratios are from.
fn machine() -> String {
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor =
        facts.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let version = |name: &str, argument: &str| {
        let mut command = program(name);
        command.arg(argument);
        answer_of(command).unwrap_or_else(|| format!("no {name}"))
    };
    let rustc = version("rustc", "--version");
    let rustc = rustc.split(' ').take(2).collect::<Vec<_>>().join(" ");
    format!(
        "{} {}, {cores} cores, {}; Node {}, {rustc}, StateLedger {}.",
        std::env::consts::OS,
        std::env::consts::ARCH,
        processor.unwrap_or("unknown processor").trim(),
        version("node", "--version"),
        workspace::VERSION,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_of_another_shape_is_an_obstacle() {
        let row = json!({"name": "n", "ours": 1, "peer": "p", "peerVersion": "1", "ratio": 2.5, "unit": "u", "samples": 1});
        assert!(table(std::slice::from_ref(&row)).unwrap().ends_with("| n | p | 1 | 2.5 |"));
        let mut other = row.clone();
        other["ratio"] = json!("fast");
        assert_eq!(table(&[row, other]).unwrap_err().exit_code(), 2);
        assert_eq!(table(&[]).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn a_section_is_exchanged_and_the_others_stay() {
        let once = with_section(HEADING, "## `a`", "## `a`\n\n@1\n");
        let both = with_section(&once, "## `b`", "## `b`\n\n@2\n");
        assert_eq!(both, format!("{HEADING}\n## `a`\n\n@1\n\n## `b`\n\n@2\n"));
        let newer = with_section(&both, "## `a`", "## `a`\n\n@3\n");
        assert_eq!(newer, both.replace("@1", "@3"));
        assert_eq!(with_section(&newer, "## `b`", "## `b`\n\n@4\n"), newer.replace("@2", "@4"));
    }
}
