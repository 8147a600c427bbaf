use parity::ordered::{Counts, Ending, Side};
use parity::sample::{Probe, Probed};
use parity::{PartitionLog, ReadError};

use super::job::Job;
use super::settle::wait_for_last;
use super::topic_comparison::{PartitionComparison, PartitionCounts, TopicFinding};
use super::topic_meter::{Beat, TopicMeter};
use super::{Sample, SampleResult};

/// Records on either side of a random place: they have to show where that is on the target, and be cheap.
const AROUND: usize = 8;

/// Where the probes of all partitions of a topic are placed, partition by partition.
///
/// Each random place is drawn on its own, evenly over the source offsets of all partitions together.
pub(super) fn places(sample: Sample, jobs: &[&Job<'_>], meter: &TopicMeter<'_>) -> Vec<Vec<i64>> {
    let range = |job: &Job<'_>| job.cut.log_start..job.cut.end(meter.options.isolation);
    let mut places = vec![Vec::new(); jobs.len()];
    match sample {
        Sample::Boundary { .. } => {
            for (places, job) in places.iter_mut().zip(jobs) {
                places.extend([range(job).start, range(job).end]);
            }
        }
        Sample::Random { probes, seed } => {
            let lengths = jobs.iter().map(|job| super::topic_meter::length(&range(job)));
            let total: u64 = lengths.clone().sum();
            let mut dice = Dice(seed);
            for _ in 0..if total == 0 { 0 } else { probes } {
                let mut at = dice.below(total);
                for (index, length) in lengths.clone().enumerate() {
                    if at < length {
                        places[index].push(range(jobs[index]).start + i64::try_from(at).unwrap_or(i64::MAX));
                        break;
                    }
                    at -= length;
                }
            }
            // In the order of the log, so that neighbours are read one after the other.
            places.iter_mut().for_each(|places| places.sort_unstable());
        }
    }
    places
}

/// Compares one partition at these places only.
pub(super) fn compare(
    job: &Job<'_>,
    sample: Sample,
    places: &[i64],
    meter: &TopicMeter<'_>,
) -> Result<PartitionComparison, ReadError> {
    let ignore = job.pair.ignored();
    let settle = meter.options.settle;
    let mut at_cut = job.at_cut(meter);
    let settled = wait_for_last(&mut at_cut, &ignore, settle, meter.patience, None, || job.on_target(meter))?;
    let mut on_target = settled.target;
    let there = on_target.bounds()?;
    let mut on_source = job.all_of_source(meter)?;
    let here = on_source.bounds()?;
    let around = match sample {
        Sample::Random { .. } => AROUND,
        Sample::Boundary { records } => records,
    };
    let mut result = SampleResult::default();
    let (mut counts, mut findings, mut omitted) = (Counts::default(), Vec::<TopicFinding>::new(), 0);
    for at in places {
        if let Some(why) = meter.over() {
            result.stopped = Some(why);
            break;
        }
        let probe = Probe {
            at: (*at).max(here.log_start),
            before: around,
            behind: around,
            source_cut: job.cut.end(meter.options.isolation),
            ignore: ignore.clone(),
            source_head: job.pair.source_head(here.log_start),
            target_head: job.pair.target_head(there.log_start),
        };
        let failed = |(side, error): (Side, ReadError)| {
            ReadError::new(error.kind, format!("{}: {}", side.name(), error.what))
        };
        match probe.look(&mut *on_source, &mut on_target).map_err(failed)? {
            Probed::Unplaced => result.unplaced += 1,
            Probed::Compared(found) => {
                match found.ending {
                    Ending::Failed { side, error } => return Err(failed((side, error))),
                    Ending::Stopped => result.unplaced += 1,
                    Ending::Complete | Ending::Diverged { .. } => result.placed += 1,
                }
                let records = found.counts.source_records + found.counts.target_records;
                let differs = found.counts.matched * 2 != records || found.counts.reordered > 0;
                result.different += u64::from(differs);
                let _ = meter.beat(Beat { records, differences: u64::from(differs), ..Beat::default() });
                counts = counts + found.counts;
                omitted += found.findings_omitted;
                // Probes near each other may see the same.
                for finding in found.findings.into_iter().map(TopicFinding::from) {
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
            }
        }
    }
    on_target.check_identity()?;
    Ok(PartitionComparison {
        partition: job.partition,
        counts: PartitionCounts::Records(counts),
        findings,
        findings_omitted: omitted,
        source_sha256: String::new(),
        target_sha256: String::new(),
        incomplete: None,
        notes: Vec::new(),
        passed: job.passed(false),
        saved: None,
        sample: Some(result),
    })
}

/// SplitMix64: the same places for the same seed, on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly below `end`, which is not 0.
    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }
}
