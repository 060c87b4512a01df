//! The front: every isolate reads by itself and hands writes to the ledger's object.

use std::pin::pin;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::future::{Either, join, select};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError};
use stateledger_api::problem::{Problem, REFUSED_AS};
use stateledger_api::{
    AdminToken, Host, Lease, Level, ReadFrom, STATUS, SequenceError, Settings, front_router,
};
use stateledger_ledger::overview::Overview;
use stateledger_ledger::platform::Platform;
use stateledger_ledger::tokens::Tokens;
use stateledger_ledger::{LedgerId, Reader, ReaderSecrets};
use worker::js_sys::Reflect;
use worker::send::SendFuture;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::{D1SessionConstraint, Env, Error, ObjectNamespace, web_sys, worker_sys};

use crate::config;
use crate::kv::Kv;
use crate::lines;
use crate::payloads::{EdgeSql, sql_store};
use crate::platform::EdgePlatform;
use crate::tile_cache::CachedTiles;
use crate::wire::{self, Untouched};

/// Bindings belong to the deployment, not to a request, so one router serves the isolate's life.
static ROUTER: OnceLock<Router> = OnceLock::new();

type EdgeStore = CachedTiles<EdgeSql, Kv>;

struct Edge {
    store: EdgeStore,
    secrets: ReaderSecrets,
    admin_token: AdminToken,
    tokens: Tokens<EdgeSql, EdgePlatform>,
    overview: Overview<EdgeSql, EdgePlatform>,
    settings: Settings,
    tiles: Kv,
    payloads: Kv,
    ledgers: ObjectNamespace,
    limiters: ObjectNamespace,
}

/// The isolate's router, made by its first request.
///
/// # Errors
/// If a binding or secret is missing or unusable; the next request tries again.
pub(crate) fn router(env: &Env) -> worker::Result<Router> {
    if let Some(router) = ROUTER.get() {
        return Ok(router.clone());
    }
    let store = CachedTiles::new(sql_store(env)?, Kv::new(env.kv(config::TILES)?));
    let secrets = config::secrets(env)?;
    let database = || sql_store(env);
    let edge = Edge {
        store,
        secrets: secrets.for_reader(),
        tokens: Tokens::new(secrets.for_tokens(), database()?, EdgePlatform),
        overview: Overview::new(database()?, EdgePlatform),
        settings: config::settings(env)?,
        tiles: Kv::new(env.kv(config::TILES)?),
        payloads: Kv::new(env.kv(config::PAYLOADS)?),
        limiters: env.durable_object(config::LIMITERS)?,
        admin_token: config::admin_token(env)?,
        ledgers: env.durable_object(config::LEDGERS)?,
    };
    let router = front_router(Arc::new(edge), crate::in_flight());
    Ok(ROUTER.get_or_init(|| router).clone())
}

/// A sequencer's state is waited for 5 s: whoever collects metrics waits for 10, and would have none of the others'.
const STATUS_DEADLINE_MS: u64 = 5_000;

/// A lease is waited for 2 s, many times what an object that has to start takes: the request that waits does without it.
const LEASE_DEADLINE_MS: u64 = 2_000;

/// The body that an object answers to a GET, if that is 200.
async fn ask(
    objects: &ObjectNamespace,
    name: &str,
    path: &str,
    deadline_ms: u64,
) -> worker::Result<Option<Vec<u8>>> {
    let object = objects.get_by_name(name)?;
    let answer = async {
        let mut answer = object.fetch_with_str(&format!("https://object{path}")).await?;
        if answer.status_code() == 200 { Ok(Some(answer.bytes().await?)) } else { Ok(None) }
    };
    match select(pin!(answer), pin!(EdgePlatform.sleep(deadline_ms))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err("the object did not answer in time".into()),
    }
}

impl Edge {
    async fn lease_of(&self, token: &str, want: u32) -> worker::Result<Option<Lease>> {
        let path = format!("/?want={want}");
        let body = ask(&self.limiters, token, &path, LEASE_DEADLINE_MS).await?;
        let text = body.map(String::from_utf8).transpose().ok().flatten().unwrap_or_default();
        let numbers: Vec<u64> = text.split(',').filter_map(|part| part.parse().ok()).collect();
        let [granted, remaining, ends_in_ms] = numbers.as_slice() else { return Ok(None) };
        let (granted, remaining) = (u32::try_from(*granted), u32::try_from(*remaining));
        let (Ok(granted), Ok(remaining)) = (granted, remaining) else { return Ok(None) };
        Ok(Some(Lease { granted, remaining, ends_in_ms: *ends_in_ms }))
    }

    async fn ask(
        &self,
        ledger: &LedgerId,
        parts: &http::request::Parts,
        body: Bytes,
    ) -> worker::Result<Response> {
        let object: worker_sys::DurableObject =
            self.ledgers.get_by_name(ledger.as_str())?.into_rpc();
        let request = wire::forwarded(parts, &body)?;
        // The runtime has its copy. Ours must not count as in flight while the object holds the next.
        drop(body);
        let promise = object.fetch_with_request(&request)?;
        let answer: web_sys::Response = JsFuture::from(promise).await?.dyn_into()?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::from_u16(answer.status())?;
        if let Some(code) = answer.headers().get(REFUSED_AS.as_str())? {
            response.headers_mut().insert(REFUSED_AS, HeaderValue::from_str(&code)?);
        }
        response.extensions_mut().insert(Untouched(answer));
        Ok(response)
    }
}

impl Host for Edge {
    type Store = EdgeStore;
    type Platform = EdgePlatform;
    type Tokens = EdgeSql;

    fn reader(&self, from: ReadFrom) -> Reader<Self::Store, Self::Platform> {
        let first = match from {
            ReadFrom::Primary => D1SessionConstraint::FirstPrimary,
            ReadFrom::Nearest => D1SessionConstraint::FirstUnconstrained,
        };
        let store = self.store.over(|store| store.over(|database| database.session(first)));
        Reader::new(self.secrets.clone(), store, EdgePlatform)
    }

    fn admin_token(&self) -> &AdminToken {
        &self.admin_token
    }

    fn overview(&self) -> &Overview<Self::Tokens, Self::Platform> {
        &self.overview
    }

    fn platform(&self) -> &Self::Platform {
        &EdgePlatform
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn lease(&self, token: &str, want: u32) -> impl Future<Output = Option<Lease>> + Send {
        SendFuture::new(async move {
            let lease = self.lease_of(token, want).await;
            lease.inspect_err(|error| lines::failed("limiter", error)).ok().flatten()
        })
    }

    fn probe_values(&self) -> impl Future<Output = bool> + Send {
        SendFuture::new(async {
            let (tiles, payloads) = join(self.tiles.answers(), self.payloads.answers()).await;
            tiles && payloads
        })
    }

    fn status(&self, ledger: &LedgerId) -> impl Future<Output = Option<Vec<u8>>> + Send {
        SendFuture::new(async move {
            let answer = ask(&self.ledgers, ledger.as_str(), STATUS, STATUS_DEADLINE_MS).await;
            let body = answer.inspect_err(|error| lines::failed("sequencer-status", error));
            body.ok().flatten()
        })
    }

    fn log(&self, level: Level, line: &str) {
        lines::write(level, line);
    }

    fn tokens(&self) -> &Tokens<Self::Tokens, Self::Platform> {
        &self.tokens
    }

    /// The runtime does, because the answer's header says so.
    fn compresses(&self) -> bool {
        true
    }

    fn commit(&self) -> Option<&str> {
        option_env!("STATELEDGER_COMMIT")
    }

    fn sequence(
        &self,
        ledger: &LedgerId,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response, SequenceError>> + Send {
        SendFuture::new(async move {
            let (parts, body) = request.into_parts();
            match body.collect().await {
                Ok(body) => {
                    let answer = self.ask(ledger, &parts, body.to_bytes()).await;
                    answer.map_err(|error| no_answer(ledger, &error))
                }
                Err(error) => Ok(unread(&error).into_response()),
            }
        })
    }
}

/// The sequencer got nothing, so nothing was stored.
fn unread(error: &axum::Error) -> Problem {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Problem::new("body-too-large", "the body is longer than 12 MiB");
        }
        cause = error.source();
    }
    Problem::new("body-incomplete", "the request body broke off")
}

/// An object that has too much to do says so by a property of the error that its stub throws.
fn no_answer(ledger: &LedgerId, error: &Error) -> SequenceError {
    lines::failed("sequencer", &format_args!("{ledger}: {error}"));
    let overloaded = |thrown: &JsValue| {
        Reflect::get(thrown, &JsValue::from_str("overloaded")).is_ok_and(|value| value.is_truthy())
    };
    match error {
        Error::UnknownJsError { original, .. } if overloaded(original) => SequenceError::Overloaded,
        _ => SequenceError::Unavailable,
    }
}
