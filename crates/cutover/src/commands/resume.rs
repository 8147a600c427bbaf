use journal::{Going, Request};

use super::asking::{self, Asker};
use super::check::journal_error;
use super::run::Denied;
use crate::cli::Common;
use crate::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Releases a run that is held. Where no process conducts the run any more, this one becomes it and goes on from
where the journal stands: what was under way is looked for before anything is done.

Examples:
  cutover resume last")]
pub struct Args {
    #[command(flatten)]
    asker: Asker,
    #[command(flatten)]
    denied: Denied,
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let folder = args.asker.folder()?;
    let state = folder.read().map_err(journal_error)?.state;
    let held = matches!(state.execution().going, Going::Held { .. });
    let alive = folder.holder().map_err(journal_error)?.is_some();
    let request = Request::Resume { by: args.asker.by.clone() };
    if held || alive {
        return asking::ask_or_conduct(&args.asker, args.denied, request, common);
    }
    asking::go_on(&args.asker, args.denied, common)
}
