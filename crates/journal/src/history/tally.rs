use std::collections::BTreeMap;

use jiff::Timestamp;
use runbook::Level;

use super::Sample;

/// How long each check had which colour: the fold of a history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Number of looks.
    pub looks: u64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// The longest look, in milliseconds.
    pub longest_ms: u64,
    /// Looks that took longer than the time between two of them.
    pub late: u64,
    /// Time nobody looked, in milliseconds: the watch was not running.
    pub unwatched_ms: u64,
    /// By unit and check.
    pub checks: BTreeMap<(String, String), CheckTally>,
    before: Option<Sample>,
}

/// One check of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckTally {
    pub level: Level,
    /// When it had another level last, plus one look; the first look where it never had.
    pub since: Timestamp,
    /// How often its level was another than the one before.
    pub changes: u64,
    /// The worst level it had, and when it had it last.
    pub worst: Level,
    pub worst_at: Timestamp,
    /// Milliseconds of green, yellow, unknown, red.
    ms: [u64; 4],
}

impl CheckTally {
    /// Milliseconds it had that level.
    pub fn ms(&self, level: Level) -> u64 {
        self.ms[level as usize]
    }
}

impl Tally {
    /// Counts one more sample. The time up to it belongs to the levels of the one before, as long as that was followed in
    /// time; what is beyond twice the interval was watched by nobody.
    pub fn add(&mut self, sample: Sample) {
        let before = self.before.take();
        let passed = before.as_ref().map_or(0, |before| {
            u64::try_from(sample.at.as_millisecond() - before.at.as_millisecond()).unwrap_or(0)
        });
        let trusted = before.as_ref().map_or(0, Sample::trusted_ms);
        let seen = passed.min(trusted);
        self.unwatched_ms += passed - seen;
        self.looks += 1;
        self.first.get_or_insert(sample.at);
        self.last = Some(sample.at);
        self.longest_ms = self.longest_ms.max(sample.took_ms);
        self.late += u64::from(sample.took_ms > sample.every_ms);
        for check in before.iter().flat_map(|before| &before.checks) {
            let place = (check.unit.clone(), check.check.clone());
            if let Some(tally) = self.checks.get_mut(&place) {
                tally.ms[check.level as usize] += seen;
            }
        }
        for check in &sample.checks {
            let place = (check.unit.clone(), check.check.clone());
            let tally = self.checks.entry(place).or_insert(CheckTally {
                level: check.level,
                since: sample.at,
                changes: 0,
                worst: check.level,
                worst_at: sample.at,
                ms: [0; 4],
            });
            if tally.level != check.level {
                (tally.level, tally.since) = (check.level, sample.at);
                tally.changes += 1;
            }
            if check.level >= tally.worst {
                (tally.worst, tally.worst_at) = (check.level, sample.at);
            }
        }
        self.before = Some(sample);
    }
}
