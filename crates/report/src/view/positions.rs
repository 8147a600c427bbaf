use jiff::Timestamp;
use runbook::world::{Isolation, Outcome, PartitionPosition};
use serde::Serialize;

use super::EvidenceRef;
use crate::human::{Separator::Comma, bytes, count};
use crate::{PositionTable, PositionsFound, ReportInput};

/// Where one group would go on, were it started on the target now.
#[derive(Clone, Debug, Serialize)]
pub struct PositionsView {
    pub unit: Option<String>,
    pub group: String,
    pub isolation: Isolation,
    pub at: Timestamp,
    pub evidence: EvidenceRef,
    pub partial: Option<String>,
    /// Measured after the commit point: the group goes on by itself, and what differs is its own progress.
    pub after_switch: bool,
    /// It was switched, and this is the last look before: there it went on.
    pub went_on: bool,
    pub totals: PositionsTotals,
    /// As the run found it, before it landed anything.
    pub found: Option<FoundView>,
    /// Those that are not exact first.
    pub partitions: Vec<PartitionView>,
}

#[derive(Clone, Debug, Serialize)]
pub struct FoundView {
    pub at: Timestamp,
    pub evidence: EvidenceRef,
    /// What would have become of the group, in words.
    pub told: String,
}

/// Sums over the partitions of a group; bytes and records only over those whose outcome has a size.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PositionsTotals {
    pub partitions: usize,
    pub exact: usize,
    pub replay: usize,
    pub skip: usize,
    pub ambiguous: usize,
    pub untranslated: usize,
    pub unprovable: usize,
    pub replayed_records: u64,
    pub replayed_bytes: u64,
    pub skipped_records: u64,
    pub skipped_bytes: u64,
    /// Largest span of event time of any partition that would be replayed or skipped.
    pub event_time_ms: Option<i64>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PartitionView {
    pub topic: String,
    pub partition: i32,
    pub source_committed: Option<i64>,
    pub target_committed: Option<i64>,
    pub exact_target: Option<i64>,
    /// False: `exact_target` is only the earliest offset that skips nothing.
    pub exact_proved: bool,
    pub outcome: Outcome,
    pub records: Option<u64>,
    pub bytes: Option<u64>,
    pub event_time_ms: Option<i64>,
    pub why: Option<String>,
    /// The stretch that would be replayed or skipped, for drawing; none where it has no two ends.
    pub bar: Option<Bar>,
}

/// Places in percent of the way from the log's first offset to the later of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// Where the group would go on.
    pub target: f64,
    /// Where it should go on.
    pub exact: f64,
    pub from: f64,
    pub width: f64,
}

impl PositionsView {
    pub(super) fn all(input: &ReportInput) -> Vec<PositionsView> {
        input.positions.iter().map(|table| PositionsView::of(input, table)).collect()
    }

    fn of(input: &ReportInput, table: &PositionTable) -> PositionsView {
        let mut partitions: Vec<PartitionView> =
            table.seen.partitions.iter().map(PartitionView::of).collect();
        partitions.sort_by_key(|partition| partition.outcome == Outcome::Exact);
        PositionsView {
            unit: table.unit.clone(),
            group: table.seen.group.clone(),
            isolation: table.seen.isolation,
            at: table.at,
            evidence: EvidenceRef::of(input, &table.sha256),
            partial: table.partial.clone(),
            after_switch: is_after_switch(input, table),
            went_on: input.switched.is_some() && !is_after_switch(input, table),
            totals: PositionsTotals::of(&table.seen.partitions),
            found: table.found.as_ref().map(|found| FoundView::of(input, found)),
            partitions,
        }
    }
}

impl FoundView {
    fn of(input: &ReportInput, found: &PositionsFound) -> FoundView {
        FoundView {
            at: found.at,
            evidence: EvidenceRef::of(input, &found.sha256),
            told: PositionsTotals::of(&found.partitions).told(),
        }
    }
}

/// The group may have gone on by itself before it was looked at.
pub(super) fn is_after_switch(input: &ReportInput, table: &PositionTable) -> bool {
    input.switched.is_some_and(|switched| table.at >= switched)
}

impl PartitionView {
    fn of(seen: &PartitionPosition) -> PartitionView {
        PartitionView {
            topic: seen.topic.clone(),
            partition: seen.partition,
            source_committed: seen.source_committed,
            target_committed: seen.target_committed,
            exact_target: seen.exact_target,
            exact_proved: seen.exact_proved,
            outcome: seen.outcome,
            records: seen.records,
            bytes: seen.bytes,
            event_time_ms: seen.event_time_ms,
            why: seen.why.clone(),
            bar: Bar::of(seen),
        }
    }
}

impl Bar {
    fn of(seen: &PartitionPosition) -> Option<Bar> {
        if !matches!(seen.outcome, Outcome::Replay | Outcome::Skip) {
            return None;
        }
        let (target, exact) = (seen.target_committed?.max(0) as f64, seen.exact_target?.max(0) as f64);
        let end = target.max(exact);
        if end == 0.0 {
            return None;
        }
        // A tenth of a percent is finer than any screen draws; less than half a percent could not be seen at all.
        let percent = |offset: f64| (offset / end * 1_000.0).round() / 10.0;
        let (from, to) = (percent(target.min(exact)), percent(end));
        Some(Bar {
            target: percent(target),
            exact: percent(exact),
            from: from.min(99.5),
            width: (to - from).max(0.5),
        })
    }
}

impl PositionsTotals {
    /// What becomes of a group that stands so, in words: `exact in 3 of 5 partitions; 3,393 records again (699 kB), 1
    /// partition has no position`.
    pub(super) fn told(&self) -> String {
        if self.exact == self.partitions {
            return "no record again, none skipped".to_owned();
        }
        let mut parts = Vec::new();
        if self.replay > 0 {
            let noun = if self.replayed_records == 1 { "record" } else { "records" };
            let (records, size) = (count(self.replayed_records.into(), Comma), bytes(self.replayed_bytes));
            parts.push(format!("{records} {noun} again ({size})"));
        }
        if self.skip > 0 {
            parts.push(format!("{} skipped", count(self.skipped_records.into(), Comma)));
        }
        let open = [
            (self.untranslated, "has no position", "have no position"),
            (self.ambiguous + self.unprovable, "is not proved", "are not proved"),
        ];
        for (partitions, one, many) in open.into_iter().filter(|(partitions, ..)| *partitions > 0) {
            let (noun, verb) = if partitions == 1 { ("partition", one) } else { ("partitions", many) };
            parts.push(format!("{partitions} {noun} {verb}"));
        }
        format!("exact in {} of {} partitions; {}", self.exact, self.partitions, parts.join(", "))
    }

    pub(super) fn of(partitions: &[PartitionPosition]) -> PositionsTotals {
        let mut totals = PositionsTotals { partitions: partitions.len(), ..PositionsTotals::default() };
        for seen in partitions {
            let (records, bytes) = (seen.records.unwrap_or(0), seen.bytes.unwrap_or(0));
            match seen.outcome {
                Outcome::Exact => totals.exact += 1,
                Outcome::Replay => {
                    totals.replay += 1;
                    totals.replayed_records = totals.replayed_records.saturating_add(records);
                    totals.replayed_bytes = totals.replayed_bytes.saturating_add(bytes);
                }
                Outcome::Skip => {
                    totals.skip += 1;
                    totals.skipped_records = totals.skipped_records.saturating_add(records);
                    totals.skipped_bytes = totals.skipped_bytes.saturating_add(bytes);
                }
                Outcome::Ambiguous => totals.ambiguous += 1,
                Outcome::Untranslated => totals.untranslated += 1,
                Outcome::Unprovable => totals.unprovable += 1,
            }
            if matches!(seen.outcome, Outcome::Replay | Outcome::Skip) {
                totals.event_time_ms = totals.event_time_ms.max(seen.event_time_ms);
            }
        }
        totals
    }
}
