//! Rules on the documents.

use std::path::Path;

use super::super::STEPS;
use super::{Findings, House};

/// Every relative link of a Markdown file leads to a file or folder.
pub(super) fn links(house: &House) -> Findings {
    let mut findings = Findings::new();
    for file in house.ending(&[".md"]) {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        for target in link_targets(&house.text(file)) {
            let path = target.split('#').next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !elsewhere && !path.is_empty() && !house.root.join(folder).join(path).exists() {
                findings.push(format!("{file} links to {target}"));
            }
        }
    }
    findings
}

/// The targets of inline links outside code blocks and code spans.
fn link_targets(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for after in prose.split("](").skip(1) {
            if let Some((target, _)) = after.split_once(')') {
                targets.push(target.split(' ').next().unwrap_or_default().to_owned());
            }
        }
    }
    targets
}

/// CONTRIBUTING.md lists exactly the steps that CI runs, and CI runs them through `cargo xtask`.
pub(super) fn steps(house: &House) -> Findings {
    let mut findings = Findings::new();
    let text = house.text("CONTRIBUTING.md");
    let listed: Vec<_> = text.split("cargo xtask test --only ").skip(1).map(first_word).collect();
    for step in STEPS.iter().filter(|step| !listed.contains(&step.name)) {
        findings.push(format!("CONTRIBUTING.md does not list the step {}", step.name));
    }
    for name in listed.iter().filter(|name| STEPS.iter().all(|step| step.name != **name)) {
        findings.push(format!("CONTRIBUTING.md lists a step {name}, which does not exist"));
    }
    if !house.text(".ci/run").contains("cargo xtask test") {
        findings.push(".ci/run does not call cargo xtask test".into());
    }
    findings
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::house;
    use super::*;

    #[test]
    fn a_dead_link_is_found_and_code_is_not_read_as_links() {
        let text =
            "[a](there.md#part) [b](gone.md) `[c](x)` [d](https://example.org)\n```\n[e](y)\n```\n";
        let (_folder, house) = house(&[("docs/a.md", text), ("docs/there.md", "")]);
        assert_eq!(links(&house), ["docs/a.md links to gone.md"]);
    }

    #[test]
    fn a_step_that_is_missing_or_made_up_is_found() {
        let all: String =
            STEPS.iter().map(|step| format!("`cargo xtask test --only {}`\n", step.name)).collect();
        let ci = (".ci/run", "exec cargo xtask test\n");
        let findings = |text: &str| steps(&house(&[("CONTRIBUTING.md", text), ci]).1).len();
        assert_eq!(findings(&all), 0);
        assert_eq!(findings(&all.replace("--only fmt`", "--only format`")), 2);
        assert_eq!(steps(&house(&[("CONTRIBUTING.md", &all)]).1).len(), 1);
    }
}
