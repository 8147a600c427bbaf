use runbook::world::{Outcome, PartitionPosition, Published, RecordSum, ResetEffect};

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
        for note in self.left_out.iter().chain(&self.not_audited) {
            text.push_str(&format!("  note: {note}\n"));
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
    if let Some(keys) = p.business_keys.filter(|_| p.outcome != Outcome::Exact) {
        said.push(format!("{} distinct business keys in them", number(keys)));
    }
    said.extend(p.business_keys_why.as_ref().map(|why| format!("business keys not counted: {why}")));
    said.extend(p.reset.as_ref().and_then(reset));
    said.extend(p.published.as_ref().and_then(published));
    said
}

/// `with auto.offset.reset earliest 50 records come again, with latest 30 are never delivered, with none it stops`.
fn reset(effect: &ResetEffect) -> Option<String> {
    let measured = |sum: &Option<RecordSum>, what: &str| {
        sum.map_or_else(
            || "it was not measured".to_owned(),
            |sum| format!("{} records {what}", number(sum.records)),
        )
    };
    if effect.earliest_replays.is_none() && effect.latest_skips.is_none() {
        return None;
    }
    let lost = effect.earliest_skips.filter(|sum| sum.records > 0);
    let lost = lost.map(|sum| format!(" and {} are lost", number(sum.records))).unwrap_or_default();
    Some(format!(
        "with auto.offset.reset earliest {}{lost}; with latest {}; with none it stops",
        measured(&effect.earliest_replays, "come again"),
        measured(&effect.latest_skips, "are never delivered"),
    ))
}

fn published(published: &Published) -> Option<String> {
    let checkpoint = published.checkpoint.as_ref()?;
    let off = match checkpoint.off_by {
        Some(0) => "exact".to_owned(),
        Some(behind @ ..0) => format!("{} records behind the exact place", number(behind.unsigned_abs())),
        Some(ahead) => format!("{} records ahead of the exact place", number(ahead.unsigned_abs())),
        None => format!("how far off is not known ({})", checkpoint.outcome.word()),
    };
    let exact = checkpoint.exact_target.map(|exact| format!(" {exact}")).unwrap_or_default();
    let taken = if published.commit_is_checkpoint { "; this is what is committed" } else { "" };
    Some(format!(
        "replicator {} published {} -> {}: {off}{}{taken}",
        published.replicator,
        checkpoint.source,
        checkpoint.target,
        if checkpoint.off_by == Some(0) { "" } else { &exact },
    ))
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
