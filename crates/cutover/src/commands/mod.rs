//! One command, one file: its arguments, its examples, its work.

pub mod completions;
pub mod lab;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};

/// Runs the command and says how to exit.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let common = cli.common;
    match cli.command {
        Command::Lab(args) => lab::run(&args, &common),
        Command::Completions(args) => completions::run(&args, &common),
    }
}
