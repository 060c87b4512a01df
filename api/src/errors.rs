//! Engine and core errors into problems: each carries its own code and sentence, and nothing else is added.

use stateledger_core::base64::Base64Error;
use stateledger_core::json::{JsonError, MemberError};
use stateledger_ledger::{
    AppendError, ArtifactError, CreateError, EraseError, IdempotencyKeyError, LedgerIdError,
    ReadError, RecoverError, RulesError, TokenError,
};

use crate::problem::Problem;

macro_rules! carries_its_code {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::new(error.code(), error.to_string())
            }
        }
    )*};
}

carries_its_code!(
    ArtifactError,
    Base64Error,
    CreateError,
    EraseError,
    IdempotencyKeyError,
    JsonError,
    LedgerIdError,
    MemberError,
    RecoverError,
    RulesError,
    TokenError,
);

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let problem = Self::new(error.code(), error.to_string());
        if let AppendError::ExpectedSize { size } = error {
            problem.with_size(size.get())
        } else {
            problem
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let problem = Self::new(error.code(), error.to_string());
        match error {
            ReadError::SizeUnknown { size } | ReadError::CheckpointUnknown { next: size } => {
                problem.with_size(size.get())
            }
            _ => problem,
        }
    }
}
