//! What a deployment may choose. Everything has a default that is right for most.

/// Requests of one token in a minute, unless a deployment says otherwise: 2,000 a second, twice of what one
/// ledger's sequencer answers, so it stops loops and not work.
pub const DEFAULT_REQUESTS_PER_MINUTE: u32 = 120_000;

/// Most origins in a list.
const MAX_ORIGINS: usize = 100;

/// The choices of one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which pages of other origins may do what.
    pub cors: Cors,
    /// Requests of one token in a minute; 0 for no limit.
    pub requests_per_minute: u32,
}

/// Cross-origin requests (Fetch, "CORS protocol").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cors {
    /// Every page reads what everybody may read, and nothing else: neither a token nor a write crosses.
    PublicReads,
    /// Pages of these origins may do what the token that they send may do; others nothing.
    Origins(Vec<String>),
}

impl Default for Settings {
    fn default() -> Self {
        Self { cors: Cors::PublicReads, requests_per_minute: DEFAULT_REQUESTS_PER_MINUTE }
    }
}

impl Settings {
    /// Reads a deployment's variables: origins with commas, or `*` or nothing for public reads; and a decimal number or
    /// nothing. `None` for anything else, which must not start a server.
    pub fn from_text(origins: &str, requests_per_minute: &str) -> Option<Self> {
        let requests_per_minute = match requests_per_minute {
            "" => DEFAULT_REQUESTS_PER_MINUTE,
            text => text.parse().ok()?,
        };
        let cors = match origins {
            "" | "*" => Cors::PublicReads,
            list => {
                let origins: Vec<String> = list.split(',').map(|o| o.trim().to_owned()).collect();
                let good = origins.len() <= MAX_ORIGINS && origins.iter().all(|o| is_origin(o));
                good.then_some(Cors::Origins(origins))?
            }
        };
        Some(Self { cors, requests_per_minute })
    }
}

/// Whether this can be the value of an `Origin` header that names one: scheme and host, no path.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b'*')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_or_refused() {
        assert_eq!(Settings::from_text("", ""), Some(Settings::default()));
        assert_eq!(Settings::from_text("*", "").unwrap().cors, Cors::PublicReads);
        let two = Settings::from_text("https://a.example, http://localhost:3000", "0").unwrap();
        let origins = ["https://a.example", "http://localhost:3000"].map(str::to_owned);
        assert_eq!(two.cors, Cors::Origins(origins.to_vec()));
        assert_eq!(two.requests_per_minute, 0);
        for bad in ["a.example", "https://", "https://a/", "https://*.a", "https://a,"] {
            assert_eq!(Settings::from_text(bad, ""), None, "{bad}");
        }
        assert_eq!(Settings::from_text("", "-1"), None);
        assert_eq!(Settings::from_text("", "many"), None);
    }
}
