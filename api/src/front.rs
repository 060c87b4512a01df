//! The router that clients reach: routes, and what every request and answer goes through.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use http::Method;
use http::header::{self, HeaderName, ORIGIN};
use stateledger_ledger::platform::Platform;
use stateledger_ledger::{Caller, LedgerId};

use crate::auth;
use crate::body::{self, HeldBody, InFlight, Rest};
use crate::headers;
use crate::host::Host;
use crate::probes::LastProbe;
use crate::problem::{self, Problem};
use crate::rate::{self, Leases};
use crate::trace::{self, Trace};
use crate::{
    add, artifacts, erasure, lines, log, metrics, moments, probes, proofs, reads, session, tokens,
    verify, writes,
};

/// What the front router's handlers share.
pub(crate) struct Front<H> {
    pub(crate) host: Arc<H>,
    pub(crate) in_flight: InFlight,
    pub(crate) leases: Arc<Leases>,
    pub(crate) probe: Arc<LastProbe>,
}

impl<H> Clone for Front<H> {
    fn clone(&self) -> Self {
        Self {
            host: self.host.clone(),
            in_flight: self.in_flight.clone(),
            leases: self.leases.clone(),
            probe: self.probe.clone(),
        }
    }
}

impl<H: Host> Front<H> {
    /// Reads a request's body of at most `limit` bytes, in time.
    pub(crate) async fn read(&self, body: Body, limit: usize) -> Result<HeldBody, Problem> {
        let late = self.host.platform().sleep(body::DEADLINE_MS);
        body::read_until(late, body, limit, &self.in_flight).await
    }
}

/// Every public route over one host. Build it once per isolate or process, and share `in_flight` with the
/// [sequencer routers](crate::sequencer_router) of the same one.
pub fn front_router<H: Host>(host: Arc<H>, in_flight: InFlight) -> Router {
    let front = Front { host, in_flight, leases: Arc::default(), probe: Arc::default() };
    Router::new()
        .route("/api/v1/ledgers", get(reads::ledgers::<H>).post(writes::create::<H>))
        .route("/api/v1/ledgers/{ledger}", get(reads::ledger::<H>))
        .route(
            "/api/v1/ledgers/{ledger}/records",
            get(reads::records::<H>).post(writes::append::<H>),
        )
        .route("/api/v1/ledgers/{ledger}/records/{index}", get(reads::record::<H>))
        .route("/api/v1/ledgers/{ledger}/records/{index}/receipt", get(reads::receipt::<H>))
        .route("/api/v1/ledgers/{ledger}/records/by-leaf/{hex}", get(reads::by_leaf::<H>))
        .route("/api/v1/ledgers/{ledger}/proofs/inclusion", get(proofs::inclusion::<H>))
        .route("/api/v1/ledgers/{ledger}/proofs/consistency", get(proofs::consistency::<H>))
        .route("/api/v1/ledgers/{ledger}/proofs/batch", get(proofs::batch::<H>))
        .route("/api/v1/ledgers/{ledger}/proofs/range", get(proofs::range::<H>))
        .route("/api/v1/ledgers/{ledger}/proofs/subtree", get(proofs::subtree::<H>))
        .route("/api/v1/ledgers/{ledger}/snapshot", get(moments::snapshot::<H>))
        .route("/api/v1/ledgers/{ledger}/diff", get(moments::diff::<H>))
        .route("/api/v1/ledgers/{ledger}/verify", get(verify::verify::<H>))
        .route("/log/{ledger}/checkpoint", get(log::checkpoint::<H>))
        .route("/log/{ledger}/tile/{*path}", get(log::tile::<H>))
        .route("/api/v1/ledgers/{ledger}/records/{index}/payload", delete(erasure::erase::<H>))
        .route(
            "/api/v1/ledgers/{ledger}/records/{index}/hold",
            put(erasure::hold::<H>).delete(erasure::release::<H>),
        )
        .route(
            "/api/v1/ledgers/{ledger}/artifacts/{sha256}",
            get(artifacts::get::<H>).put(artifacts::put::<H>),
        )
        .route("/log/{ledger}/add", post(add::add::<H>))
        .route("/api/v1/ledgers/{ledger}/recover", post(writes::recover::<H>))
        .route("/api/v1/tokens", get(tokens::list::<H>).post(tokens::create::<H>))
        .route("/api/v1/tokens/{id}", delete(tokens::revoke::<H>))
        .route("/livez", get(probes::livez))
        .route("/readyz", get(probes::readyz::<H>))
        .route("/metrics", get(metrics::metrics::<H>))
        .route("/version", get(probes::version::<H>))
        .route("/openapi.json", get(probes::document))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(front.clone(), admit::<H>))
        .with_state(front)
}

/// What a host whose platform answers are handed through has to copy from the front's answer.
pub const FRONT_HEADERS: [HeaderName; 8] = [
    trace::TRACEPARENT,
    trace::REQUEST_ID,
    rate::POLICY,
    rate::STATE,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    headers::RESOURCE_POLICY,
    header::VARY,
];

/// Decides who asks before anything else, counts the request, and finishes the answer.
async fn admit<H: Host>(
    State(front): State<Front<H>>,
    mut request: Request,
    next: Next,
) -> Response {
    let host = front.host.clone();
    let began_ms = host.platform().now_ms();
    let (method, origin) = (request.method().clone(), request.headers().get(ORIGIN).cloned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let ledger = ledger_of(request.uri().path());
    let trace = Trace::of(request.headers(), host.platform());
    trace.write(request.headers_mut());
    let (request, rest) = tap(request);
    let caller = auth::caller(&*host, &method, request.headers()).await;
    let quota = match &caller {
        Ok(Caller::Token(grant)) => rate::meter(&*host, &front.leases, &grant.id).await,
        Ok(Caller::Admin) => rate::meter(&*host, &front.leases, "admin").await,
        Ok(Caller::Anonymous) | Err(_) => None,
    };
    let response = match (&caller, quota.map_or(Ok(()), |quota| quota.check())) {
        (Err(problem), _) => problem.clone().into_response(),
        (Ok(_), Err(problem)) => problem.into_response(),
        (Ok(_), Ok(())) if method == Method::OPTIONS => headers::preflight(&host.settings().cors),
        (Ok(caller), Ok(())) => session::serve(caller, request, next).await,
    };
    let platform = host.platform();
    let mut response = finish(response, caller.as_ref().ok(), rest, platform).await;
    let code = problem::refused_as(&mut response);
    let headers = response.headers_mut();
    headers::cross_origin(headers, &host.settings().cors, &method, origin.as_ref());
    trace.answer(headers);
    if let Some(quota) = quota {
        quota.write(headers);
    }
    let (level, line) = lines::Request {
        trace: &trace,
        method: &method,
        route: route.as_ref().map(MatchedPath::as_str),
        ledger: ledger.as_ref(),
        caller: caller.as_ref().ok(),
        status: response.status(),
        code,
        began_ms,
        ended_ms: host.platform().now_ms(),
    }
    .line();
    host.log(level, &line);
    response
}

/// The ledger that a path names, if it names one.
fn ledger_of(path: &str) -> Option<LedgerId> {
    let rest = path.strip_prefix("/api/v1/ledgers/").or_else(|| path.strip_prefix("/log/"))?;
    LedgerId::parse(rest.split('/').next()?).ok()
}

/// Splits a second handle off the request's body, for [`finish`].
pub(crate) fn tap(request: Request) -> (Request, Rest) {
    let (parts, body) = request.into_parts();
    let (body, rest) = body::tap(body);
    (Request::from_parts(parts, body), rest)
}

/// What every answer goes through on its way out. That a HEAD has no body is axum's work, also for answers made here.
pub(crate) async fn finish(
    mut response: Response,
    caller: Option<&Caller>,
    rest: Rest,
    platform: &impl Platform,
) -> Response {
    if !response.status().is_success() {
        rest.drain(platform.sleep(body::DEADLINE_MS)).await;
    }
    headers::finish(response.headers_mut(), caller);
    response
}

pub(crate) async fn no_route() -> Problem {
    Problem::new("not-found", "there is no such route")
}

/// axum adds `Allow` with the methods of the route (RFC 9110 §15.5.6).
pub(crate) async fn no_method() -> Problem {
    Problem::new("method-not-allowed", "the route does not have this method")
}
