//! Proofs for any leaves and sizes.

use axum::extract::RawQuery;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use stateledger_core::hash::Hash;
use stateledger_core::tree::{LeafIndex, TreeSize};
use stateledger_ledger as engine;
use utoipa::ToSchema;

use crate::answers;
use crate::decode;
use crate::host::Host;
use crate::path::Segments;
use crate::problem::Problem;
use crate::query::{Parameters, decimal};
use crate::session::Reads;

/// Inclusion of one leaf (RFC 6962 section 2.1.1).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InclusionProof {
    /// Position of the leaf, decimal.
    index: String,
    /// The leaf's hash, base64 of 32 bytes.
    leaf_hash: String,
    /// Size of the tree, decimal.
    size: String,
    /// Its root, base64 of 32 bytes.
    root_hash: String,
    /// The audit path, the leaf's sibling first; each base64 of 32 bytes.
    proof: Vec<String>,
}

/// Consistency of two sizes (RFC 6962 section 2.1.2).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsistencyProof {
    /// The smaller size, decimal.
    from: String,
    /// Its root, base64 of 32 bytes.
    from_root_hash: String,
    /// The larger size, decimal.
    to: String,
    /// Its root, base64 of 32 bytes.
    to_root_hash: String,
    /// Each base64 of 32 bytes; none for equal sizes and from 0.
    proof: Vec<String>,
}

/// Inclusion of many leaves at once (FORMAT.md section 8).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchProof {
    /// Positions of the leaves, rising, decimal.
    indexes: Vec<String>,
    /// Their hashes in the same order, each base64 of 32 bytes.
    leaf_hashes: Vec<String>,
    /// Size of the tree, decimal.
    size: String,
    /// Its root, base64 of 32 bytes.
    root_hash: String,
    /// From the row of the leaves up, in each row from left to right; each base64 of 32 bytes.
    proof: Vec<String>,
}

/// Inclusion of leaves that follow each other.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RangeProof {
    /// Position of the first leaf, decimal.
    start: String,
    /// Hashes of the leaves, each base64 of 32 bytes.
    leaf_hashes: Vec<String>,
    /// Size of the tree, decimal.
    size: String,
    /// Its root, base64 of 32 bytes.
    root_hash: String,
    /// As in a batch proof of these leaves; each base64 of 32 bytes.
    proof: Vec<String>,
}

/// Consistency of a subtree with the tree (draft-ietf-plants-merkle-tree-certs section 4.4).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubtreeProof {
    /// First leaf, decimal.
    start: String,
    /// The index after the last leaf, decimal.
    end: String,
    /// Root of the leaves from `start` and below `end`, base64 of 32 bytes.
    subtree_hash: String,
    /// Size of the tree, decimal.
    size: String,
    /// Its root, base64 of 32 bytes.
    root_hash: String,
    /// Each base64 of 32 bytes.
    proof: Vec<String>,
}

/// Proof that a leaf is in the tree of a size.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/proofs/inclusion", tag = "proofs",
    params(
        ("ledger" = String, Path),
        ("index" = String, Query, description = "Decimal"),
        ("size" = Option<String>, Query, description = "Decimal; the current size if absent"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The proof, verified by the server", body = InclusionProof),
        (status = 400, description = "`invalid-query`; `index-out-of-range`: not below the size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`; `size-unknown`: above the current size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn inclusion<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let parameters = Parameters::parse(query.as_deref(), &["index", "size"])?;
    let index = LeafIndex::new(parameters.need("index", "decimal", decimal)?);
    let size = parameters.size("size")?;
    let proof = reader.prove_inclusion(&ledger, &caller, index, size).await?;
    Ok(answers::json(StatusCode::OK, &InclusionProof::from(proof)))
}

/// Proof that one tree begins with another.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/proofs/consistency", tag = "proofs",
    params(
        ("ledger" = String, Path),
        ("from" = String, Query, description = "A size, decimal"),
        ("to" = Option<String>, Query, description = "A size, decimal; the current one if absent"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The proof, verified by the server", body = ConsistencyProof),
        (status = 400, description = "`invalid-query`; `sizes-reversed`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`; `size-unknown`: above the current size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn consistency<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let parameters = Parameters::parse(query.as_deref(), &["from", "to"])?;
    let from = TreeSize::new(parameters.need("from", "decimal", decimal)?);
    let to = parameters.size("to")?;
    let proof = reader.prove_consistency(&ledger, &caller, from, to).await?;
    Ok(answers::json(StatusCode::OK, &ConsistencyProof::from(proof)))
}

/// One proof that many leaves are in the tree of a size.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/proofs/batch", tag = "proofs",
    params(
        ("ledger" = String, Path),
        ("indexes" = String, Query, description = "1 to 256 decimals with commas, strictly rising"),
        ("size" = Option<String>, Query, description = "Decimal; the current size if absent"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The proof, verified by the server", body = BatchProof),
        (status = 400, description = "`invalid-query`; `batch-leaves-invalid`: not strictly rising; `index-out-of-range`", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`; `size-unknown`: above the current size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn batch<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let parameters = Parameters::parse(query.as_deref(), &["indexes", "size"])?;
    let indexes = parameters.need("indexes", "1 to 256 decimals with commas", indexes)?;
    let size = parameters.size("size")?;
    let proof = reader.prove_batch(&ledger, &caller, &indexes, size).await?;
    Ok(answers::json(StatusCode::OK, &BatchProof::from(proof)))
}

/// One proof that leaves which follow each other are in the tree of a size.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/proofs/range", tag = "proofs",
    params(
        ("ledger" = String, Path),
        ("start" = String, Query, description = "First leaf, decimal"),
        ("end" = String, Query, description = "The index after the last leaf, decimal; at most 1000 above `start`"),
        ("size" = Option<String>, Query, description = "Decimal; the current size if absent"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The proof, verified by the server", body = RangeProof),
        (status = 400, description = "`invalid-query`; `batch-leaves-invalid`: no leaves; `index-out-of-range`: ends after the size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`; `size-unknown`: above the current size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn range<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let parameters = Parameters::parse(query.as_deref(), &["start", "end", "size"])?;
    let start = LeafIndex::new(parameters.need("start", "decimal", decimal)?);
    let end = TreeSize::new(parameters.need("end", "decimal", decimal)?);
    let size = parameters.size("size")?;
    let proof = reader.prove_range(&ledger, &caller, start, end, size).await?;
    Ok(answers::json(StatusCode::OK, &RangeProof::from(proof)))
}

/// Proof that a subtree is part of the tree of a size.
#[utoipa::path(get, path = "/api/v1/ledgers/{ledger}/proofs/subtree", tag = "proofs",
    params(
        ("ledger" = String, Path),
        ("start" = String, Query, description = "Decimal; a multiple of the smallest power of two that is not below `end - start`"),
        ("end" = String, Query, description = "Decimal, exclusive"),
        ("size" = Option<String>, Query, description = "Decimal; the current size if absent"),
    ),
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The proof, verified by the server", body = SubtreeProof),
        (status = 400, description = "`invalid-query`; `subtree-invalid`; `sizes-reversed`: ends after the size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not-found`; `size-unknown`: above the current size", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn subtree<H: Host>(
    Reads { reader, caller }: Reads<H>,
    Segments(ledger): Segments<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let ledger = decode::ledger_in_path(&ledger)?;
    let parameters = Parameters::parse(query.as_deref(), &["start", "end", "size"])?;
    let start = LeafIndex::new(parameters.need("start", "decimal", decimal)?);
    let end = TreeSize::new(parameters.need("end", "decimal", decimal)?);
    let size = parameters.size("size")?;
    let proof = reader.prove_subtree(&ledger, &caller, start, end, size).await?;
    Ok(answers::json(StatusCode::OK, &SubtreeProof::from(proof)))
}

fn indexes(text: &str) -> Option<Vec<LeafIndex>> {
    text.split(',').map(|index| decimal(index).map(LeafIndex::new)).collect()
}

/// Hashes as they stand in every list.
pub(crate) fn list(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_base64).collect()
}

impl From<engine::InclusionProof> for InclusionProof {
    fn from(proof: engine::InclusionProof) -> Self {
        Self {
            index: proof.index.to_string(),
            leaf_hash: proof.leaf.to_base64(),
            size: proof.size.to_string(),
            root_hash: proof.root.to_base64(),
            proof: list(&proof.hashes),
        }
    }
}

impl From<engine::ConsistencyProof> for ConsistencyProof {
    fn from(proof: engine::ConsistencyProof) -> Self {
        Self {
            from: proof.from.to_string(),
            from_root_hash: proof.from_root.to_base64(),
            to: proof.to.to_string(),
            to_root_hash: proof.to_root.to_base64(),
            proof: list(&proof.hashes),
        }
    }
}

impl From<engine::BatchProof> for BatchProof {
    fn from(proof: engine::BatchProof) -> Self {
        Self {
            indexes: proof.proof.indexes().iter().map(LeafIndex::to_string).collect(),
            leaf_hashes: list(&proof.leaves),
            size: proof.size.to_string(),
            root_hash: proof.root.to_base64(),
            proof: list(proof.proof.hashes()),
        }
    }
}

impl From<engine::RangeProof> for RangeProof {
    fn from(proof: engine::RangeProof) -> Self {
        Self {
            start: proof.start.to_string(),
            leaf_hashes: list(&proof.leaves),
            size: proof.size.to_string(),
            root_hash: proof.root.to_base64(),
            proof: list(&proof.hashes),
        }
    }
}

impl From<engine::SubtreeProof> for SubtreeProof {
    fn from(proof: engine::SubtreeProof) -> Self {
        Self {
            start: proof.subtree.start().to_string(),
            end: proof.subtree.end().to_string(),
            subtree_hash: proof.subtree_root.to_base64(),
            size: proof.size.to_string(),
            root_hash: proof.root.to_base64(),
            proof: list(&proof.hashes),
        }
    }
}
