//! The `cutover` binary: command line, wiring, terminal, exit codes. The crates below it never print and never exit.

mod amount;
mod by_hand;
mod cli;
mod commands;
mod conduct;
mod disk;
mod drawing;
mod exit;
#[cfg(test)]
mod fixture;
mod interrupt;
mod live;
mod logging;
mod masking;
mod output;
mod progress;
mod ready;
mod rehearsal;
mod reports;
mod sides;
mod watch;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::install(cli.common.verbose);
    let exit = match std::panic::catch_unwind(|| commands::run(cli)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            output::explain_failure(&failure);
            failure.exit
        }
        Err(_) => Exit::Internal,
    };
    exit.into()
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
