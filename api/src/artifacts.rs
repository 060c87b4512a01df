//! Artifacts: raw bytes under their own SHA-256.
//!
//! They pass through no sequencer: a write names the bytes that it brings, so the order of writes decides nothing.

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use stateledger_core::hash::Hash;
use stateledger_ledger::limits::MAX_ARTIFACT_BYTES;
use stateledger_ledger::{Artifacts, Scope};

use crate::answers;
use crate::auth::{require, require_token};
use crate::body;
use crate::decode;
use crate::front::Front;
use crate::headers::{self, Freshness, TILE_BYTES};
use crate::host::Host;
use crate::path::Segments;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::session::Reads;
use crate::writes::bound_bytes;

/// Keeps the request's body under its SHA-256.
#[utoipa::path(put, path = "/api/v1/ledgers/{ledger}/artifacts/{sha256}", tag = "artifacts",
    params(
        ("ledger" = String, Path),
        ("sha256" = String, Path, description = "The body's SHA-256, 64 lowercase hex digits"),
    ),
    request_body(content = String, content_type = "application/octet-stream", description = "The bytes, to 20 MiB"),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Kept", body = answers::Artifact),
        (status = 200, description = "It was kept before", body = answers::Artifact),
        (status = 400, description = "`artifact-mismatch`: the body has another hash", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: needs the scope `append`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`body-too-large`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now, or unknown: ask again", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn put<H: Host>(
    State(front): State<Front<H>>,
    Reads { reader, caller }: Reads<H>,
    Segments((ledger, hex)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    let ledger = decode::ledger_in_path(&ledger)?;
    require(&front, &caller, Scope::Append, &ledger).await?;
    Parameters::parse(query.as_deref(), &[])?;
    bound_bytes(request.headers(), MAX_ARTIFACT_BYTES)?;
    let mut held = front.read(request.into_body(), MAX_ARTIFACT_BYTES).await?;
    let (bytes, digest) = (held.take(), Hash::from_hex(&hex).ok());
    let size = bytes.len();
    let kept = Artifacts::new(&reader).put(&ledger, digest, bytes).await?;
    drop(held);
    let status = if kept.before { StatusCode::OK } else { StatusCode::CREATED };
    Ok(answers::json(status, &answers::Artifact::new(&ledger, hex, size)))
}

/// The bytes of this SHA-256; whoever may see the ledger's payloads may see them.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/artifacts/{sha256}", tag = "artifacts",
    params(
        ("ledger" = String, Path),
        ("sha256" = String, Path, description = "64 lowercase hex digits"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The bytes; they were hashed again", content_type = "application/octet-stream"),
        (status = 304, description = "`If-None-Match` names its `ETag`, which is the hash"),
        (status = 404, description = "`not-found`, `artifact-not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "`storage-corrupt`: the stored bytes have changed", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`artifact-unavailable`, `overloaded`: ask again", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn get<H: Host>(
    State(front): State<Front<H>>,
    Reads { reader, caller }: Reads<H>,
    Segments((ledger, hex)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    Parameters::parse(query.as_deref(), &[])?;
    let artifacts = Artifacts::new(&reader);
    let artifact = artifacts.find(&ledger, &caller, Hash::from_hex(&hex).ok()).await?;
    // Of all answers that may be kept, only those to strangers are: see `headers::finish`.
    let freshness = Freshness::Immutable;
    if headers::has(&request, &hex) {
        return Ok(headers::unchanged(freshness, &hex));
    }
    // Bytes on their way out are in memory like bodies on their way in.
    let mut held = body::hold(artifact.size(), &front.in_flight)?;
    held.fill(artifacts.read(&artifact).await?);
    let body = Body::from(Bytes::from_owner(held));
    let answer = headers::answer(StatusCode::OK, TILE_BYTES, freshness, body);
    Ok(headers::tagged(answer, &hex))
}
