//! One command, one file: its arguments, its examples, its work.

mod asking;
pub mod carried;
pub mod check;
pub mod completions;
pub mod dirty;
pub mod done;
mod earlier;
pub mod explain;
pub mod hold;
pub mod lab;
pub mod land;
pub mod lint;
mod name_value;
pub mod one_conductor;
pub mod override_gate;
pub mod parity;
pub mod plan;
mod private_key;
pub mod rehearse;
pub mod report;
pub mod resume;
pub mod rollback;
pub mod run;
pub mod run_args;
pub mod runbook_args;
pub mod sign;
pub mod stand_down;
pub mod status;
pub mod verify;
pub mod vote;
pub mod watch;
pub mod where_is;

use journal::Vote;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};

/// Runs the command and says how to exit.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let common = cli.common;
    match cli.command {
        Command::Check(args) => check::run(&args, &common),
        Command::Watch(args) => watch::run(&args, &common),
        Command::Run(args) => run::run(&args, &common),
        Command::Rehearse(args) => rehearse::run(&args, &common),
        Command::Status(args) => status::run(&args, &common),
        Command::Hold(args) => hold::run(&args),
        Command::Resume(args) => resume::run(&args, &common),
        Command::StandDown(args) => stand_down::run(&args, &common),
        Command::Rollback(args) => rollback::run(&args, &common),
        Command::Done(args) => done::run(&args),
        Command::Go(args) => vote::run(&args, Vote::Go),
        Command::NoGo(args) => vote::run(&args, Vote::NoGo),
        Command::Wait(args) => vote::run(&args, Vote::Wait),
        Command::Override(args) => override_gate::run(&args),
        Command::Sign(args) => sign::run(&args, &common),
        Command::Verify(args) => verify::run(&args, &common),
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
