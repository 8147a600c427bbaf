use std::collections::BTreeSet;

use jiff::Timestamp;
use runbook::plan::{Plan, Rehearsal};
use runbook::rehearsal::{
    CrashRehearsed, ELEMENTS, ElementRehearsed, FORMAT, FaultRehearsed, PointRehearsed, Rehearsed,
};

use super::Manner;
use super::faults::{names_of, why_not};
use super::made::{Failed, Made, Other, Place};
use super::measured::Measured;

/// The whole document, from what each run showed.
pub(super) fn assemble(
    plan: &Plan,
    wanted: &Rehearsal,
    manner: &Manner,
    began: Timestamp,
    legs: &[Measured],
    left_out: Vec<PointRehearsed>,
    made: &Made,
) -> Rehearsed {
    let leg = |place: &Place| legs.iter().find(|leg| leg.point.point == place.point);
    let survived = |place: &Place| leg(place).is_some_and(|leg| leg.point.rolled_back);
    let row = |place: &Place, killed: bool, went_on: bool| CrashRehearsed {
        point: place.point.clone(),
        step: place.step.clone(),
        way: place.way.to_owned(),
        killed,
        went_on,
        survived: killed && survived(place),
    };
    let hit = |place: &Place| made.kills.iter().any(|(known, _)| known == place);
    let kills = made
        .kills
        .iter()
        .map(|(place, resumed)| row(place, true, leg(place).is_some_and(|leg| leg.resumed > *resumed)));
    let missed = legs.iter().flat_map(|leg| &leg.changed).filter(|place| !hit(place));
    let crash_matrix: Vec<CrashRehearsed> =
        kills.chain(missed.map(|place| row(place, false, false))).collect();
    let faults = wanted.faults.iter().map(|fault| match fault.as_str() {
        "kill-engine" => killed(&crash_matrix),
        _ => other(fault, made, &survived),
    });
    Rehearsed {
        format: FORMAT.to_owned(),
        runbook: plan.name.clone(),
        environment: plan.environment.clone(),
        environment_digest: plan.environment_digest.clone(),
        environment_parts: plan.environment_parts(),
        plan_digest: plan.digest.clone(),
        parts: wanted.parts.clone(),
        rollback_plan: manner.plan.clone(),
        workload: wanted.workload.clone(),
        answers: manner.answers,
        began,
        ended: Timestamp::now(),
        faults: faults.collect(),
        elements: ELEMENTS.iter().map(|name| ((*name).to_owned(), element(name, legs))).collect(),
        points: legs.iter().map(|leg| leg.point.clone()).chain(left_out).collect(),
        crash_matrix,
    }
}

/// As one run that came back showed it; where none did, as the last one says.
fn element(name: &str, legs: &[Measured]) -> ElementRehearsed {
    let all = || legs.iter().rev().filter_map(|leg| Some((leg, leg.elements.get(name)?)));
    if let Some((_, element)) = all().find(|(leg, element)| leg.point.rolled_back && element.covered) {
        return element.clone();
    }
    let why = match all().next() {
        Some((leg, element)) if element.covered => format!("{}: {}", leg.point.point, leg.point.outcome),
        Some((_, element)) => element.why.clone(),
        None => "no run was begun".to_owned(),
    };
    ElementRehearsed { covered: false, why }
}

fn killed(matrix: &[CrashRehearsed]) -> FaultRehearsed {
    let killed: Vec<_> = matrix.iter().filter(|crash| crash.killed).collect();
    let good = killed.iter().filter(|crash| crash.went_on && crash.survived).count();
    // Each step was killed in some run; in every run is more than it takes.
    let hit: BTreeSet<_> = killed.iter().map(|crash| (&crash.step, &crash.way)).collect();
    let missed: BTreeSet<String> = matrix
        .iter()
        .filter(|crash| !hit.contains(&(&crash.step, &crash.way)))
        .map(|crash| format!("{} ({})", crash.step, crash.way))
        .collect();
    let bad = good < killed.len();
    let why = match (killed.is_empty(), missed.is_empty()) {
        (true, _) => why_not("kill-engine"),
        (false, true) => format!("killed {} times, {good} survived", killed.len()),
        (false, false) => {
            let missed = missed.iter().cloned().collect::<Vec<_>>().join(", ");
            format!("killed {} times, {good} survived; never in {missed}: too quick to be hit", killed.len())
        }
    };
    FaultRehearsed {
        fault: "kill-engine".to_owned(),
        made: bad || (!killed.is_empty() && missed.is_empty()),
        survived: !killed.is_empty() && !bad,
        why,
    }
}

fn other(fault: &str, made: &Made, survived: &dyn Fn(&Place) -> bool) -> FaultRehearsed {
    // `restart-broker` is made on each side, and each has to be survived.
    let names = names_of(fault);
    let of = |name: &String| made.others.iter().find(|other| other.name == *name);
    let all: Vec<&Other> = names.iter().filter_map(of).collect();
    let failed = |other: &&&Other| matches!(other.came_to, Err(Failed::Left(_)));
    if let Some(Other { came_to: Err(Failed::Left(why)), .. }) = all.iter().find(failed) {
        return FaultRehearsed { fault: fault.to_owned(), made: true, survived: false, why: why.clone() };
    }
    let missing = names.iter().find_map(|name| match of(name) {
        None if all.is_empty() => Some(why_not(fault)),
        None => Some(format!("{name} was not made: no run came to its step")),
        Some(Other { came_to: Err(Failed::NotMade(why)), .. }) => Some(why.clone()),
        Some(_) => None,
    });
    let places = || {
        all.iter()
            .map(|other| {
                format!("{} in {} on the way to {}", other.name, other.place.step, other.place.point)
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let made_of = |other: &&Other| other.came_to.is_ok();
    let bad = all.iter().filter(|other| made_of(other)).any(|other| !survived(&other.place));
    FaultRehearsed {
        fault: fault.to_owned(),
        made: bad || missing.is_none(),
        survived: !bad && missing.is_none(),
        why: missing.unwrap_or_else(places),
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
            changed: Vec::new(),
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

    fn fault(name: &str, point: &str, came_to: Result<(), Failed>) -> Other {
        Other { name: name.to_owned(), place: place(point), came_to }
    }

    #[test]
    fn an_element_of_a_run_that_did_not_come_back_is_open() {
        let legs = [leg("a", false, true, 0)];
        assert!(!element("catch-up", &legs).covered);
    }

    #[test]
    fn a_fault_is_survived_only_by_runs_that_came_back() {
        let survived = |place: &Place| place.point == "a";
        let judged = |others| {
            let made = Made { others, ..Made::default() };
            let fault = other("restart-broker", &made, &survived);
            (fault.made, fault.survived, fault.why)
        };
        let (source, target) = ("restart-broker (source)", "restart-broker (target)");
        assert!(!judged(vec![]).0);
        // One side alone is half of it.
        let (made, good, why) = judged(vec![fault(source, "a", Ok(()))]);
        assert!(!made && !good && why.contains("(target) was not made"), "{why}");
        assert!(judged(vec![fault(source, "a", Ok(())), fault(target, "a", Ok(()))]).1);
        let (made, good, _) = judged(vec![fault(source, "a", Ok(())), fault(target, "b", Ok(()))]);
        assert!(made && !good);
        let no = Err(Failed::NotMade("no".to_owned()));
        let (made, good, why) = judged(vec![fault(source, "a", Ok(())), fault(target, "a", no)]);
        assert!(!made && !good && why == "no");
        let left = Err(Failed::Left("it is down".to_owned()));
        let (made, good, why) = judged(vec![fault(source, "a", left)]);
        assert!(made && !good && why == "it is down");
    }

    #[test]
    fn a_kill_after_which_nobody_went_on_is_not_survived() {
        let crash = |step: &str, killed, went_on, survived| CrashRehearsed {
            point: "a".to_owned(),
            step: step.to_owned(),
            way: "forward".to_owned(),
            killed,
            went_on,
            survived,
        };
        let judged = |matrix: &[CrashRehearsed]| {
            let fault = killed(matrix);
            (fault.made, fault.survived)
        };
        assert_eq!(judged(&[]), (false, false));
        assert_eq!(judged(&[crash("fence", true, true, true)]), (true, true));
        assert_eq!(
            judged(&[crash("fence", true, true, true), crash("fence", true, false, true)]),
            (true, false)
        );
        assert_eq!(
            judged(&[crash("fence", true, true, true), crash("fence", true, true, false)]),
            (true, false)
        );
        // A step in which it was never killed is said, and the fault is not covered; killed in another run will do.
        assert!(!judged(&[crash("fence", true, true, true), crash("drain", false, false, false)]).0);
        assert!(
            killed(&[crash("fence", true, true, true), crash("drain", false, false, false)])
                .why
                .contains("never in drain (forward)")
        );
        assert_eq!(
            judged(&[crash("fence", false, false, false), crash("fence", true, true, true)]),
            (true, true)
        );
    }
}
