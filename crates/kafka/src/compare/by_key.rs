use std::ops::Range;
use std::time::{Duration, Instant};

use parity::PartitionLog;
use parity::compacted::{CompactedError, Comparison, Half, KeyDifference, Options};
use parity::ordered::Side;

use super::job::Job;
use super::pair::Pair;
use super::settle::wait_for_last;
use super::topic_comparison::{FindingKind, PartitionComparison, PartitionCounts, TopicFinding};
use super::topic_meter::{TopicMeter, length};
use crate::PartitionReader;

/// How often both sides are read on before a key that differs is reported. What a cleaner took away under the first
/// reading, or what a busy key shows only for a moment, is gone after one or two.
const ROUNDS: usize = 5;
/// A deletion can only be missed when two runs of a cleaner fall into the reading, the second one longer than
/// `delete.retention.ms` after the first; cleaners pause 15 s where there is nothing to do.
const TWO_CLEANINGS: Duration = Duration::from_secs(10);

/// Compares one partition by the latest value of each key, as of the cut. `at_once` partitions share the memory.
pub(super) fn compare(
    job: &Job<'_>,
    at_once: usize,
    meter: &TopicMeter<'_>,
) -> Result<PartitionComparison, CompactedError> {
    let ignore = job.pair.ignored();
    let settle = |source: &mut PartitionReader, settle: Duration, first: Option<PartitionReader>| {
        wait_for_last(source, &ignore, settle, meter.patience, first, || job.on_target(meter))
    };
    // The target is measured before the source: what it has was on the source then.
    let settled = settle(&mut job.at_cut(meter), meter.options.settle, job.as_begun(meter))?;
    let mut on_target = settled.target;
    let there = on_target.bounds()?;
    let mut on_source = if settled.at_first { job.all_of_cut(meter)? } else { job.all_of_source(meter)? };
    let here = on_source.bounds()?;
    let isolation = on_source.isolation();
    let mut read_to = (here.end(isolation), there.end(isolation));
    let options = Options {
        ignore: ignore.clone(),
        source_cut: Some(job.cut.end(meter.options.isolation)),
        target_cut: Some(read_to.1),
        memory: meter.options.memory / at_once.max(1),
        source_head: job.pair.source_head(here.log_start),
        target_head: job.pair.target_head(there.log_start),
        ..Options::default()
    };
    let mut halves = (Half::new(Side::Source, &options), Half::new(Side::Target, &options));
    let ranges = (here.log_start..read_to.0, there.log_start..read_to.1);
    meter.expect_more((length(&ranges.0) + length(&ranges.1)).saturating_sub(job.offsets));
    let began = Instant::now();
    read(job, meter, &mut halves, (&mut *on_source, &mut on_target), ranges)?;
    let reading = began.elapsed();
    let mut found = halves.0.join(&mut halves.1, &options)?;
    let until = Instant::now() + meter.options.settle;
    for _ in 0..ROUNDS {
        if found.differences.is_empty() {
            break;
        }
        let mut now = job.on_source(meter);
        if now.bounds()?.end(isolation) > read_to.0 {
            drop(settle(&mut now, until.saturating_duration_since(Instant::now()), None)?);
        }
        let mut on_target = job.on_target(meter);
        let there = on_target.bounds()?.end(isolation);
        let mut on_source = job.all_of_source(meter)?;
        let here = on_source.bounds()?.end(isolation);
        if (here, there) == read_to {
            break;
        }
        let ranges = (read_to.0..here, read_to.1..there);
        meter.expect_more(length(&ranges.0) + length(&ranges.1));
        read(job, meter, &mut halves, (&mut *on_source, &mut on_target), ranges)?;
        read_to = (here, there);
        let again = halves.0.join(&mut halves.1, &options)?;
        let unchanged = again.differences == found.differences;
        found = again;
        if unchanged {
            break;
        }
    }
    let mut compared = done(job, found, deletions_missed(job.pair, reading));
    compared.findings_omitted += meter.keep(&mut compared.findings);
    Ok(compared)
}

/// Reads both sides at once.
fn read(
    job: &Job<'_>,
    meter: &TopicMeter<'_>,
    halves: &mut (Half, Half),
    logs: (&mut dyn PartitionLog, &mut dyn PartitionLog),
    ranges: (Range<i64>, Range<i64>),
) -> Result<(), CompactedError> {
    let read = |half: &mut Half, log: &mut dyn PartitionLog, range: Range<i64>| {
        let stream = log.open(range.start, range.end)?;
        half.read(&mut meter.heard(stream, range, &job.passed))
    };
    std::thread::scope(|scope| {
        let source = scope.spawn(|| read(&mut halves.0, logs.0, ranges.0));
        let target = read(&mut halves.1, logs.1, ranges.1);
        source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)).and(target)
    })
}

/// Why deletions may have been missed: then a key that looks alive may be deleted, and nothing is proved.
fn deletions_missed(pair: &Pair, reading: Duration) -> Option<String> {
    let (side, kept) = pair.tombstones_kept()?;
    (reading > kept + TWO_CLEANINGS).then(|| {
        format!(
            "reading took {} s and the {side} keeps tombstones for {} s (delete.retention.ms): a reader slower than \
             that may miss deletions; raise it while comparing",
            reading.as_secs(),
            kept.as_secs()
        )
    })
}

fn done(job: &Job<'_>, found: Comparison, incomplete: Option<String>) -> PartitionComparison {
    PartitionComparison {
        partition: job.partition,
        counts: PartitionCounts::Keys(found.counts),
        findings: spans(&found.differences),
        findings_omitted: found.unnamed,
        source_sha256: found.source_sha256.to_string(),
        target_sha256: found.target_sha256.to_string(),
        incomplete,
        notes: Vec::new(),
        passed: job.passed(true),
        saved: None,
        sample: None,
    }
}

/// Keys that differ in the same way and whose latest records are neighbours become one finding.
fn spans(differences: &[KeyDifference]) -> Vec<TopicFinding> {
    let mut findings: Vec<TopicFinding> = Vec::new();
    for key in differences {
        let kind = FindingKind::Keys(key.difference);
        let next = |span: Option<(i64, i64)>, offset: Option<i64>| match (span, offset) {
            (None, None) => true,
            (Some((_, last)), Some(offset)) => offset == last + 1,
            _ => false,
        };
        match findings.last_mut() {
            Some(last)
                if last.kind == kind
                    && next(last.source, key.source_offset)
                    && next(last.target, key.target_offset) =>
            {
                last.count += 1;
                let grown = |span: Option<(i64, i64)>| span.map(|(first, last)| (first, last + 1));
                (last.source, last.target) = (grown(last.source), grown(last.target));
            }
            _ => {
                let alone = |offset: Option<i64>| offset.map(|offset| (offset, offset));
                findings.push(TopicFinding::new(kind, 1, alone(key.source_offset), alone(key.target_offset)));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use parity::compacted::Difference;

    #[test]
    fn neighbours_of_a_kind_become_one_finding() {
        let key = |difference, source_offset, target_offset| KeyDifference {
            difference,
            source_offset,
            target_offset,
        };
        let found = spans(&[
            key(Difference::Missing, Some(3), None),
            key(Difference::Missing, Some(4), None),
            key(Difference::Missing, Some(5), Some(2)),
            key(Difference::Altered, Some(6), Some(3)),
            key(Difference::Altered, Some(7), Some(4)),
            key(Difference::Altered, Some(8), Some(9)),
            key(Difference::Extra, None, Some(1)),
        ]);
        let shown: Vec<_> = found.iter().map(|f| (f.kind.name(), f.count, f.source, f.target)).collect();
        assert_eq!(
            shown,
            [
                ("missing_keys", 2, Some((3, 4)), None),
                ("missing_keys", 1, Some((5, 5)), Some((2, 2))),
                ("altered_keys", 2, Some((6, 7)), Some((3, 4))),
                ("altered_keys", 1, Some((8, 8)), Some((9, 9))),
                ("extra_keys", 1, None, Some((1, 1))),
            ]
        );
    }
}
