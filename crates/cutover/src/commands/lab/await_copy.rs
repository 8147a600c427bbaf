use std::time::{Duration, Instant};

use super::{Place, failure};
use crate::exit::{Exit, Failure};
use crate::output;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n      cutover lab await orders\n      cutover lab await --group settlement orders accounts"
)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Groups whose positions in these topics must have come to rest on the target; may be repeated.
    #[arg(long)]
    group: Vec<String>,
    /// Give up after this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    timeout: u64,
    /// Topics whose last record must have arrived.
    #[arg(required = true)]
    topics: Vec<String>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let lab = args.place.load()?;
    let begun = Instant::now();
    let left = || Duration::from_secs(args.timeout).saturating_sub(begun.elapsed());
    for topic in &args.topics {
        lab.await_last_record(topic, left()).map_err(failure)?;
    }
    output::talk(&format!("{} topics are copied", args.topics.len()));
    for group in &args.group {
        for topic in &args.topics {
            if !lab.source().committed(group, topic).map_err(failure)?.is_empty() {
                lab.await_group(group, topic, left()).map_err(failure)?;
            }
        }
        output::talk(&format!("group {group} has come to rest on the target"));
    }
    Ok(Exit::Done)
}
