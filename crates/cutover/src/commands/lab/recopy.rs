use super::{Place, failure};
use crate::exit::{Exit, Failure};
use crate::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n      cutover lab recopy orders accounts")]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Topics to delete on the target and to copy again.
    #[arg(required = true)]
    topics: Vec<String>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    args.place.load()?.recopy(&args.topics).map_err(failure)?;
    output::talk(&format!("{} topics are copied afresh", args.topics.len()));
    Ok(Exit::Done)
}
