use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use journal::{JournalError, RunState, Seen};
use runbook::world::{LagSeen, Measured, Probe};
use runbook::{Observation, Side};

use crate::limits::LAG_LOOKS;

/// The lag of a group on one side, as often as the run looked.
#[derive(Clone, Debug, PartialEq)]
pub struct LagSeries {
    pub group: String,
    pub side: Side,
    /// In order; thinned out evenly where there are many, the first and the last among them.
    pub looks: Vec<LagLook>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LagLook {
    pub at: Timestamp,
    /// Visible records left to read, on all partitions of the topics the group has a commit on.
    pub records: u64,
    /// The sum of the commits of those partitions that had one at every look, so that sums can be compared; `None`: no
    /// partition had.
    pub committed: Option<i64>,
}

/// One for each group and side that was looked at.
pub(super) fn lag_series(
    state: &RunState,
    evidence: &impl Fn(&str) -> Result<Observation, JournalError>,
) -> Result<Vec<LagSeries>, JournalError> {
    // The same question of two checks, about other topics, is another series.
    let mut asked: BTreeMap<&Probe, Vec<&Seen>> = BTreeMap::new();
    for (probe, seen) in state.lag_looks() {
        asked.entry(probe).or_default().push(seen);
    }
    let mut all = Vec::new();
    for (probe, seen) in asked {
        let Some(side) = probe.side() else { continue };
        let mut looks: BTreeMap<String, Vec<(Timestamp, LagSeen)>> = BTreeMap::new();
        for seen in thinned(&seen) {
            let of_look = match evidence(&seen.evidence)?.measured {
                Measured::Lag(lag) if seen.partial.is_none() => vec![lag],
                // Whoever could not be told is not among them; the others are whole.
                Measured::Lags(lags) => lags.groups,
                _ => continue,
            };
            for lag in of_look {
                looks.entry(lag.group.clone()).or_default().push((seen.at, lag));
            }
        }
        let series = |(group, looks): (String, Vec<_>)| LagSeries { group, side, looks: summed(&looks) };
        all.extend(looks.into_iter().map(series));
    }
    Ok(all)
}

fn summed(looks: &[(Timestamp, LagSeen)]) -> Vec<LagLook> {
    let committed = |lag: &LagSeen| -> BTreeSet<(String, i32)> {
        let has = lag.partitions.iter().filter(|partition| partition.committed.is_some());
        has.map(|partition| (partition.topic.clone(), partition.partition)).collect()
    };
    let always = looks.iter().map(|(_, lag)| committed(lag)).reduce(|all, look| &all & &look);
    let always = always.unwrap_or_default();
    let sums = looks.iter().map(|(at, lag)| {
        let comparable = lag
            .partitions
            .iter()
            .filter(|partition| always.contains(&(partition.topic.clone(), partition.partition)));
        let sum = comparable
            .map(|partition| partition.committed)
            .try_fold(0_i64, |sum, at| sum.checked_add(at?))
            .filter(|_| !always.is_empty());
        let records = lag.read().map(|partition| partition.records).fold(0, u64::saturating_add);
        LagLook { at: *at, records, committed: sum }
    });
    sums.collect()
}

/// At most [`LAG_LOOKS`], evenly apart.
fn thinned<'a>(seen: &[&'a Seen]) -> Vec<&'a Seen> {
    let (all, most) = (seen.len(), LAG_LOOKS.max(2));
    if all <= most {
        return seen.to_vec();
    }
    (0..most).filter_map(|place| seen.get(place * (all - 1) / (most - 1)).copied()).collect()
}

#[cfg(test)]
mod tests {
    use runbook::world::PartitionLag;

    use super::*;

    fn lag(topic: &str, partition: i32, committed: Option<i64>, records: u64) -> PartitionLag {
        PartitionLag {
            topic: topic.into(),
            partition,
            committed,
            log_start: 0,
            end: 1_000,
            records,
            counted: true,
            high_watermark: None,
            open_transaction: None,
            event_time_ms: None,
            age_untold: None,
        }
    }

    #[test]
    fn a_topic_nobody_has_committed_on_is_no_lag_and_a_partition_that_begins_late_is_no_throughput() {
        let at = Timestamp::from_second(1_796_000_000).unwrap();
        let look = |partitions| (at, LagSeen { group: "settlement".into(), partitions });
        let other = lag("orders", 0, None, 239_801);
        let first = look(vec![lag("retry", 0, Some(10), 5), lag("retry", 1, None, 7), other.clone()]);
        let later = look(vec![lag("retry", 0, Some(12), 3), lag("retry", 1, Some(900), 7), other.clone()]);
        let looks = summed(&[first, later]);
        // A partition without a commit of a topic the group reads is left to be read, as `group-lag` says.
        assert_eq!(looks.iter().map(|look| look.records).collect::<Vec<_>>(), [12, 10]);
        assert_eq!(looks.iter().map(|look| look.committed).collect::<Vec<_>>(), [Some(10), Some(12)]);
        assert_eq!(
            (summed(&[look(vec![other])])[0].records, summed(&[look(Vec::new())])[0].committed),
            (0, None)
        );
    }
}
