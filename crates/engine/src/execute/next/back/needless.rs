use std::collections::BTreeSet;

use journal::{StepOutcome, StepPhase, StepState};
use runbook::Side;
use runbook::plan::{PlannedStep, StepEffect};
use runbook::unit::Unit;
use runbook::world::Command;

use super::super::Course;

/// Why a step of the way back has nothing to do after what the run came to; `None`: it has.
pub(in crate::execute::next) fn needless(course: &Course<'_>, step: &PlannedStep) -> Option<String> {
    let back = course.state.back_plan()?;
    if !back.between.iter().any(|of| of.id == step.id) {
        return None;
    }
    let starts = started(course, step);
    match step.kind.as_str() {
        "stop-app" if starts.is_empty() => Some("nothing was started on the target".to_owned()),
        // Where the replicator goes on writing, a look cannot tell that nobody else does. An application that ran before the
        // run came to it was not stopped by an undo, and is looked for all the same.
        "stop-app" if is_only_copied(course, step, &starts) && all_stopped_again(course, step, &starts) => {
            Some(
                "what was started on the target was stopped, and only the replicator writes there".to_owned(),
            )
        }
        // Without anybody who may write there, what grows on the target is what the replicator copies: as long as the source
        // is at work it is never at rest, and a ledger could not be cut.
        "fence-writes" | "target-born-ledger" if is_only_copied(course, step, &starts) => Some(
            "no producer was started on the target, and the flow goes on: what is there was copied"
                .to_owned(),
        ),
        "sign-off" => match course.execution().ledgers.get(step.unit.as_deref()?) {
            Some(ledger) if ledger.records() == 0 => Some("no record was born on the target".to_owned()),
            Some(_) => (!back.leaves_it_to_the_owner())
                .then(|| "what was born on the target was counted, and stays there".to_owned()),
            None => not_cut(course, step)
                .then(|| "nothing was born on the target that could be given up".to_owned()),
        },
        _ => None,
    }
}

/// Whether there was nothing to cut a ledger of. Where it was passed over because the target did not answer, nobody knows
/// what was born there, and somebody has to say that it is given up.
fn not_cut(course: &Course<'_>, step: &PlannedStep) -> bool {
    let between = course.state.back_plan().map_or(&[][..], |back| &back.between);
    let mut ledgers = between.iter().filter(|of| of.kind == "target-born-ledger" && of.unit == step.unit);
    ledgers.any(|ledger| {
        let phase = course.step(&ledger.id).map(|state| &state.phase);
        matches!(phase, Some(StepPhase::Ended(StepOutcome::Skipped { .. })))
    })
}

/// Whether every application that reads for a group of the unit was started by the run, and stopped by the undo of that.
fn all_stopped_again(course: &Course<'_>, step: &PlannedStep, starts: &[(&PlannedStep, &StepState)]) -> bool {
    let of_step = |unit: &&Unit| step.unit.as_ref().is_none_or(|name| *name == unit.name);
    let groups = course.plan.units.iter().filter(of_step).flat_map(|unit| unit.groups.values());
    let apps: BTreeSet<&str> =
        groups.filter_map(|group| group.app.as_deref().or(group.source_app.as_deref())).collect();
    // One start may have taken several attempts: an application counts once.
    let mut called: Vec<&Command> = Vec::new();
    for attempt in starts.iter().flat_map(|(_, start)| &start.attempts) {
        let changes = attempt.changes.iter().flat_map(|changes| &changes.changes);
        for (change, _) in changes.zip(&attempt.commands).filter(|(_, command)| command.touched) {
            if !called.contains(&&change.command) {
                called.push(&change.command);
            }
        }
    }
    // With a note it was taken back, and not seen to be.
    let seen = |start: &StepState| start.phase == StepPhase::Undone && start.note.is_none();
    starts.iter().all(|(_, start)| seen(start)) && called.len() >= apps.len()
}

/// Steps of its unit that started an application on the target, as far as they were begun.
fn started<'a>(course: &Course<'a>, step: &PlannedStep) -> Vec<(&'a PlannedStep, &'a StepState)> {
    let of_unit = |other: &&PlannedStep| other.unit == step.unit || other.unit.is_none();
    let starts = course.plan.steps.iter().filter(of_unit);
    starts
        .filter(|other| other.kind == "start-app" && other.on == Some(Side::Target))
        .filter_map(|other| Some((other, course.step(&other.id)?)))
        .collect()
}

/// Nobody but the replicator can have written there: it still does, no producer was started, no consumer that writes what
/// it could not process to a topic of the unit, and nothing of which nobody can tell what it starts.
fn is_only_copied(course: &Course<'_>, step: &PlannedStep, starts: &[(&PlannedStep, &StepState)]) -> bool {
    let produces =
        |other: &PlannedStep| other.with.get("with").is_some_and(|with| with.get("producers").is_some());
    let unit = step.unit.as_deref().and_then(|name| course.plan.unit(name));
    // A step without a unit may be about any.
    let writes_aside = |unit: &Unit| !unit.retry.is_empty() || !unit.dead_letter.is_empty();
    let writes = unit.map_or_else(|| course.plan.units.iter().any(writes_aside), writes_aside);
    let of_unit = |other: &&PlannedStep| other.unit == step.unit || other.unit.is_none();
    let begun = |other: &&PlannedStep| {
        let state = course.step(&other.id);
        state.is_some_and(|state| !matches!(state.phase, StepPhase::Ended(StepOutcome::Skipped { .. })))
    };
    // One that found nothing to pause says that nobody copies. Where none is planned, a command of one's own or a person
    // may have stopped the flow.
    let is_pause = |other: &&PlannedStep| other.kind == "pause-replication";
    let is_own = |other: &&PlannedStep| {
        matches!(other.kind.as_str(), "exec" | "http" | "manual") && other.effect != StepEffect::None
    };
    let steps = || course.plan.steps.iter().filter(of_unit);
    let stopped = match steps().any(|other| is_pause(&other)) {
        true => steps().filter(is_pause).any(|other| begun(&other)),
        false => steps().filter(is_own).any(|other| begun(&other)),
    };
    let written = (writes && !starts.is_empty()) || starts.iter().any(|(other, _)| produces(other));
    course.plan.replicator.tool != "none" && !stopped && !written && !anything_was_done(course)
}

/// Past the commit point a command was run, or a person did something, of which nobody can tell what it started.
fn anything_was_done(course: &Course<'_>) -> bool {
    let Some(gate) = &course.plan.commit_point else { return false };
    let open =
        course.plan.steps.iter().filter(|other| matches!(other.kind.as_str(), "exec" | "http" | "manual"));
    open.filter(|other| course.plan.comes_after(&other.id, gate)).any(|other| {
        let state = course.step(&other.id);
        state.is_some_and(|state| !matches!(state.phase, StepPhase::Ended(StepOutcome::Skipped { .. })))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use journal::{Effects, Event, Header, Moment, RunState, Unwinding};
    use runbook::actions::TargetBorn;
    use runbook::plan::BackPlan;
    use runbook::world::PartitionBorn;

    use super::*;
    use crate::measure::tests::fixture::test_plan;

    fn moment() -> Moment {
        Moment { wall: Timestamp::UNIX_EPOCH, mono_ms: 0, boot: "test".into() }
    }

    /// How the ledger of a way back ended.
    enum Ledger {
        Counted(u64),
        Needless,
        WithoutTheTarget,
    }

    /// Whether the owner is asked by a plan with this word.
    fn asks(target_born: Option<&str>, ledger: &Ledger) -> bool {
        let mut plan = test_plan();
        let step = |id: &str, kind: &str| PlannedStep {
            id: id.into(),
            kind: kind.into(),
            unit: Some("orders".into()),
            ..PlannedStep::default()
        };
        let back = BackPlan {
            target_born: target_born.map(str::to_owned),
            between: vec![step("back/ledger", "target-born-ledger"), step("back/asks", "sign-off")],
            ..BackPlan::default()
        };
        plan.backs.insert("back".into(), back);
        let header = Box::new(Header::new(plan, "run", moment().wall));
        let mut state = RunState::started(moment().wall, &Event::RunStarted { header }).unwrap();
        let (step, unit) = ("back/ledger".to_owned(), "orders".to_owned());
        let how = Unwinding::Rollback { plan: "back".into() };
        let mut events = vec![
            Event::UnwindStarted { how, why: "asked".into(), moment: moment() },
            Event::StepStarted { step: step.clone(), attempt: 1, moment: moment() },
        ];
        if let Ledger::Counted(records) = *ledger {
            let partition = PartitionBorn {
                topic: "orders".into(),
                partition: 0,
                from: 0,
                end: 9,
                records,
                bytes: 0,
                span: None,
                timestamps: None,
            };
            let ledger =
                TargetBorn { partitions: vec![partition], topic_ids: BTreeMap::new(), at_most: false };
            let (step, evidence) = (step.clone(), Vec::new());
            events.push(Event::LedgerCut { step, unit, ledger, evidence, moment: moment() });
        }
        let outcome = match ledger {
            Ledger::Counted(_) => StepOutcome::Done,
            Ledger::Needless => StepOutcome::Skipped { why: "only copied".into() },
            Ledger::WithoutTheTarget => StepOutcome::Continued { why: "it does not answer".into() },
        };
        events.push(Event::StepEnded { step, outcome, moment: moment() });
        for event in &events {
            state.apply(moment().wall, event).unwrap();
        }
        let specs = BTreeMap::new();
        let course = Course::new(&state, &specs, moment(), Effects::Apply);
        let step = state.header().plan.step("back/asks").unwrap();
        needless(&course, step).is_none()
    }

    #[test]
    fn the_owner_is_asked_over_what_was_counted_and_over_what_nobody_could_count() {
        for word in ["carried", "discarded", "reconcile"] {
            assert!(asks(Some(word), &Ledger::Counted(3)), "{word}: nobody may decide that but the owner");
        }
        for word in [Some("none"), Some("replayed"), None] {
            assert!(!asks(word, &Ledger::Counted(3)), "{word:?}");
        }
        for word in
            [Some("carried"), Some("discarded"), Some("reconcile"), Some("none"), Some("replayed"), None]
        {
            assert!(!asks(word, &Ledger::Counted(0)), "{word:?}: nothing was born");
            assert!(!asks(word, &Ledger::Needless), "{word:?}: nobody can have written there");
            assert!(asks(word, &Ledger::WithoutTheTarget), "{word:?}: nobody knows what was born");
        }
    }
}
