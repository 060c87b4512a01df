//! The api in one process: every ledger's sequencer, and the reader, over one SQLite database.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use futures_executor::block_on;
use http::Request;
use http_body_util::BodyExt;
use stateledger_api::{
    AdminToken, Host, InFlight, Lease, Level, ReadFrom, STATUS, SequenceError, Settings, Window,
    front_router, sequencer_router,
};
use stateledger_ledger::overview::Overview;
use stateledger_ledger::platform::Platform;
use stateledger_ledger::sql::{Places, SqlStore};
use stateledger_ledger::tokens::Tokens;
use stateledger_ledger::{LedgerId, Reader, Secrets, Sequencer};
use tower::ServiceExt;

use crate::blobs::MemoryBlobs;
use crate::platform::{MemoryKeptHead, SystemPlatform};
use crate::sqlite::Sqlite;
use crate::transcript::{Client, HttpRequest, HttpResponse};

/// The admin token of a native host.
pub const TOKEN: &str = "native-conformance-token-0123456789abcdef";

/// What origins begin with on a native host.
pub const HOST_NAME: &str = "ledger.test";

type NativeStore = SqlStore<Sqlite, MemoryBlobs>;

/// A host without network: [`Host::sequence`] calls the ledger's sequencer router.
pub struct NativeHost {
    store: NativeStore,
    blobs: MemoryBlobs,
    secrets: Secrets,
    token: AdminToken,
    tokens: Tokens<NativeStore, SystemPlatform>,
    overview: Overview<NativeStore, SystemPlatform>,
    settings: Settings,
    windows: Mutex<HashMap<String, Window>>,
    lines: Arc<Mutex<Vec<String>>>,
    reads: Arc<Mutex<Vec<ReadFrom>>>,
    in_flight: InFlight,
    sequencers: Mutex<HashMap<LedgerId, Router>>,
}

impl NativeHost {
    /// A host over a database whose schema is there.
    pub fn new(database: Sqlite, secrets: Secrets) -> Self {
        Self::sharded(database, Vec::new(), secrets)
    }

    /// A host over several databases.
    pub fn sharded(first: Sqlite, more: Vec<Sqlite>, secrets: Secrets) -> Self {
        let blobs = MemoryBlobs::default();
        let store = SqlStore::new(first, blobs.clone()).with_shards(more, Places::default());
        Self {
            tokens: Tokens::new(secrets.for_tokens(), store.clone(), SystemPlatform),
            overview: Overview::new(store.clone(), SystemPlatform),
            settings: Settings::default(),
            windows: Mutex::default(),
            lines: Arc::default(),
            reads: Arc::default(),
            store,
            blobs,
            secrets,
            token: AdminToken::new(TOKEN).expect("a strong token"),
            in_flight: InFlight::default(),
            sequencers: Mutex::default(),
        }
    }

    /// The same host with other settings.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// What is logged, from now on and before.
    pub fn lines(&self) -> Arc<Mutex<Vec<String>>> {
        self.lines.clone()
    }

    /// What was read, from now on and before.
    pub fn reads(&self) -> Arc<Mutex<Vec<ReadFrom>>> {
        self.reads.clone()
    }

    /// The values beside the database.
    pub fn blobs(&self) -> MemoryBlobs {
        self.blobs.clone()
    }

    /// The one sequencer router of this ledger.
    fn sequencer(&self, ledger: &LedgerId) -> Router {
        let mut sequencers = self.sequencers.lock().unwrap_or_else(PoisonError::into_inner);
        let router = sequencers.entry(ledger.clone()).or_insert_with(|| {
            let sequencer = Sequencer::new(
                ledger.clone(),
                HOST_NAME,
                self.secrets.for_sequencer(),
                self.store.clone(),
                MemoryKeptHead::default(),
                SystemPlatform,
            );
            sequencer_router(Arc::new(sequencer), self.in_flight.clone())
        });
        router.clone()
    }
}

impl Host for NativeHost {
    type Store = NativeStore;
    type Platform = SystemPlatform;
    type Tokens = NativeStore;

    fn reader(&self, from: ReadFrom) -> Reader<Self::Store, Self::Platform> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).push(from);
        Reader::new(self.secrets.for_reader(), self.store.clone(), SystemPlatform)
    }

    fn admin_token(&self) -> &AdminToken {
        &self.token
    }

    fn overview(&self) -> &Overview<Self::Tokens, Self::Platform> {
        &self.overview
    }

    fn platform(&self) -> &Self::Platform {
        &SystemPlatform
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    async fn lease(&self, token: &str, want: u32) -> Option<Lease> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(token.to_owned()).or_default();
        Some(window.take(SystemPlatform.now_ms(), self.settings.requests_per_minute, want))
    }

    async fn probe_values(&self) -> bool {
        true
    }

    async fn status(&self, ledger: &LedgerId) -> Option<Vec<u8>> {
        let request = Request::get(STATUS).body(Body::empty()).expect("a request");
        let answer = self.sequence(ledger, request).await.ok()?;
        let whole = answer.into_body().collect().await.ok()?;
        Some(whole.to_bytes().to_vec())
    }

    fn log(&self, _: Level, line: &str) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    }

    fn tokens(&self) -> &Tokens<Self::Tokens, Self::Platform> {
        &self.tokens
    }

    async fn sequence(
        &self,
        ledger: &LedgerId,
        request: Request<Body>,
    ) -> Result<Response, SequenceError> {
        let answer: Result<Response, Infallible> = self.sequencer(ledger).oneshot(request).await;
        answer.map_err(|never| match never {})
    }
}

/// Sends requests straight into a router.
pub struct NativeClient(Router);

impl NativeClient {
    /// A client of the front router of `host`.
    pub fn new(host: NativeHost) -> Self {
        let in_flight = host.in_flight.clone();
        Self(front_router(Arc::new(host), in_flight))
    }

    /// Sends a request as it is.
    pub fn call(&self, request: Request<Body>) -> Response {
        let answer: Result<Response, Infallible> = block_on(self.0.clone().oneshot(request));
        answer.unwrap_or_else(|never| match never {})
    }
}

impl Client for NativeClient {
    fn send(&self, request: &HttpRequest) -> HttpResponse {
        let mut builder =
            Request::builder().method(request.method.as_str()).uri(request.target.as_str());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let request = builder.body(Body::from(request.body.clone())).expect("a request");
        let (parts, body) = self.call(request).into_parts();
        let body = block_on(body.collect()).expect("a whole body").to_bytes().to_vec();
        let headers = parts.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        HttpResponse { status: parts.status.as_u16(), headers: headers.collect(), body }
    }
}
