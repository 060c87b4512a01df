//! Request JSON into engine values: strict, every member known and of its type.

use std::collections::BTreeSet;

use stateledger_core::base64;
use stateledger_core::hash::Hash;
use stateledger_core::json::{self, MemberError, Members};
use stateledger_core::tree::TreeSize;
use stateledger_ledger::store::HeadId;
use stateledger_ledger::{LedgerId, ReadError, Rules};

use crate::problem::Problem;
use crate::query::decimal;

/// What `POST /api/v1/ledgers` asks.
pub(crate) struct Creation {
    pub(crate) ledger: LedgerId,
    pub(crate) rules: Rules,
}

/// Reads the body of a ledger's creation.
pub(crate) fn creation(body: &[u8]) -> Result<Creation, Problem> {
    let mut members = Members::of(json::parse(body)?, "the body")?;
    let ledger = LedgerId::parse(&members.string("ledger")?)?;
    let rules = members.optional("rules");
    members.finish()?;
    let rules = rules.as_ref().map(Rules::from_json).transpose()?.unwrap_or_default();
    Ok(Creation { ledger, rules })
}

/// Reads the body of a recovery: the head to accept.
pub(crate) fn accepted_head(body: &[u8]) -> Result<HeadId, Problem> {
    let mut members = Members::of(json::parse(body)?, "the body")?;
    let size = size(&mut members, "size")?.ok_or(MemberError::Missing("size"))?;
    let root = Hash::from_base64(&members.string("rootHash")?);
    members.finish()?;
    let root = root.map_err(|_| invalid("rootHash", "base64 of 32 bytes"))?;
    Ok(HeadId { size, root })
}

/// A ledger's id in a path. What is no id names no ledger: 404, not 400.
pub(crate) fn ledger_in_path(text: &str) -> Result<LedgerId, Problem> {
    LedgerId::parse(text).map_err(|_| ReadError::NotFound.into())
}

/// Takes a member with standard base64, strict (`invalid-base64`).
pub(crate) fn base64(
    members: &mut Members,
    name: &'static str,
) -> Result<Option<Vec<u8>>, Problem> {
    let text = members.optional_string(name)?;
    let bytes = text.map(|text| base64::decode(&text)).transpose();
    bytes.map_err(|error| Problem::from(error).at(name))
}

/// Takes a member with a tree size as a decimal string.
pub(crate) fn size(members: &mut Members, name: &'static str) -> Result<Option<TreeSize>, Problem> {
    let Some(text) = members.optional_string(name)? else { return Ok(None) };
    let size = decimal(&text).ok_or_else(|| invalid(name, "a decimal string"))?;
    Ok(Some(TreeSize::new(size)))
}

/// A set of these, if all are there and none comes twice.
pub(crate) fn distinct<T: Ord>(mut items: impl Iterator<Item = Option<T>>) -> Option<BTreeSet<T>> {
    let mut set = BTreeSet::new();
    items.all(|item| item.is_some_and(|item| set.insert(item))).then_some(set)
}

/// A member whose value is of the right type but not of the right form.
pub(crate) fn invalid(name: &str, expected: &str) -> Problem {
    Problem::new("invalid-member", format!("{name} must be {expected}"))
}
