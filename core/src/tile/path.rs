//! Tile paths: `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use super::{FULL, FULL_WIDTH, TileError, TileId};
use crate::tree::TreeSize;

/// Tiles of a level, and entry bundles as those of level 0: 2^48 leaves fill 2^40 tiles of level 0 and
/// 2^(40 - 8 * level) of the next ones. Levels that those leaves do not fill have their first tile alone.
const fn tiles_of(level: u8) -> u64 {
    match (TreeSize::MAX_PARSED.get() / FULL).checked_shr((level as u32).saturating_mul(8)) {
        None | Some(0) => 1,
        Some(tiles) => tiles,
    }
}

/// What a path below the log's prefix names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TilePath {
    /// A tile with its width, 1 to 256 (256 has no `.p/<W>`).
    Tile {
        /// Which tile.
        id: TileId,
        /// Hashes in it.
        width: u16,
    },
    /// An entry bundle with its width, 1 to 256.
    Entries {
        /// Which bundle, from 0.
        index: u64,
        /// Entries in it.
        width: u16,
    },
}

impl TilePath {
    /// Reads a path without leading slash.
    ///
    /// # Errors
    /// [`TileError::Path`]; also past 2^48 leaves (see [`TreeSize::MAX_PARSED`]).
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let rest = path.strip_prefix("tile/").ok_or(TileError::Path)?;
        let (level, rest) = rest.split_once('/').ok_or(TileError::Path)?;
        let (number, width) = match rest.split_once('.') {
            None => (rest, FULL_WIDTH),
            Some((number, partial)) => {
                (number, parse_width(partial.strip_prefix("p/").ok_or(TileError::Path)?)?)
            }
        };
        let parsed = if level == "entries" {
            Self::Entries { index: parse_number(number, tiles_of(0))?, width }
        } else {
            let level = parse_level(level)?;
            Self::Tile {
                id: TileId { level, index: parse_number(number, tiles_of(level))? },
                width,
            }
        };
        // One spelling only: what is written back is what was read.
        if parsed.to_path() == path { Ok(parsed) } else { Err(TileError::Path) }
    }

    /// Writes the path, without leading slash.
    #[must_use]
    pub fn to_path(&self) -> String {
        let (mut path, index, width) = match *self {
            Self::Tile { id, width } => (format!("tile/{}/", id.level), id.index, width),
            Self::Entries { index, width } => (String::from("tile/entries/"), index, width),
        };
        push_number(&mut path, index);
        if width < FULL_WIDTH {
            // Writing to a String cannot fail.
            let _ = write!(path, ".p/{width}");
        }
        path
    }
}

/// "zero-padded 3-digit path elements; all but the last begin with an x".
fn push_number(path: &mut String, index: u64) {
    // 20 digits of a u64 make at most 7 groups.
    let mut divisor = 1_000_000_000_000_000_000u64;
    while divisor > 1 {
        if index >= divisor {
            let _ = write!(path, "x{:03}/", index.checked_div(divisor).unwrap_or(0) % 1000);
        }
        divisor /= 1000;
    }
    let _ = write!(path, "{:03}", index % 1000);
}

/// A number below `end`.
fn parse_number(text: &str, end: u64) -> Result<u64, TileError> {
    let mut index = 0u64;
    for group in text.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 {
            return Err(TileError::Path);
        }
        index = index
            .checked_mul(1000)
            .and_then(|n| n.checked_add(decimal(digits)?))
            .filter(|n| *n < end)
            .ok_or(TileError::Path)?;
    }
    Ok(index)
}

fn parse_level(text: &str) -> Result<u8, TileError> {
    decimal(text).and_then(|n| u8::try_from(n).ok()).filter(|n| *n < 64).ok_or(TileError::Path)
}

fn parse_width(text: &str) -> Result<u16, TileError> {
    decimal(text)
        .and_then(|n| u16::try_from(n).ok())
        .filter(|n| (1..FULL_WIDTH).contains(n))
        .ok_or(TileError::Path)
}

/// One to three ASCII digits, without a sign.
fn decimal(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(level: u8, index: u64, width: u16) -> TilePath {
        TilePath::Tile { id: TileId { level, index }, width }
    }

    #[test]
    fn paths_round_trip() {
        let cases = [
            ("tile/0/000", tile(0, 0, 256)),
            ("tile/0/x001/234.p/5", tile(0, 1234, 5)),
            ("tile/2/x001/x234/067", tile(2, 1_234_067, 256)),
            ("tile/63/000", tile(63, 0, 256)),
            ("tile/1/x001/000.p/255", tile(1, 1000, 255)),
            ("tile/entries/999", TilePath::Entries { index: 999, width: 256 }),
            ("tile/entries/x001/x000/000.p/1", TilePath::Entries { index: 1_000_000, width: 1 }),
        ];
        for (text, path) in cases {
            assert_eq!(TilePath::parse(text), Ok(path), "{text}");
            assert_eq!(path.to_path(), text);
        }
        assert_eq!(tile(0, u64::MAX, 256).to_path(), "tile/0/x018/x446/x744/x073/x709/x551/615");
    }

    #[test]
    fn no_tile_begins_past_the_largest_size() {
        for (level, count) in [(0, 1 << 40), (1, 1 << 32), (4, 1 << 8), (5, 1), (6, 1), (63, 1)] {
            for (index, good) in [(count - 1, true), (count, false)] {
                let path = tile(level, index, 256).to_path();
                assert_eq!(TilePath::parse(&path).is_ok(), good, "{path}");
            }
        }
        for (index, good) in [((1 << 40) - 1, true), (1 << 40, false)] {
            let path = TilePath::Entries { index, width: 1 }.to_path();
            assert_eq!(TilePath::parse(&path).is_ok(), good, "{path}");
        }
    }

    #[test]
    fn second_spellings_are_refused() {
        for text in [
            "",
            "/tile/0/000",
            "tile/0",
            "tile/0/",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/+1/000",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000",
            "tile/0/x000/001",
            "tile/0/001/001",
            "tile/0/x001/x001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/000.p",
            "tile/0/000.p/1/",
            "tile/0/00a",
            "tile/0/000.p/1.p/1",
            "tile/data/000",
            "tile/entries/",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
            "tile/0/\u{0661}00",
        ] {
            assert_eq!(TilePath::parse(text), Err(TileError::Path), "{text}");
        }
    }
}
