//! Erasure of payloads and the holds that forbid it: the front's side and the sequencer's.

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::StatusCode;
use stateledger_core::tree::LeafIndex;
use stateledger_ledger::platform::{KeptHead, Platform};
use stateledger_ledger::store::Store;
use stateledger_ledger::{Caller, Scope};

use crate::answers;
use crate::auth::{require, require_token};
use crate::decode;
use crate::front::Front;
use crate::host::Host;
use crate::path::Segments;
use crate::problem::Problem;
use crate::reads::index_in_path;
use crate::sequencer::One;
use crate::writes::{forward, nothing};

/// Erases a payload for ever; the record and every proof stay. Takes no body; `{}` counts as none.
#[utoipa::path(delete, path = "/api/v1/ledgers/{ledger}/records/{index}/payload", tag = "records",
    params(("ledger" = String, Path), ("index" = String, Path, description = "Decimal")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Erased, now or before", body = answers::Erasure),
        (status = 403, description = "`forbidden`: needs the scope `admin`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`, `record-not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`legal-hold`, `not-erasable`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now, or unknown: ask again", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn erase<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments((ledger, _)): Segments<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    administer(&front, &caller, &ledger, request).await
}

/// Forbids the erasure of a payload. Takes no body; `{}` counts as none.
#[utoipa::path(put, path = "/api/v1/ledgers/{ledger}/records/{index}/hold", tag = "records",
    params(("ledger" = String, Path), ("index" = String, Path, description = "Decimal")),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Held", body = answers::Hold),
        (status = 200, description = "It was held before", body = answers::Hold),
        (status = 403, description = "`forbidden`: needs the scope `admin`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`, `record-not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`payload-erased`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn hold<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments((ledger, _)): Segments<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    administer(&front, &caller, &ledger, request).await
}

/// Ends a hold. Takes no body; `{}` counts as none.
#[utoipa::path(delete, path = "/api/v1/ledgers/{ledger}/records/{index}/hold", tag = "records",
    params(("ledger" = String, Path), ("index" = String, Path, description = "Decimal")),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Not held any more"),
        (status = 403, description = "`forbidden`: needs the scope `admin`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`, `record-not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn release<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments((ledger, _)): Segments<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    administer(&front, &caller, &ledger, request).await
}

/// Authorises a request without body and hands it to the ledger's sequencer.
async fn administer<H: Host>(
    front: &Front<H>,
    caller: &Caller,
    ledger: &str,
    request: Request,
) -> Result<Response, Problem> {
    require_token(caller)?;
    let ledger = decode::ledger_in_path(ledger)?;
    require(front, caller, Scope::Admin, &ledger).await?;
    let (parts, held) = nothing(front, request).await?;
    forward(front, &ledger, parts, held).await
}

pub(crate) async fn sequence_erase<S: Store, K: KeptHead, P: Platform>(
    State(one): State<One<S, K, P>>,
    Segments(parameters): Segments<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let erasure = one.sequencer.erase(target(&one, &parameters)?).await?;
    Ok(answers::json(StatusCode::OK, &answers::Erasure::try_from(erasure)?))
}

pub(crate) async fn sequence_hold<S: Store, K: KeptHead, P: Platform>(
    State(one): State<One<S, K, P>>,
    Segments(parameters): Segments<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let hold = one.sequencer.hold(target(&one, &parameters)?).await?;
    let status = if hold.before { StatusCode::OK } else { StatusCode::CREATED };
    Ok(answers::json(status, &answers::Hold::new(one.sequencer.ledger(), hold)?))
}

pub(crate) async fn sequence_release<S: Store, K: KeptHead, P: Platform>(
    State(one): State<One<S, K, P>>,
    Segments(parameters): Segments<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    one.sequencer.release(target(&one, &parameters)?).await?;
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// The record that the path names, if it is of this ledger. In one process the front router's parameters are still in
/// the request; this router's come last.
fn target<S: Store, K: KeptHead, P: Platform>(
    one: &One<S, K, P>,
    parameters: &[(String, String)],
) -> Result<LeafIndex, Problem> {
    let [.., (_, ledger), (_, index)] = parameters else {
        return Err(Problem::new("not-found", "the path names nothing"));
    };
    one.is_for(&decode::ledger_in_path(ledger)?)?;
    Ok(index_in_path(index))
}
