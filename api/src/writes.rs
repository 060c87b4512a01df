//! Writes at the front: authorise, bound, hand to the ledger's sequencer.

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use stateledger_core::json::{self, Members};
use stateledger_ledger::{Caller, LedgerId, Scope};

use crate::auth::{forbidden, require, require_token};
use crate::body::{self, HeldBody, MAX_BODY_BYTES};
use crate::decode;
use crate::front::Front;
use crate::headers::JSON;
use crate::host::Host;
use crate::path::Segments;
use crate::problem::Problem;

/// Creates a ledger.
#[utoipa::path(post, path = "/api/v1/ledgers", tag = "ledgers",
    request_body = crate::openapi::NewLedger,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Created, with a signed head of size 0", body = crate::answers::Ledger),
        (status = 409, description = "`ledger-exists`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = "4XX", description = "Refused; nothing is stored", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now; see Retry-After", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn create<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    bound(request.headers())?;
    let (parts, body) = request.into_parts();
    let held = front.read(body, MAX_BODY_BYTES).await?;
    let ledger = decode::creation(held.as_slice())?.ledger;
    // Whether there is such a ledger does not matter, so the refusal does not say it.
    if !caller.may_admin(&ledger) {
        return Err(forbidden(Scope::Admin));
    }
    forward(&front, &ledger, parts, held).await
}

/// Appends one record, or a batch that is appended whole or not at all.
#[utoipa::path(post, path = "/api/v1/ledgers/{ledger}/records", tag = "records",
    params(
        ("ledger" = String, Path, description = "`[a-z0-9][a-z0-9-]{0,62}`"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters; one record or the whole batch"),
    ),
    request_body = crate::openapi::NewRecords,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "At least one record is new; all are durable", body = crate::answers::Appended),
        (status = 200, description = "All were there before (`Idempotent-Replayed: true`)", body = crate::answers::Appended),
        (status = "4XX", description = "Refused; nothing is stored", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now, or unknown: retry under the same idempotency key", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn append<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments(ledger): Segments<String>,
    request: Request,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    let ledger = decode::ledger_in_path(&ledger)?;
    require(&front, &caller, Scope::Append, &ledger).await?;
    bound(request.headers())?;
    let (parts, body) = request.into_parts();
    let held = front.read(body, MAX_BODY_BYTES).await?;
    forward(&front, &ledger, parts, held).await
}

/// Ends a halt: accepts the stored head that is named, and appends a record of it.
#[utoipa::path(post, path = "/api/v1/ledgers/{ledger}/recover", tag = "operation",
    params(("ledger" = String, Path)),
    request_body = crate::openapi::AcceptedHead,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Accepted; the record `stateledger.recovered` says so", body = crate::answers::Appended),
        (status = 403, description = "`forbidden`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`ledger-not-halted`, `recovery-head-mismatch`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`ledger-halted`: there is no stored head that verifies", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn recover<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments(ledger): Segments<String>,
    request: Request,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    let ledger = decode::ledger_in_path(&ledger)?;
    require(&front, &caller, Scope::Admin, &ledger).await?;
    bound(request.headers())?;
    let (parts, body) = request.into_parts();
    let held = front.read(body, MAX_BODY_BYTES).await?;
    forward(&front, &ledger, parts, held).await
}

/// Refuses from the headers alone what need not be read.
pub(crate) fn bound(headers: &HeaderMap) -> Result<(), Problem> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let essence = types.next().and_then(|value| value.to_str().ok()).map(essence);
    if types.next().is_some() || !essence.is_some_and(|e| e.eq_ignore_ascii_case(JSON)) {
        return Err(Problem::new("unsupported-media-type", "the body must be application/json"));
    }
    bound_bytes(headers, MAX_BODY_BYTES)
}

/// Refuses a body that says itself that it is longer than `limit`, or in a content coding (RFC 9110 §8.4): coded bytes
/// are not what is meant to be committed to.
pub(crate) fn bound_bytes(headers: &HeaderMap, limit: usize) -> Result<(), Problem> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::new("unsupported-media-type", "the body must not be encoded"));
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if length.and_then(|text| text.parse().ok()).is_some_and(|n: u64| n > limit as u64) {
        return Err(body::too_large(limit));
    }
    Ok(())
}

/// Longest body of a call that takes none.
const MAX_NOTHING_BYTES: usize = 1024;

/// Reads the body of a call that takes none: nothing, or the empty JSON object, which some clients always send.
pub(crate) async fn nothing<H: Host>(
    front: &Front<H>,
    request: Request,
) -> Result<(Parts, HeldBody), Problem> {
    let (parts, body) = request.into_parts();
    let held = front.read(body, MAX_NOTHING_BYTES).await?;
    if !held.as_slice().is_empty() {
        bound(&parts.headers)?;
        Members::of(json::parse(held.as_slice())?, "the body")?.finish()?;
    }
    Ok((parts, held))
}

/// A media type without its parameters (RFC 9110 §8.3.1).
fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or(value).trim()
}

/// The body's bytes count as in flight until the host has dropped them.
pub(crate) async fn forward<H: Host>(
    front: &Front<H>,
    ledger: &LedgerId,
    mut parts: Parts,
    held: HeldBody,
) -> Result<Response, Problem> {
    parts.headers.remove(AUTHORIZATION);
    let request = Request::from_parts(parts, Body::from(Bytes::from_owner(held)));
    let answer = front.host.sequence(ledger, request).await;
    answer.map_err(|error| Problem::new(error.code(), error.to_string()))
}
