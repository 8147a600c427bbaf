//! What a watch had seen of a trigger before it was killed: its history tells since when the check is bad.

use std::path::Path;

use engine::execute::next::{Sight, sight};
use jiff::Timestamp;
use journal::{JournalError, Moment, RunFolder, Sample};
use runbook::plan::Trigger;

/// Since when the check of `trigger` has been bad without a break, up to the look that begins at `now`; `None`: it was
/// not, or nobody knows.
///
/// Only looks that began at `from` or later count. What could not be seen is neither good nor bad, as it is to a watch
/// under way. Time that nobody looked, or a look without the check, is a break: it may have been good then.
///
/// # Errors
/// The history cannot be read.
pub fn bad_since(
    watch: &Path,
    trigger: &Trigger,
    from: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Moment>, JournalError> {
    let mut streak = Streak::default();
    RunFolder::open(watch)?.read_history(|sample| streak.add(&sample, trigger, from))?;
    Ok(streak.since(now))
}

/// Looks without a break, the last of which was bad.
#[derive(Default)]
struct Streak {
    since: Option<Timestamp>,
    /// When the last look began, and until when the next has to.
    last: Option<(Timestamp, Timestamp)>,
}

impl Streak {
    fn add(&mut self, sample: &Sample, trigger: &Trigger, from: Option<Timestamp>) {
        let before = self.since.filter(|_| self.reaches(sample.at));
        let of = sample.checks.iter().filter(|check| Some(&check.check) == trigger.check.as_ref());
        let worst = of.map(|check| check.level).max().filter(|_| from.is_none_or(|from| sample.at >= from));
        self.since = match worst.map(|level| sight(trigger, level)) {
            // It counts from the end of the look, when it was known.
            Some(Sight::Bad) => before.or_else(|| later(sample.at, sample.took_ms)),
            Some(Sight::Unseen) => before,
            Some(Sight::Good) | None => None,
        };
        self.last = later(sample.at, sample.trusted_ms()).map(|until| (sample.at, until));
    }

    fn since(&self, now: Timestamp) -> Option<Moment> {
        let wall = self.since.filter(|since| *since <= now && self.reaches(now))?;
        // The clock of another process: only the time of day is shared with it.
        Some(Moment { wall, mono_ms: 0, boot: String::new() })
    }

    /// Whether a look that begins at `next` follows in time.
    fn reaches(&self, next: Timestamp) -> bool {
        self.last.is_some_and(|(at, until)| at <= next && next <= until)
    }
}

fn later(at: Timestamp, ms: u64) -> Option<Timestamp> {
    at.checked_add(jiff::SignedDuration::from_millis(i64::try_from(ms).ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use journal::CheckSample;
    use runbook::Level::{self, Green, Red, Unknown, Yellow};

    use super::*;

    const CHECK: &str = "cluster-health";

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_796_000_000 + second).unwrap()
    }

    /// A look of a watch that looks every ten seconds and takes one; `None`: without the check.
    fn sample(at: i64, level: Option<Level>) -> Sample {
        let check = |level| CheckSample {
            unit: "orders".to_owned(),
            check: CHECK.to_owned(),
            level,
            findings: 0,
            first: None,
            why: None,
            numbers: BTreeMap::new(),
        };
        let (checks, overall) = (level.map(check).into_iter().collect(), level.unwrap_or(Unknown));
        let (at, fired) = (second(at), Vec::new());
        Sample { at, took_ms: 1_000, every_ms: 10_000, overall, checks, fired, left_out: 0 }
    }

    /// Since which second it is bad, to a look at second 100.
    fn since(from: Option<i64>, looks: &[(i64, Option<Level>)]) -> Option<i64> {
        let trigger = Trigger { check: Some(CHECK.to_owned()), ..Trigger::default() };
        let mut streak = Streak::default();
        for (at, level) in looks {
            streak.add(&sample(*at, *level), &trigger, from.map(second));
        }
        streak.since(second(100)).map(|since| since.wall.as_second() - 1_796_000_000)
    }

    #[test]
    fn bad_looks_without_a_break_count_from_the_first() {
        let bad = |at| (at, Some(Red));
        assert_eq!(since(None, &[(60, Some(Green)), bad(70), bad(80), bad(90)]), Some(71));
        assert_eq!(since(None, &[bad(70), (80, Some(Unknown)), bad(90)]), Some(71), "not seen is not good");
        assert_eq!(since(None, &[bad(70), bad(80), (90, Some(Unknown))]), Some(71));
        assert_eq!(since(Some(75), &[bad(70), bad(80), bad(90)]), Some(81), "it was not armed before");
    }

    #[test]
    fn a_good_look_and_time_without_one_are_a_break() {
        let bad = |at| (at, Some(Red));
        for good in [Some(Green), Some(Yellow), None] {
            assert_eq!(since(None, &[bad(70), (80, good), bad(90)]), Some(91), "{good:?}");
            assert_eq!(since(None, &[bad(70), bad(80), (90, good)]), None, "{good:?}");
        }
        assert_eq!(since(None, &[bad(60), bad(90)]), Some(91), "nobody looked for 30 s");
        assert_eq!(since(None, &[bad(68), bad(78)]), None, "nor since then");
        assert_eq!(since(None, &[bad(69), bad(79)]), Some(70));
        assert_eq!(since(None, &[(90, Some(Unknown))]), None);
        assert_eq!(since(None, &[]), None);
        assert_eq!(since(None, &[bad(120)]), None, "a clock that was set back");
    }
}
