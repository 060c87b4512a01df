//! The count of one token's requests: an object of its own, in memory only. A window lasts a minute, and an object that is
//! used lives longer.

use core::cell::RefCell;

use stateledger_api::{DEFAULT_REQUESTS_PER_MINUTE, Window};
use worker::{Date, DurableObject, Env, Request, Response, State, durable_object};

use crate::config;

/// One object for each token, named by the token's id.
#[durable_object(fetch)]
struct Limiter {
    limit: u32,
    window: RefCell<Window>,
}

impl DurableObject for Limiter {
    fn new(_state: State, env: Env) -> Self {
        let settings = config::settings(&env);
        let limit = settings.map_or(DEFAULT_REQUESTS_PER_MINUTE, |s| s.requests_per_minute);
        Self { limit, window: RefCell::default() }
    }

    /// `?want=n` takes up to n requests and answers `granted,remaining,endsInMs`. Only the front can reach it.
    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        let want =
            request.url()?.query().and_then(|query| query.strip_prefix("want=")?.parse().ok());
        let now = Date::now().as_millis();
        let lease = self.window.borrow_mut().take(now, self.limit, want.unwrap_or(1));
        Response::ok(format!("{},{},{}", lease.granted, lease.remaining, lease.ends_in_ms))
    }
}
