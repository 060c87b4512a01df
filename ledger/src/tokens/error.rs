//! Refusals about tokens.

use core::fmt;

use crate::store::StoreError;

/// Why a token was not made, revoked or listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The caller is no administrator of what the token reaches (`forbidden`).
    Forbidden,
    /// No scope, a name outside its limits, or an expiry that has passed (`invalid-token-request`).
    Invalid,
    /// No such token for this caller (`token-not-found`).
    NotFound,
    /// The store or the host did not answer (`storage-unavailable`).
    Unavailable,
}

impl TokenError {
    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Invalid => "invalid-token-request",
            Self::NotFound => "token-not-found",
            Self::Unavailable => "storage-unavailable",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forbidden => "the token administers less than this token reaches",
            Self::Invalid => {
                "a token has a scope, a name of at most 128 bytes and an expiry to come"
            }
            Self::NotFound => "there is no such token",
            Self::Unavailable => "the storage did not answer; try again",
        })
    }
}

impl core::error::Error for TokenError {}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict
            | StoreError::Unavailable
            | StoreError::Unknown
            | StoreError::Corrupt
            | StoreError::Absent => Self::Unavailable,
        }
    }
}
