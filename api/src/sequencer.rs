//! The router of one ledger's sequencer: decodes writes and calls the engine.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post, put};
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use stateledger_ledger::platform::{KeptHead, Platform};
use stateledger_ledger::store::Store;
use stateledger_ledger::{Caller, IdempotencyKey, LedgerId, ReadError, Sequencer};

use crate::answers;
use crate::body::{self, InFlight, MAX_BODY_BYTES};
use crate::front::{finish, no_method, no_route, tap};
use crate::headers::{self, IDEMPOTENCY_KEY};
use crate::path::Segments;
use crate::problem::{self, Problem};
use crate::writes::bound;
use crate::{add, decode, erasure, record};

/// Where a sequencer says what state it is in. No front routes it: it is for the host alone.
pub const STATUS: &str = "/status";

/// The body of that answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusAnswer {
    /// Size of the kept head, decimal.
    pub(crate) kept_size: Option<String>,
    /// How many records were ever appended, decimal.
    pub(crate) appended: Option<String>,
    /// Requests that wait for a commit.
    pub(crate) waiting: u64,
    /// Why it refuses to sign, in one word.
    pub(crate) halt: Option<String>,
}

/// What the sequencer router's handlers share.
pub(crate) struct One<S, K, P> {
    pub(crate) sequencer: Arc<Sequencer<S, K, P>>,
    pub(crate) in_flight: InFlight,
}

impl<S, K, P> Clone for One<S, K, P> {
    fn clone(&self) -> Self {
        Self { sequencer: self.sequencer.clone(), in_flight: self.in_flight.clone() }
    }
}

/// The write routes of one ledger over its one sequencer, with the same paths and shapes as in front.
///
/// It trusts its caller: nothing but a [front router](crate::front_router) of the same deployment may reach it. Build it once per
/// sequencer. A request for another ledger is `not-found`, so a wrong route cannot write.
pub fn sequencer_router<S, K, P>(sequencer: Arc<Sequencer<S, K, P>>, in_flight: InFlight) -> Router
where
    S: Store + 'static,
    K: KeptHead + 'static,
    P: Platform + 'static,
{
    Router::new()
        .route("/api/v1/ledgers", post(create::<S, K, P>))
        .route("/api/v1/ledgers/{ledger}/records", post(append::<S, K, P>))
        .route("/api/v1/ledgers/{ledger}/recover", post(recover::<S, K, P>))
        .route(STATUS, get(status::<S, K, P>))
        .route(
            "/api/v1/ledgers/{ledger}/records/{index}/payload",
            delete(erasure::sequence_erase::<S, K, P>),
        )
        .route(
            "/api/v1/ledgers/{ledger}/records/{index}/hold",
            put(erasure::sequence_hold::<S, K, P>).delete(erasure::sequence_release::<S, K, P>),
        )
        .route("/log/{ledger}/add", post(add::sequence_add::<S, K, P>))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(sequencer.clone(), complete::<S, K, P>))
        .with_state(One { sequencer, in_flight })
}

/// Reads the rest of a refused body, and sets the headers that the front would set.
async fn complete<S: Store, K: KeptHead, P: Platform>(
    State(sequencer): State<Arc<Sequencer<S, K, P>>>,
    request: Request,
    next: Next,
) -> Response {
    let (request, rest) = tap(request);
    let response = problem::tell_front(next.run(request).await);
    finish(response, Some(&Caller::Admin), rest, sequencer.platform()).await
}

async fn create<S: Store, K: KeptHead, P: Platform>(
    State(one): State<One<S, K, P>>,
    request: Request,
) -> Result<Response, Problem> {
    bound(request.headers())?;
    let held = body::read(request.into_body(), MAX_BODY_BYTES, &one.in_flight).await?;
    let creation = decode::creation(held.as_slice())?;
    one.is_for(&creation.ledger)?;
    let description = one.sequencer.create(creation.rules).await?;
    let mut response =
        answers::json(StatusCode::CREATED, &answers::Ledger::try_from(&description)?);
    locate(response.headers_mut(), format!("/api/v1/ledgers/{}", one.sequencer.ledger()));
    Ok(response)
}

async fn append<S: Store, K: KeptHead, P: Platform>(
    State(one): State<One<S, K, P>>,
    Segments(parameters): Segments<Vec<(String, String)>>,
    request: Request,
) -> Result<Response, Problem> {
    // In one process the front router's parameters are still in the request; this router's come last.
    let ledger = parameters.last().map_or("", |(_, value)| value);
    one.is_for(&decode::ledger_in_path(ledger)?)?;
    bound(request.headers())?;
    let key = header_key(request.headers())?;
    let held = body::read(request.into_body(), MAX_BODY_BYTES, &one.in_flight).await?;
    let append = record::append(held.as_slice(), key)?;
    let appended = one.sequencer.append(append).await?;
    let replayed = appended.all_replayed();
    let status = if replayed { StatusCode::OK } else { StatusCode::CREATED };
    let only = match appended.records.as_slice() {
        [only] => Some(only.index.get()),
        _ => None,
    };
    let answer = answers::json(status, &answers::Appended::from(appended));
    let mut response = headers::replayed(answer, replayed);
    if let Some(index) = only {
        locate(response.headers_mut(), format!("/api/v1/ledgers/{ledger}/records/{index}"));
    }
    Ok(response)
}

async fn status<S: Store, K: KeptHead, P: Platform>(
    State(one): State<One<S, K, P>>,
) -> Result<Response, Problem> {
    let status = one.sequencer.status().await?;
    let answer = StatusAnswer {
        kept_size: status.kept_size.map(|size| size.to_string()),
        appended: status.appended.map(|records| records.to_string()),
        waiting: u64::try_from(status.waiting).unwrap_or(u64::MAX),
        halt: status.halt.map(|halt| halt.word().to_owned()),
    };
    Ok(answers::json(StatusCode::OK, &answer))
}

async fn recover<S: Store, K: KeptHead, P: Platform>(
    State(one): State<One<S, K, P>>,
    Segments(parameters): Segments<Vec<(String, String)>>,
    request: Request,
) -> Result<Response, Problem> {
    let ledger = parameters.last().map_or("", |(_, value)| value);
    one.is_for(&decode::ledger_in_path(ledger)?)?;
    bound(request.headers())?;
    let held = body::read(request.into_body(), MAX_BODY_BYTES, &one.in_flight).await?;
    let recovered = one.sequencer.recover(decode::accepted_head(held.as_slice())?).await?;
    Ok(answers::json(StatusCode::CREATED, &answers::Appended::from(recovered)))
}

impl<S: Store, K: KeptHead, P: Platform> One<S, K, P> {
    /// Refuses a request that went to the wrong sequencer.
    pub(crate) fn is_for(&self, ledger: &LedgerId) -> Result<(), Problem> {
        if ledger == self.sequencer.ledger() { Ok(()) } else { Err(ReadError::NotFound.into()) }
    }
}

/// The `Idempotency-Key` header, of which there may be one.
pub(crate) fn header_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::new("invalid-idempotency-key", "the header comes twice"));
    }
    // What is no text is no key either; the empty text is refused by the same rule.
    Ok(Some(IdempotencyKey::parse(value.to_str().unwrap_or_default())?))
}

/// Where the new thing is (RFC 9110 §10.2.2). A path of checked ids and numbers is always a header value.
fn locate(headers: &mut HeaderMap, path: String) {
    if let Ok(value) = HeaderValue::try_from(path) {
        headers.insert(LOCATION, value);
    }
}
