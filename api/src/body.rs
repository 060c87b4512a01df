//! Request bodies: read with a bound, counted while they are held, never left half read. What answers
//! are made of counts with them.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use futures_util::future::{Either, select};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use stateledger_ledger::limits::MAX_ARTIFACT_BYTES;

use crate::problem::Problem;

/// Longest request body: 12 MiB. A batch of 1,000 records whose payloads fill the 8 MiB of one payload
/// needs 4/3 of that as base64, and 1.3 MiB remain for the members around it.
pub const MAX_BODY_BYTES: usize = 12 * 1024 * 1024;

/// Bytes of request bodies that one isolate works on at a time: 24 MiB, two of the longest. As text, as parsed values
/// and as database parameters they take about four times that, 96 MiB of the isolate's 128 MB.
pub const MAX_BYTES_IN_FLIGHT: usize = 2 * MAX_BODY_BYTES;

/// A request's body must be there within a minute. The longest one, an artifact of 20 MiB, then comes at 2.8 Mbit/s.
pub(crate) const DEADLINE_MS: u64 = 60_000;

/// Counts the bytes of bodies that are being worked on, up to a limit, by itself [`MAX_BYTES_IN_FLIGHT`]. Share one per isolate.
#[derive(Debug, Clone)]
pub struct InFlight {
    bytes: Arc<AtomicUsize>,
    limit: usize,
}

impl Default for InFlight {
    fn default() -> Self {
        Self::up_to(MAX_BYTES_IN_FLIGHT)
    }
}

impl InFlight {
    /// Nothing yet, and never more than `limit` bytes.
    pub fn up_to(limit: usize) -> Self {
        Self { bytes: Arc::default(), limit }
    }

    /// Counts so many bytes, unless that makes too many.
    pub fn count(&self, bytes: usize) -> Option<Counted> {
        let mut counted = self.nothing();
        counted.more(bytes).then_some(counted)
    }

    fn nothing(&self) -> Counted {
        Counted { bytes: 0, in_flight: self.clone() }
    }
}

/// Bytes that count as in flight until this is dropped.
#[derive(Debug)]
pub struct Counted {
    bytes: usize,
    in_flight: InFlight,
}

impl Counted {
    fn more(&mut self, bytes: usize) -> bool {
        let before = self.in_flight.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.in_flight.limit {
            self.in_flight.bytes.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        true
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.in_flight.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A body that was read whole; its bytes count as in flight until it is dropped.
#[derive(Debug)]
pub(crate) struct HeldBody {
    bytes: Vec<u8>,
    counted: Counted,
}

impl HeldBody {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    fn empty(in_flight: &InFlight) -> Self {
        Self { bytes: Vec::new(), counted: in_flight.nothing() }
    }

    /// Counts more bytes, unless too many are held already (`overloaded`).
    fn count(&mut self, more: usize) -> Result<(), Problem> {
        let overloaded = || Problem::new("overloaded", "too many requests are in flight");
        self.counted.more(more).then_some(()).ok_or_else(overloaded)
    }

    fn push(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        self.count(chunk.len())?;
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// The bytes, which count until this is dropped, wherever they go.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// The bytes that room was held for.
    pub(crate) fn fill(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }
}

impl AsRef<[u8]> for HeldBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a body of at most `limit` bytes.
///
/// Refuses with `body-too-large`, with `overloaded` if this isolate holds too much already, and with
/// `body-incomplete` if the client's stream breaks.
pub(crate) async fn read(
    body: Body,
    limit: usize,
    in_flight: &InFlight,
) -> Result<HeldBody, Problem> {
    let mut held = HeldBody::empty(in_flight);
    let mut body = Limited::new(body, limit);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| refuse_frame(error.as_ref(), limit))?;
        if let Some(chunk) = frame.data_ref() {
            held.push(chunk)?;
        }
    }
    Ok(held)
}

/// Reads a body that must be whole before `late` comes to its end; else it is `body-incomplete`. Whoever sends nothing more holds
/// no bytes for longer.
pub(crate) async fn read_until(
    late: impl Future<Output = ()>,
    body: Body,
    limit: usize,
    in_flight: &InFlight,
) -> Result<HeldBody, Problem> {
    match select(pin!(read(body, limit, in_flight)), pin!(late)).await {
        Either::Left((held, _)) => held,
        Either::Right(_) => Err(Problem::new("body-incomplete", "the request body took too long")),
    }
}

/// Room for an answer of `size` bytes, which counts like the body of a request (`overloaded`).
pub(crate) fn hold(size: u64, in_flight: &InFlight) -> Result<HeldBody, Problem> {
    let mut held = HeldBody::empty(in_flight);
    held.count(usize::try_from(size).unwrap_or(usize::MAX))?;
    Ok(held)
}

/// What one request's reads hold: entries and payloads count like the bodies of requests, until its answer is made of them.
#[derive(Debug)]
pub(crate) struct Room(Mutex<HeldBody>);

impl Room {
    pub(crate) fn new(in_flight: &InFlight) -> Self {
        Self(Mutex::new(HeldBody::empty(in_flight)))
    }
}

impl stateledger_ledger::reader::Room for Room {
    fn take(&self, bytes: u64) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        usize::try_from(bytes).is_ok_and(|bytes| held.count(bytes).is_ok())
    }
}

fn refuse_frame(error: &(dyn std::error::Error + Send + Sync + 'static), limit: usize) -> Problem {
    if is_length_limit(error) {
        too_large(limit)
    } else {
        Problem::new("body-incomplete", "the request body broke off")
    }
}

/// A body is longer than `limit` bytes.
pub(crate) fn too_large(limit: usize) -> Problem {
    Problem::new("body-too-large", format!("a body here has at most {limit} bytes"))
}

/// Errors come wrapped by every body on the way.
fn is_length_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_length_limit)
}

/// The other handle on a request's body: whoever answered, the rest can still be read.
///
/// Answering a POST before its body was read breaks the kept connection on the platform: the client's next
/// request on it fails. So a refusal reads a bounded rest first.
pub(crate) struct Rest(Arc<Mutex<Body>>);

struct Tapped(Arc<Mutex<Body>>);

/// Gives the body on, and keeps a handle to read what the handler leaves.
pub(crate) fn tap(body: Body) -> (Body, Rest) {
    let shared = Arc::new(Mutex::new(body));
    (Body::new(Tapped(shared.clone())), Rest(shared))
}

impl Rest {
    /// Reads and forgets at most one body of the longest that any route takes, until `late` comes to its end. Errors end it:
    /// there is nobody left to tell.
    pub(crate) async fn drain(self, late: impl Future<Output = ()>) {
        let mut body = Limited::new(Body::new(Tapped(self.0)), MAX_ARTIFACT_BYTES);
        let rest = async { while let Some(Ok(_)) = body.frame().await {} };
        select(pin!(rest), pin!(late)).await;
    }
}

impl HttpBody for Tapped {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{pending, ready};

    use futures_executor::block_on;
    use futures_util::{StreamExt, stream};
    use stateledger_ledger::reader::Room as _;

    use super::*;

    fn held(length: usize, in_flight: &InFlight) -> Result<HeldBody, &'static str> {
        let body = Body::from(vec![b'x'; length]);
        block_on(read(body, MAX_BODY_BYTES, in_flight)).map_err(|problem| problem.code())
    }

    #[test]
    fn bodies_are_bounded_one_by_one_and_together() {
        let in_flight = InFlight::default();
        assert_eq!(held(MAX_BODY_BYTES + 1, &in_flight).err(), Some("body-too-large"));
        let first = held(MAX_BODY_BYTES, &in_flight).expect("the longest body");
        let second = held(MAX_BODY_BYTES, &in_flight).expect("a second one");
        assert_eq!(held(1, &in_flight).err(), Some("overloaded"));
        drop(first);
        assert!(held(MAX_BODY_BYTES, &in_flight).is_ok());
        drop(second);
        let mut third = held(MAX_BODY_BYTES, &in_flight).expect("a third one");
        let bytes = third.take();
        let room = |size: usize| hold(size as u64, &in_flight).map_err(|problem| problem.code());
        assert_eq!(room(MAX_BODY_BYTES + 1).err(), Some("overloaded"), "bytes elsewhere count");
        let mut fourth = room(MAX_BODY_BYTES).expect("room");
        fourth.fill(bytes);
        drop((third, fourth));
        let read = Room::new(&in_flight);
        assert!(read.take(MAX_BODY_BYTES as u64) && read.take(MAX_BODY_BYTES as u64));
        assert!(!read.take(1) && !Room::new(&in_flight).take(1), "what reads hold counts, too");
        drop(read);
        assert_eq!(in_flight.bytes.load(Ordering::Relaxed), 0, "every byte was given back");
    }

    #[test]
    fn what_counts_stays_below_its_limit_until_it_is_dropped() {
        let in_flight = InFlight::up_to(3);
        let two = in_flight.count(2).expect("room");
        assert!(in_flight.count(2).is_none() && in_flight.count(usize::MAX).is_none());
        assert!(in_flight.count(1).is_some());
        drop(two);
        assert!(in_flight.count(3).is_some(), "what was refused or dropped does not count");
    }

    #[test]
    fn a_body_that_does_not_come_to_its_end_is_given_up_and_its_bytes_given_back() {
        let in_flight = InFlight::default();
        let stalled = || {
            let first = stream::iter([Ok::<_, Infallible>(vec![b'x'; 1000])]);
            Body::from_stream(first.chain(stream::pending()))
        };
        let late = async {
            assert_eq!(in_flight.bytes.load(Ordering::Relaxed), 1000);
        };
        let read = block_on(read_until(late, stalled(), MAX_BODY_BYTES, &in_flight));
        assert_eq!(read.map(|_| ()).map_err(|problem| problem.code()), Err("body-incomplete"));
        assert_eq!(in_flight.bytes.load(Ordering::Relaxed), 0);
        let whole = Body::from(vec![b'x'; 1000]);
        assert!(block_on(read_until(pending(), whole, MAX_BODY_BYTES, &in_flight)).is_ok());
        block_on(tap(stalled()).1.drain(ready(())));
    }

    #[test]
    fn the_rest_of_a_body_can_be_read_by_the_other_handle() {
        let frames = [b"one".as_slice(), b"two"].map(Ok::<_, Infallible>);
        let (mut body, rest) = tap(Body::from_stream(stream::iter(frames)));
        let first = block_on(body.frame()).expect("a frame").expect("data");
        assert_eq!(first.into_data().ok().as_deref(), Some(b"one".as_slice()));
        block_on(rest.drain(pending()));
        assert!(block_on(body.frame()).is_none(), "nothing is left");
    }
}
