//! Paths that a compiled module names (in panics) are those of a made-up machine, so that two
//! clones and two users make the same bytes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Outcome, While, could_not_run};
use crate::process::run_quietly;

/// Where cargo takes more flags for wasm32 from; it adds them to those of .cargo/config.toml.
const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// What a build of wasm32 depends on beside the sources.
pub(crate) struct Place {
    /// A clone of the repository.
    pub(crate) root: PathBuf,
    /// Where cargo keeps the sources of dependencies.
    pub(crate) cargo_home: PathBuf,
}

impl Place {
    /// This clone and this user's cargo.
    pub(crate) fn here() -> Outcome<Self> {
        let own = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        match own("CARGO_HOME").or_else(|| Some(own("HOME")?.join(".cargo"))) {
            Some(cargo_home) => Ok(Self { root: crate::workspace::root(), cargo_home }),
            None => could_not_run("neither CARGO_HOME nor HOME says where cargo's home is"),
        }
    }

    /// Lets `command` compile in this place, with no path of it in the result.
    pub(crate) fn prepare(&self, command: &mut Command) -> Outcome {
        command.current_dir(&self.root).env("CARGO_HOME", &self.cargo_home);
        command.env(FLAGS, self.flags()?);
        Ok(())
    }

    fn flags(&self) -> Outcome<OsString> {
        let sources = self.cargo_home.join("registry/src");
        if !sources.is_dir() {
            let mut fetch = Command::new("cargo");
            fetch.args(["fetch", "--locked", "--target", "wasm32-unknown-unknown"]);
            fetch.current_dir(&self.root).env("CARGO_HOME", &self.cargo_home);
            run_quietly("Fetching the dependencies", fetch)?;
        }
        let mut prefixes = vec![(self.root.clone(), "/stateledger")];
        let doing = || format!("reading {}", sources.display());
        for registry in std::fs::read_dir(&sources).or_could_not_run(doing)? {
            // Named after the registry's address: a mirror has another.
            prefixes.push((registry.or_could_not_run(doing)?.path(), "/cargo"));
        }
        flags_of(&prefixes)
    }
}

fn flags_of(prefixes: &[(PathBuf, &str)]) -> Outcome<OsString> {
    let mut flags = OsString::new();
    for (path, name) in prefixes {
        if has_space(path) {
            return could_not_run(format!("{} has a space in its name", path.display()));
        }
        for part in [" --remap-path-prefix=".as_ref(), path.as_os_str(), "=".as_ref()] {
            flags.push(part);
        }
        flags.push(name);
    }
    Ok(flags)
}

/// Cargo splits the variable at spaces.
fn has_space(path: &Path) -> bool {
    path.to_string_lossy().contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_becomes_a_flag() {
        let flags = flags_of(&[("/a/b".into(), "/x"), ("/c".into(), "/y")]).unwrap();
        assert_eq!(flags, " --remap-path-prefix=/a/b=/x --remap-path-prefix=/c=/y");
        assert_eq!(flags_of(&[("/a b".into(), "/x")]).unwrap_err().exit_code(), 2);
    }
}
