//! The document, which is nothing but what the journals of its runs tell: whoever doubts it writes it once more.

use std::collections::BTreeSet;

use journal::{CameTo, Fault};
use runbook::rehearsal::{
    CrashRehearsed, ELEMENTS, ElementRehearsed, FORMAT, FaultRehearsed, PointRehearsed, Rehearsed,
};

use super::faults::{names_of, why_not};
use super::is_past;
use super::made::Place;
use super::measured::Measured;
use super::told::Told;

/// The whole document, from the journals of its runs in their order.
///
/// # Errors
/// What makes them no rehearsal, in words.
pub(super) fn assemble(runs: &[Told]) -> Result<Rehearsed, String> {
    let mut legs = Vec::new();
    for told in runs {
        let run = &told.state().header().run;
        let watched = told.watched().ok_or_else(|| format!("{run} does not end with its rehearsal"))?;
        legs.push(Measured::of(told, watched).ok_or_else(|| format!("{run} is no run of a rehearsal"))?);
    }
    let (Some(told), Some(first)) = (runs.first(), legs.first()) else {
        return Err("it names no run".to_owned());
    };
    let header = told.state().header();
    let plan = &header.plan;
    let (Some(wanted), Some(leg)) = (&plan.rehearsal, plan.leg()) else {
        return Err(format!("{} is no run of a rehearsal", header.run));
    };
    let together = &first.watched;
    let ids = || runs.iter().map(|told| told.state().header().run.as_str());
    if !together.runs.iter().map(String::as_str).eq(ids()) {
        return Err(format!("{} was rehearsed with other runs: {}", header.run, together.runs.join(", ")));
    }
    for (told, leg) in runs.iter().zip(&legs) {
        let (run, watched) = (&told.state().header().run, &leg.watched);
        if watched.runs != together.runs || watched.left_out != together.left_out {
            return Err(format!("{run} was not rehearsed with {}", header.run));
        }
    }
    let left_out = together.left_out.iter().map(|left| PointRehearsed {
        point: left.point.clone(),
        past_commit_point: is_past(plan, &left.point),
        outcome: left.why.clone(),
        ..PointRehearsed::default()
    });
    let crash_matrix = matrix(&legs);
    let faults = wanted.faults.iter().map(|fault| match fault.as_str() {
        "kill-engine" => killed(&crash_matrix),
        _ => other(fault, &legs),
    });
    Ok(Rehearsed {
        format: FORMAT.to_owned(),
        runbook: plan.name.clone(),
        environment: plan.environment.clone(),
        environment_digest: plan.environment_digest.clone(),
        environment_parts: plan.environment_parts(),
        plan_digest: plan.digest.clone(),
        parts: wanted.parts.clone(),
        rollback_plan: leg.plan.clone(),
        workload: wanted.workload.clone(),
        answers: leg.answers,
        began: told.state().started_at(),
        ended: runs.iter().map(Told::ended_at).max().unwrap_or(told.state().started_at()),
        faults: faults.collect(),
        elements: ELEMENTS.iter().map(|name| ((*name).to_owned(), element(name, &legs))).collect(),
        points: legs.iter().map(|leg| leg.point.clone()).chain(left_out).collect(),
        crash_matrix,
    })
}

/// Every kill, then every step in which there was none.
fn matrix(legs: &[Measured]) -> Vec<CrashRehearsed> {
    let row = |leg: &Measured, step: &str, way: &str| CrashRehearsed {
        point: leg.point.point.clone(),
        step: step.to_owned(),
        way: way.to_owned(),
        effect: true,
        killed: false,
        went_on: false,
        survived: false,
    };
    let kills = legs.iter().flat_map(|leg| {
        leg.watched.kills.iter().map(move |kill| CrashRehearsed {
            killed: true,
            went_on: leg.resumed > kill.resumed,
            survived: leg.point.rolled_back,
            ..row(leg, &kill.step, &kill.way)
        })
    });
    let hit = |leg: &Measured, place: &&Place| {
        leg.watched.kills.iter().any(|kill| kill.step == place.step && kill.way == place.way)
    };
    let missed = legs.iter().flat_map(|leg| {
        let missed = leg.changed.iter().filter(move |place| !hit(leg, place));
        let missed = missed.map(move |place| row(leg, &place.step, place.way));
        let unchanged = leg.unchanged.iter().filter(move |place| !hit(leg, place));
        missed.chain(
            unchanged.map(move |place| CrashRehearsed { effect: false, ..row(leg, &place.step, place.way) }),
        )
    });
    kills.chain(missed).collect()
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
        .filter(|crash| crash.effect && !hit.contains(&(&crash.step, &crash.way)))
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

fn other(fault: &str, legs: &[Measured]) -> FaultRehearsed {
    let made: Vec<(&PointRehearsed, &Fault)> =
        legs.iter().flat_map(|leg| leg.watched.faults.iter().map(|fault| (&leg.point, fault))).collect();
    // `restart-broker` is made on each side, and each has to be survived.
    let names = names_of(fault);
    let of = |name: &String| made.iter().find(|(_, fault)| fault.name == *name);
    let all: Vec<_> = names.iter().filter_map(of).collect();
    let left = all.iter().find_map(|(_, fault)| match &fault.came_to {
        CameTo::Left { why } => Some(why),
        _ => None,
    });
    if let Some(why) = left {
        return FaultRehearsed { fault: fault.to_owned(), made: true, survived: false, why: why.clone() };
    }
    let missing = names.iter().find_map(|name| match of(name) {
        None if all.is_empty() => Some(why_not(fault)),
        None => Some(format!("{name} was not made: no run came to its step")),
        Some((_, Fault { came_to: CameTo::NotMade { why }, .. })) => Some(why.clone()),
        Some(_) => None,
    });
    let places = || {
        let place = |(point, fault): &&(&PointRehearsed, &Fault)| {
            format!("{} in {} on the way to {}", fault.name, fault.step, point.point)
        };
        all.iter().map(place).collect::<Vec<_>>().join(", ")
    };
    let bad = all.iter().any(|(point, fault)| fault.came_to == CameTo::Made && !point.rolled_back);
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

    use journal::{Kill, Watched};

    use super::*;

    fn leg(point: &str, rolled_back: bool, covered: bool) -> Measured {
        let element = ElementRehearsed { covered, why: point.to_owned() };
        Measured {
            point: PointRehearsed { point: point.to_owned(), rolled_back, ..PointRehearsed::default() },
            elements: BTreeMap::from([("catch-up".to_owned(), element)]),
            changed: Vec::new(),
            unchanged: Vec::new(),
            resumed: 0,
            watched: Watched::default(),
        }
    }

    #[test]
    fn an_element_is_covered_by_any_run_that_showed_it() {
        let legs = [leg("a", true, true), leg("b", true, false)];
        assert_eq!(element("catch-up", &legs).why, "a");
        assert!(!element("catch-up", &legs[1..]).covered);
        assert!(!element("observation", &legs).covered);
    }

    fn fault(name: &str, point: &'static str, came_to: CameTo) -> (&'static str, Fault) {
        (point, Fault { name: name.to_owned(), step: "fence".to_owned(), came_to })
    }

    #[test]
    fn an_element_of_a_run_that_did_not_come_back_is_open() {
        let legs = [leg("a", false, true)];
        assert!(!element("catch-up", &legs).covered);
    }

    #[test]
    fn a_fault_is_survived_only_by_runs_that_came_back() {
        let judged = |made: Vec<(&str, Fault)>| {
            let mut legs = [leg("a", true, true), leg("b", false, true)];
            for (point, fault) in made {
                let leg = legs.iter_mut().find(|leg| leg.point.point == point).unwrap();
                leg.watched.faults.push(fault);
            }
            let fault = other("restart-broker", &legs);
            (fault.made, fault.survived, fault.why)
        };
        let (source, target) = ("restart-broker (source)", "restart-broker (target)");
        assert!(!judged(vec![]).0);
        // One side alone is half of it.
        let (made, good, why) = judged(vec![fault(source, "a", CameTo::Made)]);
        assert!(!made && !good && why.contains("(target) was not made"), "{why}");
        assert!(judged(vec![fault(source, "a", CameTo::Made), fault(target, "a", CameTo::Made)]).1);
        let (made, good, _) =
            judged(vec![fault(source, "a", CameTo::Made), fault(target, "b", CameTo::Made)]);
        assert!(made && !good);
        let no = CameTo::NotMade { why: "no".to_owned() };
        let (made, good, why) = judged(vec![fault(source, "a", CameTo::Made), fault(target, "a", no)]);
        assert!(!made && !good && why == "no");
        let left = CameTo::Left { why: "it is down".to_owned() };
        let (made, good, why) = judged(vec![fault(source, "a", left)]);
        assert!(made && !good && why == "it is down");
    }

    #[test]
    fn a_step_without_effect_stands_in_the_matrix_and_covers_as_it_is() {
        let place = |step: &str| Place { point: "a".to_owned(), step: step.to_owned(), way: "forward" };
        let mut leg = leg("a", true, true);
        leg.changed = vec![place("fence"), place("drain")];
        leg.unchanged = vec![place("land")];
        leg.watched.kills = vec![Kill { step: "fence".to_owned(), way: "forward".to_owned(), resumed: 1 }];
        leg.resumed = 2;
        let matrix = matrix(&[leg]);
        let rows: Vec<_> = matrix
            .iter()
            .map(|row| (row.step.as_str(), row.effect, row.killed, row.went_on, row.survived))
            .collect();
        assert_eq!(
            rows,
            [
                ("fence", true, true, true, true),
                ("drain", true, false, false, false),
                ("land", false, false, false, false)
            ]
        );
        // Only what began a command can be missed.
        let why = killed(&matrix).why;
        assert!(why.ends_with("never in drain (forward): too quick to be hit"), "{why}");
    }

    #[test]
    fn a_kill_after_which_nobody_went_on_is_not_survived() {
        let crash = |step: &str, killed, went_on, survived| CrashRehearsed {
            point: "a".to_owned(),
            step: step.to_owned(),
            way: "forward".to_owned(),
            effect: true,
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
