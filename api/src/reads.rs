//! Reads of ledgers, records and receipts.

use axum::extract::RawQuery;
use axum::response::Response;
use http::StatusCode;
use stateledger_core::hash::Hash;
use stateledger_core::tree::LeafIndex;
use stateledger_ledger::store::Order;
use stateledger_ledger::{Disclosure, IdempotencyKey, LedgerPageQuery, ListQuery, ReadError};

use crate::answers;
use crate::decode;
use crate::headers::{self, Freshness, RECEIPT_JSON};
use crate::host::Host;
use crate::links;
use crate::path::Segments;
use crate::problem::Problem;
use crate::query::{Parameters, decimal, limit, time_ms};
use crate::session::Reads;

/// The ledgers that the caller may see, by id, a page at a time.
#[utoipa::path(get, path = "/api/v1/ledgers", tag = "ledgers",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, default 100"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "A page; `Link` has `first` and `next`", body = answers::Ledgers),
        (status = 400, description = "`invalid-query`, `invalid-cursor`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn ledgers<H: Host>(
    Reads { reader, caller }: Reads<H>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let parameters = Parameters::parse(query.as_deref(), &["limit", "cursor"])?;
    let query = LedgerPageQuery {
        limit: parameters.read("limit", "1 to 1000", limit)?,
        cursor: parameters.text("cursor"),
    };
    let page = reader.ledgers(&caller, &query).await?;
    let next = ("cursor", page.next_cursor.as_deref());
    let answer = answers::json(StatusCode::OK, &answers::Ledgers::try_from(&page)?);
    Ok(links::add(answer, "/api/v1/ledgers", &parameters, next))
}

/// A ledger with its current size and root.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}", tag = "ledgers",
    params(("ledger" = String, Path)),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The ledger now", body = answers::Ledger),
        (status = 404, description = "`not-found`: unknown, or private and no token", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn ledger<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let description = reader.describe(&ledger, &caller).await?;
    Ok(answers::json(StatusCode::OK, &answers::Ledger::try_from(&description)?))
}

/// Records that match every filter, a page at a time.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/records", tag = "records",
    params(
        ("ledger" = String, Path),
        ("type" = Option<String>, Query, description = "Only this type"),
        ("source" = Option<String>, Query, description = "Only this source"),
        ("subject" = Option<String>, Query, description = "Only this subject"),
        ("idempotencyKey" = Option<String>, Query, description = "Only records that were appended under this key"),
        ("start" = Option<String>, Query, description = "Only indexes from this one on, decimal"),
        ("end" = Option<String>, Query, description = "Only indexes below this one, decimal"),
        ("since" = Option<String>, Query, description = "RFC 3339 with offset, inclusive"),
        ("until" = Option<String>, Query, description = "RFC 3339 with offset, exclusive"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, default 100"),
        ("order" = Option<String>, Query, description = "`asc` (default) or `desc`, by index"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before, with the same filters"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "A page; `Link` has `first` and `next`", body = answers::Page),
        (status = 400, description = "`invalid-query`, `invalid-cursor`, `invalid-idempotency-key`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`; `size-unknown`: the cursor is of a larger ledger", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn records<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let known = [
        "type",
        "source",
        "subject",
        "idempotencyKey",
        "since",
        "until",
        "start",
        "end",
        "limit",
        "order",
        "cursor",
    ];
    let parameters = Parameters::parse(query.as_deref(), &known)?;
    let page = reader.list(&ledger, &caller, &list_query(&parameters)?).await?;
    let next = page.next_cursor.clone();
    let answer = answers::json(StatusCode::OK, &answers::Page::try_from(page)?);
    let path = format!("/api/v1/ledgers/{ledger}/records");
    Ok(links::add(answer, &path, &parameters, ("cursor", next.as_deref())))
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
    Reads { reader, caller }: Reads<H>,
    Segments((ledger, index)): Segments<(String, String)>,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let view = reader.record(&ledger, &caller, index_in_path(&index)).await?;
    Ok(answers::json(StatusCode::OK, &answers::Record::try_from(view)?))
}

/// Everything needed to verify one record offline.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/records/{index}/receipt", tag = "records",
    params(
        ("ledger" = String, Path), ("index" = String, Path, description = "Decimal"),
        ("size" = Option<String>, Query, description = "Under the checkpoint of this size, decimal; the current one if absent"),
        ("payload" = Option<bool>, Query, description = "`false` leaves out the payload and its salt"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The receipt", body = answers::Receipt, content_type = "application/vnd.stateledger.receipt+json"),
        (status = 400, description = "`invalid-query`; `index-out-of-range`: not below the size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`, `record-not-found`; `size-unknown`: above the current size; `checkpoint-unknown`: no checkpoint of this size was signed, `size` is the next one that was", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn receipt<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments((ledger, index)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let parameters = Parameters::parse(query.as_deref(), &["payload", "size"])?;
    let disclosure =
        parameters.read("payload", "true or false", disclosure)?.unwrap_or(Disclosure::WithPayload);
    let (index, size) = (index_in_path(&index), parameters.size("size")?);
    let receipt = reader.receipt(&ledger, &caller, index, size, disclosure).await?;
    Ok(headers::answer(StatusCode::OK, RECEIPT_JSON, Freshness::None, receipt.to_json()))
}

/// The record with a leaf hash, and its receipt.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/records/by-leaf/{hex}", tag = "records",
    params(("ledger" = String, Path), ("hex" = String, Path, description = "The leaf's hash, 64 lowercase hex digits")),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The record, the first one if several are the same, with its receipt under the current head", body = answers::ProvenRecord),
        (status = 404, description = "`not-found`, `record-not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn by_leaf<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments((ledger, hex)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    Parameters::parse(query.as_deref(), &[])?;
    let Ok(leaf) = Hash::from_hex(&hex) else {
        // What is no hash names no record of a ledger that the caller may see.
        reader.describe(&ledger, &caller).await?;
        return Err(ReadError::LeafNotFound.into());
    };
    let proven = reader.by_leaf(&ledger, &caller, &leaf).await?;
    Ok(answers::json(StatusCode::OK, &answers::ProvenRecord::try_from(proven)?))
}

/// An index in a path. What is no number names no record; no ledger has this many, so the engine says so after
/// it has said whether there is such a ledger.
pub(crate) fn index_in_path(text: &str) -> LeafIndex {
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

fn list_query(parameters: &Parameters) -> Result<ListQuery, Problem> {
    let time = |name| parameters.read(name, "an RFC 3339 time with an offset", time_ms);
    let key = parameters.get("idempotencyKey");
    Ok(ListQuery {
        record_type: parameters.text("type"),
        source: parameters.text("source"),
        subject: parameters.text("subject"),
        idempotency_key: key.map(IdempotencyKey::parse).transpose()?,
        since: time("since")?,
        until: time("until")?,
        start: parameters.read("start", "decimal", decimal)?,
        end: parameters.read("end", "decimal", decimal)?,
        limit: parameters.read("limit", "1 to 1000", limit)?,
        order: parameters.read("order", "asc or desc", order)?.unwrap_or_default(),
        cursor: parameters.text("cursor"),
    })
}
