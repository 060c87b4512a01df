//! W3C trace context, level 1: who called whom, across services.

use http::{HeaderMap, HeaderName, HeaderValue};
use stateledger_ledger::platform::Platform;

/// `traceparent` (Trace Context §3.2).
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Names this request in the logs; the span's id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// This request's place in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    /// 32 lowercase hex digits: the client's, or drawn.
    pub(crate) trace_id: String,
    /// 16 lowercase hex digits: drawn for this request.
    pub(crate) span_id: String,
    flags: String,
}

impl Trace {
    /// Continues the client's trace, or begins one where it has none or one that is malformed (§4.3).
    pub(crate) fn of(headers: &HeaderMap, platform: &impl Platform) -> Self {
        let mut drawn = [0; 24];
        // Without randomness requests share an id; that is no reason to refuse them.
        let _ = platform.fill_random(&mut drawn);
        let hex: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
        let (trace_id, span_id) = hex.split_at(32);
        let parent = headers.get(TRACEPARENT).and_then(|value| parse(value.to_str().ok()?));
        let (trace_id, flags) = parent.unwrap_or((trace_id, "00"));
        Self { trace_id: trace_id.into(), span_id: span_id.into(), flags: flags.into() }
    }

    /// Sets `traceparent` so that this request is the parent of whoever reads it.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let text = format!("00-{}-{}-{}", self.trace_id, self.span_id, self.flags);
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(TRACEPARENT, value);
        }
    }

    /// Says which request this was.
    pub(crate) fn answer(&self, headers: &mut HeaderMap) {
        self.write(headers);
        if let Ok(value) = HeaderValue::try_from(self.span_id.as_str()) {
            headers.insert(REQUEST_ID, value);
        }
    }
}

/// Trace id and flags. A version above 00 may have more fields after those that are known.
fn parse(text: &str) -> Option<(&str, &str)> {
    let mut fields = text.split('-');
    let (version, trace_id) = (fields.next()?, fields.next()?);
    let (parent, flags) = (fields.next()?, fields.next()?);
    let hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
    };
    let zero = |text: &str| text.bytes().all(|b| b == b'0');
    let known = hex(version, 2) && version != "ff" && (version != "00" || fields.next().is_none());
    let ids = hex(trace_id, 32) && !zero(trace_id) && hex(parent, 16) && !zero(parent);
    (known && ids && hex(flags, 2)).then_some((trace_id, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn good_parents_are_continued_and_bad_ones_not() {
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        assert_eq!(parse(&parent), Some((TRACE, "01")));
        assert_eq!(parse(&format!("cc-{TRACE}-00f067aa0ba902b7-01-more")), Some((TRACE, "01")));
        for bad in [
            String::new(),
            parent.to_uppercase(),
            format!("{parent}-more"),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}0-00f067aa0ba902b7-01"),
        ] {
            assert_eq!(parse(&bad), None, "{bad}");
        }
    }
}
