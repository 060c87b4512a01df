//! What an audit finds, and how it is told.

use stateledger_core::Hash;

use crate::failure::Failure;

/// The first thing that does not hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// Stable kebab-case code: core's own where core judged.
    pub(super) code: String,
    /// The entry concerned; none where the finding is about the whole ledger.
    pub(super) index: Option<u64>,
    pub(super) message: String,
}

impl Finding {
    pub(super) fn new(code: &str, index: Option<u64>, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), index, message: message.into() }
    }
}

/// Why an audit stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The ledger is not what it claims to be.
    Found(Finding),
    /// The audit could not go on.
    Obstacle(Failure),
}

impl From<Finding> for Stop {
    fn from(finding: Finding) -> Self {
        Stop::Found(finding)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Obstacle(failure)
    }
}

/// How far an audit came.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Size and root of the checkpoint, once its signature is verified.
    pub(super) head: Option<(u64, Hash)>,
    /// Entries verified.
    pub(super) entries: u64,
}

/// The last line of `--json`: sizes and indexes as decimal strings, the hash in base64. Before a
/// checkpoint is verified there is no size and no root: "0" and "".
pub(super) fn report(progress: &Progress, seconds: f64, stop: Option<&Stop>) -> serde_json::Value {
    let (size, root) = match &progress.head {
        Some((size, root)) => (*size, root.to_base64()),
        None => (0, String::new()),
    };
    let mut report = serde_json::json!({
        "ok": stop.is_none(),
        "size": size.to_string(),
        "rootHash": root,
        "entries": progress.entries.to_string(),
        "seconds": (seconds * 1000.0).round() / 1000.0,
    });
    let (code, index, message) = match stop {
        None => return report,
        Some(Stop::Found(finding)) => {
            (finding.code.as_str(), finding.index, finding.message.as_str())
        }
        Some(Stop::Obstacle(failure)) => ("could-not-run", None, failure.message()),
    };
    report["code"] = code.into();
    report["index"] = index.map(|index| index.to_string()).into();
    report["message"] = message.into();
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_decimal_strings_and_names_what_does_not_hold() {
        let root = Hash([7; 32]);
        let progress = Progress { head: Some((1 << 60, root)), entries: 3 };
        let good = report(&progress, 1.5, None);
        assert_eq!(good["ok"], true);
        assert_eq!(good["size"], (1u64 << 60).to_string());
        assert_eq!(good["rootHash"], root.to_base64());
        assert!(good.get("code").is_none());
        let stop = Stop::Found(Finding::new("tile-mismatch", Some(9), "differs"));
        let bad = report(&progress, 1.5, Some(&stop));
        assert_eq!((&bad["ok"], &bad["index"]), (&false.into(), &"9".into()));
        assert_eq!(bad["code"], "tile-mismatch");
    }
}
