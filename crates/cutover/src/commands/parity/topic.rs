use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use kafka::TopicPartition;
use kafka::compare::{
    FoundRecord, PartitionComparison, Sample, SampleResult, SavedCut, TopicFinding, TopicOptions,
    TopicOutcome, compare_topics,
};
use parity::compacted::KeyCounts;
use parity::ordered::Counts;
use report::answer::{
    CompactedCounts, FindingAnswer, FoundRecordAnswer, OrderedCounts, PartitionAnswer, SampleAnswer,
    TopicAnswer, TopicsAnswer,
};
use report::inert::visible;

use super::resume_file::ResumeFile;
use super::sample_arg::SampleArg;
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
    /// Longest time for everything; running out is unknown.
    #[arg(long, value_name = "DURATION", default_value = "6h")]
    max_time: Span,
    /// Bytes of both sides together that may be read, as they come over the wire; running out is unknown.
    #[arg(long, value_name = "SIZE")]
    max_read: Option<Bytes>,
    /// Bytes a second that may be read from each cluster, as they come over the wire.
    #[arg(long, value_name = "SIZE")]
    rate: Option<Bytes>,
    /// Read only what came since the last run with --resume, and remember this one. Without a name the file lies below
    /// .cutover/parity.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    resume: Option<Option<PathBuf>>,
    /// Read only a part: `random:PROBES[:SEED]` places drawn at random, or `boundary`, the first and last records of each
    /// partition. Red or unknown, never green.
    #[arg(long, value_name = "random:N[:SEED]|boundary", conflicts_with = "resume")]
    sample: Option<SampleArg>,
    /// Yellow exits with 0.
    #[arg(long, value_name = "LEVEL", value_parser = ["yellow"])]
    accept: Option<String>,
}

const EXAMPLES: &str = "\
Red: records missing, altered, extra or out of order. Yellow: only copied twice, still to come, or taken by
retention. Everything is read: on clusters that are busy say how fast (--rate) and how much (--max-read, --max-time).
What is found red stays red when time or bytes run out; anything else is then unknown.

Examples:
  cutover parity topic orders --source old.properties --target new.properties
  cutover parity topic orders --source old.properties --target new.properties --resume
  cutover parity topic orders accounts --source a:9092 --target b:9092 --rate 20MB --max-read 50GB -o json";

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
    let isolation = kafka::Isolation::from(args.isolation);
    let file = args.resume.as_ref().map(|named| {
        let (source, target) = (sides.source.id(), sides.target.id());
        ResumeFile::new(named.as_deref(), source, target, isolation.name())
    });
    let resume = file.as_ref().map(|file| {
        file.load().unwrap_or_else(|why| {
            output::talk(&format!("warning: everything is read: {}: {why}", file.path().display()));
            BTreeMap::new()
        })
    });
    let options = TopicOptions {
        resume,
        sample: args.sample.map(|sample| sample.0),
        settle: args.settle.0,
        max_read: args.max_read.map(|bytes| bytes.0),
        rate: args.rate.map(|bytes| bytes.0),
        ..TopicOptions::new(isolation)
    };
    let mut topics = args.topics.clone();
    topics.sort();
    topics.dedup();
    let bar = Bar::new("comparing");
    let outcomes = compare_topics(&sides.source, &sides.target, &topics, &options, patience, &|progress| {
        bar.at(progress.offsets_done, progress.offsets, &found(progress.records, progress.differences));
    })
    .map_err(unmeasured)?;
    drop(bar);
    if let (Some(file), Some(before)) = (file, options.resume.clone()) {
        remember(&file, before, &outcomes);
    }
    let random = matches!(options.sample, Some(Sample::Random { .. }));
    Ok(TopicsAnswer::new(outcomes.into_iter().map(|outcome| topic(outcome, random)).collect()))
}

/// Saves what a later run can go on from. A verdict does not hang on it.
fn remember(file: &ResumeFile, before: BTreeMap<TopicPartition, SavedCut>, outcomes: &[TopicOutcome]) {
    let mut cuts = before;
    for outcome in outcomes {
        for compared in outcome.comparison.iter().flat_map(|comparison| &comparison.partitions) {
            let partition = TopicPartition::new(&outcome.topic, compared.partition);
            match &compared.saved {
                Some(cut) => drop(cuts.insert(partition, cut.clone())),
                // What was not read to its end says nothing about what was saved earlier.
                None if compared.incomplete.is_none() => drop(cuts.remove(&partition)),
                None => {}
            }
        }
    }
    if let Err(error) = file.save(&cuts) {
        output::talk(&format!(
            "warning: the next run cannot resume from this one: {}: {error}",
            file.path().display()
        ));
    }
}

fn found(records: u64, differences: u64) -> String {
    match differences {
        0 => format!("{records} records"),
        n => format!("{records} records, {n} different so far"),
    }
}

fn topic(outcome: TopicOutcome, random: bool) -> TopicAnswer {
    let mode = if outcome.compacted { "compacted" } else { "ordered" };
    let comparison = match outcome.comparison {
        Ok(comparison) => comparison,
        Err(why) => return TopicAnswer::unknown(&outcome.topic, mode, why),
    };
    let (records, keys) = (comparison.records(), comparison.keys());
    let (measured, sample) = (comparison.measured(), comparison.sample());
    TopicAnswer {
        topic: outcome.topic,
        mode: mode.to_owned(),
        ordered: (!outcome.compacted).then(|| ordered(&records)),
        compacted: outcome.compacted.then(|| compacted(&keys)),
        pending: records.pending + keys.pending,
        source_records: records.source_records + keys.source_records,
        target_records: records.target_records + keys.target_records,
        evidence_sha256: Some(comparison.evidence_sha256),
        partitions: comparison.partitions.into_iter().map(partition).collect(),
        ignored: comparison.ignored,
        notes: comparison.notes,
        // Rounded down: what is not whole is never 100.
        sample: sample.as_ref().map(|sample| sample_answer(sample, random)),
        why: sample.as_ref().map(|sample| said(sample, random)),
        measured_percent: sample.is_none().then_some((measured * 100.0).clamp(0.0, 99.0) as u8),
        ..TopicAnswer::default()
    }
    .judged()
}

fn sample_answer(sample: &SampleResult, random: bool) -> SampleAnswer {
    SampleAnswer {
        probes: sample.placed,
        different: sample.different,
        unplaced: sample.unplaced,
        differing_below_percent: (random && sample.stopped.is_none()).then(|| sample.bound() * 100.0),
    }
}

/// What a sample proves, which is never that all is well.
fn said(sample: &SampleResult, random: bool) -> String {
    let found = match sample.different {
        0 => format!("no difference in {} probes", sample.placed),
        n => format!("{n} of {} probes differ", sample.placed),
    };
    let unplaced = match sample.unplaced {
        0 => String::new(),
        n => format!(", and {n} more whose place on the target was not found"),
    };
    let bound = match &sample.stopped {
        Some(why) => format!("; not all were made: {why}"),
        None if random => {
            let percent = sample.bound() * 100.0;
            format!(": with 95 % confidence fewer than {percent:.2} % of all places differ")
        }
        None => "; what lies between was not read".to_owned(),
    };
    format!("a sample: {found}{unplaced}{bound}")
}

fn ordered(counts: &Counts) -> OrderedCounts {
    OrderedCounts {
        matched: counts.matched,
        missing: counts.missing,
        altered: counts.altered,
        duplicated: counts.duplicated,
        extra: counts.extra,
        reordered: counts.reordered,
        trimmed_source: counts.trimmed_source,
        trimmed_target: counts.trimmed_target,
    }
}

fn compacted(counts: &KeyCounts) -> CompactedCounts {
    CompactedCounts {
        keys_source: counts.keys_source,
        keys_target: counts.keys_target,
        matching: counts.matching,
        missing_keys: counts.missing_keys,
        extra_keys: counts.extra_keys,
        altered_keys: counts.altered_keys,
        resurrected_keys: counts.resurrected_keys,
        tombstones: counts.tombstones,
        trimmed_source: counts.trimmed_source,
        trimmed_target: counts.trimmed_target,
        null_keys_source: counts.source_null_keys,
        null_keys_target: counts.target_null_keys,
    }
}

fn partition(compared: PartitionComparison) -> PartitionAnswer {
    PartitionAnswer {
        partition: compared.partition,
        source_sha256: compared.source_sha256,
        target_sha256: compared.target_sha256,
        findings: compared.findings.into_iter().map(finding).collect(),
        findings_omitted: compared.findings_omitted,
        why: compared.incomplete,
    }
}

fn finding(finding: TopicFinding) -> FindingAnswer {
    FindingAnswer {
        kind: finding.kind.name().to_owned(),
        count: finding.count,
        source_offsets: finding.source.map(|(first, last)| [first, last]),
        target_offsets: finding.target.map(|(first, last)| [first, last]),
        field: finding.field.map(|field| field.name().to_owned()),
        source_record: finding.source_record.map(|found| record(*found)),
        target_record: finding.target_record.map(|found| record(*found)),
    }
}

fn record(record: FoundRecord) -> FoundRecordAnswer {
    let inert = |text: String| visible(&text).into_owned();
    FoundRecordAnswer {
        offset: record.offset,
        timestamp: record.timestamp,
        key: record.key.map(inert),
        key_bytes: record.key_bytes,
        value_preview: record.value_preview.map(inert),
        value_bytes: record.value_bytes,
        headers: record.headers,
    }
}
