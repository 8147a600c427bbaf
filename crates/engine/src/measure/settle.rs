use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use runbook::Probe;
use runbook::plan::{Plan, Settle};
use runbook::unit::Unit;
use runbook::world::ReplicationSeen;

use crate::limits;

/// What is waited for between a bad result and the next look.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum WaitFor {
    Time(Duration),
    /// Until the replicator has copied what stood on the source when the waiting began.
    Replication(Probe),
}

impl WaitFor {
    /// What `settle` asks for. `Err` says why it cannot be understood.
    pub fn of(settle: &Settle, plan: &Plan, unit: &Unit) -> Result<WaitFor, String> {
        match settle.wait_out.as_deref() {
            None => Ok(WaitFor::Time(limits::PAUSE)),
            Some("replication_lag") => Ok(WaitFor::Replication(Probe::Replication {
                replicator: plan.replicator.clone(),
                topics: unit.all_topics(),
                over_ms: limits::REPLICATION_OVER_MS,
            })),
            Some(text) => duration(text)
                .map(WaitFor::Time)
                .ok_or_else(|| format!("settle.wait_out `{text}` is neither replication_lag nor a duration")),
        }
    }
}

fn duration(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(time).ok().map(|time| time.min(limits::LONGEST))
}

/// Where the source ended when the waiting began, by topic and partition.
pub(super) type Cut = BTreeMap<(String, i32), i64>;

pub(super) fn cut(seen: &ReplicationSeen) -> Cut {
    seen.partitions.iter().map(|p| ((p.topic.clone(), p.partition), p.source_lso)).collect()
}

/// Partitions whose replication has not come to `cut` yet.
pub(super) fn behind(cut: &Cut, seen: &ReplicationSeen) -> usize {
    let reached = |place: &(String, i32), end: i64| {
        seen.partitions
            .iter()
            .find(|p| (p.topic.as_str(), p.partition) == (place.0.as_str(), place.1))
            .is_some_and(|p| p.behind == 0 || p.position_later.is_some_and(|position| position >= end))
    };
    cut.iter().filter(|(place, end)| !reached(place, **end)).count()
}

#[cfg(test)]
mod tests {
    use runbook::world::PartitionProgress;

    use super::*;

    fn seen(position_later: Option<i64>, behind: u64) -> ReplicationSeen {
        let partition = PartitionProgress {
            topic: "orders".into(),
            partition: 0,
            source_log_start: 0,
            source_lso: 100,
            source_high_watermark: 100,
            position: Some(40),
            position_later,
            source_lso_later: 150,
            behind,
            target_end: None,
            target_end_later: None,
        };
        ReplicationSeen {
            partitions: vec![partition],
            heartbeat_age_ms: None,
            tasks: Vec::new(),
            position_from: "target-ends".into(),
        }
    }

    #[test]
    fn replication_is_waited_out_to_where_the_source_ended_not_to_where_it_ends() {
        let cut = cut(&seen(Some(50), 50));
        assert_eq!(behind(&cut, &seen(Some(99), 51)), 1);
        assert_eq!(behind(&cut, &seen(Some(100), 50)), 0);
        assert_eq!(behind(&cut, &seen(None, 0)), 0, "only markers remain");
        assert_eq!(
            behind(&cut, &ReplicationSeen { partitions: Vec::new(), ..seen(None, 0) }),
            1,
            "gone is not caught up"
        );
    }

    #[test]
    fn durations_are_read_as_written() {
        for (text, ms) in
            [("90s", 90_000), ("1h30m", 5_400_000), ("500ms", 500), ("2d", 172_800_000), ("6m", 360_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "90", "soon", "-5s", "1 fortnight"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
