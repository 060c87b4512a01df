//! Metrics in the Prometheus text format, version 0.0.4.
//!
//! Sizes are those of signed heads, out of the database and out of the sequencers' own storage: no restart sets them back, and every
//! isolate answers the same. They are gauges, because a restored database and a recovery do set them back.

use axum::extract::{Extension, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use stateledger_ledger::{Caller, LedgerId, Scope};

use crate::auth::{forbidden, require_token};
use crate::front::Front;
use crate::headers::{self, Freshness};
use crate::host::Host;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::sequencer::StatusAnswer;

/// Content type of the text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Metrics of the deployment; with `ledger`, of its sequencer too.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    params(("ledger" = Option<String>, Query, description = "Adds what this ledger's sequencer says about itself")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Prometheus text format", content_type = "text/plain; version=0.0.4; charset=utf-8"),
        (status = 403, description = "`forbidden`: needs a token that reads all ledgers", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn metrics<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    // The names of private ledgers are in it.
    if !caller.may_everywhere(Scope::Read) {
        return Err(forbidden(Scope::Read));
    }
    let parameters = Parameters::parse(query.as_deref(), &["ledger"])?;
    let ledger = parameters.read("ledger", "a ledger's id", |text| LedgerId::parse(text).ok())?;
    let sizes = front.host.overview().sizes().await?;
    let mut text = Text::default();
    let commit = front.host.commit().unwrap_or("unknown");
    let build = format!("version=\"{}\",commit=\"{commit}\"", env!("CARGO_PKG_VERSION"));
    text.family("stateledger_build_info", "gauge", "Which build answers.");
    text.sample("stateledger_build_info", &build, 1);
    text.family("stateledger_ledgers", "gauge", "Ledgers, at most 1000 are counted.");
    text.sample("stateledger_ledgers", "", sizes.len() as u64);
    text.family("stateledger_records", "gauge", "Records under the newest stored head.");
    for (ledger, size) in &sizes {
        text.sample("stateledger_records", &format!("ledger=\"{ledger}\""), *size);
    }
    if let Some(ledger) = ledger {
        let status = crate::probes::sequencer(&*front.host, &ledger).await?;
        text.sequencer(&ledger, &status);
    }
    Ok(headers::answer(StatusCode::OK, TEXT, Freshness::None, text.0.into_bytes()))
}

/// The text as it grows. Labels are ids and constants of ours, in which nothing needs escaping.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn sample(&mut self, name: &str, labels: &str, value: u64) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        self.0.push_str(&format!("{name}{labels} {value}\n"));
    }

    fn sequencer(&mut self, ledger: &LedgerId, status: &StatusAnswer) {
        let label = format!("ledger=\"{ledger}\"");
        if let Some(size) = status.kept_size.as_ref().and_then(|size| size.parse().ok()) {
            let name = "stateledger_sequencer_records";
            self.family(name, "gauge", "Records under the head that the sequencer committed.");
            self.sample(name, &label, size);
        }
        let name = "stateledger_sequencer_waiting";
        self.family(name, "gauge", "Appends that wait for a commit.");
        self.sample(name, &label, status.waiting);
        let name = "stateledger_sequencer_halted";
        self.family(name, "gauge", "1 if the sequencer refuses to sign.");
        self.sample(name, &label, u64::from(status.halt.is_some()));
    }
}
