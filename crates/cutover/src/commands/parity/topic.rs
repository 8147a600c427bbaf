use std::time::Duration;

use kafka::compare::{PartitionComparison, TopicComparison, TopicOptions, TopicOutcome, compare_topics};
use report::answer::{FindingAnswer, OrderedCounts, PartitionAnswer, TopicAnswer, TopicsAnswer};

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
    /// Topics.
    #[arg(required = true, value_name = "TOPIC")]
    topics: Vec<String>,
    #[command(flatten)]
    sides: SidesArgs,
    /// Which records count, on both sides.
    #[arg(long, value_enum, default_value_t)]
    isolation: IsolationArg,
    /// How long the target may take to get what the source had at the start.
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    settle: Span,
    /// Longest time for everything.
    #[arg(long, value_name = "DURATION", default_value = "6h")]
    max_time: Span,
    /// Bytes of both sides together that may be read; running out is unknown.
    #[arg(long, value_name = "SIZE")]
    max_read: Option<Bytes>,
    /// Yellow exits with 0.
    #[arg(long, value_name = "LEVEL", value_parser = ["yellow"])]
    accept: Option<String>,
}

const EXAMPLES: &str = "\
Red: records missing, altered, extra or out of order. Yellow: only copied twice, still to come, or taken by
retention. Everything is read: use --max-read and --max-time on clusters that are busy.

Examples:
  cutover parity topic orders --source old.properties --target new.properties
  cutover parity topic orders accounts --source a:9092 --target b:9092 --max-read 50GB -o json";

pub fn run(args: &Args, common: &Common) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen();
    let patience = interrupt.patience(args.max_time.0);
    match measure(args, &patience) {
        Ok(answer) => {
            match common.output {
                Output::Json => output::json(&answer),
                Output::Text => output::data(&answer.text()),
            }
            Ok(Exit::of(answer.verdict, args.accept.is_some()))
        }
        Err(failure) => {
            if common.output == Output::Json && failure.exit == Exit::Unknown {
                output::json(&TopicsAnswer::unknown(&failure.message));
            }
            Err(failure)
        }
    }
}

fn measure(args: &Args, patience: &kafka::Patience) -> Result<TopicsAnswer, Failure> {
    let sides = args.sides.connect(&patience.at_most(Duration::from_secs(60)))?;
    let options = TopicOptions {
        isolation: args.isolation.into(),
        settle: args.settle.0,
        max_read: args.max_read.map(|bytes| bytes.0),
    };
    let mut topics = args.topics.clone();
    topics.sort();
    topics.dedup();
    let bar = Bar::new("comparing");
    let outcomes = compare_topics(&sides.source, &sides.target, &topics, &options, patience, &|progress| {
        bar.at(progress.offsets_done, progress.offsets, &found(progress.records, progress.differences));
    })
    .map_err(unmeasured)?;
    Ok(TopicsAnswer::new(outcomes.into_iter().map(topic).collect()))
}

fn found(records: u64, differences: u64) -> String {
    match differences {
        0 => format!("{records} records"),
        n => format!("{records} records, {n} different so far"),
    }
}

fn topic(outcome: TopicOutcome) -> TopicAnswer {
    let mode = if outcome.compacted { "compacted" } else { "ordered" };
    let comparison = match outcome.comparison {
        Ok(comparison) => comparison,
        Err(why) => return TopicAnswer::unknown(&outcome.topic, mode, why),
    };
    TopicAnswer {
        topic: outcome.topic,
        mode: mode.to_owned(),
        ordered: Some(counts(&comparison)),
        pending: comparison.sum(|c| c.pending),
        source_records: comparison.sum(|c| c.source_records),
        target_records: comparison.sum(|c| c.target_records),
        evidence_sha256: Some(comparison.evidence_sha256),
        partitions: comparison.partitions.into_iter().map(partition).collect(),
        ignored: comparison.ignored,
        ..TopicAnswer::default()
    }
    .judged()
}

fn counts(comparison: &TopicComparison) -> OrderedCounts {
    OrderedCounts {
        matched: comparison.sum(|c| c.matched),
        missing: comparison.sum(|c| c.missing),
        altered: comparison.sum(|c| c.altered),
        duplicated: comparison.sum(|c| c.duplicated),
        extra: comparison.sum(|c| c.extra),
        reordered: comparison.sum(|c| c.reordered),
        trimmed_source: comparison.sum(|c| c.trimmed_source),
        trimmed_target: comparison.sum(|c| c.trimmed_target),
    }
}

fn partition(compared: PartitionComparison) -> PartitionAnswer {
    let mut findings: Vec<FindingAnswer> = compared
        .findings
        .into_iter()
        .map(|finding| FindingAnswer {
            kind: finding.kind.name().to_owned(),
            count: finding.count,
            source_offsets: finding.source.map(|(first, last)| [first, last]),
            target_offsets: finding.target.map(|(first, last)| [first, last]),
            field: finding.field.map(|field| field.name().to_owned()),
        })
        .collect();
    if let Some((source, target)) = compared.diverged
        && !findings.iter().any(|finding| finding.kind == "diverged")
    {
        findings.push(FindingAnswer {
            kind: "diverged".to_owned(),
            count: 0,
            source_offsets: Some([source, source]),
            target_offsets: Some([target, target]),
            field: None,
        });
    }
    PartitionAnswer {
        partition: compared.partition,
        source_sha256: compared.source_sha256,
        target_sha256: compared.target_sha256,
        findings,
        findings_omitted: compared.findings_omitted,
        why: compared.incomplete,
    }
}
