//! Values beside the store's rows: payloads too long for a row.
//!
//! A value never changes: a name is only ever given the same bytes, so it does not matter that a place
//! for them (Workers KV at the edge) may be a minute stale, answers a miss for what is there, and
//! refuses a second write of one name within a second. Whoever reads a value hashes it.

use core::fmt;
use core::future::Future;

/// Where values are.
pub trait Blobs: Send + Sync {
    /// Writes a value. A value that is there already is the same.
    ///
    /// # Errors
    /// [`BlobError`]: it may be there or not.
    fn put(&self, name: &str, value: Vec<u8>)
    -> impl Future<Output = Result<(), BlobError>> + Send;

    /// The value, or `None` if it is not there, or not yet.
    ///
    /// # Errors
    /// [`BlobError`].
    fn get(&self, name: &str) -> impl Future<Output = Result<Option<Vec<u8>>, BlobError>> + Send;

    /// Deletes a value; one that is not there is deleted already.
    ///
    /// # Errors
    /// [`BlobError`]: it may be there or not.
    fn delete(&self, name: &str) -> impl Future<Output = Result<(), BlobError>> + Send;

    /// Up to some hundred names that begin with `prefix`, after the page that answered `cursor`.
    ///
    /// # Errors
    /// [`BlobError`].
    fn list(
        &self,
        prefix: &str,
        cursor: Option<String>,
    ) -> impl Future<Output = Result<BlobPage, BlobError>> + Send;
}

/// A page of names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlobPage {
    /// Names, and when each was written, milliseconds since 1970.
    pub names: Vec<(String, u64)>,
    /// Asks for the next page.
    pub cursor: Option<String>,
}

/// The place for values did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobError;

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place for long values did not answer")
    }
}

impl core::error::Error for BlobError {}
