use std::sync::Arc;

use clap::ValueEnum;
use kafka::GroupKind;
use kafka::compare::{AuditOptions, GroupPositions, GroupSelection, PositionOptions, group_positions};
use report::answer::{GroupAnswer, GroupsAnswer};
use runbook::expression::BusinessKey;

use crate::amount::{Bytes, IsolationArg, Span};
use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{self, Output};
use crate::progress::Bar;
use crate::sides::{SidesArgs, unmeasured};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Groups, or patterns with * and ?; none: all groups of either side.
    #[arg(value_name = "GROUP")]
    groups: Vec<String>,
    /// Groups to leave out, as patterns with * and ?.
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    #[command(flatten)]
    sides: SidesArgs,
    /// What the groups' consumers see.
    #[arg(long, value_enum, default_value_t)]
    isolation: IsolationArg,
    /// Alias of the source in MirrorMaker 2's names, where several replicators publish to the target.
    #[arg(long, value_name = "ALIAS")]
    replicator_alias: Option<String>,
    /// Count distinct keys among what is replayed or skipped: an expression over a record (key, value, topic,
    /// partition, offset, timestamp), for example "value | fromjson | attr('order_id')".
    #[arg(long, value_name = "EXPR")]
    business_key: Option<String>,
    /// Records that may be delivered again, per partition.
    #[arg(long, value_name = "RECORDS", default_value_t = 0)]
    tolerate_replay: u64,
    /// Bytes that may be read per partition to prove a position, for example 1GB.
    #[arg(long, value_name = "SIZE", default_value = "256MiB")]
    max_read: Bytes,
    /// Longest time for everything.
    #[arg(long, value_name = "DURATION", default_value = "30m")]
    max_time: Span,
    /// Print topic,partition,offset lines of the exact positions for
    /// `kafka-consumer-groups --reset-offsets --from-file`.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Yellow exits with 0.
    #[arg(long, value_name = "LEVEL", value_parser = ["yellow"])]
    accept: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    ResetCsv,
}

const EXAMPLES: &str = "\
Outcomes: exact, replay (delivered again), skip (never delivered), untranslated (no commit on the
target), ambiguous (several places fit), unprovable (with the reason).

Examples:
  cutover parity group --source old.properties --target new.properties
  cutover parity group 'pay*' --exclude '*-test' --source old.properties --target new.properties
  cutover parity group payments --source old.properties --target new.properties
  cutover parity group payments audit --source a:9092 --target b:9092 --tolerate-replay 100 -o json
  cutover parity group payments --source a:9092 --target b:9092 --format reset-csv > payments.csv";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen();
    let patience = interrupt.patience(args.max_time.0);
    let answer = measure(args, &patience);
    let failure = match answer {
        Ok(answer) => {
            if args.format == Some(Format::ResetCsv) {
                return reset_file(&answer);
            }
            match common.output {
                Output::Json => output::json(&answer),
                Output::Text => output::data(&answer.text()),
            }
            return Ok(Exit::of(answer.verdict, args.accept.is_some()));
        }
        Err(failure) => failure,
    };
    if common.output == Output::Json && failure.exit == Exit::Unknown {
        output::json(&GroupsAnswer::unknown(&failure.message));
    }
    Err(failure)
}

fn measure(args: &Args, patience: &kafka::Patience) -> Result<GroupsAnswer, Failure> {
    let business_key = args.business_key.as_deref().map(business_key).transpose()?;
    let sides = args.sides.connect(patience)?;
    let audit = Some(AuditOptions { alias: args.replicator_alias.clone() });
    let options = PositionOptions {
        audit,
        business_key,
        ..PositionOptions::new(args.isolation.into(), args.max_read.0)
    };
    let selection = GroupSelection { names: args.groups.clone(), exclude: args.exclude.clone() };
    let found = selection.find(&sides.source, &sides.target, patience).map_err(unmeasured)?;
    if args.format.is_some() && found.groups.len() > 1 {
        return Err(Failure::usage("a reset file is of one group").hint("name one group at a time"));
    }
    let bar = Bar::new("translating");
    let positions = group_positions(&sides.source, &sides.target, &found, &options, patience, &|progress| {
        bar.at(progress.done as u64, progress.of as u64, &progress.partition.to_string());
    })
    .map_err(unmeasured)?;
    drop(bar);
    let groups = positions.groups.into_iter().map(|group| judged(group, args.tolerate_replay)).collect();
    let answer = GroupsAnswer {
        left_out: positions.left_out,
        not_audited: positions.not_audited,
        ..GroupsAnswer::new(groups)
    };
    Ok(match &found.unmatched[..] {
        [] if answer.groups.is_empty() => answer.short_of("there are no groups on either side"),
        [] => answer,
        unmatched => answer.short_of(format!("no group of either side matches {}", unmatched.join(", "))),
    })
}

fn business_key(text: &str) -> Result<Arc<BusinessKey>, Failure> {
    BusinessKey::parse(text).map(Arc::new).map_err(|faults| {
        let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        Failure::usage(format!("--business-key: {}", messages.join("; ")))
            .hint("name key, value, topic, partition, offset or timestamp, as in value | fromjson | attr('order_id')")
    })
}

fn judged(group: GroupPositions, tolerated: u64) -> GroupAnswer {
    let kind = group.kind.map(|kind| match kind {
        GroupKind::Absent => "absent".to_owned(),
        GroupKind::Classic => "classic".to_owned(),
        GroupKind::Consumer => "consumer".to_owned(),
        GroupKind::Share => "share".to_owned(),
        GroupKind::Streams => "streams".to_owned(),
        GroupKind::Other(protocol) => protocol,
    });
    GroupAnswer::judged(group.group, kind, group.partitions, group.why, tolerated)
}

fn reset_file(answer: &GroupsAnswer) -> Result<Exit, Failure> {
    match answer.reset_csv() {
        Some(lines) => {
            output::data(&lines);
            Ok(Exit::Done)
        }
        None => {
            output::talk(&answer.text());
            Err(Failure::unknown("not every position is proved, so there is no reset file")
                .hint("see the reasons above"))
        }
    }
}
