use journal::{Request, Vote};

use super::asking;
use super::run_args::RunsArgs;
use crate::exit::{Exit, Failure};

/// `go`, `no-go` and `wait`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A vote at a gate, a sign-off or a trigger. One no-go is enough to keep a gate shut; `wait` takes an earlier vote
back. A vote without a key is recorded as asserted.

Examples:
  cutover go last --role conductor --as ilse
  cutover no-go last --at last-look --role rollback_owner --as ana")]
pub struct Args {
    /// Run id, folder, or `last`.
    #[arg(value_name = "RUN")]
    run: String,
    /// The role you speak for.
    #[arg(long)]
    role: String,
    /// Who you are.
    #[arg(long = "as", value_name = "PERSON")]
    person: String,
    /// The step or trigger; wherever one is asked for when not given.
    #[arg(long, value_name = "STEP")]
    at: Option<String>,
    #[command(flatten)]
    runs: RunsArgs,
}

pub fn run(args: &Args, vote: Vote) -> Result<Exit, Failure> {
    let request = Request::Vote {
        at: args.at.clone(),
        role: args.role.clone(),
        person: args.person.clone(),
        vote,
        signature: None,
    };
    asking::ask(&asking::open(&args.runs, &args.run)?, &request)
}
