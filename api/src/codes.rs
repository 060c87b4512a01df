//! The one table that joins every code with its title and HTTP status.
//!
//! Titles come from the crate that owns the code; the status is decided here. docs/ERRORS.md and the npm package's
//! union of codes are generated from it.

use http::StatusCode;

/// The codes that this crate itself refuses with, and their titles.
pub const CODES: &[(&str, &str)] = &[
    ("body-incomplete", "Request body incomplete"),
    ("body-too-large", "Request body too large"),
    ("method-not-allowed", "Method not allowed"),
    ("rate-limited", "Too many requests"),
    ("unauthorized", "Unauthorized"),
    ("unsupported-media-type", "Unsupported media type"),
];

/// Which crate owns a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Owner {
    /// stateledger-core: formats and verification.
    Core,
    /// stateledger-ledger: the engine.
    Ledger,
    /// This crate: HTTP.
    Api,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable kebab-case code.
    pub code: &'static str,
    /// What it means, in a few words.
    pub title: &'static str,
    /// The crate that refuses with it.
    pub owner: Owner,
    /// The status of an HTTP answer with it. `None` for what only a verifier says, on the reader's side.
    pub status: Option<u16>,
}

/// Every code of core, ledger and api.
pub fn table() -> impl Iterator<Item = Code> {
    let owned = |owner, codes: &'static [(&'static str, &'static str)]| {
        codes.iter().map(move |&(code, title)| Code { code, title, owner, status: known(code) })
    };
    owned(Owner::Core, stateledger_core::CODES)
        .chain(owned(Owner::Ledger, stateledger_ledger::CODES))
        .chain(owned(Owner::Api, CODES))
}

/// The status of `code`; 500 for a code that no request should meet.
pub(crate) fn status(code: &str) -> StatusCode {
    known(code)
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The title of `code`.
pub(crate) fn title(code: &str) -> &'static str {
    table().find(|row| row.code == code).map_or("Internal error", |row| row.title)
}

fn known(code: &str) -> Option<u16> {
    STATUS.iter().find(|(other, _)| *other == code).map(|(_, status)| *status)
}

/// The codes that are given a status here, so that a test can find one that no crate lists.
pub fn codes_with_status() -> impl Iterator<Item = &'static str> {
    STATUS.iter().map(|(code, _)| *code)
}

/// Codes that only a verifier says. They are listed so that a new code of core cannot be forgotten: each code is
/// either here or in [`STATUS`].
pub const VERIFIER_ONLY: &[&str] = &[
    "audit-bundle-malformed",
    "author-threshold-invalid",
    "batch-proof-malformed",
    "bundle-malformed",
    "bundle-width",
    "checkpoint-malformed",
    "checkpoint-mismatch",
    "checkpoint-stale",
    "consistency-invalid",
    "disclosure-invalid",
    "disclosure-malformed",
    "entry-malformed",
    "entry-not-canonical",
    "entry-version-unsupported",
    "exporter-signature-invalid",
    "exporter-unknown",
    "field-missing",
    "hash-length",
    "inclusion-invalid",
    "invalid-hex",
    "invalid-origin",
    "invalid-payload-size",
    "invalid-time",
    "key-id-mismatch",
    "key-kind-mismatch",
    "key-malformed",
    "key-type-unsupported",
    "key-unknown",
    "leaf-mismatch",
    "legacy-chain-broken",
    "log-key-missing",
    "node-missing",
    "note-malformed",
    "note-too-large",
    "origin-mismatch",
    "origin-missing",
    "payload-mismatch",
    "pointer-malformed",
    "policy-malformed",
    "proof-malformed",
    "proof-ragged",
    "public-key-invalid",
    "quorum-not-met",
    "range-malformed",
    "range-not-adjacent",
    "receipt-malformed",
    "salt-missing",
    "signature-invalid",
    "tile-inconsistent",
    "tile-malformed",
    "tile-missing",
    "tile-path-malformed",
    "time-decreasing",
    "tree-too-large",
    "witness-malformed",
    "wrong-ledger",
];

/// The status of every code that an HTTP answer can carry.
const STATUS: &[(&str, u16)] = &[
    // What the request is.
    ("body-incomplete", 400),
    ("body-too-large", 413),
    ("forbidden", 403),
    ("method-not-allowed", 405),
    ("rate-limited", 429),
    ("unauthorized", 401),
    ("unsupported-media-type", 415),
    // What its JSON says.
    ("duplicate-member", 400),
    ("invalid-base64", 400),
    ("invalid-json", 400),
    ("invalid-member", 400),
    ("invalid-utf8", 400),
    ("lone-surrogate", 400),
    ("missing-member", 400),
    ("nesting-too-deep", 400),
    ("number-not-representable", 400),
    ("too-many-values", 400),
    ("unknown-member", 400),
    // What its fields hold.
    ("author-signature-invalid", 400),
    ("batch-leaves-invalid", 400),
    ("batch-too-large", 413),
    ("commitment-unsupported", 400),
    ("empty-batch", 400),
    ("entry-too-large", 400),
    ("index-out-of-range", 400),
    ("invalid-content-type", 400),
    ("invalid-cursor", 400),
    ("invalid-idempotency-key", 400),
    ("invalid-ledger-id", 400),
    ("invalid-query", 400),
    ("invalid-rules", 400),
    ("invalid-source", 400),
    ("invalid-subject", 400),
    ("invalid-token-request", 400),
    ("invalid-type", 400),
    ("field-too-large", 413),
    ("payload-not-canonical", 400),
    ("payload-too-large", 413),
    ("too-many-fields", 413),
    ("salt-required", 400),
    ("signatures-unsorted", 400),
    ("sizes-reversed", 400),
    ("subtree-invalid", 400),
    ("too-many-signatures", 400),
    ("type-reserved", 400),
    // What the ledger's rules demand of a record that is well-formed (RFC 9110 §15.5.21).
    ("author-threshold-not-met", 422),
    ("schema-mismatch", 422),
    ("schema-too-costly", 413),
    ("type-not-accepted", 422),
    // What the ledger holds.
    ("artifact-mismatch", 400),
    ("artifact-not-found", 404),
    ("checkpoint-unknown", 404),
    ("expected-size-mismatch", 409),
    ("idempotency-conflict", 422),
    ("legal-hold", 409),
    ("not-erasable", 409),
    ("payload-erased", 409),
    ("ledger-exists", 409),
    ("ledger-not-halted", 409),
    ("not-found", 404),
    ("record-not-found", 404),
    ("recovery-head-mismatch", 409),
    ("size-unknown", 404),
    ("token-not-found", 404),
    // What the server can do.
    ("artifact-unavailable", 503),
    ("database-schema-mismatch", 503),
    ("ledger-halted", 503),
    ("origin-unusable", 500),
    ("overloaded", 503),
    ("payload-unavailable", 503),
    ("storage-corrupt", 500),
    ("storage-unavailable", 503),
];
