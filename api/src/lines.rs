//! Log lines: one JSON object each. They name routes, ids and codes, never a body, a query, a token or a secret.

use http::{Method, StatusCode};
use serde::Serialize;
use stateledger_core::time::Time;
use stateledger_ledger::{Caller, LedgerId};

use crate::trace::Trace;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What happened.
    Info,
    /// A client was refused.
    Warn,
    /// The server could not do its work.
    Error,
}

impl Level {
    /// The word in the line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    fn of(status: StatusCode) -> Self {
        if status.is_server_error() {
            Self::Error
        } else if status.is_client_error() {
            Self::Warn
        } else {
            Self::Info
        }
    }
}

/// Everything that a line about a request says.
pub(crate) struct Request<'a> {
    pub(crate) trace: &'a Trace,
    pub(crate) method: &'a Method,
    /// The route's template.
    pub(crate) route: Option<&'a str>,
    pub(crate) ledger: Option<&'a LedgerId>,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) status: StatusCode,
    pub(crate) code: Option<&'static str>,
    pub(crate) began_ms: u64,
    pub(crate) ended_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestLine<'a> {
    time: String,
    level: &'static str,
    event: &'static str,
    request_id: &'a str,
    trace_id: &'a str,
    method: &'a str,
    route: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    ms: u64,
}

#[derive(Serialize)]
struct EventLine<'a> {
    time: String,
    level: &'static str,
    event: &'a str,
    detail: &'a str,
}

fn time(ms: u64) -> String {
    Time::from_millis(ms).map(Time::to_text).unwrap_or_default()
}

fn line<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The id of the token that was presented; ids are no secrets.
fn token(caller: &Caller) -> Option<&str> {
    match caller {
        Caller::Anonymous => None,
        Caller::Admin => Some("admin"),
        Caller::Token(grant) => Some(&grant.id),
    }
}

impl Request<'_> {
    pub(crate) fn line(&self) -> (Level, String) {
        let level = Level::of(self.status);
        let line = line(&RequestLine {
            time: time(self.ended_ms),
            level: level.as_str(),
            event: "request",
            request_id: &self.trace.span_id,
            trace_id: &self.trace.trace_id,
            method: self.method.as_str(),
            route: self.route.unwrap_or("none"),
            ledger: self.ledger.map(LedgerId::as_str),
            token: self.caller.and_then(token),
            status: self.status.as_u16(),
            code: self.code,
            ms: self.ended_ms.saturating_sub(self.began_ms),
        });
        (level, line)
    }
}

/// A line about something beside requests. `detail` must hold nothing that a client sent.
pub fn event(now_ms: u64, level: Level, event: &str, detail: &str) -> String {
    line(&EventLine { time: time(now_ms), level: level.as_str(), event, detail })
}
