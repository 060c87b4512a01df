//! The local deployment's secrets: one signing seed and one admin token, under DIR/secrets.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::failure::{Outcome, While, could_not_run};

/// Secrets that exist from the first start on and never change by themselves.
pub(crate) struct Secrets {
    /// What a client sends as bearer token.
    pub(crate) admin_token: String,
    /// Where the token is kept.
    pub(crate) admin_token_file: PathBuf,
    /// The secrets in the form that wrangler's `--env-file` reads.
    pub(crate) env_file: PathBuf,
}

impl Secrets {
    /// Reads `state`/secrets and draws what is missing. Files are readable by their owner only.
    pub(crate) fn load_or_create(state: &Path) -> Outcome<Self> {
        let folder = state.join("secrets");
        fs::create_dir_all(state).or_could_not_run(|| format!("creating {}", state.display()))?;
        private_folder(&folder)?;
        let seed = load_or_draw(&folder.join("seed"))?;
        let admin_token_file = folder.join("admin-token");
        let admin_token = load_or_draw(&admin_token_file)?;
        let env_file = folder.join("worker.env");
        let lines = format!("STATELEDGER_SEED={seed}\nSTATELEDGER_ADMIN_TOKEN={admin_token}\n");
        write_private(&env_file, &lines)?;
        Ok(Self { admin_token, admin_token_file, env_file })
    }
}

/// Makes a folder that only its owner may enter.
pub(crate) fn private_folder(path: &Path) -> Outcome {
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700);
    private.create(path).or_could_not_run(|| format!("creating {}", path.display()))
}

/// 32 bytes as 64 hex digits: from the file, or drawn and kept there.
pub(crate) fn load_or_draw(path: &Path) -> Outcome<String> {
    if let Ok(text) = fs::read_to_string(path) {
        return checked(path, text.trim_end());
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).or_could_not_run(|| "asking for random bytes".into())?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    write_private(path, &format!("{hex}\n"))?;
    Ok(hex)
}

fn checked(path: &Path, text: &str) -> Outcome<String> {
    let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == 64 && text.bytes().all(digits) {
        return Ok(text.to_owned());
    }
    could_not_run(format!("{} does not hold 64 lowercase hex digits", path.display()))
}

/// Writes a file of mode 0600, which appears whole.
pub(super) fn write_private(path: &Path, text: &str) -> Outcome {
    let doing = || format!("writing {}", path.display());
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    let unfinished = PathBuf::from(unfinished);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&unfinished).or_could_not_run(doing)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).or_could_not_run(doing)?;
    fs::rename(&unfinished, path).or_could_not_run(doing)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn secrets_are_drawn_once_and_stay_private() {
        let state = tempfile::tempdir().unwrap();
        let first = Secrets::load_or_create(state.path()).unwrap();
        let folder = state.path().join("secrets");
        assert_eq!(mode(&folder), 0o700);
        for name in ["seed", "admin-token", "worker.env"] {
            assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
        }
        let seed = fs::read_to_string(folder.join("seed")).unwrap();
        assert_ne!(seed.trim_end(), first.admin_token);
        let second = Secrets::load_or_create(state.path()).unwrap();
        assert_eq!(second.admin_token, first.admin_token);
        assert_eq!(fs::read_to_string(folder.join("seed")).unwrap(), seed);
        assert!(fs::read_to_string(&second.env_file).unwrap().contains(seed.trim_end()));
    }

    #[test]
    fn a_damaged_seed_is_never_replaced() {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir_all(state.path().join("secrets")).unwrap();
        fs::write(state.path().join("secrets/seed"), "abc\n").unwrap();
        assert!(Secrets::load_or_create(state.path()).is_err());
        assert_eq!(fs::read_to_string(state.path().join("secrets/seed")).unwrap(), "abc\n");
    }
}
