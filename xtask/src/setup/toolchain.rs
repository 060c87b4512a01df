//! Parts of Rust that building does not need: the nightly compiler, and components of the stable one.

use crate::failure::{Outcome, could_not_run};
use crate::process::{program, run_quietly};

/// The one nightly that everything uses which stable Rust cannot do yet.
const NIGHTLY: &str = "nightly-2026-05-01";

/// Installs the nightly with a component where it is missing.
pub(super) fn nightly(component: &str) -> Outcome<&'static str> {
    let mut rustup = program("rustup");
    rustup.args(["toolchain", "install", NIGHTLY, "--no-self-update"]);
    rustup.args(["--profile", "minimal", "--component", component]);
    match run_quietly(&format!("Looking for {NIGHTLY} with {component}"), rustup) {
        Ok(()) => Ok(NIGHTLY),
        Err(why) => could_not_run(format!(
            "this needs the compiler {NIGHTLY} with {component}, and rustup cannot install it: {}",
            why.message()
        )),
    }
}

/// Installs a component of the pinned toolchain where it is missing.
pub(super) fn component(name: &str) -> Outcome {
    let mut rustup = program("rustup");
    rustup.args(["component", "add", name]);
    match run_quietly(&format!("Looking for {name}"), rustup) {
        Ok(()) => Ok(()),
        Err(why) => could_not_run(format!(
            "this needs the component {name}, and rustup cannot install it: {}",
            why.message()
        )),
    }
}
