//! What the entries have to satisfy, bundle by bundle.

use stateledger_core::Hash;
use stateledger_core::audit::{Content, check_bundle};
use stateledger_core::entry::Time;

use super::finding::Finding;

/// Checks entries in the order of their indexes.
pub(super) struct Entries<'a> {
    origin: &'a str,
    next: u64,
    last_time: Option<Time>,
}

impl<'a> Entries<'a> {
    /// Of the log with this origin, from index 0.
    pub(super) fn of(origin: &'a str) -> Self {
        Self { origin, next: 0, last_time: None }
    }

    /// How many entries were checked.
    pub(super) fn count(&self) -> u64 {
        self.next
    }

    /// Checks one bundle of `width` entries. `leaves` are the hashes that the served tile has for
    /// them: an entry must hash to its leaf before it is parsed.
    pub(super) fn check(
        &mut self,
        bundle: &[u8],
        width: u16,
        leaves: &[Hash],
    ) -> Result<Vec<Hash>, Finding> {
        let content = Content::StateLedger { origin: self.origin };
        let checked = check_bundle(bundle, width, leaves, content).map_err(|error| {
            self.next += u64::from(error.place);
            Finding::new(error.code(), Some(self.next), error.to_string())
        })?;
        // Within a bundle core compares the times; here it is the first with the bundle before.
        if let Some((first, last)) = checked.times {
            if self.last_time.is_some_and(|before| first < before) {
                let message = format!("{} is earlier than the entry before", first.to_text());
                return Err(Finding::new("time-decreasing", Some(self.next), message));
            }
            self.last_time = Some(last);
        }
        self.next += u64::from(width);
        Ok(checked.leaves)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testlog::{ORIGIN, entry};
    use stateledger_core::entry::Entry;
    use stateledger_core::tile::write_bundle;
    use stateledger_core::tree::leaf_hash;

    use super::*;

    fn checked(entries: &[Vec<u8>], width: u16) -> Result<u64, Finding> {
        let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let bundle = write_bundle(entries.iter().map(Vec::as_slice)).unwrap();
        let mut entries = Entries::of(ORIGIN);
        entries.check(&bundle, width, &leaves)?;
        Ok(entries.count())
    }

    fn code(entries: &[Vec<u8>], width: u16) -> (String, Option<u64>) {
        let finding = checked(entries, width).unwrap_err();
        (finding.code, finding.index)
    }

    #[test]
    fn good_entries_are_counted_and_equal_times_are_good() {
        assert_eq!(checked(&[entry(5, None), entry(5, Some(ORIGIN)), entry(6, None)], 3), Ok(3));
    }

    #[test]
    fn each_breach_has_its_code_and_index() {
        let decreasing = [entry(5, None), entry(4, None)];
        assert_eq!(code(&decreasing, 2), ("time-decreasing".into(), Some(1)));
        let mut apart = Entries::of(ORIGIN);
        let codes = decreasing.map(|entry| {
            let bundle = write_bundle([&entry[..]]).unwrap();
            apart.check(&bundle, 1, &[leaf_hash(&entry)]).err().map(|finding| finding.index)
        });
        assert_eq!(codes, [None, Some(Some(1))]);
        let foreign = [entry(5, None), entry(5, Some("elsewhere.example/log/x"))];
        assert_eq!(code(&foreign, 2), ("wrong-ledger".into(), Some(1)));
        let no_entry = [b"{}".to_vec()];
        let refused = Entry::parse(b"{}").unwrap_err().code();
        assert_eq!(code(&no_entry, 1), (refused.into(), Some(0)));
        assert_eq!(code(&[entry(5, None)], 2), ("bundle-width".into(), Some(0)));
    }

    #[test]
    fn an_entry_that_is_not_its_leaf_is_found_before_it_is_parsed() {
        let bundle = write_bundle([&b"not an entry"[..]]).unwrap();
        let finding = Entries::of(ORIGIN).check(&bundle, 1, &[Hash([0; 32])]).unwrap_err();
        assert_eq!(finding.code, "leaf-mismatch");
    }
}
