//! Token rows that reads may rely on for a while.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::limits::{MAX_CACHED_TOKENS, TOKEN_CACHE_MS};

use super::TokenRow;

/// Verified rows by id, each with the time when it was read. Tokens that open nothing are not
/// remembered: a new one works at once.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<HashMap<String, (u64, TokenRow)>>);

impl Cache {
    fn rows(&self) -> MutexGuard<'_, HashMap<String, (u64, TokenRow)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A row that was read at most [`TOKEN_CACHE_MS`] ago. A clock that went back makes it old.
    pub(super) fn get(&self, id: &str, now: u64) -> Option<TokenRow> {
        let rows = self.rows();
        let (read, row) = rows.get(id)?;
        let age = now.checked_sub(*read)?;
        (age <= TOKEN_CACHE_MS).then(|| row.clone())
    }

    pub(super) fn put(&self, row: TokenRow, now: u64) {
        let mut rows = self.rows();
        if rows.len() >= MAX_CACHED_TOKENS && !rows.contains_key(&row.id) {
            // Rare, and cheaper than an order to keep: each of them is read once more.
            rows.clear();
        }
        rows.insert(row.id.clone(), (now, row));
    }

    pub(super) fn forget(&self, id: &str) {
        self.rows().remove(id);
    }
}
