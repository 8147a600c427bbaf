use ::lab::Lab;

use super::{Place, failure};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n      cutover lab down")]
pub struct Args {
    #[command(flatten)]
    place: Place,
}

pub fn run(args: &Args, _: &Common) -> Result<Exit, Failure> {
    let dir = args.place.path()?;
    if Lab::down_in(&dir).map_err(failure)? {
        output::talk("the lab has ended and its files are gone");
    } else {
        output::talk(&format!("there is no lab in {}", dir.display()));
    }
    Ok(Exit::Done)
}
