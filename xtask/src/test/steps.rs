//! The steps of `test`, cheapest first: a mistake shows early.

use super::{chromium, edge, house, kernel};
use crate::build;
use crate::failure::Outcome;
use crate::process::{check, program, run_quietly};
use crate::setup::{self, Extra, Tools};
use crate::{torn, workspace};

/// One step: `cargo xtask test --only NAME` runs it alone.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(super) run: fn(&Tools) -> Outcome,
}

pub(crate) const STEPS: &[Step] = &[
    Step { name: "house", what: "the repository's own rules", run: |_| house::run() },
    Step { name: "fmt", what: "Rust formatting", run: |_| fmt() },
    Step { name: "clippy", what: "Rust lints, natively and for wasm32", run: |_| clippy() },
    Step { name: "deny", what: "licences and sources of dependencies", run: |_| deny() },
    Step { name: "no-std", what: "core for a target without std", run: |_| kernel::no_std() },
    Step { name: "native", what: "Rust tests without a runtime", run: |_| native() },
    Step { name: "build", what: "wasm module, npm package, page, Worker", run: build::all },
    Step { name: "package", what: "core, packed and built", run: |_| kernel::package() },
    Step { name: "size", what: "the smallest wasm verifier, measured", run: kernel::size },
    Step { name: "wasm", what: "the bindings' tests; every vector in wasm", run: wasm },
    Step { name: "npm", what: "the npm package's tests", run: npm },
    Step { name: "hosts", what: "the packed package in runtimes and bundlers", run: hosts },
    Step { name: "bench", what: "what the benchmarks compare agrees", run: bench },
    Step { name: "edge", what: "HTTP conformance against workerd", run: edge::run },
    Step { name: "system", what: "end to end, in Node and in Chromium", run: system },
    Step { name: "torn", what: "killed and doubled servers under writers", run: torn::test },
];

fn fmt() -> Outcome {
    let mut cargo = program("cargo");
    cargo.args(["fmt", "--all", "--check"]);
    check(cargo)
}

fn clippy() -> Outcome {
    let mut native = program("cargo");
    native.args(["clippy", "--quiet", "--all-targets", "--all-features", "--", "-Dwarnings"]);
    check(native)?;
    let mut wasm = program("cargo");
    wasm.args(["clippy", "--quiet", "--target", "wasm32-unknown-unknown"]);
    wasm.args(["-p", "stateledger-core", "-p", "stateledger-wasm", "-p", "stateledger-worker"]);
    wasm.args(["-p", "stateledger-kernel-vectors"]);
    wasm.args(["--", "-Dwarnings"]);
    check(wasm)
}

fn deny() -> Outcome {
    let tool = setup::extra(Extra::Deny)?;
    // It reads the manifests of every platform's dependencies; the builds before it fetched two platforms'.
    let mut fetch = program("cargo");
    fetch.args(["fetch", "--locked"]);
    run_quietly("Fetching the dependencies of every platform", fetch)?;
    let mut deny = program(tool);
    // Advisories are left to a scheduled job: no check here needs the public network.
    deny.args(["--offline", "--all-features", "check", "--hide-inclusion-graph"]);
    deny.args(["bans", "licenses", "sources"]);
    check(deny)
}

fn native() -> Outcome {
    let mut cargo = program("cargo");
    cargo.arg("test");
    check(cargo)?;
    // A feature that no member asks for.
    let mut cosignatures = program("cargo");
    cosignatures.args([
        "test",
        "--package",
        "stateledger-core",
        "--features",
        "ml-dsa",
        "--test",
        "ml_dsa",
    ]);
    check(cosignatures)?;
    // Its tests need no runtime, but it is not built with the others.
    let mut worker = program("cargo");
    worker.args(["test", "--package", "stateledger-worker"]);
    check(worker)
}

fn wasm(tools: &Tools) -> Outcome {
    let mut command = program(tools.wasm_pack());
    command.args(["--log-level", "warn", "test", "--node", "--mode", "no-install", "wasm"]);
    command.env("PATH", tools.path()?);
    check(command)?;
    kernel::vectors(tools)
}

fn npm(tools: &Tools) -> Outcome {
    build::package(tools)?;
    let mut npm = program("npm");
    npm.args(["test", "--workspace", "npm"]);
    check(npm)?;
    // A warning is an error: a public name without its sentence, a link that leads nowhere.
    let mut docs = program("npm");
    docs.args(["run", "docs:api", "--workspace", "npm"]);
    check(docs)
}

fn hosts(tools: &Tools) -> Outcome {
    let chromium = chromium::ensure()?;
    build::package(tools)?;
    setup::hosts()?;
    // By this machine's Node: under `npm test` the one that is installed there would come first.
    let mut node = program("node");
    node.args(["--test", "--test-concurrency=1"]).args(HOSTS).env(chromium::VARIABLE, chromium);
    check(node)
}

/// By name: Node 20 expands no pattern, and later ones take no folder.
const HOSTS: [&str; 4] = [
    "tests/hosts/bundlers.test.mjs",
    "tests/hosts/cookbook.test.mjs",
    "tests/hosts/package.test.mjs",
    "tests/hosts/runtimes.test.mjs",
];

/// Little of everything: how fast it is, `cargo xtask bench` tells.
fn bench(tools: &Tools) -> Outcome {
    build::package(tools)?;
    let mut npm = program("npm");
    npm.args(["test", "--workspace", "tests/bench"]);
    check(npm)?;
    let mut cargo = program("cargo");
    cargo.args(["test", "--quiet", "-p", "stateledger-bench"]);
    check(cargo)
}

fn system(tools: &Tools) -> Outcome {
    let chromium = chromium::ensure()?;
    build::all(tools)?;
    build::faulty_worker(tools)?;
    let mut npm = program("npm");
    npm.args(["test", "--workspace", "tests"]).env(chromium::VARIABLE, chromium);
    // The tests seed and audit with this very program, instead of waiting for cargo's lock.
    npm.env("XTASK_BIN", workspace::own_program()?);
    check(npm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_of_the_hosts_is_run() {
        let folder = std::fs::read_dir(workspace::root().join("tests/hosts")).unwrap();
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut tests: Vec<_> = names.filter(|name| name.ends_with(".test.mjs")).collect();
        tests.sort();
        let run: Vec<_> =
            HOSTS.iter().filter_map(|path| path.strip_prefix("tests/hosts/")).collect();
        assert_eq!(tests, run);
    }
}
