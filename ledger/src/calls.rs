//! Store calls with a deadline, and what every reader does with their answers.

use core::future::Future;

use stateledger_core::tree::TreeError;

use crate::blobs::BlobError;
use crate::deadline::within;
use crate::error::{AppendError, CreateError, ReadError};
use crate::limits::{COMMIT_DEADLINE_MS, READ_DEADLINE_MS};
use crate::platform::Platform;
use crate::store::StoreError;

/// A store and the timer that bounds its calls.
#[derive(Debug, Clone)]
pub(crate) struct Calls<S, P> {
    pub(crate) store: S,
    pub(crate) platform: P,
}

impl<S, P: Platform> Calls<S, P> {
    /// A read that takes too long has failed.
    pub(crate) async fn read<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let answer = within(&self.platform, READ_DEADLINE_MS, call).await;
        answer.unwrap_or(Err(StoreError::Unavailable))
    }

    /// A call for a long value; of one that takes too long the outcome is unknown.
    pub(crate) async fn blob<T>(
        &self,
        call: impl Future<Output = Result<T, BlobError>> + Send,
    ) -> Result<T, StoreError> {
        let answer = within(&self.platform, COMMIT_DEADLINE_MS, call).await;
        answer.ok_or(StoreError::Unknown)?.map_err(|_| StoreError::Unavailable)
    }

    /// A write that takes too long has an unknown outcome.
    pub(crate) async fn write(
        &self,
        call: impl Future<Output = Result<(), StoreError>> + Send,
    ) -> Result<(), StoreError> {
        let answer = within(&self.platform, COMMIT_DEADLINE_MS, call).await;
        answer.unwrap_or(Err(StoreError::Unknown))
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Unavailable | StoreError::Unknown => {
                Self::Unavailable
            }
            StoreError::Corrupt => Self::Corrupt,
            StoreError::Absent => Self::PayloadUnavailable,
        }
    }
}

impl From<TreeError> for ReadError {
    fn from(error: TreeError) -> Self {
        // Readers name every tile that a proof needs, and the head covers them all.
        if error == TreeError::MissingNode { Self::Corrupt } else { Self::Tree(error) }
    }
}

impl From<StoreError> for AppendError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict
            | StoreError::Unavailable
            | StoreError::Unknown
            | StoreError::Absent => Self::Unavailable,
            StoreError::Corrupt => Self::Corrupt,
        }
    }
}

impl From<StoreError> for CreateError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Exists,
            StoreError::Unavailable
            | StoreError::Unknown
            | StoreError::Corrupt
            | StoreError::Absent => Self::Unavailable,
        }
    }
}
