use jiff::Timestamp;
use runbook::plan::{Answers, Plan, Rehearsal};
use runbook::rehearsal::{
    CrashRehearsed, ELEMENTS, ElementRehearsed, FORMAT, FaultRehearsed, PointRehearsed, Rehearsed,
};

use super::faults::why_not;
use super::made::{Made, Place};
use super::measured::Measured;

/// The whole document, from what each run showed.
pub(super) fn assemble(
    plan: &Plan,
    wanted: &Rehearsal,
    answers: Answers,
    began: Timestamp,
    legs: &[Measured],
    left_out: Vec<PointRehearsed>,
    made: &Made,
) -> Rehearsed {
    let leg = |place: &Place| legs.iter().find(|leg| leg.point.point == place.point);
    let survived = |place: &Place| leg(place).is_some_and(|leg| leg.point.rolled_back);
    let crash_matrix: Vec<CrashRehearsed> = made
        .kills
        .iter()
        .map(|(place, resumed)| CrashRehearsed {
            point: place.point.clone(),
            step: place.step.clone(),
            way: place.way.to_owned(),
            went_on: leg(place).is_some_and(|leg| leg.resumed > *resumed),
            survived: survived(place),
        })
        .collect();
    let faults = wanted.faults.iter().map(|fault| match fault.as_str() {
        "kill-engine" => killed(&crash_matrix),
        _ => other(fault, made, &survived),
    });
    Rehearsed {
        format: FORMAT.to_owned(),
        runbook: plan.name.clone(),
        environment: plan.environment.clone(),
        environment_digest: plan.environment_digest.clone(),
        plan_digest: plan.digest.clone(),
        parts: wanted.parts.clone(),
        workload: wanted.workload.clone(),
        answers,
        began,
        ended: Timestamp::now(),
        faults: faults.collect(),
        elements: ELEMENTS.iter().map(|name| ((*name).to_owned(), element(name, legs))).collect(),
        points: legs.iter().map(|leg| leg.point.clone()).chain(left_out).collect(),
        crash_matrix,
    }
}

/// As one run showed it; where none did, as the last one says.
fn element(name: &str, legs: &[Measured]) -> ElementRehearsed {
    let mut all = legs.iter().rev().filter_map(|leg| leg.elements.get(name));
    let last = all.next();
    let shown = last.into_iter().chain(all).find(|element| element.covered).or(last);
    shown.cloned().unwrap_or(ElementRehearsed { covered: false, why: "no run was begun".to_owned() })
}

fn killed(matrix: &[CrashRehearsed]) -> FaultRehearsed {
    let good = matrix.iter().filter(|crash| crash.went_on && crash.survived).count();
    let made = !matrix.is_empty();
    FaultRehearsed {
        fault: "kill-engine".to_owned(),
        made,
        survived: made && good == matrix.len(),
        why: match made {
            true => format!("killed {} times, {good} survived", matrix.len()),
            false => why_not("kill-engine"),
        },
    }
}

fn other(fault: &str, made: &Made, survived: &dyn Fn(&Place) -> bool) -> FaultRehearsed {
    // `restart-broker` is made on each side, and each has to be survived.
    let all: Vec<_> = made.others.iter().filter(|(name, _, _)| name.starts_with(fault)).collect();
    let failed = all.iter().find_map(|(_, _, failed)| failed.as_ref());
    let is_made = !all.is_empty() && failed.is_none();
    let places: Vec<String> = all
        .iter()
        .map(|(name, place, _)| format!("{name} in {} on the way to {}", place.step, place.point))
        .collect();
    FaultRehearsed {
        fault: fault.to_owned(),
        made: is_made,
        survived: is_made && all.iter().all(|(_, place, _)| survived(place)),
        why: match failed {
            Some(why) => why.clone(),
            None if all.is_empty() => why_not(fault),
            None => places.join(", "),
        },
    }
}

pub(super) fn bytes(rehearsed: &Rehearsed) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(rehearsed).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn leg(point: &str, rolled_back: bool, covered: bool, resumed: usize) -> Measured {
        let element = ElementRehearsed { covered, why: point.to_owned() };
        Measured {
            point: PointRehearsed { point: point.to_owned(), rolled_back, ..PointRehearsed::default() },
            elements: BTreeMap::from([("catch-up".to_owned(), element)]),
            resumed,
        }
    }

    fn place(point: &str) -> Place {
        Place { point: point.to_owned(), step: "fence".to_owned(), way: "forward" }
    }

    #[test]
    fn an_element_is_covered_by_any_run_that_showed_it() {
        let legs = [leg("a", true, true, 0), leg("b", true, false, 0)];
        assert_eq!(element("catch-up", &legs).why, "a");
        assert!(!element("catch-up", &legs[1..]).covered);
        assert!(!element("observation", &legs).covered);
    }

    #[test]
    fn a_fault_is_survived_only_by_runs_that_came_back() {
        let survived = |place: &Place| place.point == "a";
        let mut made = Made::default();
        assert!(!other("restart-broker", &made, &survived).made);
        made.others.push(("restart-broker (source)".to_owned(), place("a"), None));
        assert!(other("restart-broker", &made, &survived).survived);
        made.others.push(("restart-broker (target)".to_owned(), place("b"), None));
        let fault = other("restart-broker", &made, &survived);
        assert!(fault.made && !fault.survived, "{fault:?}");
        made.others.push(("restart-broker (target)".to_owned(), place("a"), Some("no".to_owned())));
        let fault = other("restart-broker", &made, &survived);
        assert!(!fault.made && !fault.survived && fault.why == "no", "{fault:?}");
    }

    #[test]
    fn a_kill_after_which_nobody_went_on_is_not_survived() {
        let crash = |went_on, survived| CrashRehearsed {
            point: "a".to_owned(),
            step: "fence".to_owned(),
            way: "forward".to_owned(),
            went_on,
            survived,
        };
        assert!(!killed(&[]).made && !killed(&[]).survived);
        assert!(killed(&[crash(true, true)]).survived);
        assert!(!killed(&[crash(true, true), crash(false, true)]).survived);
        assert!(!killed(&[crash(true, true), crash(true, false)]).survived);
    }
}
