//! Data on stdout, talk on stderr. A closed pipe ends the output, never the work.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::exit::Failure;

/// `-o`: how results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    #[default]
    Text,
    Json,
}

/// Prints a result. A reader that went away (`| head`) is not an error of ours.
pub fn data(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    drop(write!(stdout, "{text}{newline}").and_then(|()| stdout.flush()));
}

/// Prints a result as one JSON document.
pub fn json(value: &impl Serialize) {
    data(&serde_json::to_string_pretty(value).expect("results are plain data and always serialise"));
}

/// Says something to the person at the terminal.
pub fn talk(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

pub fn explain_failure(failure: &Failure) {
    talk(&format!("error: {}", failure.message));
    if let Some(hint) = &failure.hint {
        talk(&format!("  try: {hint}"));
    }
}

/// Whether results may be coloured.
pub fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
