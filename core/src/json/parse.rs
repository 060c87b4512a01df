//! The strict reader.

use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use super::{JsonError, Number, Value, write};

/// Arrays and objects nested deeper are refused; the reader recurses no deeper.
pub const MAX_DEPTH: usize = 64;

/// Values in one text, nested ones included: bounds
/// memory to some tens of MiB beside the text, whatever the text is made of.
pub const MAX_VALUES: usize = 1 << 20;

/// Reads one JSON text; white space around and between tokens is allowed.
///
/// # Errors
/// Every [`JsonError`].
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    parse_around(bytes, 0)
}

/// [`parse`] for a text that carries other JSON, `around` arrays and objects deep, and leaves all of [`MAX_DEPTH`] to
/// that. The text may be nested so much deeper; [`Value::depth`] says how deep what it carries is.
///
/// # Errors
/// Every [`JsonError`].
pub fn parse_around(bytes: &[u8], around: usize) -> Result<Value, JsonError> {
    let text = str::from_utf8(bytes).map_err(|_| JsonError::InvalidUtf8)?;
    let mut reader = Reader { text, at: 0, values: 0 };
    let value = reader.value(MAX_DEPTH.saturating_add(around))?;
    reader.skip_space();
    if reader.peek().is_none() { Ok(value) } else { Err(JsonError::Syntax) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    /// Takes `byte` if it is the next one.
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.eat(byte) { Ok(()) } else { Err(JsonError::Syntax) }
    }

    fn skip_space(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// The longest run of such bytes. They are ASCII, or the run ends at ASCII,
    /// so that the cut is a character boundary.
    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.bytes().position(|byte| !wanted(byte)).unwrap_or(rest.len());
        self.at = self.at.saturating_add(length);
        rest.get(..length).unwrap_or_default()
    }

    /// Reads a value in which arrays and objects are nested at most `levels` deep.
    fn value(&mut self, levels: usize) -> Result<Value, JsonError> {
        self.values = self.values.saturating_add(1);
        if self.values > MAX_VALUES {
            return Err(JsonError::TooManyValues);
        }
        self.skip_space();
        match self.peek().ok_or(JsonError::Syntax)? {
            b'{' => self.object(deeper(levels)?),
            b'[' => self.array(deeper(levels)?),
            b'"' => Ok(Value::String(self.string()?)),
            b'-' | b'0'..=b'9' => Ok(Value::Number(self.number()?)),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => Err(JsonError::Syntax),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if self.take_while(|byte| byte.is_ascii_lowercase()) == word {
            Ok(value)
        } else {
            Err(JsonError::Syntax)
        }
    }

    fn array(&mut self, levels: usize) -> Result<Value, JsonError> {
        self.expect(b'[')?;
        let mut values = Vec::new();
        self.skip_space();
        if self.eat(b']') {
            return Ok(Value::Array(values));
        }
        loop {
            values.push(self.value(levels)?);
            self.skip_space();
            if self.eat(b']') {
                return Ok(Value::Array(values));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, levels: usize) -> Result<Value, JsonError> {
        self.expect(b'{')?;
        let mut members = Vec::new();
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let name = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            members.push((name, self.value(levels)?));
            self.skip_space();
            if self.eat(b'}') {
                return unique(members);
            }
            self.expect(b',')?;
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\'));
            match self.next() {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.escape()?),
                // A raw control character, or the end.
                _ => return Err(JsonError::Syntax),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        Ok(match self.next() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(JsonError::Syntax),
        })
    }

    /// One `\uXXXX`, or the two that make a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let first = self.hex4()?;
        let mut units = [first, 0];
        let mut count = 1;
        if matches!(first, 0xD800..=0xDBFF) {
            if !self.eat(b'\\') || !self.eat(b'u') {
                return Err(JsonError::LoneSurrogate);
            }
            units = [first, self.hex4()?];
            count = 2;
        }
        char::decode_utf16(units.into_iter().take(count))
            .next()
            .and_then(Result::ok)
            .ok_or(JsonError::LoneSurrogate)
    }

    fn hex4(&mut self) -> Result<u16, JsonError> {
        let mut unit = 0u16;
        for _ in 0..4 {
            let digit = self.next().and_then(|byte| char::from(byte).to_digit(16));
            let digit = digit.and_then(|digit| u16::try_from(digit).ok());
            unit = (unit << 4) | digit.ok_or(JsonError::Syntax)?;
        }
        Ok(unit)
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn number(&mut self) -> Result<Number, JsonError> {
        let start = self.at;
        self.eat(b'-');
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(JsonError::Syntax);
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Number::from_token(self.text.get(start..self.at).unwrap_or_default())
    }

    fn digits(&mut self) -> Result<&'a str, JsonError> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if digits.is_empty() { Err(JsonError::Syntax) } else { Ok(digits) }
    }
}

/// The levels that are left inside of an array or object.
fn deeper(levels: usize) -> Result<usize, JsonError> {
    levels.checked_sub(1).ok_or(JsonError::NestingTooDeep)
}

/// Sorted, because comparing each name with each other would take quadratic time.
fn unique(members: Vec<(String, Value)>) -> Result<Value, JsonError> {
    if write::sorted(&members).array_windows().any(|[a, b]| a == b) {
        return Err(JsonError::DuplicateMember);
    }
    Ok(Value::Object(members))
}
