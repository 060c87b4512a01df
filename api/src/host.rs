//! What the api needs from the process it runs in.

use std::future::Future;

use axum::body::Body;
use axum::response::Response;
use http::Request;
use stateledger_ledger::overview::{Overview, OverviewStore};
use stateledger_ledger::platform::Platform;
use stateledger_ledger::store::Store;
use stateledger_ledger::tokens::{TokenStore, Tokens};
use stateledger_ledger::{LedgerId, Reader};

use crate::auth::AdminToken;
use crate::lines::Level;
use crate::rate::Lease;
use crate::settings::Settings;

/// The surroundings of the [front router](crate::front_router): where it reads, whom it trusts, and who sequences.
///
/// One value per process or isolate, shared by every request. At the edge it is made from the Worker's `Env`; in
/// tests and on one machine it is a struct over a SQLite file.
///
/// # Writes
///
/// Every ledger has one sequencer, the only writer of that ledger. The front router never appends by itself: it
/// authorises a write, then gives the request to [`Host::sequence`], which must bring it to the
/// [sequencer router](crate::sequencer_router) of that ledger and return what that answers, **untouched**: status,
/// headers, body and extensions.
///
/// - In one process, `sequence` calls the ledger's sequencer router directly.
/// - At the edge, `sequence` turns the request into a fetch of the Durable Object whose name is
///   [`LedgerId::as_str`], and the object's fetch handler calls its sequencer router.
///
/// The request has its original method, path, query and headers; `Authorization` is removed, because the
/// sequencer trusts whoever can reach it. Its body was read whole, at most [`MAX_BODY_BYTES`](crate::MAX_BODY_BYTES), and is one frame:
/// `body.collect().await?.to_bytes()` copies nothing and cannot fail. Its bytes count as [in flight](crate::InFlight)
/// until they are dropped, so drop them as soon as the platform has its own copy.
///
/// A host whose platform answers are slow to convert may return an empty response with the platform's response in
/// its extensions and let its outermost handler swap them, adding those of [`FRONT_HEADERS`](crate::FRONT_HEADERS) that the empty
/// response has: everything else the sequencer router has set already. [`REFUSED_AS`](crate::problem::REFUSED_AS) goes the other way:
/// copied into the empty response, and taken out of what the client gets.
///
/// # Futures
///
/// All futures are `Send`; a platform whose futures are not wraps them where they start.
pub trait Host: Send + Sync + 'static {
    /// The storage contract's implementation that reads use.
    type Store: Store + 'static;
    /// The clock and timer that reads use.
    type Platform: Platform + 'static;
    /// Where API tokens are kept, and what the overview is made from.
    type Tokens: TokenStore + OverviewStore + 'static;

    /// The engine's read side, for one request. Reads never touch a sequencer.
    fn reader(&self, from: ReadFrom) -> Reader<Self::Store, Self::Platform>;

    /// The deployment's admin token.
    fn admin_token(&self) -> &AdminToken;

    /// The deployment's API tokens.
    fn tokens(&self) -> &Tokens<Self::Tokens, Self::Platform>;

    /// The overview of the deployment's database.
    fn overview(&self) -> &Overview<Self::Tokens, Self::Platform>;

    /// Clock and randomness of the front.
    fn platform(&self) -> &Self::Platform;

    /// What the deployment chose.
    fn settings(&self) -> &Settings;

    /// Takes up to `want` requests of this token's [`Window`](crate::Window), of which there is one in the deployment. `None` if that cannot
    /// be reached; the request is let pass then.
    fn lease(&self, token: &str, want: u32) -> impl Future<Output = Option<Lease>> + Send;

    /// Whether the store of large and immutable values answers. True where there is none.
    fn probe_values(&self) -> impl Future<Output = bool> + Send;

    /// The body that the ledger's sequencer router answers to `GET` [`STATUS`](crate::STATUS), if that is 200.
    fn status(&self, ledger: &LedgerId) -> impl Future<Output = Option<Vec<u8>>> + Send;

    /// Writes a line to the log: one JSON object.
    fn log(&self, level: Level, line: &str);

    /// Brings a write to the ledger's sequencer and its answer back.
    ///
    /// # Errors
    /// [`SequenceError`] if the sequencer gave no answer. The write may still have happened; the client is answered 503
    /// (`overloaded` or `storage-unavailable`) and repeats it under its idempotency key.
    fn sequence(
        &self,
        ledger: &LedgerId,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response, SequenceError>> + Send;

    /// Whether the host compresses the body of an answer that says `Content-Encoding: gzip`.
    fn compresses(&self) -> bool {
        false
    }

    /// Which build this is, for `/version`: a commit's hash, if the host knows it.
    fn commit(&self) -> Option<&str> {
        None
    }
}

/// Which copy of the database a request reads, where there are several. Later reads of the same request never see an
/// older state than earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// The one that is written to: it has everything that was acknowledged before the request.
    Primary,
    /// Any: it may be some seconds behind.
    Nearest,
}

/// A sequencer gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SequenceError {
    /// It, or the way to it, has too much to do.
    Overloaded,
    /// It broke off or could not be reached.
    Unavailable,
}

impl SequenceError {
    /// The stable code that the client is answered.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            Self::Unavailable => "storage-unavailable",
        }
    }
}

impl std::fmt::Display for SequenceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Overloaded => "the ledger's sequencer has too much to do",
            Self::Unavailable => "the ledger's sequencer did not answer",
        })
    }
}

impl std::error::Error for SequenceError {}
