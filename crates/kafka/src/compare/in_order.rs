use std::sync::atomic::Ordering;

use parity::ordered::{self, Alignment, Ending, Finding, Head, Options, Progress};
use parity::{PartitionLog, ReadError, ReadErrorKind};

use super::job::Job;
use super::saved_cut::{Earlier, SavedCut, digest_at};
use super::settle::{Settled, wait_for_last};
use super::topic_comparison::{FindingKind, PartitionComparison, PartitionCounts, TopicFinding};
use super::topic_meter::{Beat, TopicMeter, length};
use crate::PartitionReader;

/// How often a reading begins anew because retention took away the head of a log under it.
const BEGUN_ANEW: usize = 3;

/// One reading of both sides.
struct Reading {
    alignment: Alignment,
    /// What the record is digested to that a later comparison could go on from; `None`: it was not asked for, or it
    /// cannot be read any more.
    last_twin: Option<String>,
    /// Where it began.
    from: (i64, i64),
    /// What it goes on from.
    earlier: Option<Earlier>,
    /// Why it could not go on from what was saved.
    anew: Option<String>,
}

/// Compares one partition record by record.
pub(super) fn compare(job: &Job<'_>, meter: &TopicMeter<'_>) -> Result<PartitionComparison, ReadError> {
    let ignore = job.pair.ignored();
    // The target gets the time of `settle` to reach the cut.
    let settle = meter.options.settle;
    let mut at_cut = job.at_cut(meter);
    let first = job.as_begun(meter);
    let mut settled =
        wait_for_last(&mut at_cut, &ignore, settle, meter.patience, first, || job.on_target(meter))?;
    drop(at_cut);
    let mut begun = 1;
    loop {
        let reading = read(job, &mut settled, meter)?;
        let lost_head = matches!(
            &reading.alignment.ending,
            Ending::Failed { error, .. } if error.kind == ReadErrorKind::OutOfRange
        );
        if lost_head && begun <= BEGUN_ANEW {
            begun += 1;
            settled = Settled { target: job.on_target(meter), at_first: false };
            continue;
        }
        let (source, target) = reading.from;
        let lost = (begun > 1).then(|| {
            format!(
                "retention removed the head of a log while it was read: compared from source offset {source} and target \
                 offset {target}"
            )
        });
        let mut compared = done(job, reading, meter);
        compared.notes.extend(lost);
        return Ok(compared);
    }
}

fn read(
    job: &Job<'_>,
    settled: &mut Settled<PartitionReader>,
    meter: &TopicMeter<'_>,
) -> Result<Reading, ReadError> {
    // The target is measured before the source: what it has was on the source then.
    let Settled { target: on_target, at_first } = settled;
    let there = on_target.bounds()?;
    let mut on_source = if *at_first { job.all_of_cut(meter)? } else { job.all_of_source(meter)? };
    let here = on_source.bounds()?;
    let isolation = on_source.isolation();
    let (mut earlier, mut anew) = (None, None);
    if let Some(saved) = meter.options.saved(&job.topic_partition()) {
        match saved.earlier(job, &job.left_out(meter), &mut *on_source, on_target) {
            Ok(found) => earlier = Some(found),
            Err(why) => anew = Some(why),
        }
    }
    let resumed = earlier.as_ref().map(|earlier| (earlier.source + 1, earlier.target + 1));
    let given = resumed.or_else(|| meter.options.from.get(&job.topic_partition()).copied());
    let from = given.unwrap_or((here.log_start, there.log_start));
    // Nothing is trimmed behind a place where both sides are known to correspond.
    let heads = match given {
        Some(_) => (Head::default(), Head::default()),
        None => (job.pair.source_head(here.log_start), job.pair.target_head(there.log_start)),
    };
    let options = Options {
        source_cut: Some(job.cut.end(meter.options.isolation)),
        source_head: heads.0,
        target_head: heads.1,
        ignore: job.pair.ignored(),
        earlier: earlier.as_ref().map(|earlier| earlier.digests.clone()),
        ..Options::default()
    };
    let source_range = from.0..here.end(isolation).max(from.0);
    let target_range = from.1..there.end(isolation).max(from.1);
    meter.expect_more((length(&source_range) + length(&target_range)).saturating_sub(job.offsets));
    let mut before = Progress { source_offset: from.0, target_offset: from.1, ..Progress::default() };
    let alignment = ordered::align(
        &mut *on_source,
        source_range,
        on_target,
        target_range,
        &options,
        &mut |now: &Progress| {
            let beat = since(&before, now);
            job.passed.fetch_add(beat.offsets, Ordering::Relaxed);
            before = *now;
            meter.beat(beat)
        },
    );
    let wanted = alignment.resume.as_ref().filter(|_| meter.options.resume.is_some());
    let last_twin = wanted.and_then(|resume| digest_at(job, &mut *on_source, resume.source).ok().flatten());
    Ok(Reading { alignment, last_twin, from, earlier, anew })
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

fn done(job: &Job<'_>, reading: Reading, meter: &TopicMeter<'_>) -> PartitionComparison {
    let Reading { alignment, last_twin, earlier, anew, .. } = reading;
    let is_whole = matches!(alignment.ending, Ending::Complete | Ending::Diverged { .. });
    let mut notes: Vec<String> = anew.map(|why| format!("compared anew: {why}")).into_iter().collect();
    let (mut counts, mut findings, mut omitted) = (alignment.counts, Vec::new(), alignment.findings_omitted);
    let resumed = earlier.is_some();
    if let Some(earlier) = earlier {
        notes.push(format!(
            "{} source records were compared earlier; this time those behind source offset {} and target offset {}",
            earlier.counts.source_records, earlier.source, earlier.target
        ));
        counts = earlier.counts + counts;
        findings = earlier.findings;
        omitted += earlier.findings_omitted;
    }
    findings.extend(alignment.findings.into_iter().map(TopicFinding::from));
    let first = |span: Option<(i64, i64)>| span.map_or(i64::MAX, |(first, _)| first);
    findings.sort_by_key(|finding| (first(finding.source), first(finding.target)));
    omitted += findings.len().saturating_sub(ordered::limits::FINDINGS) as u64;
    findings.truncate(ordered::limits::FINDINGS);
    let diverged = FindingKind::Records(ordered::FindingKind::Diverged);
    let incomplete = match alignment.ending {
        Ending::Complete => None,
        Ending::Diverged { source, target } => {
            if !findings.iter().any(|finding| finding.kind == diverged) {
                let (source, target) = (Some((source, source)), Some((target, target)));
                findings.push(TopicFinding::new(diverged, 0, source, target));
            }
            None
        }
        Ending::Failed { side, error } => {
            let failed = || format!("{} could not be read: {error}", side.name());
            Some(meter.over().unwrap_or_else(failed))
        }
        Ending::Stopped => Some(meter.over().unwrap_or_else(|| "stopped".to_owned())),
    };
    omitted += meter.keep(&mut findings);
    let saved = meter.options.resume.is_some().then(|| {
        let new = alignment.resume.zip(last_twin).and_then(|(resume, twin)| {
            SavedCut::of(job, &job.left_out(meter), &resume, twin, &counts, &findings, omitted)
        });
        // What was saved before still holds where this comparison went on from it.
        let known = || meter.options.saved(&job.topic_partition()).filter(|_| resumed).cloned();
        new.or_else(known)
    });
    PartitionComparison {
        partition: job.partition,
        counts: PartitionCounts::Records(counts),
        findings,
        findings_omitted: omitted,
        source_sha256: alignment.source_sha256.to_string(),
        target_sha256: alignment.target_sha256.to_string(),
        incomplete,
        notes,
        passed: job.passed(is_whole),
        saved: saved.flatten(),
        sample: None,
    }
}

impl From<Finding> for TopicFinding {
    fn from(finding: Finding) -> TopicFinding {
        let kind = FindingKind::Records(finding.kind);
        TopicFinding {
            field: finding.field,
            ..TopicFinding::new(kind, finding.count, finding.source, finding.target)
        }
    }
}
