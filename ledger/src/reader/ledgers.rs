//! Pages of ledgers.

use crate::access::Caller;
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::limits::MAX_PAGE_LEDGERS;
use crate::platform::Platform;
use crate::request::Description;
use crate::store::{LedgerQuery, Listed, Store};

use super::cursor::Scope;
use super::{Reader, page_limit};

/// Which ledgers to list, by rising id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerPageQuery {
    /// Ledgers of a page: 1 to 1,000, or 100 if absent. A page holds 128 at most.
    pub limit: Option<usize>,
    /// [`LedgerPage::next_cursor`] of the page before.
    pub cursor: Option<String>,
}

/// One page of ledgers.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerPage {
    /// The ledgers that the caller may read. That none is left out is not proven.
    pub ledgers: Vec<Description>,
    /// Present if more may follow.
    pub next_cursor: Option<String>,
}

impl<S: Store, P: Platform> Reader<S, P> {
    /// The ledgers that the caller may read, each as [`Reader::describe`] answers it.
    ///
    /// # Errors
    /// [`ReadError::InvalidQuery`] for a limit outside 1 to 1,000; [`ReadError::InvalidCursor`];
    /// [`ReadError::Unavailable`]; [`ReadError::Corrupt`].
    pub async fn ledgers(
        &self,
        caller: &Caller,
        query: &LedgerPageQuery,
    ) -> Result<LedgerPage, ReadError> {
        let limit = page_limit(query.limit)?.min(MAX_PAGE_LEDGERS);
        let (scope, keys) = (Scope::of("ledgers"), self.secrets.deployment_keys());
        let after = match &query.cursor {
            None => None,
            Some(text) => {
                let position = scope.read(&keys, text).and_then(|id| String::from_utf8(id).ok());
                let id = position.and_then(|id| LedgerId::parse(&id).ok());
                Some(id.ok_or(ReadError::InvalidCursor)?)
            }
        };
        let private = caller.readable_private();
        let page = LedgerQuery { after, private, limit: limit.saturating_add(1) };
        let mut listed = self.calls.read(self.calls.store.ledgers(&page)).await?;
        let more = listed.len() > limit;
        listed.truncate(limit);
        let last = listed.last().filter(|_| more).map(|last| last.ledger.clone());
        let mut ledgers = Vec::with_capacity(listed.len());
        for Listed { ledger, opened } in listed {
            match self.admit(&ledger, opened, caller) {
                Ok(seen) => ledgers.push(seen.describe()),
                // The rules decide, not the term that the store looked them up by.
                Err(ReadError::NotFound | ReadError::Forbidden) => {}
                Err(error) => return Err(error),
            }
        }
        let next_cursor = last.map(|id| scope.write(&keys, id.as_str().as_bytes()));
        Ok(LedgerPage { ledgers, next_cursor })
    }
}
