//! Whether anything was written to topics that are closed.

use std::collections::BTreeMap;

use crate::world::{EndsSeen, Measured, Observation, PartitionEnds, Probe};

/// Partitions of the topics `now` asked for that do not end where they ended before, in words: nothing but a write moves
/// an end on, and nothing but a loss moves it back. `None`: one of the two is no look at ends, or neither tells any.
pub fn ends_that_differ(before: &Observation, now: &Observation) -> Option<Vec<String>> {
    let (Measured::Ends(before), Measured::Ends(after), Probe::Ends { topics, .. }) =
        (&before.measured, &now.measured, &now.probe)
    else {
        return None;
    };
    let (before, after) = (by_place(before, topics), by_place(after, topics));
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let moved = before.iter().filter_map(|((topic, number), then)| {
        let Some(now) = after.get(&(*topic, *number)) else {
            return Some(format!(
                "{topic}-{number} ended at {} and is not told any more",
                then.high_watermark
            ));
        };
        if now.high_watermark != then.high_watermark {
            Some(format!("{topic}-{number} from {} to {}", then.high_watermark, now.high_watermark))
        } else if now.lso != then.lso {
            Some(format!("{topic}-{number} LSO from {} to {}", then.lso, now.lso))
        } else {
            None
        }
    });
    let added = after.iter().filter(|(place, _)| !before.contains_key(*place));
    let added =
        added.map(|((topic, number), end)| format!("{topic}-{number} is new, up to {}", end.high_watermark));
    Some(moved.chain(added).collect())
}

fn by_place<'a>(seen: &'a EndsSeen, topics: &[String]) -> BTreeMap<(&'a str, i32), &'a PartitionEnds> {
    let asked = seen.partitions.iter().filter(|end| topics.contains(&end.topic));
    asked.map(|end| ((end.topic.as_str(), end.partition), end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Side;

    fn seen(topics: &[&str], ends: &[(&str, i32, i64, i64)]) -> Observation {
        let partitions = ends.iter().map(|(topic, partition, lso, high_watermark)| PartitionEnds {
            topic: (*topic).to_owned(),
            partition: *partition,
            log_start: 0,
            lso: *lso,
            high_watermark: *high_watermark,
        });
        Observation {
            probe: Probe::Ends {
                side: Side::Source,
                topics: topics.iter().map(|&name| name.to_owned()).collect(),
            },
            at: "2026-12-06T01:00:00Z".parse().unwrap(),
            took_ms: 1,
            partial: None,
            measured: Measured::Ends(EndsSeen { partitions: partitions.collect() }),
        }
    }

    #[test]
    fn every_partition_that_went_on_went_back_came_or_went_is_named_and_no_other_topic() {
        let before = seen(
            &["a", "b"],
            &[("a", 0, 5, 5), ("a", 1, 7, 7), ("a", 2, 3, 3), ("a", 3, 1, 2), ("b", 0, 9, 9)],
        );
        let now = seen(&["a"], &[("a", 0, 5, 6), ("a", 1, 4, 4), ("a", 3, 2, 2), ("a", 4, 1, 1)]);
        let expected = [
            "a-0 from 5 to 6",
            "a-1 from 7 to 4",
            "a-2 ended at 3 and is not told any more",
            "a-3 LSO from 1 to 2",
            "a-4 is new, up to 1",
        ];
        assert_eq!(ends_that_differ(&before, &now).unwrap(), expected);
        assert_eq!(ends_that_differ(&before, &before), Some(Vec::new()));
        assert_eq!(ends_that_differ(&before, &seen(&["c"], &[])), None, "over nothing it says nothing");
    }
}
