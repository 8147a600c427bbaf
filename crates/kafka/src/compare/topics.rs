use std::sync::Arc;

use parity::compacted::KeyCounts;
use sha2::{Digest, Sha256};

use super::in_parallel::in_parallel;
use super::pair::{Pair, changed, pairs};
use super::topic_comparison::{PartitionComparison, TopicComparison, TopicOutcome};
use super::topic_meter::TopicMeter;
use super::{TopicOptions, TopicProgress, by_key, in_order};
use crate::{Cluster, ClusterError, Patience};

/// Partitions compared at once: enough to keep both clusters busy; more would only hold more memory.
const PARTITIONS_AT_ONCE: usize = 4;

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
    let found = pairs(source, target, names, patience)?;
    let comparable: Vec<&Pair> = found.iter().filter_map(|pair| pair.as_ref().ok()).collect();
    let jobs: Vec<(&Pair, i32)> = comparable
        .iter()
        .flat_map(|pair| pair.partitions.iter().map(move |partition| (*pair, *partition)))
        .collect();
    let meter = TopicMeter::new(options, patience, hear);
    let at_once = PARTITIONS_AT_ONCE.min(jobs.len());
    let compared = in_parallel(&jobs, at_once, |(pair, partition)| {
        let compared = if pair.is_compacted() {
            by_key::compare(source, target, pair, *partition, at_once, &meter)
                .map_err(|error| error.to_string())
        } else {
            in_order::compare(source, target, pair, *partition, &meter).map_err(|error| error.to_string())
        };
        compared.unwrap_or_else(|why| PartitionComparison::unread(*partition, pair.is_compacted(), why))
    });
    let mut compared: Vec<(&str, PartitionComparison)> =
        jobs.iter().map(|(pair, _)| pair.name.as_str()).zip(compared).collect();
    let mut changed = changed(source, target, &comparable, patience)?;

    let outcomes = found.iter().map(|pair| match pair {
        Err(outcome) => outcome.clone(),
        Ok(pair) => {
            let of_topic =
                compared.extract_if(.., |(name, _)| *name == pair.name).map(|(_, partition)| partition);
            let partitions: Vec<PartitionComparison> = of_topic.collect();
            TopicOutcome {
                topic: pair.name.clone(),
                compacted: pair.is_compacted(),
                comparison: match changed.remove(&pair.name) {
                    Some(why) => Err(why),
                    None => Ok(summed(partitions, pair)),
                },
            }
        }
    });
    Ok(outcomes.collect())
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
    };
    comparison.ignored = not_compared(pair, &comparison.keys());
    comparison
}

fn not_compared(pair: &Pair, keys: &KeyCounts) -> Vec<String> {
    let stamps = pair
        .ignored()
        .timestamp
        .then(|| "timestamps: the target sets its own (message.timestamp.type=LogAppendTime)".to_owned());
    let null_keys = (keys.source_null_keys + keys.target_null_keys > 0).then(|| {
        format!(
            "records without a key, {} on source and {} on target: they are older than the topic's compaction, and its \
             cleaner drops them",
            keys.source_null_keys, keys.target_null_keys
        )
    });
    stamps.into_iter().chain(null_keys).collect()
}
