//! The browser of the system tests: the machine's own, or Debian's package.

use std::path::PathBuf;

use crate::failure::{Outcome, could_not_run};
use crate::process::{program, run_quietly};

/// Names the browser to the tests; set by a person, it wins over what is found.
pub(crate) const VARIABLE: &str = "CHROMIUM";

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Answers the path of a Chromium, installing one through apt where that is possible.
pub(crate) fn ensure() -> Outcome<PathBuf> {
    if let Some(found) = std::env::var_os(VARIABLE).map(PathBuf::from).or_else(find) {
        return Ok(found);
    }
    install()?;
    match find() {
        Some(found) => Ok(found),
        None => could_not_run("apt installed chromium, but no chromium is on PATH"),
    }
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let places = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

fn install() -> Outcome {
    if !rustix::process::geteuid().is_root() {
        return could_not_run(
            "the browser tests need Chromium and only root can install it: \
             run `apt-get install chromium`, or set CHROMIUM to a browser's path",
        );
    }
    let apt = |arguments: &[&str]| {
        let mut command = program("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let installed = run_quietly("Reading the package lists", apt(&["update"]))
        .and_then(|()| run_quietly("Installing chromium", apt(&["install", "-y", "chromium"])));
    match installed {
        Ok(()) => Ok(()),
        Err(failure) => could_not_run(format!(
            "the browser tests need Chromium, and installing the package chromium failed: {}",
            failure.message()
        )),
    }
}
