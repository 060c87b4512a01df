//! What the deployment gives: bindings by name, variables and secrets.

use stateledger_api::{AdminToken, Settings};
use stateledger_core::hash::Hash;
use stateledger_ledger::Secrets;
use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, Env};

/// The first D1 database.
pub(crate) const DATABASE: &str = "DB";
/// The KV namespace of full tiles.
pub(crate) const TILES: &str = "TILES";
/// The KV namespace of long payloads.
pub(crate) const PAYLOADS: &str = "PAYLOADS";
/// The Durable Object class, one object for each ledger.
pub(crate) const LEDGERS: &str = "LEDGER";

/// The Durable Object class that counts requests, one object for each token.
pub(crate) const LIMITERS: &str = "LIMITER";

/// What the deployment chose: `STATELEDGER_CORS_ORIGINS` and `STATELEDGER_REQUESTS_PER_MINUTE`, both optional.
pub(crate) fn settings(env: &Env) -> worker::Result<Settings> {
    let text = |name: &str| env.var(name).map(|value| value.to_string()).unwrap_or_default();
    let (origins, requests) =
        (text("STATELEDGER_CORS_ORIGINS"), text("STATELEDGER_REQUESTS_PER_MINUTE"));
    let settings = Settings::from_text(&origins, &requests);
    settings.ok_or_else(|| {
        "STATELEDGER_CORS_ORIGINS or STATELEDGER_REQUESTS_PER_MINUTE is malformed".into()
    })
}

/// The D1 databases beside the first one: `DB_1`, `DB_2` and so on, up to the first that is not bound.
pub(crate) fn shards(env: &Env) -> worker::Result<Vec<D1Database>> {
    let names = (1..).map(|n| format!("{DATABASE}_{n}"));
    let bound = |name: &String| {
        Reflect::get(env, &JsValue::from_str(name)).is_ok_and(|binding| !binding.is_undefined())
    };
    names.take_while(bound).map(|name| env.d1(&name)).collect()
}

/// The host in the origins of new ledgers, for example `ledger.example.com`.
pub(crate) fn host(env: &Env) -> worker::Result<String> {
    Ok(env.var("STATELEDGER_HOST")?.to_string())
}

/// The master seed: 64 lowercase hex digits. An error never repeats it.
pub(crate) fn secrets(env: &Env) -> worker::Result<Secrets> {
    let text = env.secret("STATELEDGER_SEED")?.to_string();
    let seed =
        Hash::from_hex(&text).map_err(|_| "STATELEDGER_SEED is not 64 lowercase hex digits")?;
    Ok(Secrets::from_seed(*seed.as_bytes()))
}

/// The admin's bearer token.
pub(crate) fn admin_token(env: &Env) -> worker::Result<AdminToken> {
    let text = env.secret("STATELEDGER_ADMIN_TOKEN")?.to_string();
    AdminToken::new(&text).ok_or_else(|| "STATELEDGER_ADMIN_TOKEN is too short or not ASCII".into())
}
