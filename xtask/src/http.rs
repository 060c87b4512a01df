//! The HTTP client of `seed`, `audit` and `dev`: bounded bodies, bounded retries.

use std::time::Duration;

use crate::failure::{Outcome, could_not_run};

/// Tries of one request before the server counts as unreachable: the pauses between them
/// (0.25 s, doubled up to 4 s) add up to 0.25 + 0.5 + 1 + 2 + 4 * 4 = 19.75 s.
const TRIES: u32 = 9;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A client of one server.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
}

/// An answer, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// `base` is the server's URL, without the path.
    pub(crate) fn new(base: &str, token: Option<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent(concat!("stateledger-xtask/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into(), base: base.trim_end_matches('/').to_owned(), token }
    }

    /// The whole URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// GETs `path`; a body above `limit` bytes is an error.
    pub(crate) fn get(&self, path: &str, limit: u64) -> Outcome<Answer> {
        self.with_retries(path, || self.get_once(path, limit))
    }

    /// POSTs JSON to `path`. Only for requests that may be repeated.
    pub(crate) fn post(&self, path: &str, json: &[u8], limit: u64) -> Outcome<Answer> {
        self.with_retries(path, || {
            let request = self.agent.post(self.url(path)).content_type("application/json");
            let request = match &self.token {
                Some(token) => request.header("authorization", format!("Bearer {token}")),
                None => request,
            };
            answer(request.send(json)?, limit)
        })
    }

    /// One GET without a retry.
    pub(crate) fn get_once(&self, path: &str, limit: u64) -> Result<Answer, ureq::Error> {
        answer(self.agent.get(self.url(path)).call()?, limit)
    }

    /// Overload (503) and a broken connection pass; everything else is an answer.
    fn with_retries(
        &self,
        path: &str,
        send: impl Fn() -> Result<Answer, ureq::Error>,
    ) -> Outcome<Answer> {
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=TRIES {
            let trouble = match send() {
                Ok(answer) if answer.status != 503 => return Ok(answer),
                Ok(answer) => Problem::of(&answer).to_string(),
                Err(error) if passes(&error) => error.to_string(),
                Err(error) => return could_not_run(format!("{}: {error}", self.url(path))),
            };
            if attempt == TRIES {
                let url = self.url(path);
                return could_not_run(format!("{url}: {trouble} (tried {TRIES} times)"));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        could_not_run(format!("{}: never tried", self.url(path)))
    }
}

fn answer(
    mut response: ureq::http::Response<ureq::Body>,
    limit: u64,
) -> Result<Answer, ureq::Error> {
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(limit).read_to_vec()?;
    Ok(Answer { status, body })
}

/// Whether an error may be gone the next time.
fn passes(error: &ureq::Error) -> bool {
    matches!(
        error,
        ureq::Error::Io(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::ConnectionFailed
            | ureq::Error::Protocol(_)
    )
}

/// The refusal in an RFC 9457 answer, as far as it can be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) detail: String,
}

impl Problem {
    pub(crate) fn of(answer: &Answer) -> Self {
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |member: &str| {
            let value = body.get(member).and_then(serde_json::Value::as_str);
            value.unwrap_or_default().chars().take(300).collect::<String>()
        };
        Self { status: answer.status, code: text("code"), detail: text("detail") }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {}", self.status)?;
        for part in [&self.code, &self.detail] {
            if !part.is_empty() {
                write!(f, ", {part}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_read_as_far_as_it_goes() {
        let body = br#"{"type":"x/unauthorized","code":"unauthorized","status":401}"#.to_vec();
        let problem = Problem::of(&Answer { status: 401, body });
        assert_eq!(problem.to_string(), "status 401, unauthorized");
        let problem = Problem::of(&Answer { status: 502, body: b"<html>".to_vec() });
        assert_eq!(problem.to_string(), "status 502");
    }

    #[test]
    fn overload_is_tried_again_and_a_refusal_is_not() {
        let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.server_addr().to_ip().unwrap());
        let serving = std::thread::spawn(move || {
            for status in [503, 200, 401] {
                let request = server.recv().unwrap();
                request.respond(tiny_http::Response::empty(status)).unwrap();
            }
        });
        let client = Client::new(&url, None);
        assert_eq!(client.get("/", 10).unwrap().status, 200);
        assert_eq!(client.get("/", 10).unwrap().status, 401);
        serving.join().unwrap();
    }

    #[test]
    fn a_body_above_the_limit_is_refused() {
        let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.server_addr().to_ip().unwrap());
        let serving = std::thread::spawn(move || {
            let request = server.recv().unwrap();
            request.respond(tiny_http::Response::from_data([7; 11])).unwrap();
        });
        assert!(Client::new(&url, None).get("/", 10).is_err());
        serving.join().unwrap();
    }
}
