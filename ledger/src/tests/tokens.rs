//! Tokens: what a changed row opens, how long a revoked token lives, and what a store that fails does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures_executor::block_on;

use crate::access::{Caller, Scope};
use crate::error::ReadError;
use crate::fake::{FakePlatform, Timers};
use crate::limits::{MAX_CACHED_TOKENS, TOKEN_CACHE_MS};
use crate::platform::Platform;
use crate::store::StoreError;
use crate::tokens::{NewToken, Purpose, TokenError, TokenRow, TokenStore, Tokens};
use crate::{LedgerId, Secrets};

#[derive(Debug, Clone, Default)]
struct Rows {
    rows: Arc<Mutex<BTreeMap<String, TokenRow>>>,
    fail: Arc<Mutex<Option<StoreError>>>,
}

impl Rows {
    fn failing(&self) -> Result<(), StoreError> {
        self.fail.lock().unwrap().map_or(Ok(()), Err)
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut TokenRow)) {
        change(self.rows.lock().unwrap_or_else(PoisonError::into_inner).get_mut(id).unwrap());
    }
}

impl TokenStore for Rows {
    async fn token(&self, id: &str) -> Result<Option<TokenRow>, StoreError> {
        self.failing()?;
        Ok(self.rows.lock().unwrap().get(id).cloned())
    }

    async fn insert_token(&self, row: &TokenRow) -> Result<(), StoreError> {
        self.failing()?;
        self.rows.lock().unwrap().insert(row.id.clone(), row.clone());
        Ok(())
    }

    async fn delete_token(&self, id: &str) -> Result<(), StoreError> {
        self.failing()?;
        self.rows.lock().unwrap().remove(id);
        Ok(())
    }

    async fn tokens(
        &self,
        ledger: Option<&LedgerId>,
        after: &str,
        limit: usize,
    ) -> Result<Vec<TokenRow>, StoreError> {
        self.failing()?;
        let rows = self.rows.lock().unwrap();
        let wanted = |row: &&TokenRow| {
            row.id.as_str() > after
                && ledger.is_none_or(|ledger| row.ledger.as_deref() == Some(ledger.as_str()))
        };
        Ok(rows.values().filter(wanted).take(limit).cloned().collect())
    }
}

/// One store, and two isolates over it.
struct Deployment {
    rows: Rows,
    platform: FakePlatform,
    here: Tokens<Rows, FakePlatform>,
    there: Tokens<Rows, FakePlatform>,
}

impl Deployment {
    fn new() -> Self {
        let (rows, platform) = (Rows::default(), FakePlatform::new(Timers::Never));
        let secrets = Secrets::from_seed([7; 32]);
        let tokens = || Tokens::new(secrets.for_tokens(), rows.clone(), platform.clone());
        Self { here: tokens(), there: tokens(), rows: rows.clone(), platform: platform.clone() }
    }

    /// Id and text of a new token.
    fn make(&self, new: NewToken) -> (String, String) {
        let (view, text) = block_on(self.here.create(&Caller::Admin, new)).unwrap();
        (view.grant.id, text)
    }

    fn opens(&self, text: &str, purpose: Purpose) -> bool {
        block_on(self.here.authenticate(text, purpose)).unwrap().is_some()
    }
}

fn new_token() -> NewToken {
    NewToken {
        scopes: BTreeSet::from([Scope::Append, Scope::Read]),
        ledger: Some(LedgerId::parse("demo").unwrap()),
        name: Some("ci".into()),
        expires: Some(FakePlatform::START_MS + 1_000_000),
    }
}

#[test]
fn a_row_that_was_changed_opens_nothing() {
    type Change = fn(&mut TokenRow);
    let changes: [(&str, Change); 10] = [
        ("hash", |row| row.hash[0] ^= 1),
        ("scopes", |row| row.scopes = "admin".into()),
        ("scopes, longer", |row| row.scopes = "admin,append,read".into()),
        ("ledger", |row| row.ledger = Some("other".into())),
        ("ledger, none", |row| row.ledger = None),
        ("name", |row| row.name = None),
        ("created", |row| row.created += 1),
        ("expires", |row| row.expires = None),
        ("expires, later", |row| row.expires = row.expires.map(|ms| ms + 1)),
        ("mac", |row| row.mac[31] ^= 1),
    ];
    for (what, change) in changes {
        let deployment = Deployment::new();
        let (id, text) = deployment.make(new_token());
        assert!(deployment.opens(&text, Purpose::Write));
        deployment.rows.change(&id, change);
        assert!(!deployment.opens(&text, Purpose::Write), "{what}");
        assert!(
            !deployment.opens(&text, Purpose::Read),
            "{what}: what was remembered is forgotten"
        );
        let (listed, _) = block_on(deployment.here.list(&Caller::Admin, None, "", 10)).unwrap();
        assert!(listed.is_empty(), "{what}");
        // Only who administers everything may remove it.
        let own = block_on(deployment.here.revoke(&Caller::Admin, &id));
        assert_eq!(own, Ok(()), "{what}");
    }
}

#[test]
fn a_row_under_another_id_or_of_another_deployment_opens_nothing() {
    let deployment = Deployment::new();
    let (id, text) = deployment.make(new_token());
    let (other, other_text) = deployment.make(new_token());
    let row = deployment.rows.rows.lock().unwrap().get(&id).cloned().unwrap();
    deployment.rows.rows.lock().unwrap().insert(other, row);
    assert!(!deployment.opens(&other_text, Purpose::Write));
    let stranger = Secrets::from_seed([8; 32]).for_tokens();
    let stranger = Tokens::new(stranger, deployment.rows.clone(), deployment.platform.clone());
    assert_eq!(block_on(stranger.authenticate(&text, Purpose::Write)), Ok(None));
    assert!(deployment.opens(&text, Purpose::Write));
}

#[test]
fn a_revoked_token_writes_nothing_and_reads_for_less_than_a_minute() {
    let deployment = Deployment::new();
    let (id, text) = deployment.make(new_token());
    assert!(deployment.opens(&text, Purpose::Read));
    block_on(deployment.there.revoke(&Caller::Admin, &id)).unwrap();
    assert!(deployment.opens(&text, Purpose::Read), "it was remembered here");
    deployment.platform.set_now(FakePlatform::START_MS + TOKEN_CACHE_MS);
    assert!(deployment.opens(&text, Purpose::Read));
    deployment.platform.set_now(FakePlatform::START_MS + TOKEN_CACHE_MS + 1);
    assert!(!deployment.opens(&text, Purpose::Read));
    const { assert!(TOKEN_CACHE_MS < 60_000) };

    let (id, text) = deployment.make(new_token());
    assert!(deployment.opens(&text, Purpose::Read));
    block_on(deployment.there.revoke(&Caller::Admin, &id)).unwrap();
    assert!(!deployment.opens(&text, Purpose::Write), "at once");
    assert!(!deployment.opens(&text, Purpose::Read), "and it is not remembered any more");
}

#[test]
fn a_clock_that_went_back_does_not_keep_a_token_alive() {
    let deployment = Deployment::new();
    let (id, text) = deployment.make(new_token());
    assert!(deployment.opens(&text, Purpose::Read));
    block_on(deployment.there.revoke(&Caller::Admin, &id)).unwrap();
    deployment.platform.set_now(FakePlatform::START_MS - 1);
    assert!(!deployment.opens(&text, Purpose::Read));
}

#[test]
fn a_token_expires_though_it_is_remembered() {
    let deployment = Deployment::new();
    let expires = Some(FakePlatform::START_MS + 2);
    let (_, text) = deployment.make(NewToken { expires, ..new_token() });
    deployment.platform.set_now(FakePlatform::START_MS + 1);
    assert!(deployment.opens(&text, Purpose::Read));
    deployment.platform.set_now(FakePlatform::START_MS + 2);
    assert!(!deployment.opens(&text, Purpose::Read));
    assert!(!deployment.opens(&text, Purpose::Write));
}

#[test]
fn what_is_remembered_is_bounded() {
    let deployment = Deployment::new();
    let (first, text) = deployment.make(new_token());
    assert!(deployment.opens(&text, Purpose::Read));
    for _ in 0..MAX_CACHED_TOKENS {
        let (_, other) = deployment.make(new_token());
        assert!(deployment.opens(&other, Purpose::Read));
    }
    deployment.rows.rows.lock().unwrap().remove(&first);
    assert!(!deployment.opens(&text, Purpose::Read), "it made room");
}

#[test]
fn texts_that_are_no_token_are_refused_without_a_look() {
    let deployment = Deployment::new();
    let (_, text) = deployment.make(new_token());
    *deployment.rows.fail.lock().unwrap() = Some(StoreError::Unavailable);
    let upper = format!("slt_{}{}", "A".repeat(32), &text[36..]);
    let cut = &text[..text.len() - 1];
    for bad in ["", "slt_", "slt", &text[4..], cut, &format!("{text}A"), &upper, "slt_ä"] {
        assert_eq!(block_on(deployment.here.authenticate(bad, Purpose::Write)), Ok(None), "{bad}");
    }
    let asked = block_on(deployment.here.authenticate(&text, Purpose::Write));
    assert_eq!(asked, Err(ReadError::Unavailable));
}

#[test]
fn a_store_that_fails_makes_revokes_and_lists_nothing() {
    let deployment = Deployment::new();
    let (id, _) = deployment.make(new_token());
    *deployment.rows.fail.lock().unwrap() = Some(StoreError::Unknown);
    let (here, admin) = (&deployment.here, &Caller::Admin);
    let unavailable = Some(TokenError::Unavailable);
    assert_eq!(block_on(here.create(admin, new_token())).err(), unavailable);
    assert_eq!(block_on(here.revoke(admin, &id)).err(), unavailable);
    assert_eq!(block_on(here.list(admin, None, "", 1)).err(), unavailable);
}

/// Else a token that was given away for a day could be kept for ever.
#[test]
fn a_token_makes_none_that_outlives_it() {
    let deployment = Deployment::new();
    let ends = FakePlatform::START_MS + 1_000;
    let scopes = || BTreeSet::from([Scope::Admin]);
    let new = |expires| NewToken { scopes: scopes(), expires, ..new_token() };
    let (_, text) = deployment.make(new(Some(ends)));
    let grant = block_on(deployment.here.authenticate(&text, Purpose::Write)).unwrap().unwrap();
    let maker = Caller::Token(grant);
    for (asked, got) in [(None, ends), (Some(ends + 1), ends), (Some(ends - 1), ends - 1)] {
        let (view, made) = block_on(deployment.here.create(&maker, new(asked))).unwrap();
        assert_eq!(view.grant.expires, Some(got), "{asked:?}");
        deployment.platform.set_now(got - 1);
        assert!(deployment.opens(&made, Purpose::Write));
        deployment.platform.set_now(got);
        assert!(!deployment.opens(&made, Purpose::Write));
        deployment.platform.set_now(FakePlatform::START_MS);
    }
}

#[test]
fn names_and_expiries_have_limits() {
    let deployment = Deployment::new();
    let refused = |new: NewToken| block_on(deployment.here.create(&Caller::Admin, new)).err();
    let now = deployment.platform.now_ms();
    let invalid = Some(TokenError::Invalid);
    assert_eq!(refused(NewToken { scopes: BTreeSet::new(), ..new_token() }), invalid);
    assert_eq!(refused(NewToken { expires: Some(now), ..new_token() }), invalid);
    for name in ["", " ", "a\nb", &"a".repeat(129)] {
        assert_eq!(refused(NewToken { name: Some(name.into()), ..new_token() }), invalid);
    }
    assert_eq!(refused(NewToken { name: Some("a".repeat(128)), ..new_token() }), None);
}
