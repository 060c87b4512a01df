//! The state of a ledger at a moment, and what changed between two.

use axum::extract::RawQuery;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use stateledger_core::tree::TreeSize;
use stateledger_ledger as engine;
use stateledger_ledger::{DiffQuery, Moment, SnapshotQuery};
use utoipa::ToSchema;

use crate::answers::{self, Record};
use crate::decode;
use crate::host::Host;
use crate::links;
use crate::path::Segments;
use crate::problem::Problem;
use crate::proofs::list;
use crate::query::{Parameters, decimal, limit, until_after};
use crate::session::Reads;

/// The tree at a moment, and the signature that covers it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TreeState {
    /// Number of records at the moment, decimal.
    size: String,
    /// Root of the tree of that size, base64 of 32 bytes.
    root_hash: String,
    /// The signed checkpoint of that size or, where none was signed, of the next larger one: a signed note.
    checkpoint: String,
    /// The checkpoint's size, decimal.
    checkpoint_size: String,
    /// The consistency proof from `size` to `checkpointSize`, each base64 of 32 bytes; none if they are equal.
    consistency: Vec<String>,
}

/// A page of the state at a moment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    #[serde(flatten)]
    tree: TreeState,
    /// Records up to the moment that have no subject and stand in no state, decimal.
    without_subject: String,
    /// The last record of each type and subject, by type, then subject.
    records: Vec<Record>,
    /// Asks for the next page of the same moment; absent on the last one. A page may be empty and have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A page of what changed between two moments.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Diff {
    /// The earlier tree.
    from: Tree,
    /// The later tree.
    to: TreeState,
    /// The consistency proof from the earlier tree to the later one, each base64 of 32 bytes.
    proof: Vec<String>,
    /// Records between the moments that have no subject, decimal.
    without_subject: String,
    /// One for each type and subject that has a record between the moments, by the later record's index.
    changes: Vec<Change>,
    /// Asks for the next page between the same moments; absent on the last one. A page may be empty and have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A tree.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tree {
    /// Number of records, decimal.
    size: String,
    /// Root, base64 of 32 bytes.
    root_hash: String,
}

/// What changed for one type and subject.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Change {
    /// Its last record at the earlier moment; absent if it had none.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Record>,
    /// Its last record at the later moment.
    after: Record,
}

/// The last record of each type and subject, now or at a moment.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/snapshot", tag = "records",
    params(
        ("ledger" = String, Path),
        ("size" = Option<String>, Query, description = "The moment when the ledger had so many records, decimal"),
        ("time" = Option<String>, Query, description = "RFC 3339 with offset: records up to and including this time; not together with `size`"),
        ("type" = Option<String>, Query, description = "Only this type"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, default 100; a page may hold fewer"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before, with the same parameters"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "A page; `Link` has `first` and `next`", body = Snapshot),
        (status = 400, description = "`invalid-query`, `invalid-cursor`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`; `size-unknown`: above the current size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn snapshot<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let known = ["size", "time", "type", "limit", "cursor"];
    let parameters = Parameters::parse(query.as_deref(), &known)?;
    let time = parameters.read("time", "an RFC 3339 time with an offset", until_after)?;
    let moment = match (parameters.size("size")?, time) {
        (Some(_), Some(_)) => {
            return Err(Problem::new("invalid-query", "a moment is a size or a time, not both"));
        }
        (Some(size), None) => Some(Moment::Size(size)),
        (None, Some(before)) => Some(Moment::Before(before)),
        (None, None) => None,
    };
    let query = SnapshotQuery {
        moment,
        record_type: parameters.text("type"),
        limit: parameters.read("limit", "1 to 1000", limit)?,
        cursor: parameters.text("cursor"),
    };
    let snapshot = Snapshot::try_from(reader.snapshot(&ledger, &caller, &query).await?)?;
    let answer = answers::json(StatusCode::OK, &snapshot);
    let path = format!("/api/v1/ledgers/{ledger}/snapshot");
    Ok(links::add(answer, &path, &parameters, ("cursor", snapshot.next_cursor.as_deref())))
}

/// What changed between two moments.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/diff", tag = "records",
    params(
        ("ledger" = String, Path),
        ("from" = String, Query, description = "The earlier moment: a size, decimal, or a time, RFC 3339 with offset and inclusive"),
        ("to" = Option<String>, Query, description = "The later moment; now if absent"),
        ("type" = Option<String>, Query, description = "Only this type"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "1 to 1000, default 100; a page may hold fewer"),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before, with the same parameters"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "A page; `Link` has `first` and `next`", body = Diff),
        (status = 400, description = "`invalid-query`, `invalid-cursor`, `sizes-reversed`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`; `size-unknown`: above the current size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn diff<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let known = ["from", "to", "type", "limit", "cursor"];
    let parameters = Parameters::parse(query.as_deref(), &known)?;
    let expected = "a size, or an RFC 3339 time with an offset";
    let query = DiffQuery {
        from: parameters.need("from", expected, moment)?,
        to: parameters.read("to", expected, moment)?,
        record_type: parameters.text("type"),
        limit: parameters.read("limit", "1 to 1000", limit)?,
        cursor: parameters.text("cursor"),
    };
    let diff = Diff::try_from(reader.diff(&ledger, &caller, &query).await?)?;
    let answer = answers::json(StatusCode::OK, &diff);
    let path = format!("/api/v1/ledgers/{ledger}/diff");
    Ok(links::add(answer, &path, &parameters, ("cursor", diff.next_cursor.as_deref())))
}

fn moment(text: &str) -> Option<Moment> {
    let size = decimal(text).map(|size| Moment::Size(TreeSize::new(size)));
    size.or_else(|| until_after(text).map(Moment::Before))
}

impl From<engine::TreeState> for TreeState {
    fn from(tree: engine::TreeState) -> Self {
        Self {
            size: tree.size.to_string(),
            root_hash: tree.root.to_base64(),
            // Written as UTF-8 and verified since, so nothing is lost.
            checkpoint: String::from_utf8_lossy(&tree.checkpoint).into_owned(),
            checkpoint_size: tree.checkpoint_size.to_string(),
            consistency: list(&tree.consistency),
        }
    }
}

impl TryFrom<engine::Snapshot> for Snapshot {
    type Error = Problem;

    fn try_from(snapshot: engine::Snapshot) -> Result<Self, Problem> {
        let records = snapshot.records.into_iter().map(Record::try_from);
        Ok(Self {
            tree: snapshot.tree.into(),
            without_subject: snapshot.without_subject.to_string(),
            records: records.collect::<Result<_, _>>()?,
            next_cursor: snapshot.next_cursor,
        })
    }
}

impl TryFrom<engine::Diff> for Diff {
    type Error = Problem;

    fn try_from(diff: engine::Diff) -> Result<Self, Problem> {
        let changes = diff.changes.into_iter().map(Change::try_from);
        Ok(Self {
            from: Tree {
                size: diff.consistency.from.to_string(),
                root_hash: diff.consistency.from_root.to_base64(),
            },
            to: diff.to.into(),
            proof: list(&diff.consistency.hashes),
            without_subject: diff.without_subject.to_string(),
            changes: changes.collect::<Result<_, _>>()?,
            next_cursor: diff.next_cursor,
        })
    }
}

impl TryFrom<engine::Change> for Change {
    type Error = Problem;

    fn try_from(change: engine::Change) -> Result<Self, Problem> {
        let before = change.before.map(Record::try_from).transpose()?;
        Ok(Self { before, after: change.after.try_into()? })
    }
}
