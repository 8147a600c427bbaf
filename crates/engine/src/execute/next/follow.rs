use journal::Event;

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

/// Whether it is proved that nothing was born on the target: then nobody has to decide what becomes of it.
pub(super) fn nothing_was_born(course: &Course<'_>) -> bool {
    course.plan.units.iter().all(|unit| {
        let seen = course.execution().followed.get(&unit.name);
        seen.is_some_and(|seen| seen.born == Some(0) && course.now.since(&seen.moment) <= PROOF_MS)
    })
}

/// Past the commit point a run goes back by itself only by a plan that says `target_born: none`, where that is proved.
pub(super) fn may_go_back_by_itself(course: &Course<'_>, plan: &str) -> bool {
    let says = course.plan.backs.get(plan).is_some_and(|back| back.target_born.as_deref() == Some("none"));
    !course.past_commit_point() || (says && nothing_was_born(course))
}
