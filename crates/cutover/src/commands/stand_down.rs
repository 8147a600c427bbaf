use journal::Request;

use super::asking::{self, Asker};
use super::run::Denied;
use crate::cli::Common;
use crate::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Takes back everything the run did, the latest first, and ends it; before the commit point. Where no process
conducts the run any more, this one does it.

Examples:
  cutover stand-down last --as ilse

Exit codes: 5 stood down, 6 something could not be undone.")]
pub struct Args {
    #[command(flatten)]
    asker: Asker,
    #[command(flatten)]
    denied: Denied,
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let request = Request::StandDown { by: args.asker.by.clone() };
    asking::ask_or_conduct(&args.asker, args.denied, request, common)
}
