//! What every single entry has to satisfy.

use stateledger_core::Hash;
use stateledger_core::dsse;
use stateledger_core::entry::{Entry, Time};
use stateledger_core::tile::{FULL_WIDTH, parse_bundle};
use stateledger_core::tree::leaf_hash;

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
        let here = Some(self.next);
        let mut entries = parse_bundle(bundle)
            .map_err(|error| Finding::new(error.code(), here, error.to_string()))?;
        if entries.len() == usize::from(FULL_WIDTH) {
            entries.truncate(width.into());
        }
        if entries.len() != usize::from(width) {
            let message = format!("a bundle has {} entries, not {width}", entries.len());
            return Err(Finding::new("bundle-width", here, message));
        }
        entries.iter().zip(leaves).map(|(entry, leaf)| self.check_one(entry, leaf)).collect()
    }

    fn check_one(&mut self, bytes: &[u8], leaf: &Hash) -> Result<Hash, Finding> {
        let found = |code: &str, message: String| Err(Finding::new(code, Some(self.next), message));
        let hash = leaf_hash(bytes);
        if hash != *leaf {
            return found(
                "leaf-mismatch",
                format!("the entry hashes to {hash}, its leaf is {leaf}"),
            );
        }
        let entry = match Entry::parse(bytes) {
            Ok(entry) => entry,
            Err(error) => return found(error.code(), error.to_string()),
        };
        match &entry.statement().fields().origin {
            Some(origin) if origin != self.origin => {
                return found("wrong-ledger", format!("the entry was made for {origin}"));
            }
            _ => {}
        }
        if let Err(error) = dsse::verify_all(&entry) {
            return found(error.code(), error.to_string());
        }
        if self.last_time.is_some_and(|last| entry.time() < last) {
            let time = entry.time().to_text();
            return found("time-decreasing", format!("{time} is earlier than the entry before"));
        }
        self.last_time = Some(entry.time());
        self.next += 1;
        Ok(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testlog::{ORIGIN, entry};
    use super::*;
    use stateledger_core::tile::write_bundle;

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
