//! What a watch says: changes as they come, what it waits for, and at the end how long each colour lasted.

use std::time::Duration;

use jiff::Timestamp;
use journal::Tally;
use report::inert;
use runbook::Level;
use runbook::check::spoken;

use super::after::clock;
use super::look::{Look, Place};
use super::stand::Stand;

const LEVELS: [Level; 4] = [Level::Green, Level::Yellow, Level::Unknown, Level::Red];

/// Every check that is another than it was: one line each.
pub fn changes(before: &[(Place, Stand)], stands: &[(Place, Stand)], at: Timestamp) -> Vec<String> {
    let at = clock(at);
    let told = stands.iter().filter_map(|((unit, check), stand)| {
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
    let last = look.map_or(format!("look {looks} could not be made"), |look| {
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
        let names = tally.checks.keys();
        names.map(|(unit, check)| inert::terminal(&format!("{check} of {unit}"))).collect()
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

#[cfg(test)]
mod tests {
    use journal::{CheckSample, Sample};

    use super::*;

    fn sample(second: i64, level: Level) -> Sample {
        let check = CheckSample {
            unit: "orders".to_owned(),
            check: "group-lag".to_owned(),
            level,
            findings: 0,
            first: None,
            why: None,
            numbers: Default::default(),
        };
        let at = Timestamp::from_second(1_796_000_000 + second).unwrap();
        let (checks, fired) = (vec![check], Vec::new());
        Sample { at, took_ms: 90, every_ms: 1_000, overall: level, checks, fired, left_out: 0 }
    }

    #[test]
    fn the_summary_tells_how_long_each_colour_lasted() {
        let mut tally = Tally::default();
        for (second, level) in [(0, Level::Green), (1, Level::Green), (2, Level::Red), (3, Level::Green)] {
            tally.add(sample(second, level));
        }
        let text = summary(&tally, Duration::from_secs(1));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!(lines[0], "watched 3s: 4 looks every 1s, the longest 90ms, 0 late, 0s not watched");
        let cells: Vec<&str> = lines[2].split_whitespace().collect();
        assert_eq!(
            cells[..10],
            ["group-lag", "of", "orders", "✓", "green", "2s", "-", "-", "1s", "2"],
            "{text}"
        );
        assert_eq!(cells[10], "red");
        assert_eq!(summary(&Tally::default(), Duration::from_secs(1)), "no look came to its end");
    }

    #[test]
    fn a_look_that_takes_too_long_is_said() {
        let seconds = Duration::from_secs;
        assert_eq!(late(seconds(29), seconds(30)), None);
        let said = late(seconds(45), seconds(30)).unwrap();
        assert!(said.contains("45s") && said.contains("--every 30s"), "{said}");
    }
}
