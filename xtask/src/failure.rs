//! The two ways in which a command ends other than well, and their exit codes.

use std::fmt::Display;

/// Why a command did not succeed. Strangers' scripts depend on the difference.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command did its work and what it checked does not hold: exit 1.
    DoesNotHold(String),
    /// The command could not do its work: exit 2.
    CouldNotRun(String),
}

/// What every step of a command answers.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::DoesNotHold(_) => 1,
            Failure::CouldNotRun(_) => 2,
        }
    }

    pub(crate) fn message(&self) -> &str {
        match self {
            Failure::DoesNotHold(message) | Failure::CouldNotRun(message) => message,
        }
    }
}

/// Shorthand for the commonest failure.
pub(crate) fn could_not_run<T>(message: impl Into<String>) -> Outcome<T> {
    Err(Failure::CouldNotRun(message.into()))
}

/// Names what was being done when an error came up.
pub(crate) trait While<T> {
    /// `doing` completes the sentence "while ...".
    fn or_could_not_run(self, doing: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: Display> While<T> for Result<T, E> {
    fn or_could_not_run(self, doing: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Failure::CouldNotRun(format!("while {}: {error}", doing())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_tells_a_finding_from_an_obstacle() {
        assert_eq!(Failure::DoesNotHold("root differs".into()).exit_code(), 1);
        assert_eq!(Failure::CouldNotRun("no server".into()).exit_code(), 2);
    }

    #[test]
    fn an_obstacle_names_what_was_being_done() {
        let failed: Result<(), &str> = Err("permission denied");
        let outcome = failed.or_could_not_run(|| "reading seed".into());
        assert_eq!(outcome.unwrap_err().message(), "while reading seed: permission denied");
    }
}
