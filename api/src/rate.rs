//! Rate limits by token: counted in one place, spent where the requests are.
//!
//! Each token has one [`Window`] in the deployment (a Durable Object at the edge). An isolate leases a hundredth of the
//! limit at a time and spends it without asking again, so that most requests cost no call; all isolates together
//! never spend more than the limit.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use stateledger_ledger::platform::Platform;

use crate::host::Host;
use crate::problem::Problem;

/// Length of a window.
pub const WINDOW_MS: u64 = 60_000;

/// A lease is the limit over this, so a token that is used in many isolates at once loses at most a few hundredths.
const LEASES_PER_WINDOW: u32 = 100;

/// Tokens whose leases one isolate remembers; an entry is below 200 bytes.
const MAX_HELD: usize = 4_096;

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
pub(crate) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(crate) const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// The count of one token, in the one place that counts it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    ends: u64,
    used: u32,
}

/// A part of a window that was given away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Requests that the holder may spend.
    pub granted: u32,
    /// Requests that nobody holds yet.
    pub remaining: u32,
    /// When the window ends and the lease with it, in milliseconds from now.
    pub ends_in_ms: u64,
}

impl Window {
    /// Takes up to `want` of `limit` requests at the time `now`, in milliseconds since 1970.
    pub fn take(&mut self, now: u64, limit: u32, want: u32) -> Lease {
        // A clock that went back far begins a window, too.
        if now >= self.ends || self.ends.saturating_sub(now) > WINDOW_MS {
            *self = Self { ends: now.saturating_add(WINDOW_MS), used: 0 };
        }
        let granted = limit.saturating_sub(self.used).min(want);
        self.used = self.used.saturating_add(granted);
        let remaining = limit.saturating_sub(self.used);
        Lease { granted, remaining, ends_in_ms: self.ends.saturating_sub(now) }
    }
}

/// What one isolate holds of each token's window.
#[derive(Debug, Default)]
pub(crate) struct Leases(Mutex<HashMap<String, Held>>);

#[derive(Debug, Clone, Copy)]
struct Held {
    left: u32,
    remaining: u32,
    ends: u64,
}

/// What a request is told about its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    limit: u32,
    left: u32,
    reset_seconds: u64,
    allowed: bool,
}

impl Leases {
    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<String, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spends one request of what is held; `None` if the window has to be asked.
    fn spend(&self, key: &str, now: u64, limit: u32) -> Option<Quota> {
        let mut all = self.held();
        let held = all.get_mut(key).filter(|held| now < held.ends)?;
        let allowed = held.left > 0;
        if !allowed && held.remaining > 0 {
            return None;
        }
        held.left = held.left.saturating_sub(1);
        let left = held.left.saturating_add(held.remaining);
        let reset_seconds = held.ends.saturating_sub(now).div_ceil(1_000);
        Some(Quota { limit, left, reset_seconds, allowed })
    }

    fn add(&self, key: &str, now: u64, lease: Lease) {
        let mut all = self.held();
        if all.len() >= MAX_HELD && !all.contains_key(key) {
            // What was held is forgone, never spent twice.
            all.clear();
        }
        let ends = now.saturating_add(lease.ends_in_ms);
        let before = all.get(key).filter(|held| now < held.ends).map_or(0, |held| held.left);
        let left = before.saturating_add(lease.granted);
        all.insert(key.to_owned(), Held { left, remaining: lease.remaining, ends });
    }
}

/// Counts a request of the token `key`. `None` if there is no limit, or if the count cannot be reached: a limit protects the
/// server, and must not become what breaks it.
pub(crate) async fn meter<H: Host>(host: &H, leases: &Leases, key: &str) -> Option<Quota> {
    let limit = host.settings().requests_per_minute;
    if limit == 0 {
        return None;
    }
    let now = host.platform().now_ms();
    if let Some(quota) = leases.spend(key, now, limit) {
        return Some(quota);
    }
    let lease = host.lease(key, limit.div_ceil(LEASES_PER_WINDOW)).await?;
    leases.add(key, host.platform().now_ms(), lease);
    leases.spend(key, host.platform().now_ms(), limit)
}

impl Quota {
    /// Refuses what is over the limit.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if self.allowed {
            return Ok(());
        }
        let detail = format!("the token has {} requests a minute", self.limit);
        Err(Problem::new("rate-limited", detail).retry_after(self.reset_seconds.max(1)))
    }

    /// Tells the client where it stands.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        };
        let (limit, left, reset) = (self.limit, self.left, self.reset_seconds);
        set(POLICY, format!("\"requests\";q={limit};w={}", WINDOW_MS / 1_000));
        set(STATE, format!("\"requests\";r={left};t={reset}"));
        if !self.allowed {
            set(header::RETRY_AFTER, reset.max(1).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_gives_away_its_limit_once() {
        let mut window = Window::default();
        let given: Vec<u32> = (0..5).map(|_| window.take(1_000, 10, 4).granted).collect();
        assert_eq!(given, [4, 4, 2, 0, 0]);
        assert_eq!(window.take(1_000 + WINDOW_MS - 1, 10, 1).granted, 0);
        let next = window.take(1_000 + WINDOW_MS, 10, 3);
        assert_eq!(next, Lease { granted: 3, remaining: 7, ends_in_ms: WINDOW_MS });
        assert_eq!(window.take(5, 10, 1).granted, 1, "a clock that went back");
    }

    #[test]
    fn a_lease_is_spent_once_and_ends_with_its_window() {
        let leases = Leases::default();
        assert_eq!(leases.spend("a", 0, 10), None);
        leases.add("a", 0, Lease { granted: 2, remaining: 5, ends_in_ms: 100 });
        let quota = leases.spend("a", 1, 10).unwrap();
        assert_eq!((quota.allowed, quota.left, quota.reset_seconds), (true, 6, 1));
        assert_eq!(leases.spend("a", 1, 10).map(|quota| quota.left), Some(5));
        assert_eq!(leases.spend("a", 1, 10), None, "asks again while there is something to get");
        leases.add("a", 1, Lease { granted: 0, remaining: 0, ends_in_ms: 99 });
        assert!(!leases.spend("a", 99, 10).unwrap().allowed, "and not when there is nothing");
        assert_eq!(leases.spend("a", 100, 10), None);
        assert_eq!(leases.spend("b", 1, 10), None);
    }
}
