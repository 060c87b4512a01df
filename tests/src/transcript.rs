//! HTTP as text: requests with the answers that any host of the api must give.
//!
//! A transcript is read from top to bottom:
//!
//! ```text
//! # a comment
//! ## What the next request shows; failures name it
//! > POST /api/v1/ledgers/{{ledger}}/records
//! > Authorization: Bearer {{token}}
//! >
//! > {"type":"note","source":"me","payload":1}
//! < 201
//! < Content-Type: application/json
//! < Retry-After: absent
//! <
//! < {"index":"{{index=*}}","...":"..."}
//! ! receipt {{receipt}} verifies under {{key}}
//! ```
//!
//! - `{{name}}` stands for a variable; `{{ledger}}` (fresh for each run of a transcript), `{{run}}` and `{{token}}` are there
//!   from the start. `{{3 * text}}` repeats, `{{hex ff}}` is a byte, `{{name in hex}}` is a hash that was kept as base64.
//! - In an answer `{{*}}` matches any text and `{{name=*}}` keeps it; as a whole JSON value they match any value
//!   and keep its text. Objects must have exactly the members of the pattern, unless that has `"...":"..."`.
//! - An answer whose body section is one empty line must have no body; one without body section may have any.
//! - Headers not named are not looked at. `absent` says that one must not be there.
//! - `!` runs a check that text cannot express; see [`checks`](crate::checks).

mod pattern;

use std::collections::BTreeMap;

pub use pattern::Variables;

use crate::checks;

/// A request as a transcript gives it.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// `GET`, `POST`, ...
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// The body, empty if there is none.
    pub body: Vec<u8>,
}

/// An answer as a client sees it.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: BTreeMap<String, String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Whatever sends requests: the suite does not know which host answers.
pub trait Client {
    /// Sends one request and reads the whole answer.
    fn send(&self, request: &HttpRequest) -> HttpResponse;
}

impl HttpRequest {
    /// A GET without headers.
    pub fn get(target: impl Into<String>) -> Self {
        Self { method: "GET".into(), target: target.into(), headers: Vec::new(), body: Vec::new() }
    }
}

/// One step: a request with its answer, or a check.
#[derive(Debug)]
enum Step {
    Exchange { request: Lines, answer: Lines },
    Check(String),
}

/// The first line, the header lines and the body of one side, as templates.
#[derive(Debug, Default)]
struct Lines {
    first: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

/// Runs one transcript against `client`; panics with file, line and title at the first difference.
///
/// `run` makes names unique, so that a transcript can be repeated against a server that keeps its ledgers.
pub fn run(name: &str, text: &str, run: &str, token: &str, client: &dyn Client) {
    let stem = name.trim_end_matches(".http");
    let mut variables = Variables::default();
    variables.set("run", run);
    variables.set("token", token);
    variables.set("ledger", &format!("{stem}-{run}"));
    for (line, title, step) in parse(name, text) {
        let outcome = match &step {
            Step::Exchange { request, answer } => exchange(request, answer, &mut variables, client),
            Step::Check(check) => {
                variables.text(check).and_then(|check| checks::run(&check, client))
            }
        };
        if let Err(why) = outcome {
            panic!("{name}:{line}: {title}\n{why}");
        }
    }
}

fn exchange(
    request: &Lines,
    answer: &Lines,
    variables: &mut Variables,
    client: &dyn Client,
) -> Result<(), String> {
    let first = variables.text(&request.first)?;
    let (method, target) = first.split_once(' ').ok_or("no request line")?;
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        headers.push((name.clone(), variables.text(value)?));
    }
    let body = request.body.as_deref().map(|body| variables.bytes(body)).transpose()?;
    let request = HttpRequest {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: body.unwrap_or_default(),
    };
    let response = client.send(&request);
    let shown = || {
        let body = String::from_utf8_lossy(&response.body);
        let body: String = body.chars().take(2000).collect();
        format!("answer: {} {:?}\n{body}", response.status, response.headers)
    };
    compare(answer, &response, variables).map_err(|why| format!("{why}\n{}", shown()))
}

fn compare(
    expected: &Lines,
    response: &HttpResponse,
    variables: &mut Variables,
) -> Result<(), String> {
    if expected.first != response.status.to_string() {
        return Err(format!("expected status {}", expected.first));
    }
    for (name, value) in &expected.headers {
        let got = response.headers.get(&name.to_ascii_lowercase()).map(String::as_str);
        match (value.as_str(), got) {
            ("absent", None) => {}
            ("absent", Some(got)) => return Err(format!("{name} is there: {got}")),
            (_, None) => return Err(format!("{name} is not there")),
            (value, Some(got)) => {
                variables.matches(value, got).map_err(|why| format!("{name}: {why}"))?;
            }
        }
    }
    let Some(pattern) = &expected.body else { return Ok(()) };
    if pattern.is_empty() {
        return if response.body.is_empty() { Ok(()) } else { Err("expected no body".into()) };
    }
    let content_type = response.headers.get("content-type").map_or("", String::as_str);
    if content_type.contains("json") {
        variables.matches_json(pattern, &response.body)
    } else {
        let text = std::str::from_utf8(&response.body).map_err(|_| "the body is no text")?;
        variables.matches(&format!("{pattern}\n"), text)
    }
}

/// Splits a transcript into steps with their line and title.
fn parse(name: &str, text: &str) -> Vec<(usize, String, Step)> {
    let mut steps: Vec<(usize, String, Step)> = Vec::new();
    let mut title = String::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((i, line)) = lines.next() {
        if let Some(text) = line.strip_prefix("## ") {
            title = text.to_owned();
        } else if let Some(check) = line.strip_prefix("! ") {
            steps.push((i + 1, title.clone(), Step::Check(check.to_owned())));
        } else if line.starts_with('>') {
            let mut sides = [vec![side_line(line)], Vec::new()];
            for (side, mark) in sides.iter_mut().zip(['>', '<']) {
                while let Some((_, line)) = lines.next_if(|(_, line)| line.starts_with(mark)) {
                    side.push(side_line(line));
                }
            }
            let [request, answer] = sides.map(Lines::from_lines);
            assert!(!answer.first.is_empty(), "{name}:{}: a request without answer", i + 1);
            steps.push((i + 1, title.clone(), Step::Exchange { request, answer }));
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "{name}:{}: {line:?}", i + 1);
        }
    }
    assert!(!steps.is_empty(), "{name} is empty");
    steps
}

fn side_line(line: &str) -> &str {
    line.get(2..).unwrap_or("")
}

impl Lines {
    fn from_lines(lines: Vec<&str>) -> Self {
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or("").to_owned();
        let headers = lines
            .by_ref()
            .take_while(|line| !line.is_empty())
            .map(|line| line.split_once(": ").unwrap_or((line, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let body: Vec<_> = lines.collect();
        Self { first, headers, body: (!body.is_empty()).then(|| body.join("\n")) }
    }
}
