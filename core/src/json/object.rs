//! The canonical writer for objects whose members are known: a fraction of what a [`super::Value`] costs that is built, sorted and
//! written.

use alloc::string::String;
use alloc::vec::Vec;

use super::quoted;
use super::write::is_escaped;
use crate::text;

/// A canonical object in the making (RFC 8785 section 3.2). The caller names the members, in ASCII that needs no escapes, in the order of
/// their names.
#[derive(Debug)]
pub struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    /// The last member's name; empty before the first.
    last: &'static str,
}

impl<'a> ObjectWriter<'a> {
    /// Begins an object at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, last: "" }
    }

    /// Adds a text.
    pub fn string(&mut self, name: &'static str, text: &str) {
        self.name(name);
        if text.bytes().any(is_escaped) {
            self.out.extend_from_slice(quoted(text).as_bytes());
        } else {
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        }
    }

    /// Adds an integer below 2^53.
    pub fn integer(&mut self, name: &'static str, value: u64) {
        let mut digits = String::new();
        text::push_decimal(&mut digits, value);
        self.raw(name, digits.as_bytes());
    }

    /// Adds what is canonical JSON already.
    pub fn raw(&mut self, name: &'static str, json: &[u8]) {
        self.name(name);
        self.out.extend_from_slice(json);
    }

    /// Adds an object, which is to be ended before this one goes on.
    pub fn object(&mut self, name: &'static str) -> ObjectWriter<'_> {
        self.name(name);
        ObjectWriter::new(self.out)
    }

    /// Ends the object.
    pub fn end(self) {
        self.out.push(b'}');
    }

    fn name(&mut self, name: &'static str) {
        debug_assert!(self.last < name, "{name} does not come after {}", self.last);
        if !self.last.is_empty() {
            self.out.push(b',');
        }
        self.last = name;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Number, Value};

    #[test]
    fn the_bytes_are_those_of_a_value() {
        for text in ["", "plain", "\u{e9}\u{10000}", "\"", "a\\b", "\n", "\u{1f}", "\u{7f}"] {
            let mut bytes = Vec::new();
            let mut object = ObjectWriter::new(&mut bytes);
            object.string("a", text);
            object.integer("b", (1 << 53) - 1);
            let mut inner = object.object("c");
            inner.integer("n", 0);
            inner.end();
            object.object("d").end();
            object.raw("e", b"[null]");
            object.end();
            let number = |value| Value::Number(Number::from_u64(value).unwrap());
            let value = Value::object([
                ("e", Value::Array(alloc::vec![Value::Null])),
                ("d", Value::Object(Vec::new())),
                ("c", Value::object([("n", number(0))])),
                ("b", number((1 << 53) - 1)),
                ("a", Value::string(text)),
            ]);
            assert_eq!(bytes, value.to_canonical(), "{text:?}");
        }
    }

    #[test]
    #[should_panic(expected = "a does not come after b")]
    #[cfg(debug_assertions)]
    fn another_order_is_a_mistake_of_the_caller() {
        let mut bytes = Vec::new();
        let mut object = ObjectWriter::new(&mut bytes);
        object.integer("b", 1);
        object.integer("a", 1);
    }
}
