//! A repository's commits, oldest first, read from `git log` one by one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::failure::{Outcome, While, could_not_run};
use crate::process::answer_of;

/// NUL ends each field, and no field can hold one: hash, parents, author, author date, commit
/// date, whole message.
const FORMAT: &str = "--format=tformat:%H%x00%P%x00%an%x00%aI%x00%cI%x00%B";
const FIELDS: usize = 6;

/// One commit. Text that is not UTF-8 was made so, and `lossy` says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) hash: String,
    pub(super) parents: Vec<String>,
    pub(super) author: String,
    pub(super) authored: String,
    pub(super) committed: String,
    pub(super) message: String,
    pub(super) lossy: bool,
}

/// The commits that lead to HEAD.
pub(super) struct History {
    name: String,
    length: u64,
    git: Child,
    output: BufReader<ChildStdout>,
}

impl History {
    /// Fails where `repository` is no git repository or has no commit.
    pub(super) fn open(repository: &Path) -> Outcome<Self> {
        let path = std::fs::canonicalize(repository)
            .or_could_not_run(|| format!("opening {}", repository.display()))?;
        let counted = answer_of(git(&path, &["rev-list", "--count", "HEAD"]));
        let Some(length) = counted.and_then(|count| count.parse().ok()) else {
            return could_not_run(format!("{} has no git history", path.display()));
        };
        // Parents before children, whatever the clocks of their authors said.
        let log = [
            "log",
            "--no-show-signature",
            "--reverse",
            "--topo-order",
            "--encoding=UTF-8",
            "-z",
            FORMAT,
            "HEAD",
        ];
        let mut command = git(&path, &log);
        let mut git =
            command.stdout(Stdio::piped()).spawn().or_could_not_run(|| "starting git".into())?;
        let Some(output) = git.stdout.take() else { return could_not_run("git has no output") };
        Ok(Self { name: name_of(&path), length, git, output: BufReader::new(output) })
    }

    /// The repository's name: its remote's, else its folder's.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How many commits there are.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    fn next_commit(&mut self) -> Outcome<Option<Commit>> {
        let commit =
            read_commit(&mut self.output).or_could_not_run(|| "reading git's log".into())?;
        if commit.is_none() {
            let status = self.git.wait().or_could_not_run(|| "waiting for git".into())?;
            if !status.success() {
                return could_not_run(format!("git log ended with {status}"));
            }
        }
        Ok(commit)
    }
}

impl Iterator for History {
    type Item = Outcome<Commit>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_commit().transpose()
    }
}

impl Drop for History {
    fn drop(&mut self) {
        let _ = self.git.kill();
        let _ = self.git.wait();
    }
}

fn git(repository: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(repository).args(arguments).stdin(Stdio::null());
    command
}

fn name_of(path: &Path) -> String {
    let remote =
        answer_of(git(path, &["config", "--get", "remote.origin.url"])).unwrap_or_default();
    let last = remote.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    let folder = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = match last.trim_end_matches(".git") {
        "" => folder.unwrap_or_default(),
        name => name.to_owned(),
    };
    // A source has 1 to 256 bytes and no control characters.
    let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    if name.trim().is_empty() { "git".to_owned() } else { name }
}

fn read_commit(input: &mut impl BufRead) -> std::io::Result<Option<Commit>> {
    let mut fields = Vec::with_capacity(FIELDS);
    let mut lossy = false;
    for _ in 0..FIELDS {
        let mut field = Vec::new();
        if input.read_until(0, &mut field)? == 0 {
            break;
        }
        field.pop();
        let text = String::from_utf8_lossy(&field);
        lossy |= matches!(text, std::borrow::Cow::Owned(_));
        fields.push(text.into_owned());
    }
    if fields.is_empty() {
        return Ok(None);
    }
    let Ok([hash, parents, author, authored, committed, message]) =
        <[String; FIELDS]>::try_from(fields)
    else {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    };
    let parents = parents.split(' ').filter(|hash| !hash.is_empty()).map(str::to_owned).collect();
    Ok(Some(Commit { hash, parents, author, authored, committed, message, lossy }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_and_bytes_that_are_no_text_are_marked() {
        let log = b"aa\0\0Ann\x002026-01-01T00:00:00Z\x002026-01-02T00:00:00Z\0one\n\ntwo\n\0\
                    bb\0aa cc\0B\xf6b\0d\0d\0m\0";
        let mut input = &log[..];
        let first = read_commit(&mut input).unwrap().unwrap();
        assert_eq!((first.hash.as_str(), first.parents.len(), first.lossy), ("aa", 0, false));
        assert_eq!(first.message, "one\n\ntwo\n");
        let second = read_commit(&mut input).unwrap().unwrap();
        assert_eq!(second.parents, ["aa", "cc"]);
        assert_eq!((second.author.as_str(), second.lossy), ("B\u{fffd}b", true));
        assert_eq!(read_commit(&mut input).unwrap(), None);
    }

    #[test]
    fn a_log_that_breaks_off_is_an_error() {
        assert!(read_commit(&mut &b"aa\0\0Ann\0"[..]).is_err());
    }

    #[test]
    fn a_real_repository_is_read_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let who = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
            let arguments: Vec<_> = who.iter().chain(arguments).copied().collect();
            assert!(
                git(folder.path(), &arguments).stdout(Stdio::null()).status().unwrap().success()
            );
        };
        run(&["init", "--quiet"]);
        for message in ["first", "second\n\nwith a body"] {
            run(&["commit", "--quiet", "--allow-empty", "-m", message]);
        }
        let history = History::open(folder.path()).unwrap();
        assert_eq!(history.len(), 2);
        let commits: Vec<_> = history.map(|commit| commit.unwrap()).collect();
        assert_eq!(commits[0].message.trim_end(), "first");
        assert_eq!(commits[1].parents, [commits[0].hash.clone()]);
    }
}
