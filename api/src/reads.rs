//! Reads of ledgers, records and receipts.

use axum::extract::{Extension, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use stateledger_core::tree::LeafIndex;
use stateledger_ledger::limits::MAX_PAGE_RECORDS;
use stateledger_ledger::store::Order;
use stateledger_ledger::{Caller, Disclosure, ListQuery};

use crate::answers;
use crate::decode;
use crate::front::Front;
use crate::headers::{self, Freshness, RECEIPT_JSON};
use crate::host::Host;
use crate::path::Segments;
use crate::problem::Problem;
use crate::query::{Parameters, decimal, time_ms};

/// A ledger with its current size and root.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}", tag = "ledgers",
    params(("ledger" = String, Path)),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The ledger now", body = answers::Ledger),
        (status = 404, description = "`not-found`: unknown, or private and no token", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn ledger<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments(ledger): Segments<String>,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let description = front.host.reader().describe(&ledger, &caller).await?;
    Ok(answers::json(StatusCode::OK, &answers::Ledger::try_from(&description)?))
}

/// Records that match every filter, a page at a time.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/records", tag = "records",
    params(
        ("ledger" = String, Path),
        ("type" = Option<String>, Query, description = "Only this type"),
        ("source" = Option<String>, Query, description = "Only this source"),
        ("subject" = Option<String>, Query, description = "Only this subject"),
        ("since" = Option<String>, Query, description = "RFC 3339 with offset, inclusive"),
        ("until" = Option<String>, Query, description = "RFC 3339 with offset, exclusive"),
        ("limit" = Option<u32>, Query, description = "1 to 1000, default 100"),
        ("order" = Option<String>, Query, description = "`asc` (default) or `desc`, by index"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before, with the same filters"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "A page", body = answers::Page),
        (status = 400, description = "`invalid-query`, `invalid-cursor`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn records<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let query = list_query(query.as_deref())?;
    let page = front.host.reader().list(&ledger, &caller, &query).await?;
    Ok(answers::json(StatusCode::OK, &answers::Page::try_from(page)?))
}

/// One record.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/records/{index}", tag = "records",
    params(("ledger" = String, Path), ("index" = String, Path, description = "Decimal")),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The record; payload and salt if the caller may see them", body = answers::Record),
        (status = 404, description = "`not-found`, `record-not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn record<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments((ledger, index)): Segments<(String, String)>,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let view = front.host.reader().record(&ledger, &caller, index_in_path(&index)).await?;
    Ok(answers::json(StatusCode::OK, &answers::Record::try_from(view)?))
}

/// Everything needed to verify one record offline.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/records/{index}/receipt", tag = "records",
    params(
        ("ledger" = String, Path), ("index" = String, Path, description = "Decimal"),
        ("payload" = Option<bool>, Query, description = "`false` leaves out the payload and its salt"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The receipt", body = crate::openapi::Receipt, content_type = "application/vnd.stateledger.receipt+json"),
        (status = 404, description = "`not-found`, `record-not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn receipt<H: Host>(
    State(front): State<Front<H>>,
    Extension(caller): Extension<Caller>,
    Segments((ledger, index)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let disclosure = Parameters::parse(query.as_deref(), &["payload"])?
        .read("payload", "true or false", disclosure)?
        .unwrap_or(Disclosure::WithPayload);
    let reader = front.host.reader();
    let receipt = reader.receipt(&ledger, &caller, index_in_path(&index), disclosure).await?;
    Ok(headers::answer(StatusCode::OK, RECEIPT_JSON, Freshness::None, receipt.to_json()))
}

/// An index in a path. What is no number names no record; no ledger has this many, so the engine says so after
/// it has said whether there is such a ledger.
fn index_in_path(text: &str) -> LeafIndex {
    LeafIndex::new(decimal(text).unwrap_or(u64::MAX))
}

fn disclosure(text: &str) -> Option<Disclosure> {
    match text {
        "true" => Some(Disclosure::WithPayload),
        "false" => Some(Disclosure::WithoutPayload),
        _ => None,
    }
}

fn order(text: &str) -> Option<Order> {
    match text {
        "asc" => Some(Order::Ascending),
        "desc" => Some(Order::Descending),
        _ => None,
    }
}

fn limit(text: &str) -> Option<usize> {
    let limit = usize::try_from(decimal(text)?).ok()?;
    (1..=MAX_PAGE_RECORDS).contains(&limit).then_some(limit)
}

fn list_query(query: Option<&str>) -> Result<ListQuery, Problem> {
    let known = ["type", "source", "subject", "since", "until", "limit", "order", "cursor"];
    let parameters = Parameters::parse(query, &known)?;
    let text = |name| parameters.get(name).map(str::to_owned);
    let time = |name| parameters.read(name, "an RFC 3339 time with an offset", time_ms);
    Ok(ListQuery {
        record_type: text("type"),
        source: text("source"),
        subject: text("subject"),
        since: time("since")?,
        until: time("until")?,
        limit: parameters.read("limit", "1 to 1000", limit)?,
        order: parameters.read("order", "asc or desc", order)?.unwrap_or_default(),
        cursor: text("cursor"),
    })
}
