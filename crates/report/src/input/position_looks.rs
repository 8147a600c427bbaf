use std::collections::BTreeMap;

use jiff::Timestamp;
use journal::{RunState, Seen, Status, StepOutcome, StepPhase};
use runbook::world::Probe;

use super::recovery_point::is_about;

/// The looks at one group that a report shows.
pub(super) struct PositionLooks<'a> {
    pub probe: &'a Probe,
    /// The last one before the commit point was passed, and not before what was landed: there the group went on. Without
    /// one, the latest, where it was answered.
    pub shown: &'a Seen,
    /// The first one, where something was landed after it.
    pub found: Option<&'a Seen>,
}

/// One for each question that was answered.
pub(super) fn position_looks(state: &RunState) -> Vec<PositionLooks<'_>> {
    let mut asked: BTreeMap<&Probe, Vec<&Seen>> = BTreeMap::new();
    for (probe, seen) in state.position_looks() {
        asked.entry(probe).or_default().push(seen);
    }
    let switched = state.switched();
    let chosen = asked.into_iter().filter_map(|(probe, seen)| {
        let landed = landed(state, probe);
        let landed_then = |seen: &&&Seen| landed.is_none_or(|(_, ended)| seen.at >= ended);
        let of_switch = switched.and_then(|switched| {
            seen.iter().rev().find(|seen| seen.at < switched && landed_then(seen)).copied()
        });
        let latest = || match &state.probes().get(probe)?.status {
            Status::Seen(seen) => Some(seen),
            _ => None,
        };
        let shown = of_switch.or_else(latest)?;
        let found = seen.first().copied().filter(|seen| landed.is_some_and(|(began, _)| seen.at < began));
        Some(PositionLooks { probe, shown, found })
    });
    chosen.collect()
}

/// From the beginning of the first landing of the group that is asked about to the end of the last.
fn landed(state: &RunState, probe: &Probe) -> Option<(Timestamp, Timestamp)> {
    let Probe::Positions { group, .. } = probe else { return None };
    let landings = state.header().plan.steps.iter().filter(|step| step.kind == "commit-offsets");
    let landings = landings.filter(|step| is_about(state, step.unit.as_deref(), group));
    let done = landings.filter_map(|step| {
        let known = state.execution().step(&step.id)?;
        let landed = matches!(known.phase, StepPhase::Ended(StepOutcome::Done) | StepPhase::Undone);
        landed.then_some((known.since.wall, known.ended.as_ref()?.wall))
    });
    done.reduce(|(began, ended), (since, until)| (began.min(since), ended.max(until)))
}
