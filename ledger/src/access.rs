//! Who may read what (design §10, Rules).

use crate::rules::Visibility;

/// Who asks. The api decides this from the request's token before it calls the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// No token.
    Anonymous,
    /// The holder of the admin token.
    Admin,
}

impl Caller {
    /// Whether the ledger exists for this caller: its log, its records without payloads, its
    /// receipts.
    pub fn may_see_ledger(self, visibility: Visibility) -> bool {
        match (self, visibility) {
            (Self::Admin, _) => true,
            (Self::Anonymous, Visibility::Public | Visibility::Proofs) => true,
            (Self::Anonymous, Visibility::Private) => false,
        }
    }

    /// Whether this caller may see payloads, and the salts that open their commitments.
    pub fn may_see_payloads(self, visibility: Visibility) -> bool {
        match (self, visibility) {
            (Self::Admin, _) => true,
            (Self::Anonymous, Visibility::Public) => true,
            (Self::Anonymous, Visibility::Proofs | Visibility::Private) => false,
        }
    }
}
