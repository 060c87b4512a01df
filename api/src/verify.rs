//! The server's own check of what it stores.

use axum::extract::RawQuery;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use stateledger_ledger as engine;
use stateledger_ledger::VerifyQuery;
use utoipa::ToSchema;

use crate::answers;
use crate::decode;
use crate::host::Host;
use crate::links;
use crate::path::Segments;
use crate::problem::Problem;
use crate::query::{Parameters, limit};
use crate::session::Reads;

/// What one step of a walk over every record found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verification {
    /// Whether every record of this step holds.
    ok: bool,
    /// The size that the walk began with and goes up to, decimal.
    size: String,
    /// Root of the tree of that size, chained to the signed one; absent if the tiles do not hold. Base64 of 32 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_hash: Option<String>,
    /// First record of the step, decimal.
    from: String,
    /// The index after the last record that holds, decimal.
    to: String,
    /// Records of this step whose payloads could not be had (`payload-unavailable`): all else about them holds. Decimal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    payloads_unavailable: Vec<String>,
    /// Takes the next step; absent on the last one, and after a record that does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// The first record that does not hold, decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<String>,
    /// The code that reads of that record answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// What the code means.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Re-hashes what is stored, a bounded step at a time, and says which record is the first that does not hold.
///
/// This is the server's word. Whoever does not trust it audits the tiles and entry bundles.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/verify", tag = "proofs",
    params(
        ("ledger" = String, Path),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Records of a step: 1 to 1000, default 1000; a step may take fewer"),
        ("token" = Option<String>, Query, description = "`token` of the step before"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "What the step found, good or bad; `Link` has `first` and `next`", body = Verification),
        (status = 400, description = "`invalid-query`; `invalid-cursor`: a token that this ledger did not make", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn verify<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let parameters = Parameters::parse(query.as_deref(), &["limit", "token"])?;
    let query = VerifyQuery {
        limit: parameters.read("limit", "1 to 1000", limit)?,
        token: parameters.text("token"),
    };
    let step = Verification::from(reader.verify(&ledger, &caller, &query).await?);
    let answer = answers::json(StatusCode::OK, &step);
    let path = format!("/api/v1/ledgers/{ledger}/verify");
    Ok(links::add(answer, &path, &parameters, ("token", step.token.as_deref())))
}

impl From<engine::Verification> for Verification {
    fn from(step: engine::Verification) -> Self {
        Self {
            ok: step.bad.is_none(),
            size: step.size.to_string(),
            root_hash: step.root.map(|root| root.to_base64()),
            from: step.from.to_string(),
            to: step.to.to_string(),
            payloads_unavailable: step.absent.iter().map(u64::to_string).collect(),
            token: step.token,
            index: step.bad.map(|bad| bad.index.to_string()),
            code: step.bad.map(|bad| bad.error.code()),
            message: step.bad.map(|bad| bad.error.to_string()),
        }
    }
}
