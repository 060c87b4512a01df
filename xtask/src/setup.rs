//! What a fresh machine needs beyond a Rust toolchain and Node: done once, skipped afterwards.

mod node;
mod rust_src;
mod rust_target;
mod toolchain;
mod tools;

use std::fs::{self, File};
use std::path::PathBuf;

pub(crate) use rust_target::BARE_METAL;
pub(crate) use tools::{Extra, Tools, npm_binary};

use crate::failure::{Outcome, While, could_not_run};

/// Brings everything that building needs and answers where the pinned tools are.
/// Two set-ups at once wait for each other.
pub(crate) fn run() -> Outcome<Tools> {
    node::check()?;
    let cache = cache_folder()?;
    let _one_at_a_time = lock(&cache)?;
    rust_target::ensure(&rust_target::WASM, &cache)?;
    node::ensure_packages()?;
    tools::ensure(&cache)
}

/// The target without a standard library, which only one step of `test` needs.
pub(crate) fn bare_metal() -> Outcome {
    let cache = cache_folder()?;
    let _one_at_a_time = lock(&cache)?;
    rust_target::ensure(&BARE_METAL, &cache)
}

/// A tool that only some commands need.
pub(crate) fn extra(extra: Extra) -> Outcome<PathBuf> {
    let cache = cache_folder()?;
    let _one_at_a_time = lock(&cache)?;
    tools::ensure_extra(&cache, extra)
}

/// The nightly compiler with a component, which fuzzing and Miri need; answers its name.
pub(crate) fn nightly(component: &str) -> Outcome<&'static str> {
    let _one_at_a_time = lock(&cache_folder()?)?;
    toolchain::nightly(component)
}

/// A component of the pinned stable toolchain that only some commands need.
pub(crate) fn component(name: &str) -> Outcome {
    let _one_at_a_time = lock(&cache_folder()?)?;
    toolchain::component(name)
}

/// The runtimes, bundlers and frameworks, which only one step of `test` needs.
pub(crate) fn hosts() -> Outcome {
    let _one_at_a_time = lock(&cache_folder()?)?;
    node::ensure_hosts()
}

/// The per-user cache that every clone shares: `$XDG_CACHE_HOME` or `~/.cache`, `/stateledger`.
fn cache_folder() -> Outcome<PathBuf> {
    let own = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let Some(base) = own("XDG_CACHE_HOME").or_else(|| Some(own("HOME")?.join(".cache"))) else {
        return could_not_run("neither XDG_CACHE_HOME nor HOME says where the tools' cache is");
    };
    let folder = base.join("stateledger");
    fs::create_dir_all(&folder).or_could_not_run(|| format!("creating {}", folder.display()))?;
    Ok(folder)
}

/// Held until it is dropped, or its process dies.
fn lock(cache: &std::path::Path) -> Outcome<File> {
    let path = cache.join("lock");
    let doing = || format!("locking {}", path.display());
    let file = File::create(&path).or_could_not_run(doing)?;
    if file.try_lock().is_err() {
        eprintln!("     waiting for another set-up to finish ...");
        file.lock().or_could_not_run(doing)?;
    }
    Ok(file)
}
