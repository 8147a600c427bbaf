//! `cutover lab`: two real clusters and a real replicator on this machine.

mod app;
mod await_copy;
mod data;
mod down;
mod recopy;
mod start;
mod status;

use std::path::PathBuf;

use ::lab::{Lab, LabError};
use clap::Subcommand;

use crate::cli::Common;
use crate::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  Two clusters, MirrorMaker 2 as connectors, and an application in the middle of a topic:
      cutover lab up
      cutover lab app start --name checkout --cluster source --produce orders --rate 200
      cutover lab app start --name settlement --cluster source --consume orders --group settlement
      cutover lab app ledger
      cutover lab down";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the lab; one that runs already is left as it is.
    Up(start::Args),
    /// End the lab and remove its files.
    Down(down::Args),
    /// Show what of the lab runs.
    Status(status::Args),
    /// Applications with a ledger of what they wrote and processed.
    App(app::Args),
    /// Create a topic.
    Topic(data::TopicArgs),
    /// Write many records quickly.
    Produce(data::ProduceArgs),
    /// Commit positions of a group that has no members.
    Commit(data::CommitArgs),
    /// Wait until topics are copied, and positions of groups translated.
    Await(await_copy::Args),
    /// Delete topics on the target and have them copied afresh, as before a run that follows a rollback.
    Recopy(recopy::Args),
}

/// Where the lab lives.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// Directory of the lab.
    #[arg(long, value_name = "DIR", default_value = ".cutover/lab")]
    dir: PathBuf,
}

impl Place {
    /// The directory, absolute: other processes get it from us.
    fn path(&self) -> Result<PathBuf, Failure> {
        std::path::absolute(&self.dir)
            .map_err(|error| Failure::usage(format!("{}: {error}", self.dir.display())))
    }

    fn load(&self) -> Result<Lab, Failure> {
        Lab::load(&self.path()?).map_err(failure)
    }

    fn load_partly(&self) -> Result<Lab, Failure> {
        Lab::load_partly(&self.path()?).map_err(failure)
    }
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    match &args.command {
        Command::Up(args) => start::run(args, common),
        Command::Down(args) => down::run(args, common),
        Command::Status(args) => status::run(args, common),
        Command::App(args) => app::run(args, common),
        Command::Topic(args) => data::topic(args),
        Command::Produce(args) => data::produce(args),
        Command::Commit(args) => data::commit(args),
        Command::Await(args) => await_copy::run(args),
        Command::Recopy(args) => recopy::run(args),
    }
}

/// What a lab's error means to the shell.
fn failure(error: LabError) -> Failure {
    let message = error.to_string();
    match error {
        LabError::Spec(_) | LabError::Occupied { .. } | LabError::NoServer(_) => Failure::usage(message),
        LabError::NoLab(_) | LabError::Partly { .. } | LabError::Busy(_) | LabError::NotOwner { .. } => {
            Failure::refused(message)
        }
        LabError::Program { .. } => Failure::unknown(message).hint("scripts/setup"),
        _ => Failure::unknown(message),
    }
}
