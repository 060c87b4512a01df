//! `Link` headers of pages (RFC 8288): where the list begins, and where it goes on.

use axum::response::Response;
use http::header::{HeaderValue, LINK};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::query::Parameters;

/// All but what RFC 3986 §2.3 calls unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Adds `rel="first"` and, if there is a next page, `rel="next"`: the same query at another cursor (its parameter's name and
/// value). Targets are relative to the host, which need not know its own name.
pub(crate) fn add(
    mut response: Response,
    path: &str,
    parameters: &Parameters,
    (name, next): (&str, Option<&str>),
) -> Response {
    let query: Vec<String> = parameters
        .iter()
        .filter(|(other, _)| *other != name)
        .map(|(name, value)| pair(name, value))
        .collect();
    let target = |query: &[String]| match query {
        [] => path.to_owned(),
        some => format!("{path}?{}", some.join("&")),
    };
    let mut link = format!("<{}>; rel=\"first\"", target(&query));
    if let Some(next) = next {
        let query = [query, vec![pair(name, next)]].concat();
        link.push_str(&format!(", <{}>; rel=\"next\"", target(&query)));
    }
    // Only escaped text and a ledger's id went into it.
    if let Ok(value) = HeaderValue::from_str(&link) {
        response.headers_mut().insert(LINK, value);
    }
    response
}

fn pair(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, ESCAPED))
}
