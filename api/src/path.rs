//! Path segments of the routes.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::auth::require_token;
use crate::problem::Problem;

/// The segments of a path. No name here has a character that needs an escape, so a path with one names nothing: `not-found`, as a
/// problem. Each resource has one spelling then, and a cache one copy of it.
pub(crate) struct Segments<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Segments<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let nothing = || Problem::new("not-found", "the path names nothing");
        if parts.uri.path().contains('%') {
            // Who may not write at all is told that first.
            if let Some(caller) = parts.extensions.get().filter(|_| !parts.method.is_safe()) {
                require_token(caller)?;
            }
            return Err(nothing());
        }
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(segments)| Self(segments)).map_err(|_| nothing())
    }
}
