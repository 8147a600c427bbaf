use runbook::Level;
use runbook::world::{Outcome, PartitionPosition};
use schemars::JsonSchema;
use serde::Serialize;

/// The answer of `cutover parity group`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GroupsAnswer {
    pub verdict: Level,
    pub groups: Vec<GroupAnswer>,
    /// Why nothing could be measured at all, or not all that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What Kafka may have left out of its lists without a word, because this principal may not describe it; absent:
    /// provably nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// What could not be judged of what the replicator published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_audited: Vec<String>,
}

/// One group: as good as its worst partition.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GroupAnswer {
    pub group: String,
    /// Which protocol it speaks: classic, consumer, share, streams, or the name of another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub verdict: Level,
    /// Every partition with a commit on either side, sorted by topic and partition.
    pub partitions: Vec<PartitionPosition>,
    /// Why this group is not, or not wholly, measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl GroupsAnswer {
    /// The groups judged; no groups at all are unknown.
    pub fn new(groups: Vec<GroupAnswer>) -> GroupsAnswer {
        let verdict = Level::worst(groups.iter().map(|group| group.verdict)).unwrap_or(Level::Unknown);
        GroupsAnswer { verdict, groups, why: None, left_out: Vec::new(), not_audited: Vec::new() }
    }

    /// Nothing was measured.
    pub fn unknown(why: impl Into<String>) -> GroupsAnswer {
        GroupsAnswer::new(Vec::new()).short_of(why)
    }

    /// Something that was asked for is not in it.
    #[must_use]
    pub fn short_of(self, why: impl Into<String>) -> GroupsAnswer {
        GroupsAnswer { verdict: self.verdict.max(Level::Unknown), why: Some(why.into()), ..self }
    }

    /// `topic,partition,offset` lines for `kafka-consumer-groups --reset-offsets --from-file`; `None` when any position
    /// is not proved, because a file with holes in it would land half a group.
    pub fn reset_csv(&self) -> Option<String> {
        let mut lines = String::new();
        for partition in self.groups.iter().flat_map(|group| &group.partitions) {
            let offset = partition.exact_target.filter(|_| partition.exact_proved)?;
            lines.push_str(&format!("{},{},{offset}\n", partition.topic, partition.partition));
        }
        (!lines.is_empty()).then_some(lines)
    }
}

impl GroupAnswer {
    /// Judges a group by its partitions; `tolerated` is how many records a partition may replay.
    pub fn judged(
        group: impl Into<String>,
        kind: Option<String>,
        partitions: Vec<PartitionPosition>,
        why: Option<String>,
        tolerated: u64,
    ) -> GroupAnswer {
        let worst = Level::worst(partitions.iter().map(|partition| level(partition, tolerated)));
        let verdict = match (worst, &why) {
            (None, _) => Level::Unknown,
            (Some(level), Some(_)) => level.max(Level::Unknown),
            (Some(level), None) => level,
        };
        GroupAnswer { group: group.into(), kind, verdict, partitions, why }
    }
}

/// The verdict without a runbook.
fn level(partition: &PartitionPosition, tolerated: u64) -> Level {
    match partition.outcome {
        Outcome::Exact => Level::Green,
        Outcome::Replay if partition.records.is_some_and(|records| records <= tolerated) => Level::Green,
        Outcome::Replay | Outcome::Skip | Outcome::Untranslated => Level::Red,
        Outcome::Ambiguous => Level::Yellow,
        Outcome::Unprovable => Level::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(outcome: Outcome, records: Option<u64>) -> PartitionPosition {
        PartitionPosition {
            exact_target: Some(10),
            exact_proved: true,
            outcome,
            records,
            bytes: records,
            event_time_ms: Some(0),
            ..PartitionPosition::of_commits("orders", 0, Some(10), Some(5))
        }
    }

    fn judged(positions: Vec<PartitionPosition>, why: Option<&str>, tolerated: u64) -> GroupsAnswer {
        let why = why.map(str::to_owned);
        GroupsAnswer::new(vec![GroupAnswer::judged("g", None, positions, why, tolerated)])
    }

    fn verdict(positions: Vec<PartitionPosition>, tolerated: u64) -> Level {
        judged(positions, None, tolerated).verdict
    }

    #[test]
    fn the_worst_partition_wins_and_tolerance_counts_per_partition() {
        let replay = |n| position(Outcome::Replay, Some(n));
        assert_eq!(verdict(vec![replay(5), replay(5)], 5), Level::Green);
        assert_eq!(verdict(vec![replay(5), replay(6)], 5), Level::Red);
        assert_eq!(verdict(vec![position(Outcome::Skip, Some(1))], 100), Level::Red);
        assert_eq!(
            verdict(vec![position(Outcome::Exact, Some(0)), position(Outcome::Ambiguous, None)], 0),
            Level::Yellow
        );
        assert_eq!(
            verdict(vec![position(Outcome::Unprovable, None), position(Outcome::Ambiguous, None)], 0),
            Level::Unknown
        );
        assert_eq!(verdict(vec![position(Outcome::Replay, None)], u64::MAX), Level::Red);
    }

    #[test]
    fn nothing_is_unknown_and_a_gap_is_never_green() {
        assert_eq!(verdict(vec![], 0), Level::Unknown);
        assert_eq!(GroupsAnswer::new(vec![]).verdict, Level::Unknown);
        let gap = judged(vec![position(Outcome::Exact, Some(0))], Some("one commit was not told"), 0);
        assert_eq!(gap.verdict, Level::Unknown);
        let exact = || judged(vec![position(Outcome::Exact, Some(0))], None, 0);
        assert_eq!(exact().verdict, Level::Green);
        assert_eq!(exact().short_of("no group matches x-*").verdict, Level::Unknown);
    }

    #[test]
    fn a_reset_file_is_whole_or_not_at_all() {
        let proved = position(Outcome::Replay, Some(5));
        let open = PartitionPosition { exact_proved: false, ..proved.clone() };
        let csv = |positions| judged(positions, None, 0).reset_csv();
        assert_eq!(csv(vec![proved.clone()]).as_deref(), Some("orders,0,10\n"));
        assert_eq!(csv(vec![proved, open]), None);
        assert_eq!(csv(vec![]), None);
    }
}
