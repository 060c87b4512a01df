//! wrangler as `dev` runs it: nothing asked, nothing sent home, all state under one folder.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Secrets;
use crate::failure::{Outcome, While, could_not_run};
use crate::guard::Guarded;
use crate::process::{program, run_quietly};
use crate::setup::npm_binary;
use crate::workspace;

/// The configuration that the local server runs with.
pub(super) struct Config {
    path: PathBuf,
    database: String,
}

/// Derives it from wrangler.toml: the same, without `[build]`. We build ourselves, so that
/// `--watch=false` can hold and requests are served while a rebuild is under way.
pub(super) fn config() -> Outcome<Config> {
    let root = workspace::root();
    let mut config = workspace::read_toml(&root.join("wrangler.toml"))?;
    let Some(database) = database_name(&config) else {
        return could_not_run("wrangler.toml names no D1 database");
    };
    adapt(&mut config, &root);
    let folder = root.join("build");
    let path = folder.join("wrangler.dev.toml");
    let doing = || format!("writing {}", path.display());
    std::fs::create_dir_all(&folder).or_could_not_run(doing)?;
    std::fs::write(&path, config.to_string()).or_could_not_run(doing)?;
    Ok(Config { path, database })
}

fn database_name(config: &toml::Table) -> Option<String> {
    let database = config.get("d1_databases")?.as_array()?.first()?;
    database.get("database_name")?.as_str().map(str::to_owned)
}

/// Takes `[build]` out and makes every path absolute: the copy lies in another folder.
fn adapt(config: &mut toml::Table, root: &Path) {
    config.remove("build");
    let rebase = |value: &mut toml::Value| {
        if let toml::Value::String(path) = value {
            *path = root.join(&*path).to_string_lossy().into_owned();
        }
    };
    config.get_mut("main").map(rebase);
    config.get_mut("assets").and_then(|assets| assets.get_mut("directory")).map(rebase);
    let databases = config.get_mut("d1_databases").and_then(toml::Value::as_array_mut);
    for database in databases.into_iter().flatten() {
        database.get_mut("migrations_dir").map(rebase);
    }
}

fn wrangler(config: &Config, arguments: &[&OsStr]) -> Command {
    let mut command = program(npm_binary("wrangler"));
    command.args(arguments).arg("--config").arg(&config.path);
    command.env("CI", "1").env("WRANGLER_SEND_METRICS", "false");
    // It would ask the network for a sample of `request.cf`.
    command.env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    command
}

/// Applies the migrations that the local database lacks.
pub(super) fn migrate(config: &Config, state: &Path) -> Outcome {
    let words = ["d1", "migrations", "apply", &config.database, "--local", "--persist-to"];
    let mut arguments: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
    arguments.push(state.as_os_str());
    run_quietly("Migrating the local database", wrangler(config, &arguments))
}

/// Starts the server; its log lines go to stderr.
pub(super) fn serve(
    config: &Config,
    state: &Path,
    secrets: &Secrets,
    port: u16,
) -> Outcome<Guarded> {
    let port = port.to_string();
    let words = ["dev", "--ip", "127.0.0.1", "--port", &port, "--inspector-port", "0"];
    let mut arguments: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
    arguments.extend([OsStr::new("--log-level"), OsStr::new("warn")]);
    arguments.extend([OsStr::new("--persist-to"), state.as_os_str()]);
    arguments.extend([OsStr::new("--env-file"), secrets.env_file.as_os_str()]);
    Guarded::start(&wrangler(config, &arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_configuration_builds_nothing_and_finds_everything() {
        let text = "main = \"worker/entry.mjs\"\n[build]\ncommand = \"x\"\n[assets]\ndirectory = \"demo/dist\"\n\
                    [[d1_databases]]\ndatabase_name = \"db\"\nmigrations_dir = \"ledger/migrations\"\n";
        let mut config: toml::Table = text.parse().unwrap();
        adapt(&mut config, Path::new("/repository"));
        assert!(config.get("build").is_none());
        assert_eq!(config["main"].as_str(), Some("/repository/worker/entry.mjs"));
        assert_eq!(config["assets"]["directory"].as_str(), Some("/repository/demo/dist"));
        let migrations = config["d1_databases"][0]["migrations_dir"].as_str();
        assert_eq!(migrations, Some("/repository/ledger/migrations"));
        assert_eq!(database_name(&config).as_deref(), Some("db"));
    }
}
