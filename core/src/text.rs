//! What the texts share: digits, lines, and cuts at one byte. The standard library's formatting and
//! searching do more, and would be an eighth of the smallest wasm verifier.

use alloc::string::String;
use core::iter;

/// Adds `value` in a radix from 2 to 16, with zeros before it up to `width` digits.
pub(crate) fn push_padded(out: &mut String, value: u64, radix: u64, width: usize) {
    let above = value.checked_div(radix).unwrap_or(0);
    if above > 0 || width > 1 {
        push_padded(out, above, radix, width.saturating_sub(1));
    }
    let digit = value.checked_rem(radix).and_then(|digit| u32::try_from(digit).ok());
    out.extend(digit.and_then(|digit| char::from_digit(digit, 16)));
}

/// Adds `value` in decimal.
pub(crate) fn push_decimal(out: &mut String, value: u64) {
    push_padded(out, value, 10, 1);
}

/// A length in decimal.
pub(crate) fn push_length(out: &mut String, length: usize) {
    push_decimal(out, u64::try_from(length).unwrap_or(u64::MAX));
}

/// What stands before and after the first `byte`, which is ASCII.
pub(crate) fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    without(text, text.bytes().position(|other| other == byte)?, 1)
}

/// The parts of a text between its newlines: one more than these.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let (line, after) =
            cut(text, b'\n').map_or((text, None), |(line, after)| (line, Some(after)));
        rest = after;
        Some(line)
    })
}

/// What stands before and after the first empty line.
pub(crate) fn split_at_first_empty_line(text: &str) -> Option<(&str, &str)> {
    without(text, empty_lines(text).next()?, 2)
}

/// What stands before and after the last empty line.
pub(crate) fn split_at_last_empty_line(text: &str) -> Option<(&str, &str)> {
    without(text, empty_lines(text).next_back()?, 2)
}

/// Where two newlines follow each other.
fn empty_lines(text: &str) -> impl DoubleEndedIterator<Item = usize> {
    let pairs = text.as_bytes().array_windows().enumerate();
    pairs.filter(|(_, pair)| *pair == b"\n\n").map(|(at, _)| at)
}

/// The text around `length` bytes.
fn without(text: &str, at: usize, length: usize) -> Option<(&str, &str)> {
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        for value in [0, 1, 9, 10, 15, 16, 99, 100, 0xabc, 1 << 48, u64::MAX] {
            for width in [1, 2, 4, 20] {
                let (mut decimal, mut hex) = (String::new(), String::new());
                push_padded(&mut decimal, value, 10, width);
                push_padded(&mut hex, value, 16, width);
                assert_eq!(decimal, alloc::format!("{value:0width$}"));
                assert_eq!(hex, alloc::format!("{value:0width$x}"));
            }
        }
    }

    #[test]
    fn cuts_are_those_of_the_standard_library() {
        for text in
            ["", "\n", "\n\n", "\n\n\n", "a\n\nb\n\nc", "a\nb", "\u{e9}\n\n\u{e9}", "\n\u{2014}"]
        {
            assert_eq!(cut(text, b'\n'), text.split_once('\n'), "{text:?}");
            assert!(lines(text).eq(text.split('\n')), "{text:?}");
            assert_eq!(split_at_first_empty_line(text), text.split_once("\n\n"), "{text:?}");
            assert_eq!(split_at_last_empty_line(text), text.rsplit_once("\n\n"), "{text:?}");
        }
    }
}
