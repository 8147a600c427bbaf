use runbook::Level;
use runbook::world::{Outcome, PartitionPosition};
use schemars::JsonSchema;
use serde::Serialize;

use super::Table;
use crate::human;

/// The answer of `cutover parity group`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GroupsAnswer {
    pub verdict: Level,
    pub groups: Vec<GroupAnswer>,
    /// Why nothing could be measured at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One group: as good as its worst partition.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GroupAnswer {
    pub group: String,
    pub verdict: Level,
    /// Every partition with a commit on either side, sorted by topic and partition.
    pub partitions: Vec<PartitionPosition>,
    /// Why this group is not, or not wholly, measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl GroupsAnswer {
    /// Judges groups by their partitions; `tolerated` is how many records a partition may replay.
    pub fn new(
        groups: Vec<(String, Vec<PartitionPosition>, Option<String>)>,
        tolerated: u64,
    ) -> GroupsAnswer {
        let groups: Vec<GroupAnswer> = groups
            .into_iter()
            .map(|(group, partitions, why)| {
                let worst = Level::worst(partitions.iter().map(|partition| level(partition, tolerated)));
                let verdict = match (worst, &why) {
                    (None, _) => Level::Unknown,
                    (Some(level), Some(_)) => level.max(Level::Unknown),
                    (Some(level), None) => level,
                };
                GroupAnswer { group, verdict, partitions, why }
            })
            .collect();
        let verdict = Level::worst(groups.iter().map(|group| group.verdict)).unwrap_or(Level::Unknown);
        GroupsAnswer { verdict, groups, why: None }
    }

    /// Nothing was measured.
    pub fn unknown(why: impl Into<String>) -> GroupsAnswer {
        GroupsAnswer { verdict: Level::Unknown, groups: Vec::new(), why: Some(why.into()) }
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

    /// For people, in 80 columns where names allow.
    pub fn text(&self) -> String {
        let mut text = format!("{} {}\n", self.verdict.sign(), headline(self));
        for group in &self.groups {
            text.push_str(&format!("\n{} group {}: {}\n", group.verdict.sign(), group.group, group.verdict));
            if let Some(why) = &group.why {
                text.push_str(&format!("  why: {why}\n"));
            }
            let mut table = Table::new(&[
                "  topic", ">part", ">source", ">target", ">exact", "outcome", ">records", ">bytes", ">time",
            ]);
            for p in &group.partitions {
                let offset =
                    |offset: Option<i64>| offset.map_or_else(|| "none".to_owned(), |o| o.to_string());
                let size = |size: Option<String>| size.unwrap_or_else(|| "-".to_owned());
                table.row([
                    format!("  {}", p.topic),
                    p.partition.to_string(),
                    offset(p.source_committed),
                    offset(p.target_committed),
                    p.exact_target.map_or_else(|| "?".to_owned(), |o| o.to_string()),
                    p.outcome.word().to_owned(),
                    size(p.records.map(number)),
                    size(p.bytes.map(human::bytes)),
                    size(p.event_time_ms.map(human::duration)),
                ]);
            }
            if !table.is_empty() {
                text.push_str(&table.to_string());
            }
            for p in &group.partitions {
                if let Some(why) = &p.why {
                    text.push_str(&format!("  {}-{}: {why}\n", p.topic, p.partition));
                }
            }
        }
        text
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

fn number(n: u64) -> String {
    human::count(i128::from(n), human::Separator::Comma)
}

fn headline(answer: &GroupsAnswer) -> String {
    if let Some(why) = &answer.why {
        return format!("unknown: {why}");
    }
    let all = || answer.groups.iter().flat_map(|group| &group.partitions);
    let sum =
        |outcome: Outcome| all().filter(|p| p.outcome == outcome).filter_map(|p| p.records).sum::<u64>();
    let count = |outcome: Outcome| all().filter(|p| p.outcome == outcome).count();
    let mut parts = Vec::new();
    for (outcome, what) in
        [(Outcome::Skip, "would never be delivered"), (Outcome::Replay, "would be delivered again")]
    {
        if count(outcome) > 0 {
            parts.push(format!("{} records {what}", number(sum(outcome))));
        }
    }
    for outcome in [Outcome::Untranslated, Outcome::Unprovable, Outcome::Ambiguous] {
        match count(outcome) {
            0 => {}
            1 => parts.push(format!("1 partition {}", outcome.word())),
            n => parts.push(format!("{n} partitions {}", outcome.word())),
        }
    }
    if parts.is_empty() {
        parts.push(match (count(Outcome::Exact), answer.verdict) {
            (0, _) => "no position could be compared".to_owned(),
            (n, _) => format!("{n} positions exact"),
        });
    }
    format!("{}: {}", answer.verdict, parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(outcome: Outcome, records: Option<u64>) -> PartitionPosition {
        PartitionPosition {
            topic: "orders".to_owned(),
            partition: 0,
            source_committed: Some(10),
            target_committed: Some(5),
            exact_target: Some(10),
            exact_proved: true,
            outcome,
            records,
            bytes: records,
            event_time_ms: Some(0),
            why: None,
        }
    }

    fn verdict(positions: Vec<PartitionPosition>, tolerated: u64) -> Level {
        GroupsAnswer::new(vec![("g".to_owned(), positions, None)], tolerated).verdict
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
        assert_eq!(GroupsAnswer::new(vec![], 0).verdict, Level::Unknown);
        let gap = GroupsAnswer::new(
            vec![(
                "g".to_owned(),
                vec![position(Outcome::Exact, Some(0))],
                Some("one commit was not told".to_owned()),
            )],
            0,
        );
        assert_eq!(gap.verdict, Level::Unknown);
    }

    #[test]
    fn a_reset_file_is_whole_or_not_at_all() {
        let proved = position(Outcome::Replay, Some(5));
        let open = PartitionPosition { exact_proved: false, ..proved.clone() };
        let csv = |positions| GroupsAnswer::new(vec![("g".to_owned(), positions, None)], 0).reset_csv();
        assert_eq!(csv(vec![proved.clone()]).as_deref(), Some("orders,0,10\n"));
        assert_eq!(csv(vec![proved, open]), None);
        assert_eq!(csv(vec![]), None);
    }
}
