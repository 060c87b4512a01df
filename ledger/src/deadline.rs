//! A call that never answers is given up.

use core::future::Future;
use core::pin::pin;

use futures_util::future::{Either, select};

use crate::platform::Platform;

/// What `call` answers within `ms` milliseconds, else `None`. The call is dropped then; it may
/// still take effect.
pub(crate) async fn within<T>(
    platform: &impl Platform,
    ms: u64,
    call: impl Future<Output = T> + Send,
) -> Option<T> {
    match select(pin!(call), pin!(platform.sleep(ms))).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(((), _)) => None,
    }
}
