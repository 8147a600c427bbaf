use std::sync::Arc;

use parity::ordered::{self, Alignment, Ending, Finding, Options, Progress};
use parity::{PartitionLog, ReadError, WithUndecided};

use super::pair::Pair;
use super::settle::wait_for_last;
use super::topic_comparison::{FindingKind, PartitionComparison, PartitionCounts, TopicFinding};
use super::topic_meter::{Beat, STOPPED, TopicMeter};
use crate::{Cluster, Isolation};

/// Compares one partition record by record.
pub(super) fn compare(
    source: &Arc<Cluster>,
    target: &Arc<Cluster>,
    pair: &Pair,
    partition: i32,
    meter: &TopicMeter<'_>,
) -> Result<PartitionComparison, ReadError> {
    let ignore = pair.ignored();
    // The cut of this comparison: the target gets the time of `settle` to reach it.
    let mut first = meter.open(source, &pair.source, partition);
    let isolation = first.isolation();
    let cut = first.bounds()?.end(isolation);
    let settle = meter.options.settle;
    wait_for_last(&mut first, &ignore, settle, meter.patience, || {
        meter.open(target, &pair.target, partition)
    })?;
    drop(first);
    // The target is measured before the source: what it has was on the source then.
    let mut on_target = meter.open(target, &pair.target, partition);
    let target_bounds = on_target.bounds()?;
    let mut on_source = meter.open(source, &pair.source, partition);
    let source_bounds = on_source.bounds()?;
    let mut source_log: Box<dyn PartitionLog> =
        if source_bounds.end(isolation) == source_bounds.high_watermark {
            Box::new(on_source)
        } else {
            let everything = meter.open_at(Isolation::ReadUncommitted, source, &pair.source, partition);
            Box::new(WithUndecided::new(on_source, everything)?)
        };
    let options = Options {
        source_cut: Some(cut),
        source_head: pair.source_head(source_bounds.log_start),
        target_head: pair.target_head(target_bounds.log_start),
        ignore,
        ..Options::default()
    };
    let source_range = source_bounds.log_start..source_log.bounds()?.end(isolation);
    let target_range = target_bounds.log_start..target_bounds.end(isolation);
    meter.expect([&source_range, &target_range]);
    let mut passed = Progress {
        source_offset: source_range.start,
        target_offset: target_range.start,
        ..Progress::default()
    };
    let alignment = ordered::align(
        &mut *source_log,
        source_range,
        &mut on_target,
        target_range,
        &options,
        &mut |now: &Progress| {
            let beat = since(&passed, now);
            passed = *now;
            meter.beat(beat)
        },
    );
    Ok(done(partition, alignment))
}

/// What has been done between two beats.
fn since(before: &Progress, now: &Progress) -> Beat {
    let offsets = now.source_offset.saturating_sub(before.source_offset).max(0)
        + now.target_offset.saturating_sub(before.target_offset).max(0);
    let records = |progress: &Progress| progress.source_records + progress.target_records;
    Beat {
        records: records(now).saturating_sub(records(before)),
        bytes: now.bytes.saturating_sub(before.bytes),
        offsets: u64::try_from(offsets).unwrap_or(0),
        differences: now.differences.saturating_sub(before.differences),
    }
}

fn done(partition: i32, alignment: Alignment) -> PartitionComparison {
    let mut findings: Vec<TopicFinding> = alignment.findings.into_iter().map(TopicFinding::from).collect();
    let diverged = FindingKind::Records(ordered::FindingKind::Diverged);
    let incomplete = match alignment.ending {
        Ending::Complete => None,
        Ending::Diverged { source, target } => {
            if !findings.iter().any(|finding| finding.kind == diverged) {
                findings.push(TopicFinding {
                    kind: diverged,
                    count: 0,
                    source: Some((source, source)),
                    target: Some((target, target)),
                    field: None,
                });
            }
            None
        }
        Ending::Failed { side, error } => Some(format!("{} could not be read: {error}", side.name())),
        Ending::Stopped => Some(STOPPED.to_owned()),
    };
    PartitionComparison {
        partition,
        counts: PartitionCounts::Records(alignment.counts),
        findings,
        findings_omitted: alignment.findings_omitted,
        source_sha256: alignment.source_sha256.to_string(),
        target_sha256: alignment.target_sha256.to_string(),
        incomplete,
    }
}

impl From<Finding> for TopicFinding {
    fn from(finding: Finding) -> TopicFinding {
        TopicFinding {
            kind: FindingKind::Records(finding.kind),
            count: finding.count,
            source: finding.source,
            target: finding.target,
            field: finding.field,
        }
    }
}
