//! RFC 6901 JSON pointers: how a caller names a field of a payload at hand.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::{FieldsError, Step, is_field};
use crate::json::Value;

/// The path of the field that `pointer` names, and its value.
pub(super) fn resolve<'a>(
    payload: &'a Value,
    pointer: &str,
) -> Result<(Vec<Step>, &'a Value), FieldsError> {
    // Section 3: json-pointer = *( "/" reference-token )
    let mut tokens = pointer.split('/');
    if tokens.next() != Some("") {
        return Err(FieldsError::Pointer);
    }
    let tokens = tokens.map(unescaped).collect::<Result<Vec<_>, _>>()?;
    let (mut path, mut value) = (Vec::new(), payload);
    for token in tokens {
        let (step, next) = descend(value, &token).ok_or(FieldsError::Missing)?;
        path.push(step);
        value = next;
    }
    if is_field(value) { Ok((path, value)) } else { Err(FieldsError::NotAField) }
}

/// Section 4: "first transforming any occurrence of the sequence '~1' to '/',
/// and then transforming any occurrence of the sequence '~0' to '~'".
fn unescaped(token: &str) -> Result<Cow<'_, str>, FieldsError> {
    if !token.contains('~') {
        return Ok(token.into());
    }
    let mut parts = token.split('~');
    let mut name = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let (escaped, rest) = match part.strip_prefix('0') {
            Some(rest) => ('~', rest),
            None => ('/', part.strip_prefix('1').ok_or(FieldsError::Pointer)?),
        };
        name.push(escaped);
        name.push_str(rest);
    }
    Ok(name.into())
}

fn descend<'a>(value: &'a Value, token: &str) -> Option<(Step, &'a Value)> {
    match value {
        Value::Object(_) => Some((Step::Name(token.into()), value.get(token)?)),
        Value::Array(values) => {
            let index = array_index(token)?;
            Some((Step::Index(index), values.get(usize::try_from(index).ok()?)?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Section 4: array-index = %x30 / ( %x31-39 *(%x30-39) )
fn array_index(token: &str) -> Option<u32> {
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = token.len() > 1 && token.starts_with('0');
    if digits && !leading_zero { token.parse().ok() } else { None }
}
