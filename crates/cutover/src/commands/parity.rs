//! `cutover parity`: the two questions that need no runbook.

mod group;
mod resume_file;
mod sample_arg;
mod topic;

use clap::Subcommand;

use crate::cli::Common;
use crate::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover parity group payments --source old.properties --target new.properties\n      cutover parity topic orders --source old.properties --target new.properties"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare topics record by record.
    Topic(topic::Args),
    /// Find where groups would continue on the target, and by how much that is wrong.
    Group(group::Args),
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    match &args.command {
        Command::Topic(args) => topic::run(args, common),
        Command::Group(args) => group::run(args, common),
    }
}
