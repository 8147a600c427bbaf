//! Units that were handed over and taken back: their target is no copy of the source any more.

use std::collections::BTreeMap;

use journal::{RunFolder, RunState, Runs, StepOutcome, StepPhase};
use runbook::Side;
use runbook::plan::Plan;
use runbook::unit::Unit;
use runbook::world::{Measured, Probe};

use super::check::journal_error;
use super::earlier;
use crate::exit::Failure;
use crate::world::PlannedSides;

/// Refuses a run of a unit that an earlier run, of the same folder of runs, has handed over and taken back, as long as
/// the topics on the target are still those of then and hold records that the source does not.
pub fn refuse(runs: &Runs, plan: &Plan, sides: &PlannedSides) -> Result<(), Failure> {
    for id in runs.list().map_err(journal_error)? {
        let (folder, reading) = earlier::read(runs, &id)?;
        let dirty = reading.state.execution().dirty.iter();
        for unit in dirty.filter_map(|name| plan.unit(name)) {
            one(&folder, &reading.state, unit, sides)?;
        }
    }
    Ok(())
}

fn one(folder: &RunFolder, state: &RunState, unit: &Unit, sides: &PlannedSides) -> Result<(), Failure> {
    let run = &state.header().run;
    if is_proved_clean(state, unit) {
        return Ok(());
    }
    let now = sides.topic_ids(Side::Target, &unit.all_topics())?;
    let then = ids_then(folder, state, unit);
    let same: Vec<String> = unit
        .all_topics()
        .into_iter()
        .filter(|topic| match (then.get(topic), now.get(topic)) {
            (Some(then), Some(now)) => then == now,
            // Gone is not the same; whose id is not known may be.
            (_, None) => false,
            (None, Some(_)) => true,
        })
        .collect();
    if same.is_empty() {
        return Ok(());
    }
    let born = match state.execution().ledgers.get(&unit.name) {
        Some(ledger) if ledger.at_most => {
            format!("at most {} records born on the target are not on the source", ledger.records())
        }
        Some(ledger) => format!("{} records born on the target are not on the source", ledger.records()),
        None => "what was born on the target was not counted".to_owned(),
    };
    Err(Failure::refused(format!(
        "unit {} is dirty: run {run} handed it over and took it back, {born}, and on the target these topics are still those of then: {}",
        unit.name,
        same.join(", ")
    ))
    .hint(format!(
        "keep what is wanted of them (cutover report {run} --target-born), delete the topics on the target, and have them copied afresh"
    )))
}

/// The ledger was cut and is empty, or nothing but the replicator ever wrote there.
fn is_proved_clean(state: &RunState, unit: &Unit) -> bool {
    let execution = state.execution();
    if let Some(ledger) = execution.ledgers.get(&unit.name) {
        return ledger.records() == 0;
    }
    let back = state.back_plan().into_iter().flat_map(|back| &back.between);
    let mut cuts =
        back.filter(|step| step.kind == "target-born-ledger" && step.unit.as_ref() == Some(&unit.name));
    cuts.any(|step| {
        let phase = execution.step(&step.id).map(|step| &step.phase);
        matches!(phase, Some(StepPhase::Ended(StepOutcome::Skipped { .. })))
    })
}

/// Ids of the unit's topics on the target, as the run saw them.
fn ids_then(folder: &RunFolder, state: &RunState, unit: &Unit) -> BTreeMap<String, String> {
    let execution = state.execution();
    if let Some(ledger) = execution.ledgers.get(&unit.name) {
        return ledger.topic_ids.clone();
    }
    let followed = execution.followed.get(&unit.name).map_or(&[][..], |followed| &followed.evidence);
    let mut ids = BTreeMap::new();
    for observation in followed.iter().filter_map(|digest| folder.evidence(digest).ok()) {
        if let (Probe::Topics { side: Side::Target, .. }, Measured::Topics(seen)) =
            (&observation.probe, &observation.measured)
        {
            ids.extend(seen.topics.iter().filter_map(|topic| Some((topic.topic.clone(), topic.id.clone()?))));
        }
    }
    ids
}
