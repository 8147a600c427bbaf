use ::lab::Lab;

use super::{Place, failure, start};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab status\n      cutover lab status -o json\n\nExit codes: 0 all of it runs, 1 it does not."
)]
pub struct Args {
    #[command(flatten)]
    place: Place,
}

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let status = Lab::status_in(&args.place.path()?).map_err(failure)?;
    match common.output {
        Output::Json => output::json(&status),
        Output::Text => {
            let mut text = start::text(&status.lab);
            text.push('\n');
            for server in &status.servers {
                match server.pid {
                    Some(pid) => text.push_str(&format!("+ {:24} runs as process {pid}\n", server.name)),
                    None => text.push_str(&format!(
                        "- {:24} does not run; its log: {}\n",
                        server.name,
                        server.log.display()
                    )),
                }
            }
            output::data(&text);
        }
    }
    // An application that was stopped is not a fault of the lab.
    let whole = status.servers.iter().all(|server| server.pid.is_some() || server.name.starts_with("app/"));
    Ok(if whole { Exit::Done } else { Exit::Red })
}
