//! The faults that were made, and what became of the runs they were made in.

use jiff::Timestamp;
use journal::Event;
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

/// A fault other than a kill of the conductor.
#[derive(Debug)]
pub(super) struct Other {
    pub name: String,
    pub place: Place,
    pub came_to: Result<(), Failed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// Nothing was done.
    NotMade(String),
    /// It was made and could not be ended: the environment is not as it was.
    Left(String),
}

#[derive(Debug, Default)]
pub(super) struct Made {
    /// Kills of the conductor, and how often the run had been taken over by then.
    pub kills: Vec<(Place, usize)>,
    pub others: Vec<Other>,
}

impl Place {
    /// Of an event with which a step begins to change something.
    pub fn of(plan: &Plan, point: &str, event: &Event) -> Option<Place> {
        let (step, way) = match event {
            Event::CommandStarted { step, .. } if plan.steps.iter().any(|known| known.id == *step) => {
                (step, "forward")
            }
            Event::CommandStarted { step, .. } => (step, "back"),
            Event::UndoStarted { step, .. } => (step, "undo"),
            _ => return None,
        };
        Some(Place { point: point.to_owned(), step: step.clone(), way })
    }

    /// The step was begun, and has not come to an end.
    pub fn is_under_way(&self, plan: &Plan, told: &Told) -> bool {
        let begun = |event: &Event| Place::of(plan, &self.point, event).as_ref() == Some(self);
        let ended = |event: &Event| match event {
            Event::StepEnded { step, .. } => *step == self.step && self.way != "undo",
            Event::StepUndone { step, .. } => *step == self.step && self.way == "undo",
            _ => false,
        };
        let last = |of: &dyn Fn(&Event) -> bool| told.records.iter().rposition(|(_, event)| of(event));
        last(&begun).is_some_and(|begun| last(&ended).is_none_or(|ended| ended < begun))
    }
}

impl Made {
    /// Where the conductor is to be killed now: once in every step that changes something, on the way there and on the way
    /// back, while it is under way.
    pub fn next_kill(
        &self,
        plan: &Plan,
        point: &str,
        told: &Told,
        fresh: &[(Timestamp, Event)],
    ) -> Option<Place> {
        if !wants(plan, "kill-engine") || told.is_over() {
            return None;
        }
        let places = fresh.iter().rev().filter_map(|(_, event)| Place::of(plan, point, event));
        places.into_iter().find(|place| {
            self.kills.iter().all(|(known, _)| known != place) && place.is_under_way(plan, told)
        })
    }
}

/// Whether the runbook wants that fault.
pub(super) fn wants(plan: &Plan, fault: &str) -> bool {
    plan.rehearsal.as_ref().is_some_and(|wanted| wanted.faults.iter().any(|name| name == fault))
}
