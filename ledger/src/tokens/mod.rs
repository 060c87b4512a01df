//! API tokens: made, listed, revoked, and who presents one.
//!
//! A token is `slt_`, its id as 32 lowercase hex digits, `_`, and 32 secret bytes as base64url. The
//! store keeps a hash of the secret, and a MAC over the whole row under a key that is not in the
//! store: a row that was changed or made there opens nothing (FORMAT.md, "API tokens").

mod cache;
mod error;
mod row;

use core::future::Future;
use std::collections::BTreeSet;

use stateledger_core::base64;
use stateledger_core::mac::constant_time_eq;

use crate::access::{Caller, Grant, Scope};
use crate::calls::Calls;
use crate::error::ReadError;
use crate::id::LedgerId;
use crate::platform::Platform;
use crate::secrets::TokenSecrets;
use crate::store::StoreError;

use cache::Cache;
pub use error::TokenError;
pub use row::TokenRow;

/// What every token begins with, so that scanners of published secrets can find one.
const PREFIX: &str = "slt_";

/// Hex digits of an id: 16 random bytes, which do not meet.
const ID_DIGITS: usize = 32;

/// Longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 128;

/// Tokens of one page of a list.
pub const MAX_TOKENS_PER_PAGE: usize = 1_000;

/// Storage of token rows. Each call is one statement, so it happens whole or not at all.
pub trait TokenStore: Send + Sync {
    /// The row of this id.
    fn token(&self, id: &str) -> impl Future<Output = Result<Option<TokenRow>, StoreError>> + Send;

    /// Adds a row. [`StoreError::Conflict`] if there is one of this id.
    fn insert_token(&self, row: &TokenRow) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes the row of this id, if there is one.
    fn delete_token(&self, id: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// At most `limit` rows with ids after `after`, by id; of one ledger, or all.
    fn tokens(
        &self,
        ledger: Option<&LedgerId>,
        after: &str,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<TokenRow>, StoreError>> + Send;
}

/// What a new token is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What it allows: at least one.
    pub scopes: BTreeSet<Scope>,
    /// Where; everywhere if `None`.
    pub ledger: Option<LedgerId>,
    /// What people call it: 1 to 128 bytes, no control characters.
    pub name: Option<String>,
    /// From when on it opens nothing, milliseconds since 1970; never if `None`.
    pub expires: Option<u64>,
}

/// A token as it is listed: everything but its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// What it allows, with its id.
    pub grant: Grant,
    /// What people call it.
    pub name: Option<String>,
    /// Milliseconds since 1970.
    pub created: u64,
}

/// What the caller wants to do, which decides how old the knowledge of a token may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A revoked token may read for up to [`TOKEN_CACHE_MS`](crate::limits::TOKEN_CACHE_MS) more.
    Read,
    /// A revoked token writes nothing any more.
    Write,
}

/// Tokens over a store.
#[derive(Debug)]
pub struct Tokens<S, P> {
    secrets: TokenSecrets,
    calls: Calls<S, P>,
    cache: Cache,
}

impl<S: TokenStore, P: Platform> Tokens<S, P> {
    /// The tokens of a deployment. Make one per process or isolate: it remembers tokens for reads.
    pub fn new(secrets: TokenSecrets, store: S, platform: P) -> Self {
        Self { secrets, calls: Calls { store, platform }, cache: Cache::default() }
    }

    /// What the presented token allows now; `None` if it is none of ours, was revoked, has
    /// expired, or if its row does not carry our MAC.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] if that cannot be told.
    pub async fn authenticate(
        &self,
        presented: &str,
        purpose: Purpose,
    ) -> Result<Option<Grant>, ReadError> {
        let Some((id, secret)) = split(presented) else { return Ok(None) };
        let now = self.calls.platform.now_ms();
        let cached = match purpose {
            Purpose::Read => self.cache.get(id, now),
            Purpose::Write => None,
        };
        let row = match cached {
            Some(row) => row,
            None => {
                let row = self.calls.read(self.calls.store.token(id)).await?;
                let verified = row.filter(|row| row.id == id && self.secrets.verify(row));
                let Some(row) = verified else {
                    self.cache.forget(id);
                    return Ok(None);
                };
                self.cache.put(row.clone(), now);
                row
            }
        };
        // The comparison is of hashes and takes the same time wherever they differ.
        let same = constant_time_eq(&row.hash, &row::hash_of(&secret));
        let alive = row.expires.is_none_or(|expires| now < expires);
        Ok(if same && alive { row.grant() } else { None })
    }

    /// Makes a token; the text is its only copy. It expires when its maker does, if not before.
    ///
    /// # Errors
    /// [`TokenError::Forbidden`] unless the caller is an administrator wherever the token is for;
    /// [`TokenError::Invalid`] for no scope, a name outside its limits or an expiry that has
    /// passed; [`TokenError::Unavailable`], after which it may exist, but nobody has its secret.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewToken,
    ) -> Result<(TokenView, String), TokenError> {
        if !may_manage(caller, new.ledger.as_ref()) {
            return Err(TokenError::Forbidden);
        }
        let created = self.calls.platform.now_ms();
        let named = new.name.as_ref().is_none_or(|name| is_name(name));
        let lasts = new.expires.is_none_or(|expires| expires > created);
        if new.scopes.is_empty() || !named || !lasts {
            return Err(TokenError::Invalid);
        }
        let (mut id, mut secret) = ([0; 16], [0; 32]);
        for bytes in [id.as_mut_slice(), secret.as_mut_slice()] {
            self.calls.platform.fill_random(bytes).map_err(|_| TokenError::Unavailable)?;
        }
        let id = base16ct::lower::encode_string(&id);
        let expires = new.expires.into_iter().chain(caller.expires()).min();
        let grant = Grant { id: id.clone(), scopes: new.scopes, ledger: new.ledger, expires };
        let view = TokenView { grant, name: new.name, created };
        let row = self.secrets.seal(&view, row::hash_of(&secret));
        self.calls.write(self.calls.store.insert_token(&row)).await?;
        Ok((view, format!("{PREFIX}{id}_{}", base64::encode_url(&secret))))
    }

    /// Revokes a token: it writes nothing from now on, and reads for a minute at most.
    ///
    /// # Errors
    /// [`TokenError::NotFound`], also for a token that reaches further than the caller does;
    /// [`TokenError::Unavailable`], after which it may be revoked.
    pub async fn revoke(&self, caller: &Caller, id: &str) -> Result<(), TokenError> {
        let row = self.calls.read(self.calls.store.token(id)).await?;
        let row = row.ok_or(TokenError::NotFound)?;
        // A row that is not ours says nothing true about its ledger.
        let ledger = row.ledger().filter(|_| self.secrets.verify(&row));
        if !may_manage(caller, ledger.as_ref()) {
            return Err(TokenError::NotFound);
        }
        self.cache.forget(id);
        Ok(self.calls.write(self.calls.store.delete_token(id)).await?)
    }

    /// Tokens after the id `after`, by id, and whether there may be more. Rows that are not ours
    /// open nothing and are not listed.
    ///
    /// # Errors
    /// [`TokenError::Forbidden`] unless the caller is an administrator of the ledger asked for, or
    /// of all; [`TokenError::Unavailable`].
    pub async fn list(
        &self,
        caller: &Caller,
        ledger: Option<&LedgerId>,
        after: &str,
        limit: usize,
    ) -> Result<(Vec<TokenView>, Option<String>), TokenError> {
        if !may_manage(caller, ledger) {
            return Err(TokenError::Forbidden);
        }
        let limit = limit.clamp(1, MAX_TOKENS_PER_PAGE);
        let rows = self.calls.read(self.calls.store.tokens(ledger, after, limit)).await?;
        let next = rows.last().filter(|_| rows.len() >= limit).map(|row| row.id.clone());
        let ours = rows.into_iter().filter(|row| self.secrets.verify(row));
        Ok((ours.filter_map(TokenRow::into_view).collect(), next))
    }
}

/// A token is managed by whoever administers everything that it reaches.
fn may_manage(caller: &Caller, ledger: Option<&LedgerId>) -> bool {
    ledger.map_or_else(|| caller.may_admin_all(), |ledger| caller.may_admin(ledger))
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control)
}

/// Id and secret of a token's text.
fn split(text: &str) -> Option<(&str, [u8; 32])> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_at_checked(ID_DIGITS)?;
    let hex = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
    let secret = base64::decode_url(secret.strip_prefix('_')?).ok()?.try_into().ok()?;
    id.bytes().all(hex).then_some((id, secret))
}
