//! What a long read is doing, on stderr, when stderr is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Drawn often enough to move, seldom enough to cost nothing.
const PER_SECOND: u8 = 5;

/// Work whose end is known: share, rate, time left.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new(what: &'static str) -> Bar {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(PER_SECOND));
        let style =
            ProgressStyle::with_template("{prefix} {percent:>3}% {wide_bar} {per_sec}, {eta} left, {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        Bar(bar)
    }

    pub fn at(&self, done: u64, of: u64, message: &str) {
        self.0.set_length(of);
        self.0.set_position(done);
        self.0.set_message(message.to_owned());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Work whose end is not known.
#[derive(Debug)]
pub struct Spinner(ProgressBar);

impl Spinner {
    pub fn new(what: &str) -> Spinner {
        let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(PER_SECOND));
        let style = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}");
        spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        spinner.set_message(what.to_owned());
        spinner.enable_steady_tick(Duration::from_millis(200));
        Spinner(spinner)
    }

    pub fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }

    /// A line that stays, above the one that moves.
    pub fn above(&self, line: &str) {
        self.0.println(line);
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
