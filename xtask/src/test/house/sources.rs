//! Rules on source files.

use super::{Findings, House};

const SOURCES: [&str; 9] = [".rs", ".ts", ".tsx", ".js", ".mjs", ".css", ".sql", ".html", ".sh"];
const MOST_LINES: usize = 400;
const MOST_LINES_OF_A_TEST: usize = 600;

/// Source files have at most 400 lines, test files 600.
pub(super) fn short(house: &House) -> Findings {
    let mut findings = Findings::new();
    for file in house.ending(&SOURCES) {
        let limit = if is_test(file) { MOST_LINES_OF_A_TEST } else { MOST_LINES };
        let lines = house.text(file).lines().count();
        if lines > limit {
            findings.push(format!("{file} has {lines} lines; {limit} is the most"));
        }
    }
    findings
}

fn is_test(file: &str) -> bool {
    let parts: Vec<_> = file.split('/').collect();
    let name = parts.last().copied().unwrap_or_default();
    parts.iter().any(|part| ["tests", "test"].contains(part))
        || name.contains(".test.")
        || ["tests.rs", "test.rs"].contains(&name)
}

/// Words that belong to a platform, and nowhere in core.
const PLATFORM_WORDS: [&str; 9] = [
    "wasm_bindgen",
    "js_sys",
    "getrandom",
    "SystemTime",
    "Instant::now",
    "worker::",
    "std::fs",
    "std::net",
    "std::thread",
];

/// Core has no JavaScript, clock, randomness, storage or network.
pub(super) fn core_is_pure(house: &House) -> Findings {
    let mut findings = Findings::new();
    for file in house.ending(&[".rs"]).filter(|file| file.starts_with("core/src/")) {
        let text = house.text(file);
        for word in PLATFORM_WORDS.iter().filter(|word| text.contains(**word)) {
            findings.push(format!("{file} says {word}"));
        }
    }
    findings
}

/// Hosts of package registries: where a machine fetches from is its owner's business. Cargo.lock
/// is left out, because cargo's name of the public registry is the same on every machine.
pub(super) fn no_registry(house: &House) -> Findings {
    let words = [
        ["registry.", "npmjs.org"],
        ["index.", "crates.io"],
        ["arti", "factory"],
        ["_auth", "Token"],
    ];
    let words = words.map(|halves| halves.concat());
    let mut findings = Findings::new();
    for file in house.files.iter().filter(|file| *file != "Cargo.lock") {
        let text = house.text(file);
        for word in words.iter().filter(|word| text.contains(word.as_str())) {
            findings.push(format!("{file} names {word}"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::house;
    use super::*;

    #[test]
    fn the_limit_is_400_lines_and_600_for_a_test() {
        let long = "x\n".repeat(401);
        let longer = "x\n".repeat(601);
        let files = [
            ("a.rs", long.as_str()),
            ("core/tests/b.rs", &long),
            ("c.test.ts", &longer),
            ("d.txt", &longer),
        ];
        let (_folder, house) = house(&files);
        let findings = short(&house);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("a.rs has 401") && findings[1].starts_with("c.test.ts"));
    }

    #[test]
    fn a_clock_in_core_and_a_registry_anywhere_are_found() {
        let registry = format!("registry=https://{}/", ["registry.", "npmjs.org"].concat());
        let files = [("core/src/a.rs", "let now = SystemTime::now();"), (".npmrc", &registry)];
        let (_folder, house) = house(&files);
        assert_eq!(core_is_pure(&house), ["core/src/a.rs says SystemTime"]);
        assert_eq!(no_registry(&house).len(), 1);
    }
}
