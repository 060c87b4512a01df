//! Rebuilds what changed; wrangler reloads what was rebuilt.

use std::time::Duration;

use crate::build;
use crate::setup::Tools;

/// Polling two hundred files costs a millisecond and works on every file system.
const TICK: Duration = Duration::from_millis(500);
const SETTLE: Duration = Duration::from_millis(100);

/// Rebuilds in a thread after every change of a source, until the process ends.
pub(super) fn start(tools: Tools) {
    std::thread::spawn(move || {
        let sources = build::sources();
        let mut built = build::newest_change(&sources);
        loop {
            std::thread::sleep(TICK);
            let now = build::newest_change(&sources);
            if now == built {
                continue;
            }
            // An editor may still be writing: build once a pause has brought nothing new.
            std::thread::sleep(SETTLE);
            if build::newest_change(&sources) != now {
                continue;
            }
            built = now;
            match build::all_after_an_edit(&tools) {
                Ok(()) => eprintln!("     rebuilt"),
                Err(failure) => {
                    eprintln!("     {}; waiting for the next change", failure.message())
                }
            }
        }
    });
}
