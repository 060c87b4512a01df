//! Log lines: one JSON object each, on the runtime's console.

use core::fmt::Display;

use stateledger_api::{Level, event};
use worker::Date;

/// Writes a line that is JSON already.
pub(crate) fn write(level: Level, line: &str) {
    match level {
        Level::Info => worker::console_log!("{line}"),
        Level::Warn => worker::console_warn!("{line}"),
        Level::Error => worker::console_error!("{line}"),
    }
}

/// Writes a line about something that was done.
pub(crate) fn done(what: &str, detail: &str) {
    let level = Level::Info;
    write(level, &event(Date::now().as_millis(), level, what, detail));
}

/// Writes a line about something that failed. The platform's errors name constraints, limits and connections, no values.
pub(crate) fn failed(what: &str, error: &dyn Display) {
    let level = Level::Error;
    write(level, &event(Date::now().as_millis(), level, what, &error.to_string()));
}
