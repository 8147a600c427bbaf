use jiff::Timestamp;
use journal::Event;
use runbook::Side;

use super::{Course, Next, Todo};

/// How often it is written down where the groups stand on the target, in milliseconds: what a group did since comes again
/// when the way back has to do without the target.
pub(crate) const EVERY_MS: u64 = 10_000;

/// How old the last look may be to prove anything, in milliseconds.
const PROOF_MS: u64 = 3 * EVERY_MS;

/// Writes down that the target is authoritative, as soon as the commit point is passed.
pub(super) fn handed_over(course: &Course<'_>, next: &mut Next) {
    let rollback = &course.plan.rollback;
    let (Some(from), Some(to)) = (&rollback.authority_before, &rollback.authority_after_switch) else {
        return;
    };
    if !course.is_dry() && course.past_commit_point() && course.execution().authority.is_none() {
        next.write(Event::AuthorityMoved { from: from.clone(), to: to.clone(), moment: course.now.clone() });
    }
}

/// Past the commit point, looks where the groups of each unit stand on the target.
pub(super) fn follow(course: &Course<'_>, next: &mut Next) {
    if course.is_dry() || !course.past_commit_point() {
        return;
    }
    for unit in &course.plan.units {
        let steps = course.plan.backs.values().flat_map(|back| &back.between);
        let mut back = steps.filter(|step| step.kind == "commit-offsets-back");
        let Some(step) = back.find(|step| step.unit.as_ref().is_none_or(|of| *of == unit.name)) else {
            continue;
        };
        let age = course.execution().followed.get(&unit.name).map(|seen| course.now.since(&seen.moment));
        match age.filter(|age| *age < EVERY_MS) {
            Some(age) => next.wake_in(EVERY_MS - age),
            None => next.start.push(Todo::Follow { step: step.id.clone() }),
        }
    }
}

/// Whether it is proved that nothing was born on the target: then nobody has to decide what becomes of it. The proof is as
/// old as its oldest measurement, and whoever may write there must not have been started since.
pub(super) fn nothing_was_born(course: &Course<'_>) -> bool {
    course.plan.units.iter().all(|unit| {
        let seen = course.execution().followed.get(&unit.name);
        seen.is_some_and(|seen| {
            let Some(at) = seen.measured_at.filter(|_| seen.born == Some(0)) else { return false };
            let age = course.now.wall.as_millisecond() - at.as_millisecond();
            u64::try_from(age).is_ok_and(|age| age <= PROOF_MS) && !may_have_started_since(course, at)
        })
    })
}

/// Whether a step was begun since that starts applications, or of which nobody can tell what it does.
fn may_have_started_since(course: &Course<'_>, at: Timestamp) -> bool {
    let starts = course.plan.steps.iter().filter(|step| {
        matches!(step.kind.as_str(), "start-app" | "exec" | "http" | "manual")
            && step.on != Some(Side::Source)
    });
    starts.filter_map(|step| course.step(&step.id)).any(|state| {
        let begun = state.attempts.iter().map(|attempt| attempt.since.wall);
        begun.chain([state.since.wall]).any(|begun| begun >= at)
    })
}

/// Past the commit point a run goes back by itself only by a plan whose author wrote `target_born: none`, where that is
/// proved.
pub(super) fn may_go_back_by_itself(course: &Course<'_>, plan: &str) -> bool {
    let says = course.plan.backs.get(plan).is_some_and(|back| back.target_born.as_deref() == Some("none"));
    !course.past_commit_point() || (says && nothing_was_born(course))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use journal::{Effects, Header, Moment, RunState};
    use runbook::plan::PlannedStep;

    use super::*;
    use crate::measure::tests::fixture::test_plan;

    fn moment(second: i64) -> Moment {
        let wall = Timestamp::from_second(1_800_000_000 + second).unwrap();
        Moment { wall, mono_ms: u64::try_from(second).unwrap() * 1_000, boot: "test".into() }
    }

    /// A run that started its producers at second 100 and whose target was looked at since `looked`; the look took 20 s.
    fn proved(looked: Option<i64>, now: i64) -> bool {
        let mut plan = test_plan();
        plan.steps.push(PlannedStep {
            id: "start".into(),
            kind: "start-app".into(),
            on: Some(Side::Target),
            ..PlannedStep::default()
        });
        let header = Box::new(Header::new(plan, "run", moment(0).wall));
        let mut state = RunState::started(moment(0).wall, &Event::RunStarted { header }).unwrap();
        let events = [
            Event::StepStarted { step: "start".into(), attempt: 1, moment: moment(100) },
            Event::Followed {
                unit: "orders".into(),
                step: "back/offsets-back".into(),
                evidence: Vec::new(),
                born: Some(0),
                proved: true,
                measured_at: looked.map(|second| moment(second).wall),
                moment: moment(looked.unwrap_or(0) + 20),
            },
        ];
        for event in &events {
            state.apply(moment(now).wall, event).unwrap();
        }
        let specs = BTreeMap::new();
        nothing_was_born(&Course::new(&state, &specs, moment(now), Effects::Apply))
    }

    #[test]
    fn what_was_measured_before_the_producers_were_started_proves_nothing_and_so_does_what_is_old() {
        assert!(proved(Some(101), 125));
        assert!(!proved(Some(99), 125), "they were started while it was looked");
        assert!(proved(Some(101), 131));
        assert!(!proved(Some(101), 132), "it counts from where the look began");
        assert!(!proved(None, 125), "an older journal does not tell when");
    }
}
