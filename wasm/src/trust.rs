//! Whom the caller believes.

use stateledger_core::note::KeyError;
use stateledger_core::trust::{self, TrustError};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::flat::{split, words};

/// Parsed keys or policy, and what else a receipt must show; lives for one
/// call of the package.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trust {
    pub(crate) inner: trust::Trust,
}

#[wasm_bindgen]
impl Trust {
    /// Log keys, each a C2SP verifier key in UTF-8; any one suffices.
    ///
    /// # Errors
    /// Throws `{ code, message }` with the code of the first bad key.
    pub fn from_keys(keys: &[u8], lengths: &[u32]) -> Result<Self, JsValue> {
        let texts: Result<Vec<&str>, _> =
            split(keys, lengths)?.into_iter().map(str::from_utf8).collect();
        let texts = texts.map_err(|_| refusal(KeyError::Malformed.into()))?;
        let inner = trust::Trust::from_log_keys(texts).map_err(refusal)?;
        Ok(Self { inner })
    }

    /// A C2SP policy text.
    ///
    /// # Errors
    /// Throws `{ code, message }`.
    pub fn from_policy(text: &[u8]) -> Result<Self, JsValue> {
        let inner = trust::Trust::from_policy(text).map_err(refusal)?;
        Ok(Self { inner })
    }

    /// Also demands signatures of `threshold` of these authors, 32 bytes each.
    ///
    /// # Errors
    /// Throws `{ code, message }`: `public-key-invalid`.
    pub fn expect_authors(&mut self, keys: &[u8], threshold: usize) -> Result<(), JsValue> {
        let keys = words("authors.keys", keys)?.iter().map(<[u8; 32]>::as_slice);
        let demanding = self.inner.clone().with_authors(keys, threshold);
        self.inner = demanding.map_err(refusal)?;
        Ok(())
    }

    /// Also demands a cosignature at most this old, all in seconds since 1970.
    pub fn expect_age(&mut self, max_age_seconds: u64, now_seconds: u64) {
        self.inner = self.inner.clone().with_max_age(max_age_seconds, now_seconds);
    }
}

fn refusal(error: TrustError) -> Failure {
    Failure::of_trust(error.code(), &error)
}
