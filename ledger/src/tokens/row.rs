//! The row of a token: its hash, its MAC, and what it says.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use stateledger_core::mac::constant_time_eq;

use crate::access::{Grant, Scope};
use crate::id::LedgerId;
use crate::mac::mac;
use crate::secrets::TokenSecrets;

use super::TokenView;

/// Makes the hash of a token's secret unlike any other hash of the project. The secret has 256 random bits,
/// so neither a salt nor a slow hash would make guessing it harder.
const HASH_DOMAIN: &[u8] = b"stateledger/token/v1\0";

/// A token's row. `Debug` shows no secret, for there is none in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// 32 lowercase hex digits.
    pub id: String,
    /// `SHA-256("stateledger/token/v1" || 0x00 || secret)`.
    pub hash: [u8; 32],
    /// Scopes in alphabetical order, with commas.
    pub scopes: String,
    /// The one ledger that it is for.
    pub ledger: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// Milliseconds since 1970.
    pub created: u64,
    /// Milliseconds since 1970.
    pub expires: Option<u64>,
    /// MAC over everything above.
    pub mac: [u8; 32],
}

/// What is stored of a secret.
pub(super) fn hash_of(secret: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update(HASH_DOMAIN).chain_update(secret).finalize().into()
}

impl TokenRow {
    /// What the row allows; `None` if it says nothing that this version understands.
    pub(super) fn grant(&self) -> Option<Grant> {
        let scopes = self.scopes.split(',').map(Scope::from_word);
        let scopes = scopes.collect::<Option<BTreeSet<_>>>()?;
        // A ledger that is no id is a limit to nothing, not to everything.
        let ledger = match &self.ledger {
            Some(id) => Some(LedgerId::parse(id).ok()?),
            None => None,
        };
        Some(Grant { id: self.id.clone(), scopes, ledger, expires: self.expires })
    }

    /// The one ledger that it is for.
    pub(super) fn ledger(&self) -> Option<LedgerId> {
        self.ledger.as_ref().and_then(|id| LedgerId::parse(id).ok())
    }

    pub(super) fn into_view(self) -> Option<TokenView> {
        let grant = self.grant()?;
        Some(TokenView { grant, name: self.name, created: self.created })
    }
}

impl TokenSecrets {
    /// A row that [`TokenSecrets::verify`] accepts.
    pub(super) fn seal(&self, view: &TokenView, hash: [u8; 32]) -> TokenRow {
        let scopes: Vec<&str> = view.grant.scopes.iter().map(|scope| scope.as_str()).collect();
        let mut row = TokenRow {
            id: view.grant.id.clone(),
            hash,
            scopes: scopes.join(","),
            ledger: view.grant.ledger.as_ref().map(|ledger| ledger.as_str().to_owned()),
            name: view.name.clone(),
            created: view.created,
            expires: view.grant.expires,
            mac: [0; 32],
        };
        row.mac = self.mac_of(&row);
        row
    }

    /// Whether this deployment wrote the row.
    pub(crate) fn verify(&self, row: &TokenRow) -> bool {
        constant_time_eq(&self.mac_of(row), &row.mac)
    }

    /// Neither a ledger nor a name is ever empty, so the empty field says that there is none; an
    /// expiry has 8 bytes or none.
    fn mac_of(&self, row: &TokenRow) -> [u8; 32] {
        let expires = row.expires.map(u64::to_be_bytes);
        let fields: [&[u8]; 8] = [
            b"token",
            row.id.as_bytes(),
            &row.hash,
            row.scopes.as_bytes(),
            row.ledger.as_deref().unwrap_or_default().as_bytes(),
            row.name.as_deref().unwrap_or_default().as_bytes(),
            &row.created.to_be_bytes(),
            expires.as_ref().map_or(&[], <[u8; 8]>::as_slice),
        ];
        mac(&self.mac, &fields)
    }
}
