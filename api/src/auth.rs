//! Bearer tokens (RFC 6750 §2.1): who asks, decided before anything is looked up.

use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use stateledger_core::mac;
use stateledger_ledger::tokens::Purpose;
use stateledger_ledger::{Caller, LedgerId, ReadError, Scope};

use crate::front::Front;
use crate::host::{Host, ReadFrom};
use crate::problem::Problem;

/// Longest `Authorization` value that is compared at all, in bytes.
const MAX_HEADER_BYTES: usize = 4096;

/// Only makes the two digests that are compared unlike any other; it is no secret.
const COMPARISON_KEY: &[u8; 32] = b"stateledger/bearer-comparison/v1";

/// The token that a deployment starts with and that no table holds. `Debug` does not show it.
#[derive(Clone)]
pub struct AdminToken(String);

impl AdminToken {
    /// Fewest characters of a token: 32 of an alphabet of 16 are 128 bits.
    pub const MIN_CHARS: usize = 32;

    /// Takes the deployment's secret, `None` unless it has at least [`AdminToken::MIN_CHARS`] visible ASCII
    /// characters: an empty or short secret must not open a server.
    pub fn new(secret: &str) -> Option<Self> {
        let strong =
            secret.len() >= Self::MIN_CHARS && secret.bytes().all(|b| b.is_ascii_graphic());
        strong.then(|| Self(secret.to_owned()))
    }

    /// Compares in a time that does not depend on where the two differ. Both are hashed first, so that
    /// their lengths do not show either.
    fn matches(&self, presented: &str) -> bool {
        let digest = |token: &str| mac::hmac_sha256(COMPARISON_KEY, &[token.as_bytes()]);
        mac::constant_time_eq(&digest(&self.0), &digest(presented))
    }
}

impl std::fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminToken(..)")
    }
}

/// Who sent a request with these headers. No `Authorization` is [`Caller::Anonymous`]; one that is not exactly one
/// valid bearer token is refused (`unauthorized`), on public reads too, because a client with a wrong token should hear
/// of it.
pub(crate) async fn caller<H: Host>(
    host: &H,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, Problem> {
    let refused = || Problem::new("unauthorized", "the bearer token is not valid");
    let Some(presented) = presented(headers) else { return Ok(Caller::Anonymous) };
    let presented = presented.ok_or_else(refused)?;
    if host.admin_token().matches(presented) {
        return Ok(Caller::Admin);
    }
    let purpose = if method.is_safe() { Purpose::Read } else { Purpose::Write };
    let grant = host.tokens().authenticate(presented, purpose).await?;
    grant.map(Caller::Token).ok_or_else(refused)
}

/// The bearer token of these headers: `None` without `Authorization`, `Some(None)` for one that is no token.
fn presented(headers: &HeaderMap) -> Option<Option<&str>> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let text = values.next()?.to_str().ok();
    let text = text.filter(|text| values.next().is_none() && text.len() <= MAX_HEADER_BYTES);
    Some(text.and_then(bearer))
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110 §11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim_start_matches(' '))
}

/// Asks for a token (`unauthorized`).
pub(crate) fn require_token(caller: &Caller) -> Result<(), Problem> {
    match caller {
        Caller::Admin | Caller::Token(_) => Ok(()),
        Caller::Anonymous => Err(Problem::new("unauthorized", "this call needs a bearer token")),
    }
}

/// Lets a caller pass who has `scope` on `ledger`. Everybody else is told no more than a reader would be: `unauthorized`
/// without a token, `not-found` for a ledger that the token may not know of, else `forbidden`.
///
/// It says nothing about whether the ledger exists: whoever is let pass hears that from the engine.
pub(crate) async fn require<H: Host>(
    front: &Front<H>,
    caller: &Caller,
    scope: Scope,
    ledger: &LedgerId,
) -> Result<(), Problem> {
    require_token(caller)?;
    if caller.may(scope, ledger) {
        return Ok(());
    }
    match front.host.reader(ReadFrom::Primary).describe(ledger, caller).await {
        Ok(_) | Err(ReadError::Forbidden) => Err(forbidden(scope)),
        Err(error) => Err(error.into()),
    }
}

/// The token does not have the scope that the call needs.
pub(crate) fn forbidden(scope: Scope) -> Problem {
    Problem::new("forbidden", format!("this call needs a token with the scope {}", scope.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    /// `None` without a token, else whether it is the admin's.
    fn ask(values: &[&str]) -> Option<bool> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        let token = AdminToken::new(SECRET).unwrap();
        presented(&headers).map(|text| text.is_some_and(|text| token.matches(text)))
    }

    #[test]
    fn only_the_whole_token_passes() {
        assert_eq!(ask(&[]), None);
        let good = format!("Bearer {SECRET}");
        assert_eq!(ask(&[&good]), Some(true));
        assert_eq!(ask(&[&format!("bearer {SECRET}")]), Some(true));
        let short = &good[..good.len() - 1];
        let long = format!("{good}0");
        for bad in ["", "Bearer", "Bearer ", SECRET, "Basic eDp5", short, &long] {
            assert_eq!(ask(&[bad]), Some(false), "{bad:?}");
        }
        assert_eq!(ask(&[&good, &good]), Some(false), "two headers");
    }

    #[test]
    fn weak_secrets_open_nothing() {
        assert!(AdminToken::new("").is_none());
        assert!(AdminToken::new(&SECRET[1..]).is_none());
        assert!(AdminToken::new(&format!("{SECRET} ")).is_none());
    }
}
