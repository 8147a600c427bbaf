//! Triggers that no runbook has to write: something is written on the source after it was closed, and a group is at work
//! on both sides. Whoever answers the runbook's own triggers answers these.

use crate::Side;
use crate::actions::named_topics;
use crate::plan::{ClosedSource, PlannedCheck, PlannedStep, Rollback, StepGraph, Trigger, Way};
use crate::unit::Unit;

const SOURCE_WRITES: &str = "source-writes";
const SPLIT: &str = "split";

/// How long a group has to be at work on both sides: a member that leaves is seen for a while.
const SPLIT_FOR_MS: u64 = 30_000;

/// Where the runbook lets only people call its plans.
const ANSWER_WITHIN_MS: u64 = 120_000;

pub(super) fn add(rollback: &mut Rollback, units: &[Unit], checks: &[PlannedCheck], steps: &[PlannedStep]) {
    let Some(asking) = asking(rollback) else { return };
    let graph = StepGraph::of(steps);
    // A sign-off with a start behind it is about something else: handed over is what is at work.
    let starts: Vec<Vec<bool>> = (0..steps.len())
        .filter(|index| steps[*index].kind == "start-app" && steps[*index].on == Some(Side::Target))
        .map(|start| graph.after(start))
        .collect();
    let armed_from = |from: usize, id: String| {
        let after = graph.after(from);
        let signed = (0..steps.len()).filter(|index| after[*index] && steps[*index].kind == "sign-off");
        let signed: Vec<usize> = signed.collect();
        let of_all = signed.iter().find(|index| starts.iter().all(|start| start[**index]));
        let until = of_all.or(signed.last()).map(|index| &steps[*index]);
        Trigger {
            id,
            armed_from: Some(steps[from].id.clone()),
            armed_until: until.map(|step| step.id.clone()),
            built_in: true,
            ..asking.clone()
        }
    };
    let is_fence = |step: &PlannedStep| step.kind == "fence-writes" && step.on != Some(Side::Target);
    let fences: Vec<usize> = (0..steps.len()).filter(|index| is_fence(&steps[*index])).collect();
    for &fence in &fences {
        let step = &steps[fence];
        let id = match fences.len() {
            1 => SOURCE_WRITES.to_owned(),
            _ => format!("{SOURCE_WRITES}-{}", step.id),
        };
        let unit = match &step.unit {
            Some(name) => units.iter().find(|unit| unit.name == *name),
            None => units.first(),
        };
        let topics = unit.and_then(|unit| named_topics(step, unit)).filter(|topics| !topics.is_empty());
        let (Some(topics), false) = (topics, is_known(rollback, &id)) else { continue };
        rollback.triggers.push(Trigger {
            closed_source: Some(ClosedSource { fence: step.id.clone(), topics }),
            ..armed_from(closed_by(fence, steps, &graph), id)
        });
    }
    let start = steps.iter().position(|step| step.kind == "start-app" && step.on == Some(Side::Target));
    let both = checks.iter().find(|check| check.kind == "single-activity");
    let (Some(start), Some(both)) = (start, both) else { return };
    let is_watched = rollback.triggers.iter().any(|trigger| {
        let check = checks.iter().find(|check| trigger.check.as_ref() == Some(&check.id));
        check.is_some_and(|check| check.kind == both.kind)
    });
    if !is_watched && !is_known(rollback, SPLIT) {
        rollback.triggers.push(Trigger {
            check: Some(both.id.clone()),
            breach: Some("red".to_owned()),
            for_ms: Some(SPLIT_FOR_MS),
            ..armed_from(start, SPLIT.to_owned())
        });
    }
}

/// Who is asked and what a no-go starts, as the runbook's first trigger of its own has it; `None`: it names nobody.
fn asking(rollback: &Rollback) -> Option<Trigger> {
    let of = |role: Option<&String>, trigger: &Trigger| {
        Some(Trigger {
            act: Some("ask".to_owned()),
            ask_role: Some(role?.clone()),
            ask_within_ms: trigger.ask_within_ms.or(Some(ANSWER_WITHIN_MS)),
            silence_is: Some(Way::Hold),
            plan: Some(trigger.plan.clone()?),
            ..Trigger::default()
        })
    };
    let asked = rollback.triggers.iter().find_map(|trigger| of(trigger.ask_role.as_ref(), trigger));
    asked.or_else(|| rollback.triggers.iter().find_map(|trigger| of(trigger.called_by.first(), trigger)))
}

fn is_known(rollback: &Rollback, id: &str) -> bool {
    rollback.triggers.iter().any(|trigger| trigger.id == id)
}

/// The step from whose end on nobody copies any more what is written there: the last after the fence that stops the flow
/// or captures positions, else the fence.
fn closed_by(fence: usize, steps: &[PlannedStep], graph: &StepGraph) -> usize {
    let (after, unit) = (graph.after(fence), &steps[fence].unit);
    let closes = (0..steps.len()).rev().find(|&index| {
        let step = &steps[index];
        after[index]
            && matches!(step.kind.as_str(), "pause-replication" | "capture-positions")
            && (unit.is_none() || step.unit.is_none() || step.unit == *unit)
    });
    closes.unwrap_or(fence)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(id: &str, kind: &str, needs: &[&str]) -> PlannedStep {
        PlannedStep {
            id: id.to_owned(),
            kind: kind.to_owned(),
            needs: needs.iter().map(|&need| need.to_owned()).collect(),
            with: json!({ "with": { "topics": "unit" } }),
            ..PlannedStep::default()
        }
    }

    fn built(steps: &[PlannedStep], written: Vec<Trigger>) -> Vec<Trigger> {
        let unit = Unit { name: "u".into(), topics: vec!["orders".into()], ..Unit::default() };
        let mut rollback = Rollback { triggers: written, ..Rollback::default() };
        add(&mut rollback, &[unit], &[], steps);
        rollback.triggers.into_iter().filter(|trigger| trigger.built_in).collect()
    }

    fn called() -> Vec<Trigger> {
        let by = vec!["rollback_owner".to_owned()];
        vec![Trigger { id: "call".into(), called_by: by, plan: Some("back".into()), ..Trigger::default() }]
    }

    #[test]
    fn the_source_is_watched_from_where_nobody_copies_it_to_the_hand_over_behind_it() {
        let steps = [
            step("approved", "sign-off", &[]),
            step("fence", "fence-writes", &["approved"]),
            step("before", "pause-replication", &["approved"]),
            step("stop-flow", "pause-replication", &["fence"]),
            step("final", "capture-positions", &["stop-flow"]),
            step("hand-over", "sign-off", &["final"]),
        ];
        let [watches] = &built(&steps, called())[..] else { panic!("one fence") };
        assert_eq!(
            (watches.id.as_str(), watches.ask_role.as_deref()),
            ("source-writes", Some("rollback_owner"))
        );
        assert_eq!(watches.armed_from.as_deref(), Some("final"));
        assert_eq!(
            watches.armed_until.as_deref(),
            Some("hand-over"),
            "what was approved before is no hand-over"
        );
        let closed = ClosedSource { fence: "fence".into(), topics: vec!["orders".into()] };
        assert_eq!(watches.closed_source.as_ref(), Some(&closed));

        let mut more = steps.to_vec();
        more[5] = step("reconciled", "sign-off", &["final"]);
        more.push(PlannedStep { on: Some(Side::Target), ..step("start", "start-app", &["reconciled"]) });
        more.push(step("hand-over", "sign-off", &["start"]));
        more.push(step("retired", "sign-off", &["hand-over"]));
        let until = |steps: &[PlannedStep]| built(steps, called())[0].armed_until.clone();
        assert_eq!(until(&more).as_deref(), Some("hand-over"), "the first behind the starts");

        assert_eq!(built(&steps, Vec::new()), [], "nobody is named who could be asked");
        let own = Trigger { id: "source-writes".into(), ..called().remove(0) };
        assert_eq!(built(&steps, vec![own]), [], "the runbook has its own of that name");
        let alone = &built(&[step("fence", "fence-writes", &[])], called())[0];
        assert_eq!((alone.armed_from.as_deref(), alone.armed_until.as_deref()), (Some("fence"), None));
    }
}
