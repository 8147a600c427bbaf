use journal::Request;

use super::asking::{self, Asker};
use crate::exit::{Exit, Failure};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Nothing new is begun until `cutover resume`; what is under way comes to its end.

Examples:
  cutover hold last --as ilse")]
pub struct Args {
    #[command(flatten)]
    asker: Asker,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    asking::ask(&args.asker.folder()?, &Request::Hold { by: args.asker.by.clone() })
}
