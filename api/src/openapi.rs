//! The OpenAPI 3.1 description, derived from the handlers and the types they answer.
//!
//! Requests are decoded by core's strict parser and not by serde, so their shapes stand here, as types of their own that are
//! never built.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

use crate::{
    add, artifacts, erasure, log, metrics, moments, probes, proofs, reads, tokens, verify, writes,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "StateLedger",
        description = "An append-only ledger whose every answer can be checked by its reader.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        writes::create, writes::append, writes::recover,
        erasure::erase, erasure::hold, erasure::release,
        artifacts::put, artifacts::get,
        reads::ledgers, reads::ledger, reads::records, reads::record, reads::receipt, reads::by_leaf,
        proofs::inclusion, proofs::consistency, proofs::batch, proofs::range, proofs::subtree,
        moments::snapshot, moments::diff, verify::verify,
        tokens::list, tokens::create, tokens::revoke,
        log::checkpoint, log::tile, add::add,
        probes::livez, probes::readyz, probes::version, probes::document, metrics::metrics,
    ),
    modifiers(&Bearer),
    tags(
        (name = "ledgers"), (name = "records"), (name = "artifacts"), (name = "proofs"), (name = "tokens"),
        (name = "log", description = "The public read side: C2SP tlog-tiles"),
        (name = "operation"),
    )
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The OpenAPI 3.1 document of the [front router](crate::front_router).
pub fn openapi() -> Value {
    let mut document = serde_json::to_value(Api::openapi()).unwrap_or_default();
    drop_nulls(&mut document);
    add_refusals(&mut document);
    document
}

/// What is not there is absent here and never `null`, in requests and in answers; utoipa describes an `Option` as both.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        Value::Object(members) => {
            members.values_mut().for_each(drop_nulls);
            if let Some(only) = only_choice(members.get("type"), |kind| kind == "null") {
                members.insert("type".into(), only);
            }
            if let Some(only) = only_choice(members.get("oneOf"), |one| one["type"] == "null") {
                *value = only;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The one choice that is left of several without `null`.
fn only_choice(choices: Option<&Value>, is_null: impl Fn(&Value) -> bool) -> Option<Value> {
    let mut others = choices?.as_array()?.iter().filter(|choice| !is_null(choice));
    others.next().filter(|_| others.next().is_none()).cloned()
}

/// Every call can be refused for what no handler decides: a bad token, the rate, the platform.
fn add_refusals(document: &mut Value) {
    let refusal = json!({
        "description": "Refused, as `code` says; on every call `unauthorized`, `rate-limited`, `storage-unavailable`",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations =
        paths.into_iter().flatten().filter_map(|(_, path)| path.as_object_mut()).flatten();
    for (_, operation) in operations {
        if let Some(Value::Object(responses)) = operation.get_mut("responses") {
            responses.entry("default").or_insert_with(|| refusal.clone());
        }
    }
}

/// What `POST /api/v1/ledgers` takes.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) struct NewLedger {
    /// The ledger's id, unique on its host.
    #[schema(pattern = "^[a-z0-9][a-z0-9-]{0,62}$")]
    ledger: String,
    /// Fixed for ever; defaults to `{"visibility":"proofs"}`.
    rules: Option<Rules>,
}

/// What a ledger demands and shows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) struct Rules {
    /// Who reads what without a token: `public`, `proofs` (the default) or `private`.
    visibility: Option<String>,
    /// The only types that are accepted.
    #[schema(min_items = 1, max_items = 64)]
    types: Option<Vec<String>>,
    /// Whose signatures every record must have.
    authors: Option<Authors>,
    /// Longest payload in bytes.
    #[schema(maximum = 8_388_608)]
    payload_limit: Option<u32>,
    /// JSON Schemas (draft 2020-12, or 7 if `$schema` says so) that payloads must match, by type.
    schemas: Option<std::collections::BTreeMap<String, Value>>,
}

/// Some of these keys must have signed.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) struct Authors {
    /// Ed25519 public keys, base64url without padding of 32 bytes.
    #[schema(min_items = 1, max_items = 64)]
    keys: Vec<String>,
    /// How many of them.
    #[schema(minimum = 1, maximum = 64)]
    threshold: u32,
}

/// What `POST .../recover` takes: the head that the store has, which is to be accepted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) struct AcceptedHead {
    /// Its number of records, decimal.
    size: String,
    /// Its root, base64 of 32 bytes.
    root_hash: String,
}

/// What `POST .../records` takes: one record or a batch.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) enum NewRecords {
    /// One record, and what belongs to the request beside it.
    One(Box<NewRecord>),
    /// A batch.
    Batch(NewBatch),
}

/// Up to 1,000 records, appended next to each other or not at all.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) struct NewBatch {
    /// 1 to 1,000.
    #[schema(min_items = 1, max_items = 1000)]
    records: Vec<NewRecord>,
    /// The size that the ledger must have before the first new record, decimal.
    expected_size: Option<String>,
}

/// A record as its author sends it, with exactly one of `payload` and `payloadBase64`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) struct NewRecord {
    /// What kind of thing happened; 1 to 256 bytes.
    r#type: String,
    /// Who says so; 1 to 256 bytes.
    source: String,
    /// What it is about; 1 to 1,024 bytes.
    subject: Option<String>,
    /// Media type, to 255 bytes; `application/json` or `application/octet-stream` if absent.
    content_type: Option<String>,
    /// Any JSON value; what is committed to is its RFC 8785 form.
    payload: Option<Value>,
    /// Bytes, as strict base64 with padding.
    payload_base64: Option<String>,
    /// Base64 of 32 bytes; the server draws one if absent.
    salt: Option<String>,
    /// Author signatures over the statement, sorted by key; need `salt`.
    #[schema(max_items = 16)]
    sigs: Option<Vec<NewSignature>>,
    /// `sha256-salted-v1` if absent, or `sha256-fields-v1` for a JSON payload whose fields can be shown one by one.
    commitment: Option<String>,
    /// 1 to 255 printable ASCII characters; not together with the header.
    idempotency_key: Option<String>,
    /// Only beside a single record: the size that the ledger must have, decimal.
    expected_size: Option<String>,
}

/// One author's DSSE signature.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "a shape for the description; never built")]
pub(crate) struct NewSignature {
    /// Ed25519 public key, base64url without padding of 32 bytes.
    key: String,
    /// Signature, base64url without padding of 64 bytes.
    sig: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// The paths of the router's source, which are the only `.route("...` literals in it.
    fn routes() -> Vec<String> {
        let source = include_str!("front.rs").split_whitespace().collect::<String>();
        let literals = source.split(".route(\"").skip(1);
        literals.map(|rest| rest.split('"').next().unwrap().replace("{*", "{")).collect()
    }

    #[test]
    fn the_document_is_openapi_3_1_and_has_exactly_the_routes() {
        let document = crate::openapi();
        assert_eq!(document["openapi"], "3.1.0");
        let mut described: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
        let mut routed = routes();
        described.sort_unstable();
        routed.sort_unstable();
        assert_eq!(routed.iter().collect::<Vec<_>>(), described);
    }

    #[test]
    fn operations_have_names_of_their_own_and_can_be_refused() {
        let document = crate::openapi();
        let paths = document["paths"].as_object().unwrap().values();
        let operations: Vec<_> =
            paths.flat_map(|path| path.as_object().unwrap().values()).collect();
        let ids: BTreeSet<_> = operations.iter().map(|one| one["operationId"].as_str()).collect();
        assert_eq!(ids.len(), operations.len(), "{ids:?}");
        let problem = "#/components/schemas/Problem";
        for one in operations {
            let content = &one["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(content["schema"]["$ref"], problem, "{}", one["operationId"]);
        }
        assert!(document.pointer("/components/schemas/Problem").is_some());
    }

    #[test]
    fn nothing_is_described_as_null_that_is_only_ever_absent() {
        let document = crate::openapi();
        assert!(!document.to_string().contains("\"null\""));
        let record = &document["components"]["schemas"]["Record"]["properties"];
        assert_eq!(record["subject"]["type"], "string");
        assert_eq!(record["erased"]["$ref"], "#/components/schemas/Erased");
        let body = &document["components"]["schemas"]["NewRecords"]["oneOf"];
        assert_eq!(body.as_array().map(Vec::len), Some(2), "choices without null stay");
    }
}
