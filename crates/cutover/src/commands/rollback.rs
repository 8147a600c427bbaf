use journal::Request;

use super::asking::{self, Asker};
use super::run::Denied;
use crate::cli::Common;
use crate::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Goes back by a rollback plan of the runbook. Where no process conducts the run any more, this one does it.

Examples:
  cutover rollback last --as ana
  cutover rollback last --plan back-to-aws

Exit codes: 5 rolled back, 6 something could not be undone.")]
pub struct Args {
    #[command(flatten)]
    asker: Asker,
    /// The plan; the only one when not given.
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    #[command(flatten)]
    denied: Denied,
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let request = Request::Rollback { plan: args.plan.clone(), by: args.asker.by.clone() };
    asking::ask_or_conduct(&args.asker, args.denied, request, common)
}
