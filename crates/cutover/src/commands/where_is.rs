use std::time::Duration;

use kafka::TopicPartition;
use kafka::compare::{Neighbour, PositionOptions, whereabouts};
use report::answer::{RecordSeen, WhereAnswer};

use crate::amount::{Bytes, IsolationArg};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{self, Output};
use crate::sides::{SidesArgs, unmeasured};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Consumer group.
    #[arg(long)]
    group: String,
    #[arg(long)]
    topic: String,
    #[arg(long)]
    partition: i32,
    #[command(flatten)]
    sides: SidesArgs,
    /// What the group's consumers see.
    #[arg(long, value_enum, default_value_t)]
    isolation: IsolationArg,
    /// Bytes that may be read to prove the position.
    #[arg(long, value_name = "SIZE", default_value = "256MiB")]
    max_read: Bytes,
}

const EXAMPLES: &str = "\
Shows the record the group would read next on the source and its twin on the target, with their
neighbours. No content is shown; equal marks are equal records.

Example:
  cutover where --group payments --topic orders --partition 3 --source old.properties --target new.properties";

/// The longest a single position may take.
const AT_MOST: Duration = Duration::from_secs(1800);

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let patience = Interrupt::listen().patience(AT_MOST);
    let sides = args.sides.connect(&patience)?;
    let partition = TopicPartition::new(&args.topic, args.partition);
    let options = PositionOptions::new(args.isolation.into(), args.max_read.0);
    let found = whereabouts(&sides.source, &sides.target, &args.group, &partition, &options, &patience)
        .map_err(unmeasured)?;
    let Some(found) = found else {
        let message = format!("group {} has no commit on {partition} on either side", args.group);
        return Err(Failure::unknown(message)
            .hint("check the names, or list its commits: kafka-consumer-groups --describe"));
    };
    let mut unread = Vec::new();
    let mut records = |side: &str, read: Result<Vec<Neighbour>, String>| match read {
        Ok(records) => records.into_iter().map(record).collect(),
        Err(why) => {
            unread.push(format!("{side}: {why}"));
            Vec::new()
        }
    };
    let answer = WhereAnswer {
        group: args.group.clone(),
        source: records("source", found.source),
        target: records("target", found.target),
        position: found.position,
        unread: (!unread.is_empty()).then(|| unread.join("; ")),
    };
    match common.output {
        Output::Json => output::json(&answer),
        Output::Text => output::data(&answer.text()),
    }
    Ok(if answer.position.exact_target.is_some() { Exit::Done } else { Exit::Unknown })
}

fn record(neighbour: Neighbour) -> RecordSeen {
    RecordSeen {
        offset: neighbour.offset,
        timestamp: (neighbour.timestamp >= 0).then_some(neighbour.timestamp),
        key_bytes: neighbour.key_bytes,
        value_bytes: neighbour.value_bytes,
        headers: neighbour.headers,
        fingerprint: neighbour.fingerprint,
        next: neighbour.next,
    }
}
