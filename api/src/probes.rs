//! Health, build and interface description.

use std::sync::{LazyLock, Mutex, PoisonError};

use axum::extract::{Extension, State};
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use stateledger_ledger::overview::Schema;
use stateledger_ledger::platform::Platform;
use stateledger_ledger::{Caller, LedgerId};
use utoipa::ToSchema;

use crate::answers;
use crate::front::Front;
use crate::headers::{self, Freshness};
use crate::host::Host;
use crate::problem::{self, Problem};
use crate::sequencer::StatusAnswer;

/// The sequencer that is asked whether sequencers answer; whether there is such a ledger does not matter.
const PROBE: &str = "readyz";

/// How long an anonymous answer holds: strangers cannot make the database work more often than this.
const CACHE_MS: u64 = 5_000;

/// What the last anonymous question was answered, and when it was asked.
#[derive(Debug, Default)]
pub(crate) struct LastProbe(Mutex<Option<(u64, Result<(), Problem>)>>);

/// The process, or the process and its storage, answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Alive {
    /// Always `ok`; anything else is a problem.
    status: &'static str,
}

/// Which build answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// The release, as semantic version.
    version: &'static str,
    /// The commit it was built from, if the host knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
}

/// One thing that the server needs, and whether it answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// `database`, `values` or `sequencer`.
    name: &'static str,
    /// Whether it answered as it should.
    ok: bool,
    /// How long that took, in milliseconds.
    ms: u64,
    /// The code of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

/// The answer to a token holder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ok`, or `unavailable` if a check failed.
    status: &'static str,
    /// Every thing that the server needs; to a stranger it is not said.
    #[schema(required = false)]
    checks: Vec<Check>,
}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/livez", tag = "operation",
    responses((status = 200, description = "It does", body = Alive)))]
pub(crate) async fn livez() -> Response {
    answers::json(StatusCode::OK, &Alive { status: "ok" })
}

/// Whether the storage answers too, and has the schema that this version needs. With a token, every part with its latency.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "It does; `checks` are there with a token only", body = Readiness),
        (status = 503, description = "`storage-unavailable`, `database-schema-mismatch`; with a token, the checks", content(
            (problem::ProblemBody = "application/problem+json"),
            (Readiness = "application/json"),
        )),
    ))]
pub(crate) async fn readyz<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    if caller == Caller::Anonymous {
        cached(&front).await?;
        return Ok(answers::json(StatusCode::OK, &Alive { status: "ok" }));
    }
    let host = &*front.host;
    let probe = LedgerId::parse(PROBE)?;
    let checks = vec![
        timed(host, "database", database(host)).await,
        timed(host, "values", values(host)).await,
        timed(host, "sequencer", async { sequencer(host, &probe).await.map(|_| ()) }).await,
    ];
    let ok = checks.iter().all(|check| check.ok);
    if ok {
        return Ok(answers::json(StatusCode::OK, &Readiness { status: "ok", checks }));
    }
    let told = Readiness { status: "unavailable", checks };
    let mut response = answers::json(StatusCode::SERVICE_UNAVAILABLE, &told);
    let seconds = HeaderValue::from_static(problem::RETRY_AFTER_SECONDS);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    Ok(response)
}

async fn cached<H: Host>(front: &Front<H>) -> Result<(), Problem> {
    let now = front.host.platform().now_ms();
    let last = || front.probe.0.lock().unwrap_or_else(PoisonError::into_inner);
    let fresh = last()
        .clone()
        .filter(|(asked, _)| now.checked_sub(*asked).is_some_and(|age| age < CACHE_MS));
    if let Some((_, answer)) = fresh {
        return answer;
    }
    let answer = database(&*front.host).await;
    *last() = Some((now, answer.clone()));
    answer
}

async fn timed<H: Host>(
    host: &H,
    name: &'static str,
    check: impl Future<Output = Result<(), Problem>>,
) -> Check {
    let began = host.platform().now_ms();
    let answer = check.await;
    let ms = host.platform().now_ms().saturating_sub(began);
    Check { name, ok: answer.is_ok(), ms, code: answer.err().map(|problem| problem.code()) }
}

async fn database<H: Host>(host: &H) -> Result<(), Problem> {
    match host.overview().schema().await? {
        Schema::Known => Ok(()),
        Schema::Other(found) => Err(Problem::new(
            "database-schema-mismatch",
            format!("the database has a schema that this version does not know: {found}"),
        )),
    }
}

async fn values<H: Host>(host: &H) -> Result<(), Problem> {
    let answers = host.probe_values().await;
    answers
        .then_some(())
        .ok_or_else(|| Problem::new("storage-unavailable", "the value store did not answer"))
}

/// What the sequencer of a ledger says about itself.
pub(crate) async fn sequencer<H: Host>(
    host: &H,
    ledger: &LedgerId,
) -> Result<StatusAnswer, Problem> {
    let silent = || Problem::new("storage-unavailable", "the sequencer did not answer");
    let body = host.status(ledger).await.ok_or_else(silent)?;
    serde_json::from_slice(&body).map_err(|_| silent())
}

/// Which build answers.
#[utoipa::path(get, path = "/version", tag = "operation",
    responses((status = 200, description = "Version and commit", body = Version)))]
pub(crate) async fn version<H: Host>(State(front): State<Front<H>>) -> Response {
    let commit = front.host.commit().map(str::to_owned);
    answers::json(StatusCode::OK, &Version { version: env!("CARGO_PKG_VERSION"), commit })
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json")))]
pub(crate) async fn document() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| crate::openapi().to_string());
    headers::answer(StatusCode::OK, headers::JSON, Freshness::None, TEXT.as_str())
}
