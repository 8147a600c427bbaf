use jiff::{SignedDuration, Timestamp};
use journal::Moment;
use runbook::Level;
use runbook::checks;
use runbook::plan::PlannedStep;
use runbook::verdict::scorecard::{self, CheckCell};

use super::{Course, Next, Todo};

/// A check in a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub unit: String,
    pub check: String,
}

/// These checks, or all where none are named, in the units of the step.
pub(super) fn pairs(course: &Course<'_>, step: &PlannedStep, named: Option<&[String]>) -> Vec<Pair> {
    let units = course.units_of(step);
    let header = course.state.header();
    header
        .pairs()
        .filter(|(unit, _)| units.contains(unit))
        .filter(|(_, check)| named.is_none_or(|named| named.iter().any(|name| name == check)))
        .map(|(unit, check)| Pair { unit: unit.to_owned(), check: check.to_owned() })
        .collect()
}

/// Whether the check's kind is cheap enough to be measured again and again.
pub(super) fn is_live(course: &Course<'_>, pair: &Pair) -> bool {
    let planned = course.plan.check(&pair.check);
    planned.and_then(|check| checks::kind(&check.kind)).is_some_and(|kind| kind.live)
}

/// Whether the check's evidence counts at a gate for as long as that allows, instead of being measured anew.
pub(super) fn lasts(course: &Course<'_>, pair: &Pair) -> bool {
    let planned = course.plan.check(&pair.check);
    planned.and_then(|check| checks::kind(&check.kind)).is_some_and(|kind| kind.lasts)
}

/// When the unit's records came to rest, as far as this run brought that about: what was compared before says nothing of
/// what was written until then.
pub(super) fn at_rest_since<'c>(course: &'c Course<'_>, pair: &Pair) -> Option<&'c Moment> {
    const BRING_TO_REST: [&str; 3] = ["fence-writes", "pause-replication", "capture-positions"];
    let steps = course.plan.steps.iter().filter(|step| BRING_TO_REST.contains(&step.kind.as_str()));
    let of_unit = steps.filter(|step| course.units_of(step).contains(&pair.unit.as_str()));
    let passed = of_unit.filter_map(|step| course.step(&step.id).filter(|state| state.is_passed()));
    passed.filter_map(|state| state.ended.as_ref()).max_by_key(|ended| ended.wall)
}

/// Whether the check's kind holds the target against the source as its copy.
pub(super) fn is_of_the_copy(course: &Course<'_>, pair: &Pair) -> bool {
    let planned = course.plan.check(&pair.check);
    planned.and_then(|check| checks::kind(&check.kind)).is_some_and(|kind| kind.of_the_copy)
}

pub(super) fn is_due_now(course: &Course<'_>, pair: &Pair) -> bool {
    let progress = course.state.progress();
    let planned = course.plan.check(&pair.check);
    planned.is_none_or(|check| scorecard::due(course.plan, &pair.unit, check, &progress).is_due())
}

/// Whether it proves what this very rehearsal is to prove.
pub(super) fn is_left_to_production(course: &Course<'_>, pair: &Pair) -> bool {
    course.plan.check(&pair.check).is_some_and(|check| scorecard::is_left_to_production(course.plan, check))
}

/// When the check was judged for good, last.
pub(super) fn judged_at(course: &Course<'_>, pair: &Pair) -> Option<Timestamp> {
    course.state.judged(&pair.unit, &pair.check).filter(|judged| !judged.provisional).map(|judged| judged.at)
}

/// Whether it was judged at `since` or later, by a look that began no earlier.
pub(super) fn is_fresh(course: &Course<'_>, pair: &Pair, since: &Moment) -> bool {
    judged_at(course, pair).is_some_and(|at| is_since(course, at, since))
        && measured_since(course, pair, since)
}

/// Whether something that was seen at `at` was seen at `since` or later, by a clock that may have been put back: what was
/// seen in the future has to be seen again, and a moment that is ahead of the clock was as long ago as the machine says.
pub(super) fn is_since(course: &Course<'_>, at: Timestamp, since: &Moment) -> bool {
    let now = &course.now;
    let ago = SignedDuration::from_millis(i64::try_from(now.since(since)).unwrap_or(i64::MAX));
    let began =
        if since.wall <= now.wall { since.wall } else { now.wall.checked_sub(ago).unwrap_or(Timestamp::MIN) };
    began <= at && at <= now.wall
}

/// What it rests on was measured at `since` or later. What rests on nothing measured (unknown) is as old as its verdict.
fn measured_since(course: &Course<'_>, pair: &Pair, since: &Moment) -> bool {
    let judged = course.state.judged(&pair.unit, &pair.check);
    judged.and_then(|judged| judged.judgement.measured_at).is_none_or(|at| is_since(course, at, since))
}

/// Asks for every check that was not judged since; true when there is none.
pub(super) fn all_fresh(course: &Course<'_>, pairs: &[Pair], since: &Moment, next: &mut Next) -> bool {
    let mut all = true;
    for pair in pairs.iter().filter(|pair| !is_fresh(course, pair, since)) {
        all = false;
        measure(pair, next);
    }
    all
}

pub(super) fn measure(pair: &Pair, next: &mut Next) {
    let todo = Todo::Measure { unit: pair.unit.clone(), check: pair.check.clone() };
    if !next.start.contains(&todo) {
        next.start.push(todo);
    }
}

/// The check's place on the scorecard: expired evidence, waivers and all.
pub(super) fn cell<'c>(course: &'c Course<'_>, pair: &Pair) -> Option<&'c CheckCell> {
    let card = course.card();
    let unit = card.units.iter().find(|unit| unit.unit == pair.unit)?;
    unit.dimensions.iter().flat_map(|dimension| &dimension.checks).find(|cell| cell.check == pair.check)
}

/// The level that counts, and why, in a sentence.
pub(super) fn level(course: &Course<'_>, pair: &Pair) -> (Level, String) {
    let Some(cell) = cell(course, pair) else {
        return (Level::Unknown, format!("{} is not on the scorecard", pair.check));
    };
    let name = format!("{} is {}", pair.check, cell.verdict);
    let why = cell.why.clone().or_else(|| {
        let finding = cell.findings.first()?;
        let more = cell.findings.len() - 1;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Some(format!("{}: {} instead of {}{more}", finding.subject, finding.actual, finding.expected))
    });
    (cell.verdict, why.map_or(name.clone(), |why| format!("{name} ({why})")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use journal::{Event, Header, RunState};

    use super::*;
    use crate::execute::next::Effects;
    use crate::measure::tests::fixture::test_plan;

    fn wall(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn what_was_seen_before_a_clock_was_put_back_is_seen_again() {
        let header = Box::new(Header::new(test_plan(), "run", wall(0)));
        let state = RunState::started(wall(0), &Event::RunStarted { header }).unwrap();
        let specs = BTreeMap::new();
        let moment =
            |second, mono_s: u64| Moment { wall: wall(second), mono_ms: mono_s * 1_000, boot: "b".into() };
        let row = |now: Moment, since: Moment, seen: i64| {
            is_since(&Course::new(&state, &specs, now, Effects::Apply), wall(seen), &since)
        };
        // The clock goes as it should.
        assert!(row(moment(110, 110), moment(100, 100), 105));
        assert!(!row(moment(110, 110), moment(100, 100), 99));
        // Put back by an hour before `since`: what was seen then lies in the future.
        assert!(!row(moment(-3_490, 110), moment(-3_500, 100), 95));
        assert!(row(moment(-3_490, 110), moment(-3_500, 100), -3_492));
        // Put back after `since`, which was ten seconds ago whatever the clock says.
        assert!(!row(moment(-3_490, 110), moment(100, 100), 105));
        assert!(row(moment(-3_490, 110), moment(100, 100), -3_495));
        assert!(!row(moment(-3_490, 110), moment(100, 100), -3_501));
    }
}
