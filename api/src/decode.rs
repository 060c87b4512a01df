//! Request JSON into engine values: strict, every member known and of its type.

use stateledger_core::base64;
use stateledger_core::json::{self, Value};
use stateledger_core::tree::TreeSize;
use stateledger_ledger::{LedgerId, Rules};

use crate::problem::Problem;
use crate::query::decimal;

/// What `POST /api/v1/ledgers` asks.
pub(crate) struct Creation {
    pub(crate) ledger: LedgerId,
    pub(crate) rules: Rules,
}

/// Reads the body of a ledger's creation.
pub(crate) fn creation(body: &[u8]) -> Result<Creation, Problem> {
    let value = json::parse(body)?;
    let members = Members::of(&value, &["ledger", "rules"])?;
    let ledger = LedgerId::parse(members.required("ledger", Value::as_str, "a string")?)?;
    let rules = members.get("rules").map(Rules::from_json).transpose()?.unwrap_or_default();
    Ok(Creation { ledger, rules })
}

/// A ledger's id in a path. What is no id names no ledger: 404, not 400.
pub(crate) fn ledger_in_path(text: &str) -> Result<LedgerId, Problem> {
    LedgerId::parse(text).map_err(|_| stateledger_ledger::ReadError::NotFound.into())
}

/// The members of one JSON object, none of them unknown.
pub(crate) struct Members<'a>(&'a Value);

impl<'a> Members<'a> {
    /// Takes an object whose members are all in `known`. Refuses other values (`invalid-member`) and other members
    /// (`unknown-member`); that no member comes twice is the parser's work.
    pub(crate) fn of(value: &'a Value, known: &[&str]) -> Result<Self, Problem> {
        let members = value
            .as_object()
            .ok_or_else(|| Problem::new("invalid-member", "an object is expected here"))?;
        match members.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => {
                Err(Problem::new("unknown-member", format!("there is no member {name:?} here")))
            }
            None => Ok(Self(value)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    /// A member that may be absent, read by `read`; `invalid-member` if it is something else. `null` is not absence.
    pub(crate) fn optional<T>(
        &self,
        name: &str,
        read: impl Fn(&'a Value) -> Option<T>,
        expected: &str,
    ) -> Result<Option<T>, Problem> {
        let read = |value| {
            read(value).ok_or_else(|| {
                Problem::new("invalid-member", format!("the member {name} must be {expected}"))
            })
        };
        self.get(name).map(read).transpose()
    }

    /// A member that must be there (`missing-member`).
    pub(crate) fn required<T>(
        &self,
        name: &str,
        read: impl Fn(&'a Value) -> Option<T>,
        expected: &str,
    ) -> Result<T, Problem> {
        self.optional(name, read, expected)?.ok_or_else(|| {
            Problem::new("missing-member", format!("the member {name} is missing"))
        })
    }

    /// A member with standard base64, strict (`invalid-base64`).
    pub(crate) fn base64(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        let text = self.optional(name, Value::as_str, "a base64 string")?;
        let bytes = text.map(base64::decode).transpose();
        bytes.map_err(|error| Problem::from(error).at(name))
    }

    /// A member with a tree size as a decimal string.
    pub(crate) fn size(&self, name: &str) -> Result<Option<TreeSize>, Problem> {
        let read = |value: &'a Value| decimal(value.as_str()?);
        Ok(self.optional(name, read, "a decimal string")?.map(TreeSize::new))
    }
}
