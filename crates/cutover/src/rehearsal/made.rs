//! The faults that were made, and what became of the runs they were made in.

use std::collections::BTreeSet;

use jiff::Timestamp;
use journal::{Event, Going};
use runbook::plan::Plan;

use super::told::Told;

/// Where a fault was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub point: String,
    pub step: String,
    /// `forward`, `undo` or `back`.
    pub way: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct Made {
    /// Kills of the conductor, and how often the run had been taken over by then.
    pub kills: Vec<(Place, usize)>,
    /// Other faults: name, place, and why it could not be made there.
    pub others: Vec<(String, Place, Option<String>)>,
    tried: BTreeSet<Place>,
}

impl Made {
    /// Where the conductor is to be killed now: once in every step that changes something, on the way there and on the way
    /// back. Of several steps that were begun since the last look the last is still under way.
    pub fn next_kill(
        &mut self,
        plan: &Plan,
        point: &str,
        told: &Told,
        fresh: &[(Timestamp, Event)],
    ) -> Option<Place> {
        if !wants(plan, "kill-engine") || told.is_over() {
            return None;
        }
        let back = matches!(told.state.execution().going, Going::Back { .. });
        let place = fresh.iter().rev().find_map(|(_, event)| {
            let (step, way) = match event {
                Event::CommandStarted { step, .. } if plan.steps.iter().any(|known| known.id == *step) => {
                    (step, "forward")
                }
                Event::CommandStarted { step, .. } if back => (step, "back"),
                Event::UndoStarted { step, .. } => (step, "undo"),
                _ => return None,
            };
            Some(Place { point: point.to_owned(), step: step.clone(), way })
        })?;
        self.tried.insert(place.clone()).then_some(place)
    }
}

/// Whether the runbook wants that fault.
pub(super) fn wants(plan: &Plan, fault: &str) -> bool {
    plan.rehearsal.as_ref().is_some_and(|wanted| wanted.faults.iter().any(|name| name == fault))
}
