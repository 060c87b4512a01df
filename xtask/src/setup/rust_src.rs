//! The fallback where rustup cannot reach its server: builds a target's standard library from
//! Debian's `rust-src` of the compiler's own version, and installs it into the toolchain.
//! Needs apt, but neither root nor a change to the system's package lists.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::rust_target::{Target, library_folder};
use crate::failure::{Outcome, While, could_not_run};
use crate::process::{answer_of, program, run_quietly};

/// Debian's newest compilers appear in this suite first.
const SUITE: &str = "trixie-backports";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Builds the standard library once; every ordinary build works from then on.
pub(super) fn build_std(target: &Target, cache: &Path, sysroot: &Path) -> Outcome {
    let version = compiler_version()?;
    let source = cache.join(format!("rust-src-{version}"));
    if !source.is_dir() {
        fetch_source(cache, &version, &source)?;
    }
    show_source(&source, sysroot)?;
    let project = tempfile::tempdir().or_could_not_run(|| "creating a folder".into())?;
    compile(target, project.path())?;
    install(target, project.path(), sysroot)
}

fn compiler_version() -> Outcome<String> {
    let mut rustc = program("rustc");
    rustc.arg("--version");
    let answer = answer_of(rustc).unwrap_or_default();
    match answer.split(' ').nth(1) {
        Some(version) => Ok(version.to_owned()),
        None => could_not_run("rustc does not say which version it is"),
    }
}

/// Downloads and unpacks the package to `source`, which appears whole.
fn fetch_source(cache: &Path, version: &str, source: &Path) -> Outcome {
    let work = tempfile::tempdir_in(cache).or_could_not_run(|| "creating a folder".into())?;
    let apt = Apt::prepare(work.path())?;
    run_quietly("Reading Debian's package lists", apt.command("apt-get", &["update"]))?;
    let mut offers = apt.command("apt-cache", &["madison", "rust-src"]);
    offers.current_dir(work.path());
    let offers = answer_of(offers).unwrap_or_default();
    let Some(package) = matching_package(&offers, version) else {
        return could_not_run(format!("apt offers no rust-src {version} in {SUITE}"));
    };
    let mut download = apt.command("apt-get", &["download", &format!("rust-src={package}")]);
    download.current_dir(work.path());
    run_quietly(&format!("Downloading rust-src {package}"), download)?;
    let Some(archive) = file_ending(work.path(), ".deb") else {
        return could_not_run("apt downloaded no package");
    };
    let unpacked = work.path().join("unpacked");
    let mut unpack = program("dpkg-deb");
    unpack.arg("-x").arg(archive).arg(&unpacked);
    run_quietly("Unpacking rust-src", unpack)?;
    let inside = unpacked.join("usr/src").join(format!("rustc-{version}"));
    fs::rename(&inside, source).or_could_not_run(|| format!("keeping {}", inside.display()))
}

/// apt with package lists of its own.
struct Apt {
    options: Vec<String>,
}

impl Apt {
    fn prepare(work: &Path) -> Outcome<Self> {
        let (sources, lists, cache) =
            (work.join("sources.list"), work.join("lists"), work.join("cache"));
        for folder in [lists.join("partial"), cache.join("archives/partial")] {
            fs::create_dir_all(folder).or_could_not_run(|| "creating a folder".into())?;
        }
        let trust = if Path::new(KEYRING).exists() {
            format!("[signed-by={KEYRING}] ")
        } else {
            String::new()
        };
        let line = format!("deb {trust}http://deb.debian.org/debian {SUITE} main\n");
        fs::write(&sources, line).or_could_not_run(|| "writing a source list".into())?;
        let set = |name: &str, value: &Path| format!("-o{name}={}", value.display());
        Ok(Self {
            options: vec![
                set("Dir::Etc::sourcelist", &sources),
                set("Dir::Etc::sourceparts", Path::new("/dev/null")),
                set("Dir::State::lists", &lists),
                set("Dir::Cache", &cache),
            ],
        })
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = program(name);
        command.args(&self.options).args(arguments);
        command
    }
}

/// The package of exactly this compiler in the lines `name | version | origin`.
fn matching_package(offers: &str, version: &str) -> Option<String> {
    let packages = offers.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
    let upstream = format!("{version}+");
    packages.into_iter().find(|package| package.starts_with(&upstream)).map(str::to_owned)
}

fn file_ending(folder: &Path, ending: &str) -> Option<PathBuf> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|file| file.path());
    files.into_iter().find(|path| path.to_string_lossy().ends_with(ending))
}

/// cargo looks for the library's source in one place of the toolchain.
fn show_source(source: &Path, sysroot: &Path) -> Outcome {
    let place = sysroot.join("lib/rustlib/src");
    let link = place.join("rust");
    if link.join("library").is_dir() {
        return Ok(());
    }
    let doing = || format!("linking {}", link.display());
    fs::create_dir_all(&place).or_could_not_run(doing)?;
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(source, &link).or_could_not_run(doing)
}

fn compile(target: &Target, project: &Path) -> Outcome {
    let manifest = "[package]\nname = \"stateledger-std\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                    [lib]\npath = \"lib.rs\"\n[workspace]\n";
    for (name, text) in [("Cargo.toml", manifest), ("lib.rs", target.user)] {
        fs::write(project.join(name), text).or_could_not_run(|| format!("writing {name}"))?;
    }
    let mut cargo = program("cargo");
    cargo.args(["build", "--release", "--target", target.triple]);
    cargo.arg(format!("-Zbuild-std={}", target.crates));
    // Without bitcode in the library, the release profile's link-time optimisation cannot read it.
    cargo.env("RUSTFLAGS", "-Cembed-bitcode=yes").env("RUSTC_BOOTSTRAP", "1");
    cargo.env("CARGO_TARGET_DIR", project.join("target")).current_dir(project);
    run_quietly(&format!("Building the standard library for {}", target.triple), cargo)
}

/// Copies the libraries, last the one whose presence says that all are there.
fn install(target: &Target, project: &Path, sysroot: &Path) -> Outcome {
    let built = project.join("target").join(target.triple).join("release/deps");
    let folder = library_folder(target, sysroot);
    let doing = || format!("installing into {}", folder.display());
    fs::create_dir_all(&folder).or_could_not_run(doing)?;
    let mut libraries: Vec<_> = fs::read_dir(&built)
        .or_could_not_run(doing)?
        .flatten()
        .map(|file| file.file_name())
        .collect();
    libraries.retain(|name| {
        let name = name.to_string_lossy();
        name.ends_with(".rlib") && !name.starts_with("libstateledger_std")
    });
    libraries.sort_by_key(|name| name.to_string_lossy().starts_with(target.last));
    for name in libraries {
        fs::copy(built.join(&name), folder.join(&name)).or_could_not_run(doing)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_compilers_own_version_matches() {
        let offers = "  rust-src | 1.95.10+dfsg1-1 | http://mirror trixie-backports/main\n\
                      rust-src | 1.95.1+dfsg1-2~bpo13+1 | http://mirror trixie-backports/main\n";
        let found = matching_package(offers, "1.95.1");
        assert_eq!(found.as_deref(), Some("1.95.1+dfsg1-2~bpo13+1"));
        assert_eq!(matching_package(offers, "1.95.0"), None);
    }
}
