//! JSON Schemas of rules, with a bound on what a payload can make them cost.
//!
//! The library validates; this module decides which schemas it is given. A schema without recursion
//! is a finite tree once its references are written out, and each of its nodes meets each value of
//! a payload at most once. So the work is at most nodes times payload, and both are bounded.
//! Patterns run on an engine that is linear in the text.

use std::collections::HashMap;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value as Json};
use stateledger_core::json::Value;

use super::RulesError;
use crate::error::AppendError;
use crate::limits::{MAX_SCHEMA_DEPTH, MAX_SCHEMA_NODES, MAX_SCHEMA_WORK};
use crate::request::Payload;

/// Compiled size of one pattern, and of its cache: 256 KiB is some thousand states.
const MAX_PATTERN_BYTES: usize = 256 * 1024;

/// Longest place that a refusal names, in bytes.
const MAX_PLACE_BYTES: usize = 256;

const DRAFTS: [&str; 2] =
    ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema"];

/// Keywords whose cost cannot be bounded here, or that change what a reference means.
const NOT_OFFERED: [&str; 8] = [
    "unevaluatedItems",
    "unevaluatedProperties",
    "$dynamicRef",
    "$dynamicAnchor",
    "$recursiveRef",
    "$recursiveAnchor",
    "$anchor",
    "$vocabulary",
];

/// Keywords that mean something only at the top.
const AT_THE_TOP: [&str; 2] = ["$id", "$schema"];

/// A schema that may be asked about any payload.
#[derive(Debug)]
pub(super) struct Schema {
    validator: Validator,
    /// Nodes of the schema with its references written out.
    nodes: u64,
}

impl Schema {
    /// # Errors
    /// [`RulesError`] of a schema.
    pub(super) fn compile(schema: &Value) -> Result<Self, RulesError> {
        let schema: Json =
            serde_json::from_slice(&schema.to_canonical()).map_err(|_| RulesError::Schema)?;
        let nodes = Walk { root: &schema, known: HashMap::new(), depth: 0 }.nodes_of_root()?;
        let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES);
        let validator = jsonschema::options()
            .offline()
            .should_validate_formats(false)
            .with_pattern_options(patterns.dfa_size_limit(MAX_PATTERN_BYTES))
            .build(&schema);
        Ok(Self { validator: validator.map_err(|_| RulesError::Schema)?, nodes })
    }

    /// # Errors
    /// [`AppendError::SchemaCost`], [`AppendError::SchemaMismatch`].
    pub(super) fn check(&self, payload: &Payload) -> Result<(), AppendError> {
        let mismatch = |at: &str| AppendError::SchemaMismatch { at: at.to_owned() };
        if !payload.is_json() {
            return Err(mismatch(""));
        }
        let bytes = u64::try_from(payload.as_bytes().len()).unwrap_or(u64::MAX);
        if bytes.saturating_mul(self.nodes) > MAX_SCHEMA_WORK {
            return Err(AppendError::SchemaCost);
        }
        let value: Json = serde_json::from_slice(payload.as_bytes()).map_err(|_| mismatch(""))?;
        if self.validator.is_valid(&value) {
            return Ok(());
        }
        // Finding the place builds errors, of which a large payload could have very many.
        if bytes.saturating_mul(self.nodes) > MAX_SCHEMA_WORK / 64 {
            return Err(mismatch(""));
        }
        let place = self.validator.validate(&value).err();
        let place = place.map(|error| error.instance_path().to_string()).unwrap_or_default();
        Err(mismatch(if place.len() > MAX_PLACE_BYTES { "" } else { &place }))
    }
}

/// Size and height of a schema with its references written out.
#[derive(Debug, Clone, Copy)]
struct Extent {
    nodes: u64,
    height: u64,
}

/// A walk over the schemas in a schema, each once.
struct Walk<'a> {
    root: &'a Json,
    /// By address of the schema's node; `None` while it is being walked.
    known: HashMap<*const Json, Option<Extent>>,
    /// Schemas that are being walked.
    depth: u64,
}

impl<'a> Walk<'a> {
    fn nodes_of_root(mut self) -> Result<u64, RulesError> {
        let named = self.root.get("$schema").map(|name| name.as_str().unwrap_or_default());
        if named.is_some_and(|name| !DRAFTS.contains(&name.trim_end_matches('#'))) {
            return Err(RulesError::SchemaKeyword);
        }
        Ok(self.extent(self.root)?.nodes)
    }

    fn extent(&mut self, schema: &'a Json) -> Result<Extent, RulesError> {
        let Some(members) = schema.as_object() else {
            // `true` and `false`; what is no schema at all is the library's to refuse.
            return Ok(Extent { nodes: count(schema), height: 1 });
        };
        let address = core::ptr::from_ref(schema);
        match self.known.get(&address) {
            Some(Some(extent)) => return Ok(*extent),
            Some(None) => return Err(RulesError::SchemaRecursive),
            None => self.known.insert(address, None),
        };
        // Bounds the recursion itself; the height below also counts what was walked before.
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_SCHEMA_DEPTH {
            return Err(RulesError::SchemaCost);
        }
        let top = core::ptr::eq(schema, self.root);
        let mut extent = Extent { nodes: 1, height: 1 };
        for (keyword, value) in members {
            let misplaced = !top && AT_THE_TOP.contains(&keyword.as_str());
            if misplaced || NOT_OFFERED.contains(&keyword.as_str()) {
                return Err(RulesError::SchemaKeyword);
            }
            self.keyword(keyword, value, &mut extent)?;
        }
        if extent.nodes > MAX_SCHEMA_NODES || extent.height > MAX_SCHEMA_DEPTH {
            return Err(RulesError::SchemaCost);
        }
        self.depth = self.depth.saturating_sub(1);
        self.known.insert(address, Some(extent));
        Ok(extent)
    }

    /// Adds what a keyword makes the library visit. A keyword that is not known here counts with
    /// all that is in it.
    fn keyword(
        &mut self,
        keyword: &str,
        value: &'a Json,
        extent: &mut Extent,
    ) -> Result<(), RulesError> {
        match keyword {
            "$ref" => {
                let target = self.target(value.as_str().unwrap_or_default())?;
                self.add(target, extent)
            }
            // Visited where they are referred to; here only for what they must not hold.
            "$defs" | "definitions" => {
                let mut members = value.as_object().into_iter().flat_map(Map::values);
                members.try_for_each(|schema| self.extent(schema).map(|_| ()))
            }
            "properties" | "patternProperties" | "dependentSchemas" | "dependencies" => {
                let mut members = value.as_object().into_iter().flat_map(Map::values);
                members.try_for_each(|schema| self.add(schema, extent))
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" | "items" if value.is_array() => {
                value.as_array().into_iter().flatten().try_for_each(|s| self.add(s, extent))
            }
            "not"
            | "if"
            | "then"
            | "else"
            | "items"
            | "additionalItems"
            | "contains"
            | "additionalProperties"
            | "propertyNames" => self.add(value, extent),
            _ => {
                extent.nodes = extent.nodes.saturating_add(count(value));
                Ok(())
            }
        }
    }

    fn add(&mut self, schema: &'a Json, extent: &mut Extent) -> Result<(), RulesError> {
        let within = self.extent(schema)?;
        extent.nodes = extent.nodes.saturating_add(within.nodes);
        extent.height = extent.height.max(within.height.saturating_add(1));
        Ok(())
    }

    /// `#/...`, an RFC 6901 pointer as a fragment.
    fn target(&self, reference: &str) -> Result<&'a Json, RulesError> {
        let pointer = reference.strip_prefix('#').ok_or(RulesError::SchemaReference)?;
        if pointer.contains('%') {
            return Err(RulesError::SchemaReference);
        }
        self.root.pointer(pointer).ok_or(RulesError::SchemaReference)
    }
}

/// JSON values in a value, itself counted.
fn count(value: &Json) -> u64 {
    let within: u64 = match value {
        Json::Array(values) => values.iter().map(count).fold(0, u64::saturating_add),
        Json::Object(members) => members.values().map(count).fold(0, u64::saturating_add),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
    };
    within.saturating_add(1)
}
