//! The router that clients reach: routes, and what every request and answer goes through.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::Method;
use stateledger_ledger::Caller;

use crate::auth;
use crate::body::{self, InFlight, Rest};
use crate::headers;
use crate::host::Host;
use crate::problem::Problem;
use crate::{log, moments, probes, proofs, reads, tokens, verify, writes};

/// What the front router's handlers share.
pub(crate) struct Front<H> {
    pub(crate) host: Arc<H>,
    pub(crate) in_flight: InFlight,
}

impl<H> Clone for Front<H> {
    fn clone(&self) -> Self {
        Self { host: self.host.clone(), in_flight: self.in_flight.clone() }
    }
}

/// Every public route over one host. Build it once per isolate or process, and share `in_flight` with the
/// [sequencer routers](crate::sequencer_router) of the same one.
pub fn front_router<H: Host>(host: Arc<H>, in_flight: InFlight) -> Router {
    let front = Front { host, in_flight };
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
        .route("/api/v1/ledgers/{ledger}/snapshot", get(moments::snapshot::<H>))
        .route("/api/v1/ledgers/{ledger}/diff", get(moments::diff::<H>))
        .route("/api/v1/ledgers/{ledger}/verify", get(verify::verify::<H>))
        .route("/log/{ledger}/checkpoint", get(log::checkpoint::<H>))
        .route("/log/{ledger}/tile/{*path}", get(log::tile::<H>))
        .route("/api/v1/ledgers/{ledger}/recover", post(writes::recover::<H>))
        .route("/api/v1/tokens", get(tokens::list::<H>).post(tokens::create::<H>))
        .route("/api/v1/tokens/{id}", delete(tokens::revoke::<H>))
        .route("/livez", get(probes::livez))
        .route("/readyz", get(probes::readyz::<H>))
        .route("/version", get(probes::version::<H>))
        .route("/openapi.json", get(probes::document))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(front.clone(), admit::<H>))
        .with_state(front)
}

/// Decides who asks before anything else, and finishes the answer.
async fn admit<H: Host>(State(front): State<Front<H>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let (mut request, rest) = tap(request);
    let caller = auth::caller(&*front.host, &method, request.headers()).await;
    let response = match &caller {
        Err(problem) => problem.clone().into_response(),
        Ok(_) if method == Method::OPTIONS => headers::preflight(),
        Ok(caller) => {
            request.extensions_mut().insert::<Caller>(caller.clone());
            next.run(request).await
        }
    };
    finish(response, &method, caller.ok().as_ref(), rest).await
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
    method: &Method,
    caller: Option<&Caller>,
    rest: Rest,
) -> Response {
    if !response.status().is_success() {
        rest.drain().await;
    }
    headers::finish(response.headers_mut(), method, caller);
    response
}

pub(crate) async fn no_route() -> Problem {
    Problem::new("not-found", "there is no such route")
}

/// axum adds `Allow` with the methods of the route (RFC 9110 §15.5.6).
pub(crate) async fn no_method() -> Problem {
    Problem::new("method-not-allowed", "the route does not have this method")
}
