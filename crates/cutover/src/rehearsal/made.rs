//! The faults that were made, and what became of the runs they were made in.

use jiff::Timestamp;
use journal::{CameTo, Event, Fault, Kill};
use runbook::plan::{Plan, StepEffect};

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
    pub kills: Vec<(Place, u64)>,
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

    /// Of a step that may change something, when it is over: one that began no command had nothing to change.
    pub fn of_ended(plan: &Plan, point: &str, event: &Event) -> Option<Place> {
        let Event::StepEnded { step, .. } = event else { return None };
        let way = if plan.steps.iter().any(|known| known.id == *step) { "forward" } else { "back" };
        let may_change = plan.step(step).is_some_and(|step| step.effect != StepEffect::None);
        may_change.then(|| Place { point: point.to_owned(), step: step.clone(), way })
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
    /// Kills of whoever conducted the run to that point.
    pub fn kills_of(&self, point: &str) -> Vec<Kill> {
        let of = self.kills.iter().filter(|(place, _)| place.point == point);
        of.map(|(place, resumed)| Kill {
            step: place.step.clone(),
            way: place.way.to_owned(),
            resumed: *resumed,
        })
        .collect()
    }

    /// The other faults of that run.
    pub fn faults_of(&self, point: &str) -> Vec<Fault> {
        let of = self.others.iter().filter(|other| other.place.point == point);
        of.map(|other| Fault {
            name: other.name.clone(),
            step: other.place.step.clone(),
            came_to: match other.came_to.clone() {
                Ok(()) => CameTo::Made,
                Err(Failed::NotMade(why)) => CameTo::NotMade { why },
                Err(Failed::Left(why)) => CameTo::Left { why },
            },
        })
        .collect()
    }

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
