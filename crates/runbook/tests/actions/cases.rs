//! A step of the plan in a world, carried out as whoever runs a plan does it, and told as text.

use std::collections::BTreeMap;
use std::fmt::Write;

use runbook::action::{Action, Changeset, Refusal, Settled, StepScope, WayBack};
use runbook::actions;
use runbook::check::MAX_ROUNDS;
use runbook::plan::{Plan, PlannedStep};
use runbook::world::{Observation, Observations, Probe};
use serde_json::Value;

use crate::plans::{NOW, plan, read_plan, read_step, step};
use crate::world::{World, quiet};

/// A plan, a step of it, a world, and what an earlier step has kept.
#[derive(Clone)]
pub struct Setup {
    pub plan: Value,
    pub step: Value,
    pub world: World,
    pub kept: BTreeMap<String, Vec<Observation>>,
}

impl Setup {
    pub fn new(kind: &str, on: Option<&str>, with: Value) -> Setup {
        Setup { plan: plan(), step: step(kind, on, with), world: quiet(), kept: BTreeMap::new() }
    }

    pub fn bent(mut self, bend: impl FnOnce(&mut Setup)) -> Setup {
        bend(&mut self);
        self
    }

    pub fn unit(&mut self, pointer: &str, value: Value) {
        set(&mut self.plan, &format!("/units/0{pointer}"), value);
    }

    pub fn with(&mut self, name: &str, value: Value) {
        self.step["with"]["with"][name] = value;
    }

    pub fn carried_out(&self) -> Carried {
        Carried {
            plan: read_plan(&self.plan),
            step: read_step(&self.step),
            kept: self.kept.clone(),
            world: self.world.clone(),
        }
    }

    /// Proposed, applied, settled, undone: each in words.
    pub fn told(&self) -> String {
        self.told_with(|_| {})
    }

    /// The same, with the world bent after the commands have been applied.
    pub fn told_with(&self, after: impl FnOnce(&mut World)) -> String {
        let mut carried = self.carried_out();
        let mut text = String::new();
        let changes = match carried.proposed() {
            Ok(changes) => changes,
            Err(refusal) => return refused(&refusal),
        };
        text.push_str(&changeset(&changes));
        carried.apply(&changes);
        after(&mut carried.world);
        let _ = writeln!(text, "  settled: {}", settled(&carried.settled(&changes)));
        carried.undo(&changes);
        let _ = writeln!(text, "  undone: {}", settled(&carried.undone(&changes)));
        text
    }
}

/// Sets what `pointer` points at; the last part may be new.
pub fn set(tree: &mut Value, pointer: &str, value: Value) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match tree.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}: nothing there")) {
        Value::Array(list) => list[last.parse::<usize>().unwrap()] = value,
        members => members[last] = value,
    }
}

/// A step on its way.
pub struct Carried {
    pub plan: Plan,
    pub step: PlannedStep,
    pub kept: BTreeMap<String, Vec<Observation>>,
    pub world: World,
}

type Ask<'a> = dyn Fn(&dyn Action, &StepScope<'_>, &Observations) -> Vec<Probe> + 'a;

impl Carried {
    pub fn scope(&self) -> StepScope<'_> {
        StepScope {
            plan: &self.plan,
            unit: &self.plan.units[0],
            step: &self.step,
            kept: &self.kept,
            now: NOW.parse().unwrap(),
        }
    }

    pub fn action(&self) -> Box<dyn Action> {
        actions::action(&self.step).expect("the kind is built").expect("its parameters are right")
    }

    /// What is answered to what is asked, round by round.
    pub fn look(&self, ask: &Ask<'_>) -> Observations {
        let (action, mut seen) = (self.action(), Observations::default());
        for _ in 0..MAX_ROUNDS {
            for probe in ask(action.as_ref(), &self.scope(), &seen) {
                if !seen.contains(&probe) {
                    seen.insert(self.world.answer(&probe));
                }
            }
        }
        seen
    }

    pub fn asked(&self) -> Observations {
        self.look(&|action, scope, seen| action.ask(scope, seen))
    }

    pub fn proposed(&self) -> Result<Changeset, Refusal> {
        self.action().propose(&self.scope(), &self.asked())
    }

    pub fn apply(&mut self, changes: &Changeset) {
        for change in &changes.changes {
            self.world.apply(&change.command);
        }
    }

    pub fn undo(&mut self, changes: &Changeset) {
        for change in changes.changes.iter().rev() {
            if let WayBack::Command(command) = &change.undo {
                self.world.apply(command);
            }
        }
    }

    pub fn settled(&self, changes: &Changeset) -> Settled {
        let seen = self.look(&|action, scope, seen| action.look(scope, changes, seen));
        self.action().settled(&self.scope(), changes, &seen)
    }

    pub fn undone(&self, changes: &Changeset) -> Settled {
        let seen = self.look(&|action, scope, seen| action.look_back(scope, changes, seen));
        self.action().undone(&self.scope(), changes, &seen)
    }
}

pub fn refused(refusal: &Refusal) -> String {
    let kind = if refusal.unmeasured { "unmeasured" } else { "refused" };
    format!("  {kind}: {}\n    next: {}\n", refusal.why, refusal.next)
}

fn changeset(changes: &Changeset) -> String {
    let mut text = String::new();
    if changes.is_empty() {
        text.push_str("  no change\n");
    }
    for change in &changes.changes {
        let json = |command| serde_json::to_string(command).unwrap();
        let _ = writeln!(text, "  change: {}\n    {}", change.command.title(), json(&change.command));
        let _ = match &change.undo {
            WayBack::Command(command) if change.command.inverse().as_ref() == Some(command) => {
                writeln!(text, "    back: its inverse")
            }
            WayBack::Command(command) => writeln!(text, "    back: {}", json(command)),
            WayBack::None { why } => writeln!(text, "    back: none, {why}"),
        };
    }
    for note in &changes.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    if !changes.running.is_empty() {
        let _ = writeln!(text, "  ran before: {}", changes.running.join(", "));
    }
    text
}

pub fn settled(settled: &Settled) -> String {
    match settled {
        Settled::Yes => "yes".to_owned(),
        Settled::NotYet { what, current, threshold } => {
            format!("not yet: {what}; now: {current}; until: {threshold}")
        }
        Settled::Cannot { why } => format!("cannot: {why}"),
        Settled::Unknown { why } => format!("unknown: {why}"),
    }
}

/// Many cases as one text, for a snapshot.
#[derive(Default)]
pub struct Told(pub String);

impl Told {
    pub fn case(&mut self, title: &str, setup: Setup) {
        let _ = writeln!(self.0, "{title}\n{}", setup.told());
    }

    pub fn case_with(&mut self, title: &str, setup: Setup, after: impl FnOnce(&mut World)) {
        let _ = writeln!(self.0, "{title}\n{}", setup.told_with(after));
    }
}
