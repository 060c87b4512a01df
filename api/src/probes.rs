//! Health, build and interface description.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use stateledger_ledger::{Caller, LedgerId, ReadError};

use crate::answers::{self, Alive, Version};
use crate::front::Front;
use crate::headers::{self, Freshness};
use crate::host::Host;
use crate::problem::Problem;

/// An id that is looked up to hear whether the storage answers; whether the ledger exists does not matter.
const PROBE: &str = "readyz";

/// Whether the process answers at all.
#[utoipa::path(get, path = "/livez", tag = "operation",
    responses((status = 200, description = "It does", body = Alive)))]
pub(crate) async fn livez() -> Response {
    answers::json(StatusCode::OK, &Alive { status: "ok" })
}

/// Whether the storage answers too.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "It does", body = Alive),
        (status = 503, description = "`storage-unavailable`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn readyz<H: Host>(State(front): State<Front<H>>) -> Result<Response, Problem> {
    let probe = LedgerId::parse(PROBE)?;
    match front.host.reader().describe(&probe, &Caller::Anonymous).await {
        Ok(_) | Err(ReadError::NotFound) => {
            Ok(answers::json(StatusCode::OK, &Alive { status: "ok" }))
        }
        Err(error) => Err(error.into()),
    }
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
    let body = crate::openapi().to_json().unwrap_or_default().into_bytes();
    headers::answer(StatusCode::OK, headers::JSON, Freshness::None, body)
}
