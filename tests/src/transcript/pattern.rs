//! Variables, templates and patterns of transcripts.

use std::collections::BTreeMap;

use serde_json::Value;
use stateledger_core::hash::Hash;

/// What a transcript has kept so far.
#[derive(Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

/// A piece of a template.
enum Piece<'a> {
    Literal(&'a str),
    /// What stands between `{{` and `}}`.
    Slot(&'a str),
}

fn pieces(template: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once("{{") {
        let (slot, after) = after.split_once("}}").ok_or("{{ without }}")?;
        pieces.push(Piece::Literal(literal));
        pieces.push(Piece::Slot(slot));
        rest = after;
    }
    pieces.push(Piece::Literal(rest));
    Ok(pieces)
}

/// `*` and `name=*` match; everything else stands for a text.
fn capture(slot: &str) -> Option<Option<&str>> {
    if slot == "*" { Some(None) } else { slot.strip_suffix("=*").map(Some) }
}

impl Variables {
    /// Gives a variable its value.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// A template as text.
    pub(super) fn text(&self, template: &str) -> Result<String, String> {
        String::from_utf8(self.bytes(template)?).map_err(|_| "a byte where text is due".into())
    }

    /// A template as bytes.
    pub(super) fn bytes(&self, template: &str) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        for piece in pieces(template)? {
            match piece {
                Piece::Literal(text) => bytes.extend_from_slice(text.as_bytes()),
                Piece::Slot(slot) => bytes.extend(self.expand(slot)?),
            }
        }
        Ok(bytes)
    }

    fn expand(&self, slot: &str) -> Result<Vec<u8>, String> {
        if let Some(hex) = slot.strip_prefix("hex ") {
            let byte = u8::from_str_radix(hex, 16).map_err(|error| error.to_string())?;
            return Ok(vec![byte]);
        }
        if let Some(name) = slot.strip_suffix(" in hex") {
            let hash = Hash::from_base64(&self.text(&format!("{{{{{name}}}}}"))?);
            return Ok(hash.map_err(|error| error.code())?.to_string().into_bytes());
        }
        if let Some((count, text)) = slot.split_once(" * ") {
            let count: usize = count.parse().map_err(|_| format!("no count: {count}"))?;
            return Ok(text.repeat(count).into_bytes());
        }
        let value = self.0.get(slot).ok_or_else(|| format!("no variable {slot}"))?;
        Ok(value.clone().into_bytes())
    }

    /// Matches a text, keeping what the pattern names. A slot takes as little as it can.
    pub(super) fn matches(&mut self, pattern: &str, text: &str) -> Result<(), String> {
        let differs = || format!("expected {pattern:?}, got {text:?}");
        let mut rest = text;
        let mut open: Option<Option<&str>> = None;
        let pieces = pieces(pattern)?;
        let last = pieces.len() - 1;
        for (i, piece) in pieces.into_iter().enumerate() {
            let literal = match piece {
                Piece::Slot(slot) => match capture(slot) {
                    Some(name) => {
                        open = Some(name);
                        continue;
                    }
                    None => self.text(&format!("{{{{{slot}}}}}"))?,
                },
                Piece::Literal(literal) => literal.to_owned(),
            };
            let Some(name) = open.take_if(|_| i == last || !literal.is_empty()) else {
                rest = rest.strip_prefix(&literal).ok_or_else(differs)?;
                continue;
            };
            let end = if i == last {
                rest.ends_with(&literal).then(|| rest.len() - literal.len())
            } else {
                rest.find(&literal)
            };
            let end = end.ok_or_else(differs)?;
            if let Some(name) = name {
                self.set(name, &rest[..end]);
            }
            rest = &rest[end + literal.len()..];
        }
        if rest.is_empty() { Ok(()) } else { Err(differs()) }
    }

    /// Matches JSON by value.
    pub(super) fn matches_json(&mut self, pattern: &str, body: &[u8]) -> Result<(), String> {
        let pattern: Value =
            serde_json::from_str(pattern).map_err(|error| format!("the pattern: {error}"))?;
        let value: Value =
            serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
        self.matches_value(&pattern, &value, "$")
    }

    fn matches_value(&mut self, pattern: &Value, value: &Value, at: &str) -> Result<(), String> {
        match (pattern, value) {
            (Value::String(pattern), Value::String(text)) => {
                self.matches(pattern, text).map_err(|why| format!("{at}: {why}"))
            }
            (Value::String(pattern), other) => {
                let slot = pattern.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
                let name = slot
                    .and_then(capture)
                    .ok_or_else(|| format!("{at}: expected the string {pattern:?}, got {other}"))?;
                if let Some(name) = name {
                    self.set(name, &other.to_string());
                }
                Ok(())
            }
            (Value::Array(patterns), Value::Array(values)) => {
                if patterns.len() != values.len() {
                    let (due, got) = (patterns.len(), values.len());
                    return Err(format!("{at}: expected {due} values, got {got}"));
                }
                let mut pairs = patterns.iter().zip(values).enumerate();
                pairs.try_for_each(|(i, (p, v))| self.matches_value(p, v, &format!("{at}[{i}]")))
            }
            (Value::Object(patterns), Value::Object(values)) => {
                let more = patterns.contains_key("...");
                if let Some(name) = values.keys().find(|name| !patterns.contains_key(*name))
                    && !more
                {
                    return Err(format!("{at}: unexpected member {name}"));
                }
                for (name, pattern) in patterns.iter().filter(|(name, _)| *name != "...") {
                    let value =
                        values.get(name).ok_or_else(|| format!("{at}: no member {name}"))?;
                    self.matches_value(pattern, value, &format!("{at}.{name}"))?;
                }
                Ok(())
            }
            (pattern, value) if pattern == value => Ok(()),
            (pattern, value) => Err(format!("{at}: expected {pattern}, got {value}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        variables.set("x", "value");
        variables
    }

    #[test]
    fn templates_expand() {
        let v = variables();
        assert_eq!(v.text("a {{x}} b").as_deref(), Ok("a value b"));
        assert_eq!(v.text("{{3 * ab,}}").as_deref(), Ok("ab,ab,ab,"));
        assert_eq!(v.bytes("{{hex ff}}"), Ok(vec![0xff]));
        assert!(v.text("{{x in hex}}").is_err());
        assert!(v.text("{{y}}").is_err());
        assert!(v.text("{{x").is_err());
    }

    #[test]
    fn text_patterns_match_whole_texts() {
        let mut v = variables();
        assert!(v.matches("{{x}}", "value").is_ok());
        assert!(v.matches("{{x}}", "value2").is_err());
        assert!(v.matches("", "x").is_err());
        assert!(v.matches("a {{y=*}} c", "a b c c").is_ok());
        assert_eq!(v.text("{{y}}").as_deref(), Ok("b c"));
        assert!(v.matches("{{h=*}}/log/{{x}}\n{{*}}\n", "host:1/log/value\nrest\n").is_ok());
        assert_eq!(v.text("{{h}}").as_deref(), Ok("host:1"));
        assert!(v.matches("a{{*}}z", "ab").is_err());
    }

    #[test]
    fn json_patterns_have_exactly_the_members() {
        let mut v = variables();
        let body = br#"{"a":"value","b":[1,{"c":null}],"d":{"e":1}}"#;
        assert_eq!(
            v.matches_json(r#"{"a":"{{x}}","b":[1,{"c":null}],"d":"{{d=*}}"}"#, body),
            Ok(())
        );
        assert_eq!(v.text("{{d}}").as_deref(), Ok(r#"{"e":1}"#));
        assert_eq!(v.matches_json(r#"{"a":"{{*}}","...":"..."}"#, body), Ok(()));
        for wrong in [
            r#"{"a":"{{x}}"}"#,
            r#"{"a":"other","...":"..."}"#,
            r#"{"z":"{{*}}","...":"..."}"#,
            r#"{"b":[1],"...":"..."}"#,
            r#"{"b":[2,"{{*}}"],"...":"..."}"#,
            r#"{"d":"e","...":"..."}"#,
        ] {
            assert!(v.matches_json(wrong, body).is_err(), "{wrong}");
        }
    }
}
