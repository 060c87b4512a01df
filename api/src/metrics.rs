//! Metrics in the Prometheus text format, version 0.0.4.
//!
//! Sizes are those of signed heads, out of the database and out of the sequencers' own storage: no restart sets them back, and every
//! isolate answers the same. They are gauges, because a restored database and a recovery do set them back. The counter of what was
//! appended is a sequencer's, which neither sets back.

use std::collections::BTreeSet;

use axum::extract::{Extension, RawQuery, State};
use axum::response::Response;
use futures_util::future::join_all;
use http::StatusCode;
use stateledger_ledger::{Caller, LedgerId, Scope};

use crate::auth::{forbidden, require_token};
use crate::decode;
use crate::front::Front;
use crate::headers::{self, Freshness};
use crate::host::Host;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::sequencer::StatusAnswer;

/// Content type of the text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Most ledgers whose sequencers one request asks: with its own reads, below the 50 calls that a request may make on the free plan.
const MAX_SEQUENCERS: usize = 32;

/// What a sequencer says about itself, as metrics: name, kind, what it is, and its value, which not each has.
type Family = (&'static str, &'static str, &'static str, fn(&StatusAnswer) -> Option<u64>);

const SEQUENCER: [Family; 4] = [
    (
        "stateledger_records_appended_total",
        "counter",
        "Records ever appended, those that a recovery gave up included.",
        |status| status.appended.as_ref()?.parse().ok(),
    ),
    (
        "stateledger_sequencer_records",
        "gauge",
        "Records under the head that the sequencer committed.",
        |status| status.kept_size.as_ref()?.parse().ok(),
    ),
    ("stateledger_sequencer_waiting", "gauge", "Appends that wait for a commit.", |status| {
        Some(status.waiting)
    }),
    ("stateledger_sequencer_halted", "gauge", "1 if the sequencer refuses to sign.", |status| {
        Some(u64::from(status.halt.is_some()))
    }),
];

/// Metrics of the deployment; with `ledger`, of sequencers too.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    params(("ledger" = Option<String>, Query, description = "Adds what the sequencer of this ledger says about itself, or those of up to 32 ledgers, separated by commas")),
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
    let ledgers = parameters.read("ledger", "1 to 32 ids with commas, each once", ledgers)?;
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
        text.of(ledger, "stateledger_records", *size);
    }
    if let Some(ledgers) = ledgers {
        let ask = async |ledger| {
            let status = crate::probes::sequencer(&*front.host, &ledger).await;
            (ledger, status.ok())
        };
        text.sequencers(&join_all(ledgers.into_iter().map(ask)).await);
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

    fn of(&mut self, ledger: &LedgerId, name: &str, value: u64) {
        self.sample(name, &format!("ledger=\"{ledger}\""), value);
    }

    /// One that does not answer takes nothing from the others.
    fn sequencers(&mut self, asked: &[(LedgerId, Option<StatusAnswer>)]) {
        let up = "stateledger_sequencer_up";
        self.family(up, "gauge", "1 if the sequencer answers.");
        for (ledger, status) in asked {
            self.of(ledger, up, u64::from(status.is_some()));
        }
        for (name, kind, help, value) in SEQUENCER {
            self.family(name, kind, help);
            for (ledger, status) in asked {
                if let Some(value) = status.as_ref().and_then(value) {
                    self.of(ledger, name, value);
                }
            }
        }
    }
}

/// Ids with commas between them.
fn ledgers(text: &str) -> Option<BTreeSet<LedgerId>> {
    let ids = text.split(',').take(MAX_SEQUENCERS + 1).map(|id| LedgerId::parse(id).ok());
    decode::distinct(ids).filter(|ledgers| ledgers.len() <= MAX_SEQUENCERS)
}
