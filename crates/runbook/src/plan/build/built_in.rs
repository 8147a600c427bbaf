//! Triggers that no runbook has to write: something is written on the source after it was closed, and a group is at work
//! on both sides. Whoever answers the runbook's own triggers answers these.

use std::collections::BTreeSet;

use crate::Side;
use crate::actions::Names;
use crate::plan::{ClosedSource, PlannedCheck, PlannedStep, Rollback, Trigger, Way};
use crate::unit::Unit;

const SOURCE_WRITES: &str = "source-writes";
const SPLIT: &str = "split";

/// How long a group has to be at work on both sides: a member that leaves is seen for a while.
const SPLIT_FOR_MS: u64 = 30_000;

/// Where the runbook lets only people call its plans.
const ANSWER_WITHIN_MS: u64 = 120_000;

pub(super) fn add(rollback: &mut Rollback, units: &[Unit], checks: &[PlannedCheck], steps: &[PlannedStep]) {
    let Some(asking) = asking(rollback) else { return };
    let until = steps.iter().find(|step| step.kind == "sign-off").map(|step| step.id.clone());
    let asks = |id: String| Trigger { id, armed_until: until.clone(), built_in: true, ..asking.clone() };
    let fences: Vec<&PlannedStep> =
        steps.iter().filter(|step| step.kind == "fence-writes" && step.on != Some(Side::Target)).collect();
    for fence in &fences {
        let id = match fences.len() {
            1 => SOURCE_WRITES.to_owned(),
            _ => format!("{SOURCE_WRITES}-{}", fence.id),
        };
        let (Some(topics), false) = (topics(fence, units), is_known(rollback, &id)) else { continue };
        rollback.triggers.push(Trigger {
            armed_from: Some(closed_by(fence, steps)),
            closed_source: Some(ClosedSource { fence: fence.id.clone(), topics }),
            ..asks(id)
        });
    }
    let start = steps.iter().find(|step| step.kind == "start-app" && step.on == Some(Side::Target));
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
            armed_from: Some(start.id.clone()),
            ..asks(SPLIT.to_owned())
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

fn topics(fence: &PlannedStep, units: &[Unit]) -> Option<Vec<String>> {
    let unit = match &fence.unit {
        Some(name) => units.iter().find(|unit| unit.name == *name)?,
        None => units.first()?,
    };
    let names: Names = serde_json::from_value(fence.with.get("with")?.get("topics")?.clone()).ok()?;
    let all = unit.all_topics();
    let topics = names.among(all.iter().map(String::as_str));
    (!topics.is_empty()).then_some(topics)
}

/// The step from whose end on nobody copies any more what is written there: the last after the fence that stops the flow
/// or captures positions, else the fence.
fn closed_by(fence: &PlannedStep, steps: &[PlannedStep]) -> String {
    let mut after = BTreeSet::from([fence.id.as_str()]);
    loop {
        let known = after.len();
        let rests = steps.iter().filter(|step| step.needs.iter().any(|need| after.contains(need.as_str())));
        let rests: Vec<&str> = rests.map(|step| step.id.as_str()).collect();
        after.extend(rests);
        if after.len() == known {
            break;
        }
    }
    let closes = steps.iter().rev().find(|step| {
        matches!(step.kind.as_str(), "pause-replication" | "capture-positions")
            && after.contains(step.id.as_str())
            && (fence.unit.is_none() || step.unit.is_none() || step.unit == fence.unit)
    });
    closes.map_or_else(|| fence.id.clone(), |step| step.id.clone())
}
