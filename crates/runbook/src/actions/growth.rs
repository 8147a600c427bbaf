//! Whether topics are written to, from two looks at their ends.

use super::sight::Sight;
use crate::world::{PartitionRest, Probe, RestSeen, Side};

/// Longer than a producer pauses between two batches that it has ready.
pub(super) const REST_MS: u64 = 2_000;

/// Where nothing but the rest itself says that nobody writes: longer than one that has records now and then pauses.
pub(super) const REST_UNFENCED_MS: u64 = 5_000;

pub(super) fn probe(side: Side, topics: &[String], over_ms: u64) -> Probe {
    Probe::Rest { side, topics: topics.to_vec(), over_ms }
}

/// The ends of these topics, each of which the answer speaks of.
pub(super) fn of<'a>(seen: Sight<'a>, probe: &Probe, topics: &[String]) -> Result<&'a RestSeen, String> {
    let side = probe.side().map_or("", Side::word);
    let rest = seen.rest(probe)?;
    if topics.is_empty() {
        return Err("there is no topic to look at".to_owned());
    }
    match topics.iter().find(|topic| !rest.partitions.iter().any(|of| of.topic == **topic)) {
        Some(topic) => Err(format!("topic {topic} on {side}: the answer does not speak of it")),
        None => Ok(rest),
    }
}

/// Whether the ends of the partition moved between the looks, open transactions or not.
pub(super) fn moves(partition: &PartitionRest) -> bool {
    partition.high_watermark[0] != partition.high_watermark[1] || partition.lso[0] != partition.lso[1]
}

/// `orders-0 from 5 to 9`.
pub(super) fn described(partition: &PartitionRest) -> String {
    let [before, after] = partition.high_watermark;
    let [lso, lso_later] = partition.lso;
    let (topic, number) = (&partition.topic, partition.partition);
    if before == after {
        format!("{topic}-{number} LSO from {lso} to {lso_later}")
    } else {
        format!("{topic}-{number} from {before} to {after}")
    }
}

/// The partitions that moved, at most three.
pub(super) fn moving(rest: &RestSeen) -> Option<String> {
    const SHOWN: usize = 3;
    let all: Vec<String> =
        rest.partitions.iter().filter(|partition| moves(partition)).map(described).collect();
    match all.len().saturating_sub(SHOWN) {
        _ if all.is_empty() => None,
        0 => Some(all.join(", ")),
        others => Some(format!("{} and {others} more", all[..SHOWN].join(", "))),
    }
}
