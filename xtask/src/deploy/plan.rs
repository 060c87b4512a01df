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
    placeholders: Vec<String>,
    creations: Vec<Step>,
    steps: Vec<Step>,
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
        let mut plan = Self {
            host: host.to_owned(),
            placeholders: Vec::new(),
            creations: Vec::new(),
            steps: Vec::new(),
        };
        for database in entries(table, "d1_databases") {
            let name = text(database, "database_name")?;
            if text(database, "database_id")?.ends_with(LOCAL) {
                plan.placeholders.push(format!("the database {name}"));
                plan.creations.push(Step::new(None, &["d1", "create", name]));
            }
        }
        for namespace in entries(table, "kv_namespaces") {
            let id = text(namespace, "id")?;
            if let Some(name) = id.strip_suffix(LOCAL) {
                plan.placeholders.push(format!("the namespace {name}"));
                plan.creations.push(Step::new(None, &["kv", "namespace", "create", name]));
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
            let name = text(database, "database_name")?;
            let words = ["d1", "migrations", "apply", name, "--remote"];
            plan.steps.push(Step::new(env, &words));
        }
        Ok(plan)
    }

    /// The host that origins begin with.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// What wrangler.toml has no id for.
    pub(super) fn placeholders(&self) -> &[String] {
        &self.placeholders
    }

    /// What makes them.
    pub(super) fn creations(&self) -> &[Step] {
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
            writeln!(f, "Once, and then put the ids into wrangler.toml:")?;
            self.creations.iter().try_for_each(|step| writeln!(f, "  {step}"))?;
        }
        writeln!(f, "Then:")?;
        for step in &self.steps {
            let how = if step.secret.is_some() { "   (drawn, unless it is there)" } else { "" };
            writeln!(f, "  {step}{how}")?;
        }
        Ok(())
    }
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
        let steps = plan.creations().iter().chain(plan.steps());
        Ok(steps.map(ToString::to_string).collect())
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
    fn a_secret_is_looked_for_in_its_own_environment() {
        let step = Step::new(Some("production"), &["secret", "put", "A"]);
        assert_eq!(step.listing().to_string(), "wrangler secret list --env production");
    }
}
