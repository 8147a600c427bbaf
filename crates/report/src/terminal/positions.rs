use runbook::world::Outcome;

use super::problems::more;
use super::screen::{Screen, Span};
use crate::View;
use crate::human::{Separator, bytes, count, duration};
use crate::limits::TERMINAL_PARTITIONS;
use crate::view::{PartitionView, PositionsView};

/// Where each group would go on, were it started on the target now, or where it did.
pub(super) fn write(screen: &mut Screen, view: &View) {
    if view.positions.is_empty() {
        return;
    }
    screen.heading(if view.positions.iter().all(|group| group.went_on) {
        "Where each group went on"
    } else {
        "Where each group would go on, if it started on the target now"
    });
    for group in &view.positions {
        write_group(screen, group);
    }
}

fn write_group(screen: &mut Screen, group: &PositionsView) {
    let (all, exact) = (group.totals.partitions, group.totals.exact);
    let said = match (all, exact) {
        (0, _) => "no commits on either side".to_owned(),
        (1, 1) => "exact in its one partition".to_owned(),
        _ if all == exact => format!("exact in all {all} partitions"),
        _ => format!("exact in {exact} of {all} partitions"),
    };
    let partial =
        group.partial.as_ref().map(|why| format!(" · only a part was measured: {why}")).unwrap_or_default();
    screen.line(2, 4, &[Span::strong(&group.group), Span::plain(format!(": {said}{partial}"))]);
    let wrong: Vec<_> = group.partitions.iter().filter(|p| p.outcome != Outcome::Exact).collect();
    for partition in wrong.iter().take(TERMINAL_PARTITIONS) {
        let place = format!("{}, partition {}: ", partition.topic, partition.partition);
        screen.line(4, 6, &[Span::plain(place), Span::strong(outcome(partition))]);
        screen.line(6, 6, &[Span::faint(offsets(partition))]);
    }
    more(screen, wrong.len(), TERMINAL_PARTITIONS, "partitions");
}

/// `replay of 123,456 records, 24.7 MB, 1 h 30 min of events`.
fn outcome(partition: &PartitionView) -> String {
    let mut said = partition.outcome.word().to_owned();
    if let Some(records) = partition.records {
        said.push_str(&format!(" of {} records", comma(records.into())));
    }
    if let Some(size) = partition.bytes {
        said.push_str(&format!(", {}", bytes(size)));
    }
    if let Some(span) = partition.event_time_ms {
        said.push_str(&format!(", {} of events", duration(span)));
    }
    if let Some(why) = &partition.why {
        said.push_str(&format!(": {why}"));
    }
    said
}

fn offsets(partition: &PartitionView) -> String {
    let offset = |offset: Option<i64>| offset.map_or_else(|| "nothing".to_owned(), |o| comma(o.into()));
    let exact = match partition.exact_target {
        None => "no exact position is proved".to_owned(),
        Some(exact) if partition.exact_proved => format!("exact would be {}", comma(exact.into())),
        Some(earliest) => {
            format!("earliest that skips nothing is {}, not proved exact", comma(earliest.into()))
        }
    };
    let (source, target) = (offset(partition.source_committed), offset(partition.target_committed));
    format!("committed: source {source}, target {target}; {exact}")
}

fn comma(number: i128) -> String {
    count(number, Separator::Comma)
}
