use runbook::world::{Outcome, PartitionPosition};

use super::{GroupAnswer, GroupsAnswer, Table};
use crate::human;

/// With more groups than this, those that are exact throughout are named only: the others are what matters.
const SHOWN_WHOLE: usize = 10;

impl GroupsAnswer {
    /// For people, in 80 columns where names allow.
    pub fn text(&self) -> String {
        let mut text = format!("{} {}\n", self.verdict.sign(), headline(self));
        if let (Some(why), false) = (&self.why, self.groups.is_empty()) {
            text.push_str(&format!("  why: {why}\n"));
        }
        for left_out in &self.left_out {
            text.push_str(&format!("  note: {left_out}\n"));
        }
        for group in &self.groups {
            let is_exact =
                group.why.is_none() && group.partitions.iter().all(|p| p.outcome == Outcome::Exact);
            text.push_str(&group.text(self.groups.len() <= SHOWN_WHOLE || !is_exact));
        }
        text
    }
}

impl GroupAnswer {
    fn text(&self, whole: bool) -> String {
        let kind =
            self.kind.as_ref().filter(|kind| !matches!(kind.as_str(), "classic" | "consumer" | "absent"));
        let kind = kind.map(|kind| format!(" ({kind} group)")).unwrap_or_default();
        let head = format!("\n{} group {}{kind}: {}", self.verdict.sign(), self.group, self.verdict);
        if !whole {
            return format!("{head}, {} positions exact\n", self.partitions.len());
        }
        let mut text = format!("{head}\n");
        if let Some(why) = &self.why {
            text.push_str(&format!("  why: {why}\n"));
        }
        let mut table = Table::new(&[
            "  topic", ">part", ">source", ">target", ">exact", "outcome", ">records", ">bytes", ">time",
        ]);
        for p in &self.partitions {
            let offset = |offset: Option<i64>| offset.map_or_else(|| "none".to_owned(), |o| o.to_string());
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
        for p in &self.partitions {
            for said in remarks(p) {
                text.push_str(&format!("  {}-{}: {said}\n", p.topic, p.partition));
            }
        }
        text
    }
}

/// What is said of a partition below the table.
fn remarks(p: &PartitionPosition) -> Vec<String> {
    let mut said: Vec<String> = p.why.iter().cloned().collect();
    if let Some([first, last]) = p.source_offsets {
        let what = if p.outcome == Outcome::Skip { "never delivered" } else { "delivered again" };
        said.push(format!("source offsets {first} to {last} would be {what}"));
    }
    said
}

fn number(n: u64) -> String {
    human::count(i128::from(n), human::Separator::Comma)
}

fn headline(answer: &GroupsAnswer) -> String {
    if let (Some(why), true) = (&answer.why, answer.groups.is_empty()) {
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
