//! What a deployment consists of, out of wrangler.toml.

use std::fmt;

use crate::failure::{Outcome, could_not_run};

/// Ids in wrangler.toml that name nothing at Cloudflare end in this.
const LOCAL: &str = "-local";

/// The Worker's secrets.
const SECRETS: [&str; 2] = ["STATELEDGER_SEED", "STATELEDGER_ADMIN_TOKEN"];

/// One wrangler command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) arguments: Vec<String>,
    /// The secret that it sets.
    pub(super) secret: Option<&'static str>,
}

/// Everything that a deployment does, in order.
#[derive(Debug)]
pub(super) struct Plan {
    host: String,
    creations: Vec<Creation>,
    steps: Vec<Step>,
}

/// A resource that wrangler.toml has no id for yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Creation {
    /// The command that makes it and prints its id.
    pub(super) step: Step,
    /// What stands in wrangler.toml for its id.
    pub(super) placeholder: String,
    /// For a database: the command that gives it its tables, before any Worker asks for them.
    pub(super) tables: Option<Step>,
}

impl Step {
    fn new(env: Option<&str>, words: &[&str]) -> Self {
        let mut arguments: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        if let Some(env) = env {
            arguments.extend(["--env".to_owned(), env.to_owned()]);
        }
        Self { arguments, secret: None }
    }

    /// The command that says which secrets there are.
    pub(super) fn listing(&self) -> Self {
        let rest = self.arguments.iter().skip(3).cloned();
        let words = ["secret", "list"].map(str::to_owned);
        Self { arguments: words.into_iter().chain(rest).collect(), secret: None }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrangler {}", self.arguments.join(" "))
    }
}

impl Plan {
    /// The plan for an environment of wrangler.toml, or for its top level.
    pub(super) fn of(config: &toml::Table, env: Option<&str>) -> Outcome<Self> {
        let table = match env {
            None => Some(config),
            Some(name) => config.get("env").and_then(|all| all.get(name)?.as_table()),
        };
        let Some(table) = table else {
            return could_not_run(format!(
                "wrangler.toml has no [env.{}]",
                env.unwrap_or_default()
            ));
        };
        let host = table.get("vars").and_then(|vars| vars.get("STATELEDGER_HOST")?.as_str());
        let Some(host) = host else {
            return could_not_run("wrangler.toml has no STATELEDGER_HOST for this environment");
        };
        let mut plan = Self { host: host.to_owned(), creations: Vec::new(), steps: Vec::new() };
        for database in entries(table, "d1_databases") {
            let (name, id) = (text(database, "database_name")?, text(database, "database_id")?);
            if id.ends_with(LOCAL) {
                let step = Step::new(None, &["d1", "create", name]);
                let tables = Some(migrations(env, name));
                plan.creations.push(Creation { step, placeholder: id.to_owned(), tables });
            }
        }
        for namespace in entries(table, "kv_namespaces") {
            let id = text(namespace, "id")?;
            if let Some(name) = id.strip_suffix(LOCAL) {
                let step = Step::new(None, &["kv", "namespace", "create", name]);
                plan.creations.push(Creation { step, placeholder: id.to_owned(), tables: None });
            }
        }
        // The Worker comes before the migrations: a new one works with the schema of the release before it, an old
        // one need not know a later schema. Secrets come before it, so that it never runs without them.
        for secret in SECRETS {
            let step = Step::new(env, &["secret", "put", secret]);
            plan.steps.push(Step { secret: Some(secret), ..step });
        }
        plan.steps.push(Step::new(env, &["deploy"]));
        for database in entries(table, "d1_databases") {
            plan.steps.push(migrations(env, text(database, "database_name")?));
        }
        Ok(plan)
    }

    /// Refuses a host that only this machine knows: it would be in the origin of every ledger, for ever.
    pub(super) fn check_host(&self) -> Outcome {
        let name = self.host.rsplit_once(':').map_or(self.host.as_str(), |(name, _)| name);
        if name.contains('.') && name.parse::<std::net::Ipv4Addr>().is_err() {
            return Ok(());
        }
        could_not_run(format!(
            "STATELEDGER_HOST in wrangler.toml is {}: set it to the public host, which no ledger can change later",
            self.host
        ))
    }

    /// The host that origins begin with.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// What wrangler.toml has no id for.
    pub(super) fn creations(&self) -> &[Creation] {
        &self.creations
    }

    /// Everything else.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Origins begin with {}.", self.host)?;
        if !self.creations.is_empty() {
            writeln!(f, "Once, each followed by writing its id into wrangler.toml:")?;
            self.creations.iter().try_for_each(|made| writeln!(f, "  {}", made.step))?;
            let mut tables = self.creations.iter().filter_map(|made| made.tables.as_ref());
            tables.try_for_each(|step| writeln!(f, "  {step}"))?;
        }
        writeln!(f, "Then:")?;
        for step in &self.steps {
            let how = if step.secret.is_some() { "   (drawn, unless it is there)" } else { "" };
            writeln!(f, "  {step}{how}")?;
        }
        Ok(())
    }
}

fn migrations(env: Option<&str>, database: &str) -> Step {
    Step::new(env, &["d1", "migrations", "apply", database, "--remote"])
}

/// The id that wrangler printed for what it made: a UUID for a database, 32 hex digits for a namespace. `None` unless it is the
/// only one.
pub(super) fn id_in(said: &str) -> Option<&str> {
    let is_id = |word: &&str| {
        let hex = word.bytes().filter(u8::is_ascii_hexdigit).count();
        let rest = word.bytes().filter(|byte| *byte == b'-').count();
        hex == 32 && (word.len() == 32 || (rest == 4 && word.len() == 36))
    };
    let mut ids = said.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(is_id);
    let first = ids.next()?;
    ids.all(|other| other == first).then_some(first)
}

/// wrangler.toml with an id in the place of its placeholder. `None` unless that stands in one place.
pub(super) fn with_id(config: &str, placeholder: &str, id: &str) -> Option<String> {
    let (before, after) = config.split_once(&format!("\"{placeholder}\""))?;
    let once = !after.contains(&format!("\"{placeholder}\""));
    once.then(|| format!("{before}\"{id}\"{after}"))
}

fn entries<'a>(table: &'a toml::Table, name: &str) -> impl Iterator<Item = &'a toml::Value> {
    table.get(name).and_then(toml::Value::as_array).into_iter().flatten()
}

fn text<'a>(table: &'a toml::Value, name: &str) -> Outcome<&'a str> {
    match table.get(name).and_then(toml::Value::as_str) {
        Some(text) => Ok(text),
        None => could_not_run(format!("wrangler.toml: a binding has no {name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str, env: Option<&str>) -> Outcome<Vec<String>> {
        let plan = Plan::of(&text.parse().unwrap(), env)?;
        let made = plan.creations().iter().map(|made| &made.step);
        Ok(made.chain(plan.steps()).map(ToString::to_string).collect())
    }

    fn config(prefix: &str, table: &str, id: &str) -> String {
        format!(
            "[[{prefix}d1_databases]]\ndatabase_name = \"db\"\ndatabase_id = \"{id}\"\n\
             [[{prefix}kv_namespaces]]\nid = \"tiles-local\"\n[{table}]\nSTATELEDGER_HOST = \"a.example\"\n"
        )
    }

    #[test]
    fn what_has_no_id_is_made_and_the_rest_follows_in_order() {
        assert_eq!(
            plan(&config("", "vars", "db-local"), None).unwrap(),
            [
                "wrangler d1 create db",
                "wrangler kv namespace create tiles",
                "wrangler secret put STATELEDGER_SEED",
                "wrangler secret put STATELEDGER_ADMIN_TOKEN",
                "wrangler deploy",
                "wrangler d1 migrations apply db --remote",
            ]
        );
    }

    #[test]
    fn an_environment_has_its_own_resources() {
        let text = config("env.production.", "env.production.vars", "0a1b");
        let steps = plan(&text, Some("production")).unwrap();
        assert!(!steps.iter().any(|step| step.contains("d1 create")), "{steps:?}");
        assert!(steps.contains(&"wrangler deploy --env production".to_owned()), "{steps:?}");
        assert!(plan(&text, Some("staging")).is_err());
        assert!(plan(&text, None).is_err(), "the top level of it has no host");
    }

    #[test]
    fn an_id_is_read_from_what_wrangler_prints_and_takes_its_placeholders_place() {
        let uuid = "0a1b2c3d-0000-4000-8000-0123456789ab";
        let said = format!(
            r#"Created. {{"d1_databases":[{{"database_name":"db","database_id":"{uuid}"}}]}}"#
        );
        assert_eq!(id_in(&said), Some(uuid));
        let hex = "0123456789abcdef0123456789abcdef";
        assert_eq!(id_in(&format!("kv_namespaces = [ {{ id = \"{hex}\" }} ] {hex}")), Some(hex));
        assert_eq!(id_in(&format!("{hex} {uuid}")), None, "two ids");
        assert_eq!(id_in("no id"), None);
        let text = config("", "vars", "db-local");
        assert_eq!(with_id(&text, "db-local", uuid), Some(config("", "vars", uuid)));
        assert_eq!(with_id(&text.repeat(2), "db-local", uuid), None, "two places");
        assert_eq!(with_id(&text, "other-local", uuid), None);
    }

    #[test]
    fn only_a_public_host_is_deployed() {
        let check = |host: &str| {
            let text = format!("[vars]\nSTATELEDGER_HOST = \"{host}\"\n");
            Plan::of(&text.parse().unwrap(), None).unwrap().check_host().is_ok()
        };
        assert!(check("ledger.example.com") && check("ledger.example.com:8443"));
        for local in ["localhost", "localhost:8787", "127.0.0.1", "127.0.0.1:8787", ""] {
            assert!(!check(local), "{local}");
        }
    }

    #[test]
    fn a_secret_is_looked_for_in_its_own_environment() {
        let step = Step::new(Some("production"), &["secret", "put", "A"]);
        assert_eq!(step.listing().to_string(), "wrangler secret list --env production");
    }
}
