//! StateLedger on Cloudflare Workers.
//!
//! ```text
//! client -> fetch: front router -- reads ---------> D1 (full tiles through KV)
//!                       |
//!                       +-- writes --> Ledger object (one per ledger) -> D1, own SQLite storage
//! ```
//!
//! # Contract
//!
//! This crate only binds: D1 as the engine's database, an object's own storage as its kept head, KV as
//! a place for what never changes, and the runtime's clock, randomness and timer. Every decision about
//! a ledger is in `stateledger-ledger`, every route and status in `stateledger-api`.
//!
//! # What it will not do
//!
//! No route, rule or SQL of its own, nothing mutable in KV, and no log key outside the object.

mod config;
mod d1;
#[cfg(feature = "faults")]
mod faults;
mod front;
mod kept_head;
mod kv;
mod limiter;
mod lines;
mod object;
mod payloads;
mod platform;
mod tile_cache;
mod wait_until;
mod wire;

use std::sync::OnceLock;

use stateledger_api::InFlight;
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event, web_sys};

/// The isolate's count of request bytes. Objects of this Worker may share the isolate and its memory.
fn in_flight() -> InFlight {
    static IN_FLIGHT: OnceLock<InFlight> = OnceLock::new();
    IN_FLIGHT.get_or_init(InFlight::default).clone()
}

/// Every request that no asset answers.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    _context: Context,
) -> worker::Result<web_sys::Response> {
    #[cfg(feature = "faults")]
    faults::panic_on_demand(&request, "front");
    let router = front::router(&env);
    let mut answer = wire::route(router.as_ref().map(Clone::clone), &request).await;
    match answer.extensions_mut().remove::<wire::Untouched>() {
        Some(wire::Untouched(from)) => wire::untouched(&from, answer.headers()),
        None => Ok(wire::outgoing(answer).await?.into()),
    }
}

/// What wrangler.toml schedules: values that no row needs are swept away.
#[event(scheduled)]
async fn scheduled(_: ScheduledEvent, env: Env, _: ScheduleContext) {
    match payloads::sweep(&env).await {
        Ok(swept) => {
            let detail =
                format!("{} of erased payloads, {} without rows", swept.erased, swept.orphans);
            lines::done("sweep", &detail);
        }
        Err(error) => lines::failed("sweep", &error),
    }
}
