//! Who may do what (design §10, Rules and Status).

use std::collections::BTreeSet;

use crate::id::LedgerId;
use crate::rules::Visibility;
use crate::store::PrivateLedgers;

/// Who asks. The api decides this from the request's token before it calls the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// No token.
    Anonymous,
    /// The holder of the deployment's admin token: everything.
    Admin,
    /// The holder of an API token: what it was granted.
    Token(Grant),
}

/// What an API token allows, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The token's id, which is no secret.
    pub id: String,
    /// What it allows; never empty.
    pub scopes: BTreeSet<Scope>,
    /// The one ledger that it is for, or `None` for all of the deployment, those to come included.
    pub ledger: Option<LedgerId>,
    /// From when on it allows nothing, milliseconds since 1970; never if `None`.
    pub expires: Option<u64>,
}

/// One thing that a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything below, and: create the ledger, erase payloads, hold them, recover, and make
    /// tokens that reach no further.
    Admin,
    /// Append records and artifacts. It shows no payload, not even one that it appended.
    Append,
    /// Read everything, payloads and salts and private ledgers included.
    Read,
}

impl Scope {
    /// Every scope, in the order in which a token's scopes are written.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Append, Self::Read];

    /// The word in the api's JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Append => "append",
            Self::Read => "read",
        }
    }

    /// The scope of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

impl Grant {
    /// Whether this allows `scope` on `ledger`, or on every ledger if that is `None`.
    fn allows(&self, scope: Scope, ledger: Option<&LedgerId>) -> bool {
        let reaches = self.ledger.is_none() || self.ledger.as_ref() == ledger;
        reaches && (self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin))
    }
}

impl Caller {
    /// Whether this caller has `scope` on `ledger`. [`Scope::Admin`] contains the others.
    pub fn may(&self, scope: Scope, ledger: &LedgerId) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Admin => true,
            Self::Token(grant) => grant.allows(scope, Some(ledger)),
        }
    }

    /// Whether this caller may append to the ledger.
    pub fn may_append(&self, ledger: &LedgerId) -> bool {
        self.may(Scope::Append, ledger)
    }

    /// Whether this caller may do with the ledger what only an administrator may.
    pub fn may_admin(&self, ledger: &LedgerId) -> bool {
        self.may(Scope::Admin, ledger)
    }

    /// Whether this caller has `scope` on every ledger, those to come included.
    pub fn may_everywhere(&self, scope: Scope) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Admin => true,
            Self::Token(grant) => grant.allows(scope, None),
        }
    }

    /// From when on this caller may do nothing, milliseconds since 1970.
    pub fn expires(&self) -> Option<u64> {
        match self {
            Self::Anonymous | Self::Admin => None,
            Self::Token(grant) => grant.expires,
        }
    }

    /// Whether this caller is an administrator of the whole deployment.
    pub fn may_admin_all(&self) -> bool {
        self.may_everywhere(Scope::Admin)
    }

    /// Whether the ledger exists for this caller. To others it is one that was never created.
    pub fn may_know_of(&self, ledger: &LedgerId, visibility: Visibility) -> bool {
        let shown = match visibility {
            Visibility::Public | Visibility::Proofs => true,
            Visibility::Private => false,
        };
        shown || Scope::ALL.into_iter().any(|scope| self.may(scope, ledger))
    }

    /// Whether this caller may read the ledger: its log, its records without payloads, its
    /// receipts.
    pub fn may_see_ledger(&self, ledger: &LedgerId, visibility: Visibility) -> bool {
        match visibility {
            Visibility::Public | Visibility::Proofs => true,
            Visibility::Private => self.may(Scope::Read, ledger),
        }
    }

    /// The private ledgers that this caller may read.
    pub fn readable_private(&self) -> PrivateLedgers {
        match self {
            Self::Anonymous => PrivateLedgers::None,
            Self::Admin => PrivateLedgers::All,
            Self::Token(grant) => match &grant.ledger {
                Some(ledger) if self.may(Scope::Read, ledger) => {
                    PrivateLedgers::One(ledger.clone())
                }
                None if grant.allows(Scope::Read, None) => PrivateLedgers::All,
                Some(_) | None => PrivateLedgers::None,
            },
        }
    }

    /// Whether this caller may see payloads, and the salts that open their commitments.
    pub fn may_see_payloads(&self, ledger: &LedgerId, visibility: Visibility) -> bool {
        match visibility {
            Visibility::Public => true,
            Visibility::Proofs | Visibility::Private => self.may(Scope::Read, ledger),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> LedgerId {
        LedgerId::parse(name).unwrap()
    }

    fn token(scope: Scope, ledger: Option<&str>) -> Caller {
        let scopes = BTreeSet::from([scope]);
        Caller::Token(Grant { id: "t".into(), scopes, ledger: ledger.map(id), expires: None })
    }

    #[test]
    fn scopes_contain_what_they_say_and_reach_where_they_say() {
        let (own, other) = (id("own"), id("other"));
        for reach in [None, Some("own")] {
            for (held, may) in [
                (Scope::Admin, [true, true, true]),
                (Scope::Append, [false, true, false]),
                (Scope::Read, [false, false, true]),
            ] {
                let caller = token(held, reach);
                assert_eq!(Scope::ALL.map(|scope| caller.may(scope, &own)), may, "{held:?}");
                let elsewhere = may.map(|may| may && reach.is_none());
                assert_eq!(Scope::ALL.map(|scope| caller.may(scope, &other)), elsewhere);
                let all = held == Scope::Admin && reach.is_none();
                assert_eq!(caller.may_admin_all(), all, "{held:?} on {reach:?}");
            }
        }
        assert!(Caller::Admin.may_admin_all() && !Caller::Anonymous.may_admin_all());
    }

    #[test]
    fn private_ledgers_are_listed_to_whoever_may_read_them() {
        use PrivateLedgers::{All, None as Nothing, One};
        for (held, all, one) in [
            (Scope::Admin, All, One(id("own"))),
            (Scope::Append, Nothing, Nothing),
            (Scope::Read, All, One(id("own"))),
        ] {
            assert_eq!(token(held, None).readable_private(), all, "{held:?}");
            assert_eq!(token(held, Some("own")).readable_private(), one, "{held:?}");
        }
        assert_eq!(Caller::Anonymous.readable_private(), Nothing);
        assert_eq!(Caller::Admin.readable_private(), All);
    }

    #[test]
    fn a_private_ledger_is_known_to_whoever_has_a_scope_on_it() {
        use Visibility::{Private, Proofs, Public};
        let own = id("own");
        let see = |caller: &Caller| {
            [Public, Proofs, Private].map(|visibility| {
                [
                    caller.may_know_of(&own, visibility),
                    caller.may_see_ledger(&own, visibility),
                    caller.may_see_payloads(&own, visibility),
                ]
            })
        };
        let stranger = [[true, true, true], [true, true, false], [false, false, false]];
        assert_eq!(see(&Caller::Anonymous), stranger);
        assert_eq!(see(&token(Scope::Admin, Some("other"))), stranger);
        let append = [[true, true, true], [true, true, false], [true, false, false]];
        assert_eq!(see(&token(Scope::Append, None)), append);
        for caller in [Caller::Admin, token(Scope::Read, Some("own")), token(Scope::Admin, None)] {
            assert_eq!(see(&caller), [[true; 3]; 3]);
        }
    }
}
