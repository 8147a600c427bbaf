//! One command, one file: its arguments, its examples, its work.

pub mod check;
pub mod completions;
pub mod explain;
pub mod lab;
pub mod land;
pub mod lint;
pub mod parity;
pub mod plan;
pub mod report;
mod run_args;
pub mod runbook_args;
pub mod where_is;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};

/// Runs the command and says how to exit.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let common = cli.common;
    match cli.command {
        Command::Check(args) => check::run(&args, &common),
        Command::Report(args) => report::run(&args, &common),
        Command::Lint(args) => lint::run(&args, &common),
        Command::Plan(args) => plan::run(&args, &common),
        Command::Explain(args) => explain::run(&args, &common),
        Command::Parity(args) => parity::run(&args, &common),
        Command::Where(args) => where_is::run(&args, &common),
        Command::Land(args) => land::run(&args, &common),
        Command::Lab(args) => lab::run(&args, &common),
        Command::Completions(args) => completions::run(&args, &common),
    }
}
