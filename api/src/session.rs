//! What one request reads with, and how new that has to be.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use stateledger_core::tree::TreeError;
use stateledger_ledger::{Caller, Reader};

use crate::body;
use crate::front::Front;
use crate::host::{Host, ReadFrom};
use crate::problem::Refusal;

/// Refusals, beside every 404, that only mean that the ledger is too small, which a copy's may be.
const TOO_SMALL: [&str; 2] = [TreeError::IndexOutOfRange.code(), TreeError::SizesReversed.code()];

/// Who asks, and a reader for this request alone: its answers belong to one state of the database, or to later ones.
pub(crate) struct Reads<H: Host> {
    pub(crate) reader: Reader<H::Store, H::Platform>,
    pub(crate) caller: Caller,
}

impl<H: Host> FromRequestParts<Front<H>> for Reads<H> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, front: &Front<H>) -> Result<Self, Infallible> {
        // Only the front's first layer makes callers; without one, nobody is trusted.
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or(Caller::Anonymous);
        let from = parts.extensions.get::<ReadFrom>().copied().unwrap_or(ReadFrom::of(&caller));
        let room = Arc::new(body::Room::new(&front.in_flight));
        Ok(Self { reader: front.host.reader(from).with_room(room), caller })
    }
}

impl ReadFrom {
    /// Whoever has a token may have written with it, and reads what it wrote.
    fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Anonymous => Self::Nearest,
            Caller::Admin | Caller::Token(_) => Self::Primary,
        }
    }
}

/// Runs the route. What a read does not find near by it looks for at the primary, once, before it refuses: a copy may
/// not have what was answered to somebody a moment ago.
pub(crate) async fn serve(caller: &Caller, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert::<Caller>(caller.clone());
    let near = request.method().is_safe() && ReadFrom::of(caller) == ReadFrom::Nearest;
    if !near {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut again = Request::new(axum::body::Body::empty());
    (*again.method_mut(), *again.uri_mut()) = (parts.method.clone(), parts.uri.clone());
    (*again.headers_mut(), *again.extensions_mut()) =
        (parts.headers.clone(), parts.extensions.clone());
    let answer = next.clone().run(Request::from_parts(parts, body)).await;
    if !lacks_records(&answer) {
        return answer;
    }
    again.extensions_mut().insert(ReadFrom::Primary);
    next.run(again).await
}

/// Whether a ledger with more records could answer otherwise.
fn lacks_records(answer: &Response) -> bool {
    let refusal = answer.extensions().get::<Refusal>();
    answer.status() == StatusCode::NOT_FOUND
        || refusal.is_some_and(|Refusal(code)| TOO_SMALL.contains(code))
}
