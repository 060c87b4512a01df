//! `POST /log/{ledger}/add`: bytes in, a decimal index out, as public tools that load a log speak.

use axum::extract::{Extension, RawQuery, Request, State};
use axum::response::Response;
use http::StatusCode;
use stateledger_ledger::limits::MAX_PAYLOAD_BYTES;
use stateledger_ledger::platform::{KeptHead, Platform};
use stateledger_ledger::store::Store;
use stateledger_ledger::{AppendError, AppendRequest, Caller, NewRecord, Payload, Scope};

use crate::auth::{require, require_token};
use crate::body;
use crate::decode;
use crate::front::Front;
use crate::headers::{self, Freshness};
use crate::host::Host;
use crate::path::Segments;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::sequencer::{One, header_key};
use crate::writes::{bound_bytes, forward};

const TEXT: &str = "text/plain; charset=utf-8";

const PARAMETERS: &[&str] = &["type", "source", "subject", "contentType"];

/// Appends the request's body as one record's payload, and answers its index.
#[utoipa::path(post, path = "/log/{ledger}/add", tag = "log",
    params(
        ("ledger" = String, Path),
        ("type" = String, Query, description = "What kind of thing happened; 1 to 256 bytes"),
        ("source" = String, Query, description = "Who says so; 1 to 256 bytes"),
        ("subject" = Option<String>, Query, description = "What it is about; 1 to 1,024 bytes"),
        ("contentType" = Option<String>, Query, description = "Media type of the payload; `application/octet-stream` if absent"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters"),
    ),
    request_body(content = String, content_type = "application/octet-stream", description = "The payload, to 8 MiB"),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The record's index, decimal, and nothing else", content_type = "text/plain; charset=utf-8"),
        (status = "4XX", description = "Refused; nothing is stored", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Too much to do: see Retry-After", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn add<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments(ledger): Segments<String>,
    request: Request,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    let ledger = decode::ledger_in_path(&ledger)?;
    require(&front, &caller, Scope::Append, &ledger).await?;
    bound_bytes(request.headers(), MAX_PAYLOAD_BYTES)?;
    let (parts, body) = request.into_parts();
    let held = front.read(body, MAX_PAYLOAD_BYTES).await?;
    forward(&front, &ledger, parts, held).await
}

pub(crate) async fn sequence_add<S: Store, K: KeptHead, P: Platform>(
    State(one): State<One<S, K, P>>,
    Segments(parameters): Segments<Vec<(String, String)>>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let ledger = parameters.last().map_or("", |(_, value)| value);
    one.is_for(&decode::ledger_in_path(ledger)?)?;
    let query = Parameters::parse(query.as_deref(), PARAMETERS)?;
    let key = header_key(request.headers())?;
    // What is taken out of it counts until the answer.
    let mut held = body::read(request.into_body(), MAX_PAYLOAD_BYTES, &one.in_flight).await?;
    let optional = |name| query.get(name).map(str::to_owned);
    let required = |name: &str| {
        let missing = || Problem::new("invalid-query", format!("the parameter {name} is missing"));
        query.get(name).map(str::to_owned).ok_or_else(missing)
    };
    let record = NewRecord {
        record_type: required("type")?,
        source: required("source")?,
        subject: optional("subject"),
        content_type: optional("contentType"),
        payload: Payload::bytes(held.take()),
        salt: None,
        sigs: Vec::new(),
        commitment: None,
        idempotency_key: None,
    };
    let request =
        AppendRequest { records: vec![record], idempotency_key: key, expected_size: None };
    let appended = one.sequencer.append(request).await?;
    let [only] = appended.records.as_slice() else { return Err(AppendError::Corrupt.into()) };
    let index = only.index.get().to_string().into_bytes();
    let response = headers::answer(StatusCode::OK, TEXT, Freshness::None, index);
    Ok(headers::replayed(response, only.replayed))
}
