use jiff::Timestamp;
use journal::Tally;
use runbook::Level;
use serde::Serialize;

/// How long each check had which colour while it was watched.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WatchMeta {
    pub looks: u64,
    /// When the first look began, and the last.
    pub from: Timestamp,
    pub to: Timestamp,
    pub longest_ms: u64,
    /// Looks that took longer than the time between two.
    pub late: u64,
    /// Time nobody looked: the watch was not running.
    pub unwatched_ms: u64,
    pub checks: Vec<WatchedCheck>,
}

/// One check of one unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WatchedCheck {
    pub unit: String,
    pub check: String,
    pub level: Level,
    /// Since when it has this level.
    pub since: Timestamp,
    pub changes: u64,
    pub worst: Level,
    /// When it had its worst level last.
    pub worst_at: Timestamp,
    pub green_ms: u64,
    pub yellow_ms: u64,
    pub unknown_ms: u64,
    pub red_ms: u64,
}

impl WatchMeta {
    /// `None`: no look came to its end.
    pub fn of(tally: &Tally) -> Option<WatchMeta> {
        let checks = tally.checks.iter().map(|((unit, check), tally)| WatchedCheck {
            unit: unit.clone(),
            check: check.clone(),
            level: tally.level,
            since: tally.since,
            changes: tally.changes,
            worst: tally.worst,
            worst_at: tally.worst_at,
            green_ms: tally.ms(Level::Green),
            yellow_ms: tally.ms(Level::Yellow),
            unknown_ms: tally.ms(Level::Unknown),
            red_ms: tally.ms(Level::Red),
        });
        Some(WatchMeta {
            looks: tally.looks,
            from: tally.first?,
            to: tally.last?,
            longest_ms: tally.longest_ms,
            late: tally.late,
            unwatched_ms: tally.unwatched_ms,
            checks: checks.collect(),
        })
    }
}
