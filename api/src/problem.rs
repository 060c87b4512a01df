//! RFC 9457 problem details: the only shape in which this api refuses.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes;

/// `Content-Type` of every refusal (RFC 9457 §3).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A problem's `type` is this prefix and its code. It names the problem and need not resolve (RFC 9457 §3.1.1).
pub const TYPE_PREFIX: &str = "https://stateledger.dev/problems/";

/// Seconds that a 503 asks its client to wait (RFC 9110 §10.2.3). A commit takes tens of milliseconds and a
/// sequencer reloads in less than a second, so the smallest whole number is right.
pub(crate) const RETRY_AFTER_SECONDS: &str = "1";

/// One refusal: a stable code, and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    code: &'static str,
    detail: Cow<'static, str>,
    size: Option<String>,
    retry_after: Option<u64>,
}

/// The code of the problem that an answer is, in its extensions: for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) &'static str);

/// The code of the problem that a sequencer's answer is: what an extension says in one process. No client sees it.
pub const REFUSED_AS: HeaderName = HeaderName::from_static("stateledger-refused-as");

/// Writes the code of a refusal where the front finds it, also behind a platform that carries no extensions.
pub(crate) fn tell_front(mut response: Response) -> Response {
    if let Some(Refusal(code)) = response.extensions().get::<Refusal>().copied() {
        response.headers_mut().insert(REFUSED_AS, HeaderValue::from_static(code));
    }
    response
}

/// The code of the problem that an answer is, if it is one.
pub(crate) fn refused_as(response: &mut Response) -> Option<&'static str> {
    let told = response.headers_mut().remove(REFUSED_AS);
    let told = told.and_then(|code| codes::table().find(|row| code == row.code));
    let own = response.extensions().get::<Refusal>().map(|refusal| refusal.0);
    own.or(told.map(|row| row.code))
}

/// The JSON of a [`Problem`]. A problem may have one more member that its code names, for example `size`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// `https://stateledger.dev/problems/` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The stable kebab-case code; docs/ERRORS.md lists them all.
    code: &'a str,
    /// What the code means, the same for every occurrence.
    title: &'a str,
    /// The HTTP status of this answer.
    status: u16,
    /// What was wrong with this request.
    detail: &'a str,
    /// Decimal. With `expected-size-mismatch` and `size-unknown` the ledger's size, with `checkpoint-unknown` the next size
    /// that has a checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<&'a str>,
}

impl Problem {
    /// A refusal with `code`, which must be in [`codes::table`] (a code that is not is answered as 500), and a
    /// sentence about this occurrence. The sentence must not repeat secrets.
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), size: None, retry_after: None }
    }

    /// Adds the size that `expected-size-mismatch`, `size-unknown` and `checkpoint-unknown` answer.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size.to_string());
        self
    }

    /// Asks the client to wait this many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Says in the detail where the request is wrong, for example `records[3]`.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.detail = Cow::Owned(format!("{place}: {}", self.detail));
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The HTTP status that the table gives the code.
    pub fn status(&self) -> StatusCode {
        codes::status(self.code)
    }

    fn to_json(&self) -> Vec<u8> {
        let body = ProblemBody {
            kind: format!("{TYPE_PREFIX}{}", self.code),
            code: self.code,
            title: codes::title(self.code),
            status: self.status().as_u16(),
            detail: &self.detail,
            size: self.size.as_deref(),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = Response::new(Body::from(self.to_json()));
        *response.status_mut() = status;
        response.extensions_mut().insert(Refusal(self.code));
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE && self.retry_after.is_none() {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
