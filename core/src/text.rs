//! Text cut at empty lines.
//!
//! By pairs of bytes: the standard library's search for a string brings 6 KB of
//! code and tables into a wasm module, and a file is cut in two once.

const EMPTY_LINE: [u8; 2] = *b"\n\n";

/// What is before the first "\n\n" and what is after it, if there is one.
pub(crate) fn split_at_first_empty_line(text: &str) -> Option<(&str, &str)> {
    split(text, text.as_bytes().windows(2).position(|pair| pair == EMPTY_LINE)?)
}

/// What is before the last "\n\n" and what is after it, if there is one.
pub(crate) fn split_at_last_empty_line(text: &str) -> Option<(&str, &str)> {
    split(text, text.as_bytes().windows(2).rposition(|pair| pair == EMPTY_LINE)?)
}

fn split(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at.checked_add(EMPTY_LINE.len())?..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library() {
        for text in [
            "",
            "\n",
            "\n\n",
            "\n\n\n",
            "\n\n\n\n",
            "a",
            "a\n\nb",
            "é\n\nü\n\n\u{2014}",
            "a\nb\n\n\nc",
        ] {
            assert_eq!(split_at_first_empty_line(text), text.split_once("\n\n"), "{text:?}");
            assert_eq!(split_at_last_empty_line(text), text.rsplit_once("\n\n"), "{text:?}");
        }
    }
}
