//! API tokens: made, listed, revoked.

use axum::extract::{Extension, RawQuery, Request, State};
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use stateledger_core::json::{self, Members, Value};
use stateledger_core::time::Time;
use stateledger_ledger::tokens::{MAX_TOKENS_PER_PAGE, NewToken, TokenView};
use stateledger_ledger::{Caller, LedgerId, Scope};
use utoipa::ToSchema;

use crate::auth::require_token;
use crate::front::Front;
use crate::host::Host;
use crate::path::Segments;
use crate::problem::Problem;
use crate::query::{Parameters, decimal, time_ms};
use crate::writes::{bound, nothing};
use crate::{answers, decode, links};

/// Longest body of a token's creation: names and words, far below it.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// Tokens of a page when the caller names no limit.
const DEFAULT_PAGE: usize = 100;

/// What `POST /api/v1/tokens` takes.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) struct NewTokenBody {
    /// One or more of `append`, `read` and `admin`, each once; `admin` contains the others.
    #[schema(min_items = 1)]
    scopes: Vec<String>,
    /// The one ledger that it is for; every ledger if absent.
    ledger: Option<String>,
    /// What people call it; 1 to 128 bytes.
    name: Option<String>,
    /// From when on it opens nothing: RFC 3339 with an offset; never if absent. A token that expires makes none that outlives it.
    expires: Option<String>,
}

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Token {
    /// 32 hex digits; no secret.
    id: String,
    /// In alphabetical order.
    scopes: Vec<&'static str>,
    /// The one ledger that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// When it was made.
    created: String,
    /// From when on it opens nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// A token with the text that is presented, in this answer and never again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedToken {
    /// `slt_...`, the only copy.
    token: String,
    #[serde(flatten)]
    view: Token,
}

/// A page of tokens.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tokens {
    tokens: Vec<Token>,
    /// Asks for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Makes a token. The caller must administer everything that the token reaches.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "create_token", tag = "tokens",
    request_body = NewTokenBody,
    security(("bearer" = [])),
    responses(
        (status = 201, description = "Made; its text is shown only here", body = CreatedToken),
        (status = 400, description = "`invalid-token-request` and what is wrong with the JSON", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn create<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    bound(request.headers())?;
    let held = front.read(request.into_body(), MAX_BODY_BYTES).await?;
    let (view, token) = front.host.tokens().create(&caller, new_token(held.as_slice())?).await?;
    let path = format!("/api/v1/tokens/{}", view.grant.id);
    let created = CreatedToken { token, view: Token::try_from(view)? };
    let mut response = answers::json(StatusCode::CREATED, &created);
    if let Ok(value) = HeaderValue::try_from(path) {
        response.headers_mut().insert(LOCATION, value);
    }
    Ok(response)
}

/// Tokens, without their secrets.
#[utoipa::path(get, path = "/api/v1/tokens", operation_id = "tokens", tag = "tokens",
    params(
        ("ledger" = Option<String>, Query, description = "Only tokens for this one ledger; without it the caller must administer all"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, default 100"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
    ),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "A page, by id; `Link` has `first` and `next`", body = Tokens),
        (status = 403, description = "`forbidden`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn list<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    let parameters = Parameters::parse(query.as_deref(), &["ledger", "limit", "cursor"])?;
    let ledger = parameters.read("ledger", "a ledger's id", |text| LedgerId::parse(text).ok())?;
    let limit = parameters.read("limit", "1 to 1000", limit)?.unwrap_or(DEFAULT_PAGE);
    let after = parameters.get("cursor").unwrap_or_default();
    let tokens = front.host.tokens();
    let (views, next_cursor) = tokens.list(&caller, ledger.as_ref(), after, limit).await?;
    let tokens = views.into_iter().map(Token::try_from).collect::<Result<_, _>>()?;
    let page = Tokens { tokens, next_cursor };
    let answer = answers::json(StatusCode::OK, &page);
    let next = ("cursor", page.next_cursor.as_deref());
    Ok(links::add(answer, "/api/v1/tokens", &parameters, next))
}

/// Revokes a token: for writes at once, for reads within a minute. Takes no body; `{}` counts as none.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", operation_id = "revoke_token", tag = "tokens",
    params(("id" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Revoked"),
        (status = "4XX", description = "Refused: a body other than none or `{}`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`token-not-found`: unknown, or it reaches further than the caller", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn revoke<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments(id): Segments<String>,
    request: Request,
) -> Result<Response, Problem> {
    require_token(&caller)?;
    nothing(&front, request).await?;
    front.host.tokens().revoke(&caller, &id).await?;
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn limit(text: &str) -> Option<usize> {
    let limit = usize::try_from(decimal(text)?).ok()?;
    (1..=MAX_TOKENS_PER_PAGE).contains(&limit).then_some(limit)
}

fn new_token(body: &[u8]) -> Result<NewToken, Problem> {
    let mut members = Members::of(json::parse(body)?, "the body")?;
    let words = members.array("scopes")?;
    let scope = |word: &Value| word.as_str().and_then(Scope::from_word);
    let scopes = decode::distinct(words.iter().map(scope))
        .ok_or_else(|| decode::invalid("scopes", "append, read and admin, each at most once"))?;
    let ledger = members.optional_string("ledger")?;
    let name = members.optional_string("name")?;
    let expires = members.optional_string("expires")?;
    members.finish()?;
    let time = |text: String| {
        let time = time_ms(&text).filter(|ms| Time::from_millis(*ms).is_ok());
        time.ok_or_else(|| decode::invalid("expires", "an RFC 3339 time with an offset"))
    };
    Ok(NewToken {
        scopes,
        ledger: ledger.map(|id| LedgerId::parse(&id)).transpose()?,
        name,
        expires: expires.map(time).transpose()?,
    })
}

impl TryFrom<TokenView> for Token {
    type Error = Problem;

    /// Fails only for times that nobody could have asked for (`storage-corrupt`).
    fn try_from(view: TokenView) -> Result<Self, Problem> {
        let corrupt = |_| Problem::new("storage-corrupt", "a token has no possible time");
        let time = |ms: u64| Time::from_millis(ms).map(Time::to_text).map_err(corrupt);
        Ok(Self {
            id: view.grant.id,
            scopes: view.grant.scopes.iter().map(|scope| scope.as_str()).collect(),
            ledger: view.grant.ledger.map(|ledger| ledger.to_string()),
            name: view.name,
            created: time(view.created)?,
            expires: view.grant.expires.map(time).transpose()?,
        })
    }
}
