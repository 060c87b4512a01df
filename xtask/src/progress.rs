//! Progress of long steps: a spinner with elapsed time on a terminal, plain lines elsewhere.
//! It goes to stderr, so that stdout keeps what a script reads.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a step that reports nothing else says that it is alive, where there is no spinner.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// One step under way.
pub(crate) struct Step {
    title: String,
    started: Instant,
    spinner: Option<ProgressBar>,
    last_line: Instant,
}

impl Step {
    /// Announces a step; `title` says what is done, as in "Building the worker".
    pub(crate) fn start(title: impl Into<String>) -> Self {
        let title = title.into();
        let spinner = std::io::stderr().is_terminal().then(|| spinner(&title));
        if spinner.is_none() {
            eprintln!("     {title} ...");
        }
        let now = Instant::now();
        Self { title, started: now, spinner, last_line: now }
    }

    /// Shows what the step is busy with: every time on a terminal, as a heartbeat elsewhere.
    pub(crate) fn note(&mut self, detail: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(detail.chars().take(90).collect::<String>());
        } else if self.last_line.elapsed() > HEARTBEAT {
            eprintln!("     {} ... {:.0?}: {detail}", self.title, self.started.elapsed());
            self.last_line = Instant::now();
        }
    }

    /// Ends the step well.
    pub(crate) fn done(self) -> Duration {
        self.finish("ok  ")
    }

    /// Ends the step badly; the caller's failure says why.
    pub(crate) fn failed(self) -> Duration {
        self.finish("FAIL")
    }

    fn finish(self, mark: &str) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        eprintln!("{mark} {} ({:.1} s)", self.title, elapsed.as_secs_f64());
        elapsed
    }
}

fn spinner(title: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} [{elapsed}] {wide_msg}") {
        spinner.set_style(style);
    }
    spinner.set_prefix(title.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// A bar over `total` units, or a line every few seconds where there is no terminal.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    total: u64,
    unit: &'static str,
    started: Instant,
    last_line: Instant,
}

impl Bar {
    pub(crate) fn start(total: u64, unit: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total);
            let template = "{bar:40} {human_pos}/{human_len} {msg} [{elapsed}, {eta} left]";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(unit);
            bar
        });
        let now = Instant::now();
        Self { bar, total, unit, started: now, last_line: now }
    }

    /// Shows that `done` of the total are finished.
    pub(crate) fn reach(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else if self.last_line.elapsed() > Duration::from_secs(5) {
            let seconds = self.started.elapsed().as_secs();
            eprintln!("     {done}/{} {} ({seconds} s)", self.total, self.unit);
            self.last_line = Instant::now();
        }
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
