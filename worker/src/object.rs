//! The sequencer's object: one for each ledger, named by the ledger's id, and its only writer.

use std::sync::Arc;

use axum::Router;
use stateledger_api::sequencer_router;
use stateledger_ledger::{LedgerId, Sequencer};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

use crate::kept_head::ObjectStorage;
use crate::payloads::sql_store;
use crate::platform::EdgePlatform;
use crate::{config, wire};

/// The runtime runs at most one object of a name at a time, and the engine does not rely on that: a
/// second one would collide in D1 and reload.
#[durable_object(fetch)]
struct Ledger {
    router: worker::Result<Router>,
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        Self { router: router(&state, &env) }
    }

    /// Requests interleave at D1's awaits; the engine groups those that wait into one commit.
    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        #[cfg(feature = "faults")]
        crate::faults::panic_on_demand(request.inner(), "object");
        let router = self.router.as_ref().map(Clone::clone);
        wire::outgoing(wire::route(router, request.inner()).await).await
    }
}

fn router(state: &State, env: &Env) -> worker::Result<Router> {
    let name = state.id().name().ok_or("the object has no name")?;
    let ledger = LedgerId::parse(&name).map_err(|error| error.to_string())?;
    let sequencer = Sequencer::new(
        ledger,
        config::host(env)?,
        config::secrets(env)?.for_sequencer(),
        sql_store(env)?,
        ObjectStorage::new(state.storage()),
        EdgePlatform,
    );
    Ok(sequencer_router(Arc::new(sequencer), crate::in_flight()))
}
