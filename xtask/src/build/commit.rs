//! Which commit a build is of, for `/version` and `/metrics`.

use std::path::Path;

use crate::process::{answer_of, program};

/// The variable that the Worker's build reads it from.
pub(super) const VARIABLE: &str = "STATELEDGER_COMMIT";

/// The commit that is checked out at `root`, with `-dirty` behind it if files differ from it. `None` where there is no
/// clone: a build from an archive.
///
/// A Worker that is fresh is not built again for a new commit, so it names the one that its sources were built at.
pub(super) fn checked_out(root: &Path) -> Option<String> {
    let mut git = program("git");
    git.arg("-C").arg(root);
    // No tag is named: `exclude` leaves the hash, whole.
    git.args(["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]);
    answer_of(git).filter(|commit| !commit.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(root: &Path, arguments: &[&str]) {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        let mut git = program("git");
        git.arg("-C").arg(root).args(who).args(arguments);
        answer_of(git).expect("git");
    }

    #[test]
    fn a_build_names_its_commit_and_says_what_was_changed() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(checked_out(root.path()), None, "no clone");
        std::fs::write(root.path().join("a"), "1").unwrap();
        git(root.path(), &["init", "-q"]);
        git(root.path(), &["add", "a"]);
        git(root.path(), &["commit", "-q", "-m", "a"]);
        git(root.path(), &["tag", "v1"]);
        let clean = checked_out(root.path()).unwrap();
        assert_eq!(clean.len(), 40, "{clean}");
        assert!(clean.bytes().all(|b| b.is_ascii_hexdigit()), "{clean}");
        std::fs::write(root.path().join("a"), "2").unwrap();
        assert_eq!(checked_out(root.path()), Some(format!("{clean}-dirty")));
    }
}
