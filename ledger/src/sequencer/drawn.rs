//! Salts, drawn many at a time: each call to the host's generator costs more than the bytes.

use crate::error::AppendError;
use crate::platform::Platform;

/// At most this many are drawn at once; 64 take 2 KiB.
const AT_ONCE: usize = 64;

/// Random values that nobody has used yet.
#[derive(Debug)]
pub(super) struct Drawn {
    left: Vec<[u8; 32]>,
    at_once: usize,
}

impl Drawn {
    /// For about so many values.
    pub(super) fn new(wanted: usize) -> Self {
        Self { left: Vec::new(), at_once: wanted.clamp(1, AT_ONCE) }
    }

    /// The next value.
    pub(super) fn next<P: Platform>(&mut self, platform: &P) -> Result<[u8; 32], AppendError> {
        if self.left.is_empty() {
            self.left.resize(self.at_once, [0; 32]);
            let filled = platform.fill_random(self.left.as_flattened_mut());
            if filled.is_err() {
                // What was not filled is no salt.
                self.left.clear();
            }
        }
        self.left.pop().ok_or(AppendError::Unavailable)
    }
}
