//! Taking an object apart: every member wanted, none left over.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Value;

/// The members of one object that were not taken yet.
#[derive(Debug)]
pub struct Members(Vec<(String, Value)>);

impl Members {
    /// Opens an object; `name` is what errors call it.
    ///
    /// # Errors
    /// [`MemberError::Invalid`] if it is no object.
    pub fn of(value: Value, name: &'static str) -> Result<Self, MemberError> {
        match value {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(MemberError::Invalid(name)),
        }
    }

    /// Takes a member that may be absent.
    pub fn optional(&mut self, name: &'static str) -> Option<Value> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Takes a member.
    ///
    /// # Errors
    /// [`MemberError::Missing`].
    pub fn required(&mut self, name: &'static str) -> Result<Value, MemberError> {
        self.optional(name).ok_or(MemberError::Missing(name))
    }

    /// Takes a string.
    ///
    /// # Errors
    /// [`MemberError::Missing`], [`MemberError::Invalid`].
    pub fn string(&mut self, name: &'static str) -> Result<String, MemberError> {
        text(self.required(name)?, name)
    }

    /// Takes a string that may be absent.
    ///
    /// # Errors
    /// [`MemberError::Invalid`].
    pub fn optional_string(&mut self, name: &'static str) -> Result<Option<String>, MemberError> {
        self.optional(name).map(|value| text(value, name)).transpose()
    }

    /// Takes an integer from 0 to 2^53.
    ///
    /// # Errors
    /// [`MemberError::Missing`], [`MemberError::Invalid`].
    pub fn u64(&mut self, name: &'static str) -> Result<u64, MemberError> {
        self.required(name)?.as_u64().ok_or(MemberError::Invalid(name))
    }

    /// Takes an array.
    ///
    /// # Errors
    /// [`MemberError::Missing`], [`MemberError::Invalid`].
    pub fn array(&mut self, name: &'static str) -> Result<Vec<Value>, MemberError> {
        match self.required(name)? {
            Value::Array(values) => Ok(values),
            _ => Err(MemberError::Invalid(name)),
        }
    }

    /// Ends the object.
    ///
    /// # Errors
    /// [`MemberError::Unknown`] if a member is left.
    pub fn finish(self) -> Result<(), MemberError> {
        if self.0.is_empty() { Ok(()) } else { Err(MemberError::Unknown) }
    }
}

fn text(value: Value, name: &'static str) -> Result<String, MemberError> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(MemberError::Invalid(name)),
    }
}

/// Why an object has not the wanted shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemberError {
    /// This member is not there.
    Missing(&'static str),
    /// This member has another type or form.
    Invalid(&'static str),
    /// A member that has no meaning here.
    Unknown,
}

impl MemberError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing-member",
            Self::Invalid(_) => "invalid-member",
            Self::Unknown => "unknown-member",
        }
    }
}

impl fmt::Display for MemberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Invalid(name) => write!(f, "{name} has another type or form"),
            Self::Unknown => f.write_str("a member that has no meaning here"),
        }
    }
}

impl core::error::Error for MemberError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn members(text: &str) -> Members {
        Members::of(parse(text.as_bytes()).unwrap(), "x").unwrap()
    }

    #[test]
    fn members_are_taken_once() {
        let mut m = members(r#"{"s":"t","n":7,"a":[1],"o":"p"}"#);
        assert_eq!(m.string("s").as_deref(), Ok("t"));
        assert_eq!(m.string("s"), Err(MemberError::Missing("s")));
        assert_eq!(m.u64("n"), Ok(7));
        assert_eq!(m.array("a").map(|a| a.len()), Ok(1));
        assert_eq!(m.optional_string("q"), Ok(None));
        assert_eq!(m.optional_string("o").map(|o| o.is_some()), Ok(true));
        assert_eq!(m.finish(), Ok(()));
    }

    #[test]
    fn shapes_are_checked() {
        let mut m = members(r#"{"s":1,"n":-1,"a":{},"o":null,"u":0}"#);
        assert_eq!(m.string("s"), Err(MemberError::Invalid("s")));
        assert_eq!(m.u64("n"), Err(MemberError::Invalid("n")));
        assert_eq!(m.array("a"), Err(MemberError::Invalid("a")));
        assert_eq!(m.optional_string("o"), Err(MemberError::Invalid("o")));
        assert_eq!(m.finish(), Err(MemberError::Unknown));
        assert_eq!(Members::of(Value::Null, "top").err(), Some(MemberError::Invalid("top")));
    }
}
