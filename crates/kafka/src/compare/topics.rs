use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parity::ordered::{self, Alignment, Ending, Head, Options, Progress};
use parity::{Ignore, PartitionLog, ReadError};
use sha2::{Digest, Sha256};

use super::in_parallel::in_parallel;
use super::pair::{Pair, changed, pairs};
use super::settle::wait_for_last;
use super::topic_comparison::{PartitionComparison, TopicComparison, TopicOutcome};
use crate::{Cluster, ClusterError, Configs, Isolation, PartitionReader, Patience, ReadOptions, Topic};

/// Partitions compared at once: enough to keep both clusters busy; more would only hold more memory.
const PARTITIONS_AT_ONCE: usize = 4;

/// How topics are compared.
#[derive(Debug, Clone)]
pub struct TopicOptions {
    pub isolation: Isolation,
    /// How long the target may take to reach the cut.
    pub settle: Duration,
    /// Bytes of both sides together that may be read.
    pub max_read: Option<u64>,
}

/// How far a comparison is, all partitions together.
#[derive(Debug, Clone, Copy, Default)]
pub struct TopicProgress {
    /// Visible records taken from both sides.
    pub records: u64,
    pub bytes: u64,
    /// Offsets of both sides that are to be passed in all; markers and holes count.
    pub offsets: u64,
    pub offsets_done: u64,
    /// Records found different so far; not final.
    pub differences: u64,
}

/// Compares topics record by record; one outcome per name, in the order of the names.
///
/// # Errors
/// A side that cannot be asked at all. What goes wrong with one topic is in its outcome.
pub fn compare_topics(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    names: &[String],
    options: &TopicOptions,
    patience: &Patience,
    hear: &(dyn Fn(TopicProgress) + Sync),
) -> Result<Vec<TopicOutcome>, ClusterError> {
    let found = pairs(source, target, names, patience)?;
    let comparable: Vec<&Pair> =
        found.iter().filter_map(|pair| pair.as_ref().ok()).filter(|pair| !is_compacted(pair)).collect();
    let jobs: Vec<(&Pair, i32)> = comparable
        .iter()
        .flat_map(|pair| pair.partitions.iter().map(move |partition| (*pair, *partition)))
        .collect();
    let meter = Meter::new(options, patience, hear);
    let compared = in_parallel(&jobs, PARTITIONS_AT_ONCE, |(pair, partition)| {
        compare(source, target, pair, *partition, &meter)
    });
    let mut compared: Vec<(&str, PartitionComparison)> =
        jobs.iter().map(|(pair, _)| pair.name.as_str()).zip(compared).collect();
    let mut changed = changed(source, target, &comparable, patience)?;

    let outcomes = found.iter().map(|pair| match pair {
        Err(outcome) => outcome.clone(),
        Ok(pair) if is_compacted(pair) => {
            let why =
                "its source cleanup.policy contains compact: comparing latest values is not in this version";
            TopicOutcome { compacted: true, ..TopicOutcome::unknown(&pair.name, why) }
        }
        Ok(pair) => match changed.remove(&pair.name) {
            Some(why) => TopicOutcome::unknown(&pair.name, why),
            None => {
                let of_topic =
                    compared.extract_if(.., |(name, _)| *name == pair.name).map(|(_, partition)| partition);
                TopicOutcome {
                    topic: pair.name.clone(),
                    compacted: false,
                    comparison: Ok(summed(of_topic.collect(), &ignored(pair))),
                }
            }
        },
    });
    Ok(outcomes.collect())
}

fn compare(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    pair: &Pair,
    partition: i32,
    meter: &Meter<'_>,
) -> PartitionComparison {
    match try_compare(source, target, pair, partition, meter) {
        Ok(alignment) => done(partition, alignment),
        Err(error) => PartitionComparison {
            partition,
            counts: parity::ordered::Counts::default(),
            findings: Vec::new(),
            findings_omitted: 0,
            source_sha256: String::new(),
            target_sha256: String::new(),
            diverged: None,
            incomplete: Some(error.to_string()),
        },
    }
}

fn try_compare(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    pair: &Pair,
    partition: i32,
    meter: &Meter<'_>,
) -> Result<Alignment, ReadError> {
    let open = |cluster: &Arc<Cluster>, topic: &Topic| {
        let options = ReadOptions::new(meter.options.isolation, meter.patience.clone());
        PartitionReader::new(Arc::clone(cluster), topic, partition, None, options)
    };
    let ignore = ignored(pair);
    // The cut of this comparison: the target gets the time of `settle` to reach it.
    let mut first = open(source, &pair.source);
    let isolation = first.isolation();
    let cut = first.bounds()?.end(isolation);
    wait_for_last(&mut first, &ignore, meter.options.settle, meter.patience, || open(target, &pair.target))?;
    drop(first);
    // The target is measured before the source: what it has was on the source then.
    let mut on_target = open(target, &pair.target);
    let target_bounds = on_target.bounds()?;
    let mut on_source = open(source, &pair.source);
    let source_bounds = on_source.bounds()?;
    let options = Options {
        source_cut: Some(cut),
        source_head: head(source_bounds.log_start, &pair.source_configs),
        target_head: head(target_bounds.log_start, &pair.target_configs),
        ignore,
        ..Options::default()
    };
    let source_range = source_bounds.log_start..source_bounds.end(isolation);
    let target_range = target_bounds.log_start..target_bounds.end(isolation);
    meter.expect(&source_range, &target_range);
    let mut passed = Progress {
        source_offset: source_range.start,
        target_offset: target_range.start,
        ..Progress::default()
    };
    let alignment = ordered::align(
        &mut on_source,
        source_range,
        &mut on_target,
        target_range,
        &options,
        &mut |now: &Progress| meter.beat(&mut passed, now),
    );
    Ok(alignment)
}

fn done(partition: i32, alignment: Alignment) -> PartitionComparison {
    let (diverged, incomplete) = match alignment.ending {
        Ending::Complete => (None, None),
        Ending::Diverged { source, target } => (Some((source, target)), None),
        Ending::Failed { side, error } => (None, Some(format!("{} could not be read: {error}", side.name()))),
        Ending::Stopped => (
            None,
            Some("stopped before everything was read: interrupted, or out of time or read budget".to_owned()),
        ),
    };
    PartitionComparison {
        partition,
        counts: alignment.counts,
        findings: alignment.findings,
        findings_omitted: alignment.findings_omitted,
        source_sha256: alignment.source_sha256.to_string(),
        target_sha256: alignment.target_sha256.to_string(),
        diverged,
        incomplete,
    }
}

fn summed(partitions: Vec<PartitionComparison>, ignore: &Ignore) -> TopicComparison {
    let mut evidence = Sha256::new();
    for partition in &partitions {
        evidence.update(format!(
            "{} {} {}\n",
            partition.partition, partition.source_sha256, partition.target_sha256
        ));
    }
    let digest = evidence.finalize();
    let ignored = if ignore.timestamp {
        vec!["timestamps: the target sets its own (message.timestamp.type=LogAppendTime)".to_owned()]
    } else {
        Vec::new()
    };
    TopicComparison {
        partitions,
        evidence_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        ignored,
    }
}

fn value<'a>(configs: &'a Configs, name: &str) -> Option<&'a str> {
    configs.get(name).and_then(|config| config.value.as_deref())
}

fn is_compacted(pair: &Pair) -> bool {
    value(&pair.source_configs, "cleanup.policy").is_some_and(|policy| policy.contains("compact"))
}

/// What the target rewrites and so cannot be compared.
fn ignored(pair: &Pair) -> Ignore {
    let stamps = value(&pair.target_configs, "message.timestamp.type") == Some("LogAppendTime");
    Ignore { timestamp: stamps, ..Ignore::NOTHING }
}

/// What retention can explain at the head of a log.
fn head(log_start: i64, configs: &Configs) -> Head {
    let number =
        |name| value(configs, name).and_then(|value| value.parse::<i64>().ok()).filter(|value| *value >= 0);
    let deletes = value(configs, "cleanup.policy").is_some_and(|policy| policy.contains("delete"));
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    Head {
        log_start,
        removed_before: number("retention.ms").filter(|_| deletes).map(|retention| now - retention),
        limited_by_size: deletes && number("retention.bytes").is_some(),
    }
}

/// Adds up what the partitions do, and says when to stop.
struct Meter<'a> {
    options: &'a TopicOptions,
    patience: &'a Patience,
    hear: &'a (dyn Fn(TopicProgress) + Sync),
    records: AtomicU64,
    bytes: AtomicU64,
    offsets: AtomicU64,
    offsets_done: AtomicU64,
    differences: AtomicU64,
}

impl<'a> Meter<'a> {
    fn new(
        options: &'a TopicOptions,
        patience: &'a Patience,
        hear: &'a (dyn Fn(TopicProgress) + Sync),
    ) -> Meter<'a> {
        let zero = || AtomicU64::new(0);
        Meter {
            options,
            patience,
            hear,
            records: zero(),
            bytes: zero(),
            offsets: zero(),
            offsets_done: zero(),
            differences: zero(),
        }
    }

    fn expect(&self, source: &std::ops::Range<i64>, target: &std::ops::Range<i64>) {
        let length = |range: &std::ops::Range<i64>| u64::try_from(range.end - range.start).unwrap_or(0);
        self.offsets.fetch_add(length(source) + length(target), Ordering::Relaxed);
    }

    fn beat(&self, before: &mut Progress, now: &Progress) -> ControlFlow<()> {
        let add = |sum: &AtomicU64, more: u64| sum.fetch_add(more, Ordering::Relaxed) + more;
        let offsets = now.source_offset.saturating_sub(before.source_offset).max(0)
            + now.target_offset.saturating_sub(before.target_offset).max(0);
        let records = (now.source_records + now.target_records)
            .saturating_sub(before.source_records + before.target_records);
        let progress = TopicProgress {
            records: add(&self.records, records),
            bytes: add(&self.bytes, now.bytes.saturating_sub(before.bytes)),
            offsets: self.offsets.load(Ordering::Relaxed),
            offsets_done: add(&self.offsets_done, u64::try_from(offsets).unwrap_or(0)),
            differences: add(&self.differences, now.differences.saturating_sub(before.differences)),
        };
        *before = *now;
        (self.hear)(progress);
        let over = self.options.max_read.is_some_and(|most| progress.bytes > most);
        if over || self.patience.is_stopped() || self.patience.is_over() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
