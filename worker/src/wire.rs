//! Between the runtime's requests and answers and those of the `http` crate, which the router takes.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use futures_util::stream::once;
use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use http_body_util::BodyExt;
use stateledger_api::problem::{Problem, REFUSED_AS};
use stateledger_api::{Counted, FRONT_HEADERS, InFlight, may_shrink};
use tower::ServiceExt;
use worker::js_sys::{Array, Reflect, Uint8Array};
use worker::send::SendFuture;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Headers, ResponseBuilder, web_sys};

use crate::lines;

/// An answer of the runtime that goes out as it came in, never copied through this program's
/// memory. It travels as an extension of an otherwise empty answer.
#[derive(Debug, Clone)]
pub(crate) struct Untouched(pub(crate) web_sys::Response);

/// Routes one request of the runtime, also when there is no router or no route can have such a URL.
pub(crate) async fn route(
    router: Result<Router, &worker::Error>,
    request: &web_sys::Request,
) -> http::Response<Body> {
    match (router, incoming(request)) {
        (Ok(router), Ok(request)) => {
            let Ok(answer) = router.oneshot(request).await;
            answer
        }
        (Err(error), _) => {
            lines::failed("not-set-up", error);
            Problem::new("storage-unavailable", "the server is not set up").into_response()
        }
        (_, Err(_)) => Problem::new("not-found", "there is no such route").into_response(),
    }
}

/// A body that says it is at most this long is read at once, which takes a fraction of the time that its chunks take: 1 MiB. A longer
/// one stays a stream, so that the router bounds what it holds of it.
const AT_ONCE: usize = 1024 * 1024;

/// Bytes that one isolate reads at once, 8 MiB beside the [`MAX_BYTES_IN_FLIGHT`](stateledger_api::MAX_BYTES_IN_FLIGHT) that the router
/// counts: what is announced need not come, and nobody has asked yet who announces it, so it takes no room from bodies that are there.
const MAX_AT_ONCE: usize = 8 * AT_ONCE;

/// The isolate's count of bytes that are being read at once.
static READ_AT_ONCE: LazyLock<InFlight> = LazyLock::new(|| InFlight::up_to(MAX_AT_ONCE));

fn body_of(request: &web_sys::Request) -> Body {
    let Some(stream) = request.body() else { return Body::empty() };
    let length = request.headers().get("content-length").ok().flatten();
    let short = length.and_then(|text| text.parse().ok()).filter(|length| *length <= AT_ONCE);
    match short.and_then(|length| READ_AT_ONCE.count(length)) {
        Some(counted) => {
            Body::from_stream(once(SendFuture::new(whole(Clone::clone(request), counted))))
        }
        None => Body::new(worker::Body::new(stream)),
    }
}

/// Whoever gets the bytes counts them from then on.
async fn whole(request: web_sys::Request, _until_then: Counted) -> Result<Vec<u8>, String> {
    let read = async { JsFuture::from(request.array_buffer()?).await };
    match read.await {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(_) => Err("the request body broke off".into()),
    }
}

/// The router's view of a request.
fn incoming(request: &web_sys::Request) -> worker::Result<http::Request<Body>> {
    let mut incoming = http::Request::new(body_of(request));
    *incoming.method_mut() = Method::from_bytes(request.method().as_bytes())
        .map_err(|error| worker::Error::from(error.to_string()))?;
    *incoming.uri_mut() = uri(&request.url())?;
    *incoming.headers_mut() = headers_from(&request.headers())?;
    // The platform makes its properties of a request when they are first asked for.
    if may_shrink(incoming.uri().path())
        && let Some(accepted) = client_accepts(request)
    {
        incoming.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_str(&accepted)?);
    }
    Ok(incoming)
}

/// What the client itself accepts. The platform puts into the request's header what it can make of an answer, and leaves bytes that
/// say to be compressed as they are.
fn client_accepts(request: &web_sys::Request) -> Option<String> {
    let cf = Reflect::get(request, &JsValue::from_str("cf")).ok().filter(JsValue::is_object)?;
    Reflect::get(&cf, &JsValue::from_str("clientAcceptEncoding")).ok()?.as_string()
}

/// A request for a Durable Object, from the parts of a request and its whole body.
pub(crate) fn forwarded(
    parts: &http::request::Parts,
    body: &[u8],
) -> worker::Result<web_sys::Request> {
    let init = web_sys::RequestInit::new();
    init.set_method(parts.method.as_str());
    init.set_headers_headers(&headers_to(&parts.headers)?.0);
    if !body.is_empty() {
        init.set_body(&Uint8Array::from(body));
    }
    Ok(web_sys::Request::new_with_str_and_init(&parts.uri.to_string(), &init)?)
}

/// The runtime's answer. Bodies go out as one buffer: a stream polled from Rust costs 10 ms a megabyte.
pub(crate) async fn outgoing(response: http::Response<Body>) -> worker::Result<worker::Response> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| worker::Error::from(error.to_string()))?;
    let bytes = body.to_bytes();
    let answer = ResponseBuilder::new()
        .with_status(parts.status.as_u16())
        .with_headers(headers_to(&parts.headers)?);
    // 204 and 304 must have no body at all, not an empty one.
    Ok(if bytes.is_empty() { answer.empty() } else { answer.fixed(bytes.into()) })
}

/// An answer of the runtime with what the front adds to it. Its body is a stream of the runtime's and stays one.
pub(crate) fn untouched(
    answer: &web_sys::Response,
    front: &HeaderMap,
) -> worker::Result<web_sys::Response> {
    let init = web_sys::ResponseInit::new();
    init.set_status(answer.status());
    let headers = Headers(web_sys::Headers::new_with_headers(&answer.headers())?);
    for name in FRONT_HEADERS.iter().filter(|name| front.contains_key(*name)) {
        headers.delete(name.as_str())?;
        for value in front.get_all(name) {
            headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
        }
    }
    headers.delete(REFUSED_AS.as_str())?;
    init.set_headers_headers(&headers.0);
    let body = answer.body();
    Ok(web_sys::Response::new_with_opt_readable_stream_and_init(body.as_ref(), &init)?)
}

/// The runtime hands out serialised WHATWG URLs. They are ASCII, but may hold a few characters that RFC 3986 wants escaped.
fn uri(url: &str) -> worker::Result<Uri> {
    let mut escaped = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                escaped.push_str(&format!("%{:02X}", u32::from(c)));
            }
            other => escaped.push(other),
        }
    }
    escaped.parse().map_err(|error: http::uri::InvalidUri| error.to_string().into())
}

fn headers_from(headers: &web_sys::Headers) -> worker::Result<HeaderMap> {
    let mut map = HeaderMap::new();
    for entry in headers.entries().into_iter() {
        let pair = Array::from(&entry?);
        let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) else {
            continue;
        };
        // A name or value that `http` refuses means nothing to any route; the request is not refused for it.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        {
            map.append(name, value);
        }
    }
    Ok(map)
}

fn headers_to(map: &HeaderMap) -> worker::Result<Headers> {
    let headers = Headers::new();
    for (name, value) in map {
        headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    Ok(headers)
}
