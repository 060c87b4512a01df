//! JSON as RFC 8785 wants it: one strict reader, one canonical writer.
//!
//! The reader takes any RFC 8259 text, but refuses what readers disagree on:
//! repeated members, lone surrogates, invalid UTF-8, a byte order mark, and
//! numbers that a double would change (see [`Number`]). Written here because
//! the `serde` formats keep the last of two members and round numbers.

mod members;
mod number;
mod object;
mod parse;
mod write;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use members::{MemberError, Members};
pub use number::Number;
pub use object::ObjectWriter;
pub use parse::{MAX_DEPTH, MAX_VALUES, parse, parse_around};

/// A JSON value. Members keep the order they were read in.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number that RFC 8785 can write without changing it.
    Number(Number),
    /// Any Unicode text.
    String(String),
    /// `[...]`
    Array(Vec<Value>),
    /// `{...}`; the reader never gives one name twice.
    Object(Vec<(String, Value)>),
}

/// A text as a canonical JSON string (RFC 8785 §3.2.2.2), in quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    write::push_string(&mut out, text);
    out
}

impl Value {
    /// An object of these members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A string.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// The canonical bytes (RFC 8785): no white space, members sorted by
    /// UTF-16 code units, shortest escapes, ECMAScript numbers.
    #[must_use]
    pub fn to_canonical(&self) -> Vec<u8> {
        write::canonical(self).into_bytes()
    }

    /// The member of this name, if this is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// How deep arrays and objects are nested in this: 0 for what holds no other value, `[]` is 1. Recurses as deep.
    #[must_use]
    pub fn depth(&self) -> usize {
        let inside = match self {
            Self::Array(values) => values.iter().map(Self::depth).max(),
            Self::Object(members) => members.iter().map(|(_, value)| value.depth()).max(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => return 0,
        };
        inside.unwrap_or(0).saturating_add(1)
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// An integer from 0 to 2^53.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The values of an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    /// The members of an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }
}

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// Not RFC 8259 JSON, or bytes after the value.
    Syntax,
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// A member name occurs twice in one object.
    DuplicateMember,
    /// An escape names half of a surrogate pair.
    LoneSurrogate,
    /// Arrays and objects nested more than [`MAX_DEPTH`] deep.
    NestingTooDeep,
    /// More than [`MAX_VALUES`] values.
    TooManyValues,
    /// An integer that its canonical form would change, or a number outside
    /// the range of a double.
    NumberNotRepresentable,
}

impl JsonError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax => "invalid-json",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::DuplicateMember => "duplicate-member",
            Self::LoneSurrogate => "lone-surrogate",
            Self::NestingTooDeep => "nesting-too-deep",
            Self::TooManyValues => "too-many-values",
            Self::NumberNotRepresentable => "number-not-representable",
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "not JSON",
            Self::InvalidUtf8 => "not UTF-8",
            Self::DuplicateMember => "a member occurs twice",
            Self::LoneSurrogate => "an escape names half of a surrogate pair",
            Self::NestingTooDeep => "nested more than 64 deep",
            Self::TooManyValues => "more than 1,048,576 values",
            Self::NumberNotRepresentable => "a number that a double would change",
        })
    }
}

impl core::error::Error for JsonError {}

#[cfg(test)]
mod tests;
