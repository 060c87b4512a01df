//! The canonical writer, RFC 8785 section 3.2.

use alloc::collections::BinaryHeap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::Value;
use crate::text;

pub(super) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    push_value(&mut out, value);
    out
}

fn push_value(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => number.write(out),
        Value::String(text) => push_string(out, text),
        Value::Array(values) => {
            push_list(out, ['[', ']'], values, push_value);
        }
        Value::Object(members) => {
            // 3.2.3: sorted by UTF-16 code units, in which U+E000 comes after U+10000.
            push_list(out, ['{', '}'], sorted(members), |out, Member((name, value))| {
                push_string(out, name);
                out.push(':');
                push_value(out, value);
            });
        }
    }
}

/// The members in the order of their names.
pub(super) fn sorted(members: &[(String, Value)]) -> Vec<Member<'_>> {
    // A heap sorts with a fraction of the code that a slice's sort is made of.
    members.iter().map(Member).collect::<BinaryHeap<_>>().into_sorted_vec()
}

/// A member, ordered by its name's UTF-16 code units.
pub(super) struct Member<'a>(&'a (String, Value));

impl Ord for Member<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.0.encode_utf16().cmp(other.0.0.encode_utf16())
    }
}

impl PartialOrd for Member<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Member<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Member<'_> {}

fn push_list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    push: impl Fn(&mut String, T),
) {
    out.push(open);
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push(out, item);
    }
    out.push(close);
}

/// 3.2.2.2: the short escapes, `\u00xx` in lowercase for other controls. What needs none is added in one piece.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_escaped) {
        let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut after = after.chars();
        if let Some(character) = after.next() {
            push_escape(out, character);
        }
        rest = after.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Whether a byte of a text cannot stand for itself.
pub(super) fn is_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

fn push_escape(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        control => {
            out.push_str("\\u");
            text::push_padded(out, u32::from(control).into(), 16, 4);
        }
    }
}
