//! Why rules are refused.

use core::fmt;

/// The rules were refused (`invalid-rules`). Each variant has its own sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RulesError {
    /// Not a JSON object.
    NotAnObject,
    /// A member that no rule has.
    UnknownMember,
    /// `visibility` is not one of its three words.
    Visibility,
    /// `types` is no list of 1 to 64 different types that a record can have.
    Types,
    /// `authors` is not `{"keys","threshold"}` with usable keys, or the threshold cannot be met.
    Authors,
    /// `payloadLimit` is no integer from 0 to 8 MiB.
    PayloadLimit,
    /// `schemas` is no object of at most 64 accepted types.
    Schemas,
    /// A schema is not valid for its draft, or a pattern is no regular expression without
    /// look-around and back-references.
    Schema,
    /// A schema has a keyword that is not offered, because its cost could not be bounded.
    SchemaKeyword,
    /// A `$ref` that is not `#/...` into the same schema.
    SchemaReference,
    /// A schema that refers to itself.
    SchemaRecursive,
    /// A schema that is too large once its references are written out.
    SchemaCost,
    /// More than 32 KiB.
    TooLong,
    /// Stored bytes that are not the canonical ones.
    NotCanonical,
}

impl RulesError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject
            | Self::UnknownMember
            | Self::Visibility
            | Self::Types
            | Self::Authors
            | Self::PayloadLimit
            | Self::Schemas
            | Self::Schema
            | Self::SchemaKeyword
            | Self::SchemaReference
            | Self::SchemaRecursive
            | Self::SchemaCost
            | Self::TooLong
            | Self::NotCanonical => "invalid-rules",
        }
    }
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnObject => "rules are an object",
            Self::UnknownMember => {
                "rules have no other members than visibility, types, authors, payloadLimit, schemas"
            }
            Self::Visibility => "visibility is public, proofs or private",
            Self::Types => {
                "types is a list of 1 to 64 different types that do not begin with stateledger."
            }
            Self::Authors => {
                "authors has keys, 1 to 64 different Ed25519 public keys in base64url, and a \
                 threshold from 1 to their number and to 16"
            }
            Self::PayloadLimit => "payloadLimit is an integer from 0 to 8388608",
            Self::Schemas => "schemas is an object of at most 64 accepted types",
            Self::Schema => "a schema is not valid",
            Self::SchemaKeyword => {
                "a schema may be of draft 2020-12 or 7, and has no unevaluatedItems, \
                 unevaluatedProperties, $dynamicRef, $recursiveRef, $anchor, and $id and $schema \
                 only at its top"
            }
            Self::SchemaReference => "a $ref leads into the same schema: it begins with #/",
            Self::SchemaRecursive => "a schema refers to itself",
            Self::SchemaCost => "a schema with its references written out is too large",
            Self::TooLong => "rules have at most 32768 bytes",
            Self::NotCanonical => "the rules are not in their canonical form",
        })
    }
}

impl core::error::Error for RulesError {}
