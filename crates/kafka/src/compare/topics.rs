use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use parity::compacted::KeyCounts;
use sha2::{Digest, Sha256};

use super::found_record::show_records;
use super::in_parallel::in_parallel;
use super::job::Job;
use super::pair::{Pair, changed, pairs};
use super::topic_comparison::{PartitionComparison, TopicComparison, TopicOutcome};
use super::topic_meter::{TopicMeter, length};
use super::{TopicOptions, TopicProgress, by_key, in_order, sampled};
use crate::{Cluster, ClusterError, Code, Ends, Patience, TopicPartition};

/// Partitions compared at once: enough to keep both clusters busy; more would only hold more memory.
const PARTITIONS_AT_ONCE: usize = 4;

/// Longest time for the last look at the topics' ids.
const LAST_LOOK: Duration = Duration::from_secs(15);

/// Compares topics, those in order record by record and compacted ones by the latest value of each key; one outcome per
/// name, in the order of the names.
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
    let mut found = pairs(source, target, names, patience)?;
    found.iter_mut().flatten().for_each(|pair| pair.ignore_headers.clone_from(&options.ignore_headers));
    let comparable: Vec<&Pair> = found.iter().filter_map(|pair| pair.as_ref().ok()).collect();
    let (jobs, mut compared) = jobs(source, target, &comparable, options, patience)?;
    let offsets = jobs.iter().map(|job| job.offsets).sum();
    let meter = TopicMeter::new(options, patience, offsets, hear);
    let at_once = PARTITIONS_AT_ONCE.min(jobs.len());
    let places = sample_places(&jobs, &meter);
    let numbered: Vec<(usize, &Job<'_>)> = jobs.iter().enumerate().collect();
    let done = in_parallel(&numbered, at_once, |(number, job)| {
        (job.pair.name.as_str(), compare(job, &places[*number], at_once, &meter))
    });
    compared.extend(done);
    compared.sort_by(|a, b| (a.0, a.1.partition).cmp(&(b.0, b.1.partition)));
    // Also where the time is over: what was found stays found, if it was found in these topics.
    let mut changed = changed(source, target, &comparable, &Patience::new(LAST_LOOK))?;

    let outcomes = found.iter().map(|pair| match pair {
        Err(outcome) => outcome.clone(),
        Ok(pair) => {
            let of_topic =
                compared.extract_if(.., |(name, _)| *name == pair.name).map(|(_, partition)| partition);
            let mut partitions: Vec<PartitionComparison> = of_topic.collect();
            let comparison = match changed.remove(&pair.name) {
                Some(why) => Err(why),
                None => {
                    show_records(source, target, pair, &mut partitions, &meter);
                    Ok(summed(partitions, pair))
                }
            };
            TopicOutcome { topic: pair.name.clone(), compacted: pair.is_compacted(), comparison }
        }
    });
    Ok(outcomes.collect())
}

/// A topic's name, and one of its partitions.
type OfTopic<'a> = (&'a str, PartitionComparison);

/// What is to be compared, all cuts taken at once; and the partitions whose ends could not be measured.
fn jobs<'a>(
    source: &'a Arc<Cluster>,
    target: &'a Arc<Cluster>,
    pairs: &[&'a Pair],
    options: &TopicOptions,
    patience: &Patience,
) -> Result<(Vec<Job<'a>>, Vec<OfTopic<'a>>), ClusterError> {
    let wanted = |partition: &TopicPartition| {
        options.partitions.as_ref().is_none_or(|wanted| wanted.contains(partition))
    };
    let all: Vec<TopicPartition> = pairs
        .iter()
        .flat_map(|pair| pair.partitions.iter().map(|number| TopicPartition::new(&pair.name, *number)))
        .filter(wanted)
        .collect();
    // The target first: the other way round it could look as if it had more than the source.
    let (there, here) = (target.ends(&all, patience)?, source.ends(&all, patience)?);
    let measured = Instant::now();
    let ends = |cluster: &Cluster,
                told: &BTreeMap<TopicPartition, Result<Ends, Code>>,
                partition: &TopicPartition| {
        let told = told.get(partition).copied().unwrap_or(Err(Code(-1)));
        told.map_err(|code| format!("the {} cluster does not tell its ends: {code}", cluster.name()))
    };
    let (mut jobs, mut unmeasured) = (Vec::new(), Vec::new());
    for pair in pairs {
        for number in &pair.partitions {
            let partition = TopicPartition::new(&pair.name, *number);
            if !wanted(&partition) {
                continue;
            }
            let both = ends(source, &here, &partition)
                .and_then(|source| Ok((source, ends(target, &there, &partition)?)));
            match both {
                Ok((cut, theirs)) => {
                    let from = options.start(&partition).filter(|_| !pair.is_compacted());
                    let (ours_from, theirs_from) = from.unwrap_or((cut.log_start, theirs.log_start));
                    let offsets = length(&(ours_from..cut.end(options.isolation)))
                        + length(&(theirs_from..theirs.end(options.isolation)));
                    let passed = AtomicU64::new(0);
                    jobs.push(Job {
                        source,
                        target,
                        pair,
                        partition: *number,
                        cut,
                        theirs,
                        measured,
                        offsets,
                        passed,
                    });
                }
                Err(why) => unmeasured.push((
                    pair.name.as_str(),
                    PartitionComparison::unread(*number, pair.is_compacted(), (0, 1), why),
                )),
            }
        }
    }
    Ok((jobs, unmeasured))
}

/// Where each job is probed, of a sample; nowhere otherwise.
fn sample_places(jobs: &[Job<'_>], meter: &TopicMeter<'_>) -> Vec<Vec<i64>> {
    let Some(sample) = meter.options.sample else { return vec![Vec::new(); jobs.len()] };
    let mut places = Vec::with_capacity(jobs.len());
    for of_topic in jobs.chunk_by(|one, next| one.pair.name == next.pair.name) {
        places.extend(sampled::places(sample, &of_topic.iter().collect::<Vec<_>>(), meter));
    }
    places
}

fn compare(job: &Job<'_>, places: &[i64], at_once: usize, meter: &TopicMeter<'_>) -> PartitionComparison {
    let compacted = job.pair.is_compacted();
    let compared = match meter.over() {
        Some(why) => Err(why),
        None if compacted && meter.options.sample.is_some() => {
            Err("compacted: a part of it says nothing, it is compared whole or not at all".to_owned())
        }
        None if compacted => by_key::compare(job, at_once, meter).map_err(|error| error.to_string()),
        None => match meter.options.sample {
            Some(sample) => sampled::compare(job, sample, places, meter),
            None => in_order::compare(job, meter),
        }
        .map_err(|error| error.to_string()),
    };
    compared.unwrap_or_else(|why| {
        let why = meter.over().unwrap_or(why);
        PartitionComparison::unread(job.partition, compacted, job.passed(false), why)
    })
}

fn summed(partitions: Vec<PartitionComparison>, pair: &Pair) -> TopicComparison {
    let mut evidence = Sha256::new();
    for partition in &partitions {
        evidence.update(format!(
            "{} {} {}\n",
            partition.partition, partition.source_sha256, partition.target_sha256
        ));
    }
    let digest = evidence.finalize();
    let mut comparison = TopicComparison {
        partitions,
        evidence_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        ignored: Vec::new(),
        notes: Vec::new(),
    };
    comparison.ignored = not_compared(pair, &comparison.keys());
    comparison.notes = notes(&comparison.partitions);
    comparison
}

fn not_compared(pair: &Pair, keys: &KeyCounts) -> Vec<String> {
    let stamps = pair
        .ignored()
        .timestamp
        .then(|| "timestamps: the target sets its own (message.timestamp.type=LogAppendTime)".to_owned());
    let headers = (!pair.ignore_headers.is_empty())
        .then(|| format!("headers named {}: left out by the check", pair.ignore_headers.join(", ")));
    let null_keys = (keys.source_null_keys + keys.target_null_keys > 0).then(|| {
        format!(
            "records without a key, {} on source and {} on target: they are older than the topic's compaction, and its \
             cleaner drops them",
            keys.source_null_keys, keys.target_null_keys
        )
    });
    stamps.into_iter().chain(headers).chain(null_keys).collect()
}

fn notes(partitions: &[PartitionComparison]) -> Vec<String> {
    let notes = partitions
        .iter()
        .flat_map(|compared| compared.notes.iter().map(move |note| (compared.partition, note)));
    notes.map(|(partition, note)| format!("partition {partition}: {note}")).collect()
}
