//! Headers that every answer has: caching, cross-origin reads, hardening.

use axum::body::Body;
use axum::response::Response;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};
use stateledger_core::tree::leaf_hash;
use stateledger_ledger::Caller;

use crate::settings::Cors;

/// Content type of receipts (design §4).
pub const RECEIPT_JSON: &str = "application/vnd.stateledger.receipt+json";
/// Content type of a checkpoint (tlog-tiles, "Checkpoints").
pub const NOTE_TEXT: &str = "text/plain; charset=utf-8";
/// Content type of tiles and entry bundles (tlog-tiles, "Log Entries").
pub const TILE_BYTES: &str = "application/octet-stream";
/// Content type of every other answer.
pub const JSON: &str = "application/json";

/// Marks an append whose records were all there before.
pub const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The request's idempotency key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Which pages may load the answer without asking (Fetch, "`Cross-Origin-Resource-Policy` header").
pub(crate) const RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Headers of an answer that pages of other origins may read.
const EXPOSED: &str = "Link, Retry-After, Idempotent-Replayed, RateLimit, RateLimit-Policy, traceparent, X-Request-Id";

/// How long an anonymous answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// It changes with the next append: at most 5 s, so that a reader is never further behind.
    Checkpoint,
    /// Never changes: a full tile or bundle, named by its position.
    Immutable,
    /// A partial tile never changes either, but is useless once the full one exists.
    Partial,
    /// Not at all.
    None,
}

impl Freshness {
    fn value(self) -> &'static str {
        match self {
            Self::Checkpoint => "public, max-age=5",
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Partial => "public, max-age=3600",
            Self::None => "no-store",
        }
    }
}

/// An answer with a body of one content type.
pub(crate) fn answer(
    status: StatusCode,
    content_type: &'static str,
    freshness: Freshness,
    body: impl Into<Body>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(freshness.value()));
    response
}

/// An answer that caches may keep, with a tag of its bytes (RFC 9110 §8.8.3); 304 without a body if the request already has
/// them (§13.1.2).
pub(crate) fn cached(
    request: &HeaderMap,
    content_type: &'static str,
    freshness: Freshness,
    body: Vec<u8>,
) -> Response {
    let hash = leaf_hash(&body).to_string();
    if has(request, &hash) {
        unchanged(freshness, &hash)
    } else {
        tagged(answer(StatusCode::OK, content_type, freshness, body), &hash)
    }
}

/// The answer to a request that has the bytes already.
pub(crate) fn unchanged(freshness: Freshness, hash: &str) -> Response {
    let mut response = answer(StatusCode::NOT_MODIFIED, TILE_BYTES, freshness, Body::empty());
    response.headers_mut().remove(header::CONTENT_TYPE);
    tagged(response, hash)
}

/// Adds the tag: a hash, 64 hex digits.
pub(crate) fn tagged(mut response: Response, hash: &str) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{hash}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// An answer that the host compresses if the request accepts that. Its tag then names other bytes, and so only says that they
/// mean the same (RFC 9110 §8.8.1).
pub(crate) fn compressed(request: &HeaderMap, mut answer: Response) -> Response {
    let whole = answer.status() == StatusCode::OK;
    let headers = answer.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Authorization, Accept-Encoding"));
    if !accepts_gzip(request) {
        return answer;
    }
    let tag = headers.get(header::ETAG).map(|tag| [b"W/", tag.as_bytes()].concat());
    if let Some(Ok(tag)) = tag.map(|tag| HeaderValue::from_bytes(&tag)) {
        headers.insert(header::ETAG, tag);
    }
    if whole {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// Whether `Accept-Encoding` names gzip, or else everything, with a weight above 0 (RFC 9110 §12.5.3).
fn accepts_gzip(request: &HeaderMap) -> bool {
    let accepts = |coding: &str| {
        let values = request.get_all(header::ACCEPT_ENCODING).iter();
        let mut items = values.filter_map(|v| v.to_str().ok()).flat_map(|value| value.split(','));
        items.find_map(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
            let named = name.trim().eq_ignore_ascii_case(coding);
            named.then(|| weight.is_some_and(|weight| weight > 0.0))
        })
    };
    accepts("gzip").or_else(|| accepts("*")).unwrap_or(false)
}

/// Whether `If-None-Match` names the tag of this hash. Compared weakly, as §13.1.2 says: a cache that compressed the body
/// weakened it.
pub(crate) fn has(request: &HeaderMap, hash: &str) -> bool {
    let tag = format!("\"{hash}\"");
    let values = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let item = item.trim();
        item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag
    })
}

/// Marks an answer whose records were all there before, if they were.
pub(crate) fn replayed(mut response: Response, replayed: bool) -> Response {
    if replayed {
        response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// Adds what every answer has, without replacing what a handler said on purpose.
///
/// An answer to a token holder may be more than others may see, so no cache keeps it, whatever the
/// handler allowed; `Vary` keeps shared caches from mixing the two.
pub(crate) fn finish(headers: &mut HeaderMap, caller: Option<&Caller>) {
    if caller.is_some_and(|caller| *caller != Caller::Anonymous) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::CACHE_CONTROL, "no-store");
    default(header::VARY, "Authorization");
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    // No answer of the api is a page; one that is opened as such may load, frame and run nothing.
    default(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
}

/// Says which pages of other origins may see the answer (Fetch, "CORS protocol"). `origin` is the request's.
pub(crate) fn cross_origin(
    headers: &mut HeaderMap,
    cors: &Cors,
    method: &Method,
    origin: Option<&HeaderValue>,
) {
    let allowed = match cors {
        Cors::PublicReads if reads(method) => HeaderValue::from_static("*"),
        Cors::PublicReads => return,
        Cors::Origins(origins) => {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
            let listed =
                |value: &&HeaderValue| origins.iter().any(|o| o.as_bytes() == value.as_bytes());
            let Some(origin) = origin.filter(listed) else { return };
            origin.clone()
        }
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
}

/// What every page may do where no origins are configured: read what everybody may read. No token and no write crosses, since
/// neither `Authorization` nor `POST` is allowed.
fn reads(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD || *method == Method::OPTIONS
}

/// The answer to `OPTIONS` anywhere: a CORS preflight is told what cross-origin requests may do.
pub(crate) fn preflight(cors: &Cors) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    let (methods, allowed) = match cors {
        Cors::PublicReads => ("GET, HEAD", "Accept, Content-Type, traceparent"),
        Cors::Origins(_) => (
            "GET, HEAD, POST, PUT, DELETE",
            "Accept, Authorization, Content-Type, Idempotency-Key, traceparent",
        ),
    };
    set(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    set(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    set(header::ACCESS_CONTROL_MAX_AGE, "86400");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn gzip_is_sent_to_who_accepts_it() {
        for good in ["gzip", "br, GZIP;q=0.5", "*", "identity, *;q=0.1", "gzip;q=1, *;q=0"] {
            assert!(accepts_gzip(&of(header::ACCEPT_ENCODING, good)), "{good}");
        }
        for bad in ["", "br", "gzip;q=0", "gzip; q=0.0, *", "*;q=0", "gzip;q=x", "xgzip"] {
            assert!(!accepts_gzip(&of(header::ACCEPT_ENCODING, bad)), "{bad}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn compressed_bytes_have_a_weak_tag_and_both_forms_vary() {
        let plain = |request: &HeaderMap| {
            cached(request, TILE_BYTES, Freshness::Immutable, b"entries".to_vec())
        };
        let accepting = of(header::ACCEPT_ENCODING, "gzip");
        let of_answer = |answer: &Response, name: HeaderName| {
            answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let whole = compressed(&accepting, plain(&accepting));
        let tag = of_answer(&plain(&accepting), header::ETAG).unwrap();
        assert_eq!(of_answer(&whole, header::ETAG), Some(format!("W/{tag}")));
        assert_eq!(of_answer(&whole, header::CONTENT_ENCODING).as_deref(), Some("gzip"));
        let identity = compressed(&HeaderMap::new(), plain(&accepting));
        assert_eq!(of_answer(&identity, header::ETAG), Some(tag.clone()));
        assert_eq!(of_answer(&identity, header::CONTENT_ENCODING), None);
        for answer in [&whole, &identity] {
            let vary = of_answer(answer, header::VARY);
            assert_eq!(vary.as_deref(), Some("Authorization, Accept-Encoding"));
        }
        let known = of(header::IF_NONE_MATCH, &format!("W/{tag}"));
        let unchanged = compressed(&accepting, plain(&known));
        assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(of_answer(&unchanged, header::ETAG), Some(format!("W/{tag}")));
        assert_eq!(of_answer(&unchanged, header::CONTENT_ENCODING), None);
    }
}
