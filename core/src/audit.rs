//! The audit of a log through its public read side (tlog-tiles), one entry
//! bundle at a time: bundles can be checked apart and in any order, because
//! what joins them (their times, the roots of their tiles) is answered.

use alloc::vec::Vec;
use core::fmt;

use crate::dsse::{self, AuthorError};
use crate::entry::{Entry, EntryError, Time};
use crate::hash::Hash;
use crate::tile::{FULL_WIDTH, TileError, parse_bundle};
use crate::tree::leaf_hashes;

/// What the entries of a log are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// Entries of FORMAT.md section 5, of the ledger with this origin.
    StateLedger {
        /// The name of the log's key.
        origin: &'a str,
    },
    /// Any bytes: only their hashes are checked.
    Opaque,
}

/// One bundle that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedBundle {
    /// The hash of each entry, 1 to 256.
    pub leaves: Vec<Hash>,
    /// The times of its first and its last entry; opaque entries have none.
    pub times: Option<(Time, Time)>,
}

/// Checks one bundle of `width` entries (1 to 256; a full bundle where part of
/// it was asked for is cut to its width) against its tile.
///
/// `tile` holds the hashes that the log serves for these leaves. An entry must
/// hash to its leaf before it is parsed; then it must belong to this ledger,
/// hold its authors' signatures, and be no earlier than the entry before it.
///
/// # Errors
/// Every [`AuditCause`], with the place of the first entry that does not hold.
pub fn check_bundle(
    bundle: &[u8],
    width: u16,
    tile: &[Hash],
    content: Content<'_>,
) -> Result<CheckedBundle, AuditError> {
    let whole = |cause| AuditError { place: 0, cause };
    let mut entries = parse_bundle(bundle).map_err(|error| whole(AuditCause::Bundle(error)))?;
    if entries.len() == usize::from(FULL_WIDTH) {
        entries.truncate(width.into());
    }
    if width == 0 || entries.len() != usize::from(width) || tile.len() != entries.len() {
        return Err(whole(AuditCause::Width));
    }
    let leaves = leaf_hashes(entries.iter().copied());
    let mut times = None;
    for (place, ((entry, leaf), served)) in (0u16..).zip(entries.iter().zip(&leaves).zip(tile)) {
        let found = |cause| AuditError { place, cause };
        if leaf != served {
            return Err(found(AuditCause::Leaf));
        }
        if let Content::StateLedger { origin } = content {
            let time = check_entry(entry, origin).map_err(found)?;
            let (first, last) = times.unwrap_or((time, time));
            if time < last {
                return Err(found(AuditCause::Time));
            }
            times = Some((first, time));
        }
    }
    Ok(CheckedBundle { leaves, times })
}

/// Checks one entry by itself and answers its time.
fn check_entry(bytes: &[u8], origin: &str) -> Result<Time, AuditCause> {
    let entry = Entry::parse(bytes).map_err(AuditCause::Entry)?;
    if entry.statement().fields().origin.as_ref().is_some_and(|named| named != origin) {
        return Err(AuditCause::WrongLedger);
    }
    dsse::verify_all(&entry).map_err(AuditCause::Author)?;
    Ok(entry.time())
}

/// The first entry of a bundle that does not hold, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditError {
    /// The entry's place in its bundle, 0 to 255; 0 where it is the bundle.
    pub place: u16,
    /// Why.
    pub cause: AuditCause,
}

/// Why an audit refuses a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditCause {
    /// Not an entry bundle.
    Bundle(TileError),
    /// The bundle has another number of entries than the tree has there.
    Width,
    /// An entry does not hash to the leaf that the log serves for it.
    Leaf,
    /// An entry is no entry of FORMAT.md.
    Entry(EntryError),
    /// An entry was made for another ledger.
    WrongLedger,
    /// An author signature does not hold.
    Author(AuthorError),
    /// An entry is earlier than the one before it.
    Time,
}

impl AuditError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.cause {
            AuditCause::Bundle(error) => error.code(),
            AuditCause::Width => "bundle-width",
            AuditCause::Leaf => "leaf-mismatch",
            AuditCause::Entry(error) => error.code(),
            AuditCause::WrongLedger => "wrong-ledger",
            AuditCause::Author(error) => error.code(),
            AuditCause::Time => "time-decreasing",
        }
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            AuditCause::Bundle(error) => error.fmt(f),
            AuditCause::Width => {
                f.write_str("a bundle has another number of entries than its tile")
            }
            AuditCause::Leaf => f.write_str("an entry does not hash to its leaf"),
            AuditCause::Entry(error) => error.fmt(f),
            AuditCause::WrongLedger => f.write_str("an entry was made for another ledger"),
            AuditCause::Author(error) => error.fmt(f),
            AuditCause::Time => f.write_str("an entry is earlier than the one before it"),
        }
    }
}

impl core::error::Error for AuditError {}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::entry::{Statement, StatementFields, tests::fields};
    use crate::tile::write_bundle;

    const ORIGIN: &str = "ledger.example/log/demo";
    const OURS: Content<'_> = Content::StateLedger { origin: ORIGIN };

    fn entry(millis: u64, origin: Option<&str>) -> Vec<u8> {
        let named = StatementFields { origin: origin.map(Into::into), ..fields() };
        let statement = Statement::new(named).unwrap();
        Entry::new(statement, vec![], Time::from_millis(millis).unwrap()).unwrap().to_bytes()
    }

    fn check(
        entries: &[Vec<u8>],
        width: u16,
        content: Content<'_>,
    ) -> Result<CheckedBundle, AuditError> {
        let tile = leaf_hashes(entries.iter().map(Vec::as_slice));
        let shown = tile.get(..usize::from(width)).unwrap_or(&tile);
        check_bundle(&bundle(entries), width, shown, content)
    }

    fn bundle(entries: &[Vec<u8>]) -> Vec<u8> {
        write_bundle(entries.iter().map(Vec::as_slice)).unwrap()
    }

    #[test]
    fn good_entries_hold_and_equal_times_are_good() {
        let entries = [entry(5, None), entry(5, Some(ORIGIN)), entry(6, None)];
        let checked = check(&entries, 3, OURS).unwrap();
        assert_eq!(checked.leaves, leaf_hashes(entries.iter().map(Vec::as_slice)));
        let times = checked.times.map(|(first, last)| (first.millis(), last.millis()));
        assert_eq!(times, Some((5, 6)));
        assert_eq!(check(&[b"any".to_vec()], 1, Content::Opaque).unwrap().times, None);
    }

    #[test]
    fn each_breach_has_its_code_and_place() {
        let found = |entries: &[Vec<u8>], width| {
            let error = check(entries, width, OURS).unwrap_err();
            (error.code(), error.place)
        };
        let good = || entry(5, None);
        assert_eq!(found(&[good(), entry(4, None)], 2), ("time-decreasing", 1));
        assert_eq!(found(&[good(), entry(5, Some("o/log/x"))], 2), ("wrong-ledger", 1));
        assert_eq!(found(&[b"{}".to_vec()], 1), ("missing-member", 0));
        assert_eq!(found(&[good()], 2), ("bundle-width", 0));
        assert_eq!(found(&[good(), good()], 1), ("bundle-width", 0));
        assert_eq!(found(&[], 0), ("bundle-width", 0));
        let ragged = check_bundle(&[0], 1, &[Hash([0; 32])], OURS).unwrap_err();
        assert_eq!((ragged.code(), ragged.place), ("bundle-malformed", 0));
    }

    #[test]
    fn an_entry_that_is_not_its_leaf_is_found_before_it_is_parsed() {
        let entries = [entry(5, None), b"not an entry".to_vec()];
        let mut tile = leaf_hashes(entries.iter().map(Vec::as_slice));
        tile[1].0[31] ^= 1;
        let error = check_bundle(&bundle(&entries), 2, &tile, OURS).unwrap_err();
        assert_eq!((error.code(), error.place), ("leaf-mismatch", 1));
    }

    #[test]
    fn a_full_bundle_serves_for_a_part_of_it() {
        let entries: Vec<_> = (0..256).map(|millis| entry(millis, None)).collect();
        assert_eq!(check(&entries, 7, OURS).unwrap().leaves.len(), 7);
    }
}
