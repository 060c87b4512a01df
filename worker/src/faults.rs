//! Faults on demand, for tests alone: no build without the feature `faults` has this module.

use worker::web_sys::Request;

/// Names where to panic.
const HEADER: &str = "stateledger-fault";

/// Panics if the request asks for it in this place.
pub(crate) fn panic_on_demand(request: &Request, place: &str) {
    let asked = request.headers().get(HEADER).ok().flatten();
    assert!(asked.as_deref() != Some(place), "on demand");
}
