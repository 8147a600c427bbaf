//! What a watch says: changes as they come, what it waits for, and at the end how long each colour lasted.

use std::time::Duration;

use jiff::Timestamp;
use journal::Tally;
use runbook::Level;
use runbook::check::spoken;

use super::after::clock;
use super::look::{Look, Place};
use super::stand::Stand;

const LEVELS: [Level; 4] = [Level::Green, Level::Yellow, Level::Unknown, Level::Red];

/// Every check that is another than it was: one line each.
pub fn changes(before: &[(Place, Stand)], look: &Look) -> Vec<String> {
    let at = clock(look.at);
    let told = look.stands.iter().filter_map(|((unit, check), stand)| {
        let (_, known) = before.iter().find(|((u, c), _)| (u, c) == (unit, check))?;
        Some(format!("{at}  {check} of {unit}: {}", stand.told(known)?))
    });
    told.collect()
}

/// A look that took longer than the time between two.
pub fn late(took: Duration, every: Duration) -> Option<String> {
    (took > every).then(|| {
        format!("the look took {}, longer than --every {}: the next begins at once", long(took), long(every))
    })
}

/// What is waited for now.
pub fn waiting(next: Timestamp, look: Option<&Look>, looks: u64, way_back: Option<&str>) -> String {
    let last = look.map_or("no look was made yet".to_owned(), |look| {
        format!("look {looks}: {}, took {}", look.card.overall, long(look.took))
    });
    let back = way_back.map_or(String::new(), |back| format!("; way back: {back}"));
    format!("{last}; next look at {}{back}; Ctrl-C ends the watch", clock(next))
}

/// The end of a watch.
pub fn summary(tally: &Tally, every: Duration) -> String {
    let (Some(first), Some(last)) = (tally.first, tally.last) else {
        return "no look came to its end".to_owned();
    };
    let mut text = format!(
        "watched {}: {} looks every {}, the longest {}, {} late, {} not watched\n",
        spoken(last.as_millisecond() - first.as_millisecond()),
        tally.looks,
        long(every),
        ms(tally.longest_ms),
        tally.late,
        ms(tally.unwatched_ms)
    );
    let names = |tally: &Tally| -> Vec<String> {
        tally.checks.keys().map(|(unit, check)| format!("{check} of {unit}")).collect()
    };
    let names = names(tally);
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    let row = |cells: [&str; 6], name: &str, worst: &str| {
        let [now, green, yellow, unknown, red, changes] = cells;
        format!(
            "{name:<width$}  {now:<8} {green:>8} {yellow:>8} {unknown:>8} {red:>8} {changes:>8}  {worst}\n"
        )
    };
    text.push_str(&row(["now", "green", "yellow", "unknown", "red", "changes"], "check", "worst, last at"));
    for (name, check) in names.iter().zip(tally.checks.values()) {
        let time =
            LEVELS.map(|level| if check.ms(level) == 0 { "-".to_owned() } else { ms(check.ms(level)) });
        let now = format!("{} {}", check.level.sign(), check.level);
        let changes = check.changes.to_string();
        let worst = format!("{} {}", check.worst, clock(check.worst_at));
        text.push_str(&row([&now, &time[0], &time[1], &time[2], &time[3], &changes], name, &worst));
    }
    text
}

fn ms(ms: u64) -> String {
    spoken(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn long(time: Duration) -> String {
    ms(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
