//! The linear hash chain of the first StateLedger (Go, SQLite), to verify only.
//!
//! Each row names the row before it:
//! `hash = lowercase_hex(SHA-256(prev "|" decimal(ts) "|" type "|" source "|" payload))`,
//! where `prev` is the hash of the row before, empty for the first one.
//!
//! The separators are not escaped, so a `|` inside a field moves freely to its
//! neighbour: (`a`, `b`, `c|d`) and (`a|b`, `c`, `d`) have one preimage. A row
//! with a `|` in its fields is therefore reported as [`Row::is_ambiguous`]: its
//! hash holds, but not for these fields alone.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::{fmt, iter, slice};

use crate::hash::Hash;
use crate::{sha256, text};

/// What stands between the fields of a preimage.
const SEPARATOR: u8 = b'|';

/// One row of the old table, as it was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The `ts` column, any integer; it is hashed as decimal.
    pub timestamp: i64,
    /// The `type` column.
    pub record_type: &'a str,
    /// The `source` column.
    pub source: &'a str,
    /// The `payload` column, the exact text.
    pub payload: &'a str,
    /// The `hash` column: 64 lowercase hex digits.
    pub hash: &'a str,
}

impl Row<'_> {
    /// Whether other fields share this row's preimage.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        let fields = [self.record_type, self.source, self.payload];
        fields.iter().any(|field| field.as_bytes().contains(&SEPARATOR))
    }
}

impl<'a> Row<'a> {
    /// What is hashed, in parts; `time` ends in a separator.
    fn preimage(&self, previous: &'a str, time: &'a [u8]) -> [&'a [u8]; 8] {
        let separator = slice::from_ref(&SEPARATOR);
        let [record_type, source, payload] =
            [self.record_type, self.source, self.payload].map(str::as_bytes);
        [previous.as_bytes(), separator, time, record_type, separator, source, separator, payload]
    }
}

/// A walk along a chain: one row after the other, in constant memory.
///
/// ```
/// use stateledger_core::legacy::{Chain, Row};
///
/// let mut chain = Chain::new();
/// let first = Row {
///     timestamp: 1000,
///     record_type: "code",
///     source: "test",
///     payload: r#"{"repo":"app","commit":"abc1234"}"#,
///     hash: "3fc26ad27c912c403a65d3fe2e43da2e6fe05b37b07d2f813b0c365754f2cf8a",
/// };
/// assert_eq!(chain.verify_next(&first), Ok(()));
/// assert_eq!(chain.rows(), 1);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Chain {
    rows: u64,
    previous: String,
}

impl Chain {
    /// Before the first row.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// After `rows` rows that were verified before, of which the last one has this hash.
    #[must_use]
    pub fn resume(rows: u64, head: &Hash) -> Self {
        Self { rows, previous: head.to_string() }
    }

    /// Rows verified so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The last verified row's hash in lowercase hex, empty before the first one.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.previous
    }

    /// The hash that this row has after the rows before it, without judging it.
    #[must_use]
    pub fn next_hash(&self, row: &Row<'_>) -> Hash {
        sha256::digest(row.preimage(&self.previous, &times(slice::from_ref(row))))
    }

    /// Verifies the next row. A refused row leaves the chain where it was.
    ///
    /// # Errors
    /// [`ChainError`], which names the row.
    pub fn verify_next(&mut self, row: &Row<'_>) -> Result<(), ChainError> {
        self.verify_rows(slice::from_ref(row))
    }

    /// Verifies the next rows, with the verdict of one after the other: those before a refused row
    /// are taken. Four are hashed at once where [`crate::sha256`] has lanes, each after the hash
    /// that the row before it is stored with; before the first bad row that is the right one.
    ///
    /// # Errors
    /// [`ChainError`], which names the first row that does not follow.
    pub fn verify_rows(&mut self, rows: &[Row<'_>]) -> Result<(), ChainError> {
        let times = times(rows);
        let before = iter::once(self.previous.as_str()).chain(rows.iter().map(|row| row.hash));
        let times = times.split_inclusive(|byte| *byte == SEPARATOR);
        let preimages = rows.iter().zip(before).zip(times);
        let hashes =
            sha256::digests(preimages.map(|((row, previous), time)| row.preimage(previous, time)));
        let follows = |(row, hash): &(&Row<'_>, Hash)| Hash::from_hex(row.hash) == Ok(*hash);
        let good = rows.iter().zip(hashes).take_while(follows).count();
        if let Some(last) = rows.iter().take(good).next_back() {
            self.previous = last.hash.into();
        }
        self.rows = self.rows.saturating_add(good as u64);
        if good == rows.len() { Ok(()) } else { Err(ChainError { row: self.rows }) }
    }
}

/// The times of rows in decimal, each with the separator after it.
fn times(rows: &[Row<'_>]) -> Vec<u8> {
    let mut times = String::new();
    for Row { timestamp, .. } in rows {
        times.extend((*timestamp < 0).then_some('-'));
        text::push_decimal(&mut times, timestamp.unsigned_abs());
        times.push(char::from(SEPARATOR));
    }
    times.into_bytes()
}

/// The first row whose hash does not follow from its fields and the row before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainError {
    /// Its position, from 0.
    pub row: u64,
}

impl ChainError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "legacy-chain-broken"
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} does not follow from the row before it", self.row)
    }
}

impl core::error::Error for ChainError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const FIELDS: [(i64, &str, &str, &str); 5] = [
        (1000, "code", "test", r#"{"repo":"app","commit":"abc1234"}"#),
        (1001, "config", "ops", "{}"),
        (-5, "", "", ""),
        (i64::MAX, "é|", "b", "c"),
        (i64::MIN, "x", "", "|"),
    ];

    fn chain() -> Vec<String> {
        let mut chain = Chain::new();
        FIELDS
            .iter()
            .map(|&(timestamp, record_type, source, payload)| {
                let row = Row { timestamp, record_type, source, payload, hash: "" };
                let hash = chain.next_hash(&row).to_string();
                assert_eq!(chain.verify_next(&Row { hash: &hash, ..row }), Ok(()));
                hash
            })
            .collect()
    }

    /// The first one is published; the second one is sha256sum's answer for the
    /// first, `|1001|config|ops|{}`.
    #[test]
    fn the_known_answers_hold() {
        let known = [
            "3fc26ad27c912c403a65d3fe2e43da2e6fe05b37b07d2f813b0c365754f2cf8a",
            "0414388042408ca6c76b1e1df337886b3e94edf7de5bac3c5d2bddff53105782",
        ];
        assert_eq!(chain()[..2], known);
    }

    #[test]
    fn the_first_changed_row_is_named() {
        let hashes = chain();
        for changed in 0..FIELDS.len() {
            let mut chain = Chain::new();
            let verdict = (0..FIELDS.len()).try_for_each(|i| {
                let (timestamp, record_type, source, payload) = FIELDS[i];
                let timestamp = if i == changed { timestamp ^ 1 } else { timestamp };
                let hash = &hashes[i];
                chain.verify_next(&Row { timestamp, record_type, source, payload, hash })
            });
            assert_eq!(verdict, Err(ChainError { row: changed as u64 }));
            assert_eq!(chain.rows(), changed as u64);
        }
    }

    /// One call says what one call a row says, wherever the rows are cut and whichever hash is wrong.
    #[test]
    fn many_rows_have_the_verdict_of_one_after_the_other() {
        let mut hashes = chain();
        hashes.push(String::new());
        for changed in 0..=FIELDS.len() {
            let mut stored = hashes.clone();
            stored[changed] = "0".repeat(64);
            let rows: Vec<Row<'_>> = FIELDS
                .iter()
                .zip(&stored)
                .map(|(&(timestamp, record_type, source, payload), hash)| Row {
                    timestamp,
                    record_type,
                    source,
                    payload,
                    hash,
                })
                .collect();
            for cut in 0..=changed.min(rows.len()) {
                let mut single = Chain::new();
                let expected = rows.iter().try_for_each(|row| single.verify_next(row));
                let mut chain = Chain::new();
                assert_eq!(chain.verify_rows(&rows[..cut]), Ok(()));
                if let Ok(head) = Hash::from_hex(chain.head()) {
                    chain = Chain::resume(chain.rows(), &head);
                }
                assert_eq!(chain.verify_rows(&rows[cut..]), expected, "{changed} {cut}");
                assert_eq!((chain.rows(), chain.head()), (single.rows(), single.head()));
                assert_eq!(chain.rows(), changed.min(rows.len()) as u64);
            }
        }
    }

    #[test]
    fn times_are_decimal() {
        let time = |timestamp| {
            let row = Row { timestamp, record_type: "", source: "", payload: "", hash: "" };
            String::from_utf8(times(&[row])).unwrap()
        };
        for value in [0, -1, 9, 10, i64::MAX, i64::MIN] {
            assert_eq!(time(value), alloc::format!("{value}|"));
        }
    }

    #[test]
    fn a_row_is_refused_under_another_spelling_of_its_hash() {
        let (timestamp, record_type, source, payload) = FIELDS[0];
        let hash = chain()[0].to_uppercase();
        let row = Row { timestamp, record_type, source, payload, hash: &hash };
        assert_eq!(Chain::new().verify_next(&row), Err(ChainError { row: 0 }));
    }

    #[test]
    fn a_separator_inside_a_field_is_ambiguous() {
        let row = |record_type, source, payload| Row {
            timestamp: 7,
            record_type,
            source,
            payload,
            hash: "",
        };
        let (one, other) = (row("a", "b", "c|d"), row("a|b", "c", "d"));
        assert_eq!(Chain::new().next_hash(&one), Chain::new().next_hash(&other));
        assert!(one.is_ambiguous() && other.is_ambiguous());
        assert!(!row("a", "b", "c").is_ambiguous());
    }
}
