use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::plan::{Plan, PlannedCheck, Waiver};
use crate::verdict::{Dimension, ItemVerdict, Judgement, Level, Severity};

/// The waivers of a plan, and which of them were of use.
pub(super) struct Waivers<'a> {
    plan: &'a Plan,
    now: Timestamp,
    at_commit_point: Conditions,
    used: BTreeSet<&'a str>,
}

impl<'a> Waivers<'a> {
    pub(super) fn new(plan: &'a Plan, now: Timestamp) -> Waivers<'a> {
        Waivers { plan, now, at_commit_point: Conditions::of(plan), used: BTreeSet::new() }
    }

    /// The level of a check after its waivers, with the ids of those that were applied.
    pub(super) fn apply(&mut self, check: &PlannedCheck, judgement: &Judgement) -> (Level, Vec<String>) {
        let incomplete = if judgement.incomplete { Level::Unknown } else { Level::Green };
        let explained = judgement.items.iter().map(|item| item.level).fold(incomplete, Level::max);
        // Only what items explain can be waived: a level from elsewhere stays as it is.
        if judgement.items.is_empty() || explained != judgement.level {
            return (judgement.level, Vec::new());
        }
        let mut level = incomplete;
        let mut applied: Vec<String> = Vec::new();
        for item in &judgement.items {
            let Some(waiver) = self.waiver_of(check, item) else {
                level = level.max(item.level);
                continue;
            };
            level = level.max(Level::Yellow);
            self.used.insert(&waiver.id);
            if !applied.contains(&waiver.id) {
                applied.push(waiver.id.clone());
            }
        }
        (level, applied)
    }

    fn waiver_of(&self, check: &PlannedCheck, item: &ItemVerdict) -> Option<&'a Waiver> {
        if item.level == Level::Green {
            return None;
        }
        self.plan.waivers.iter().find(|waiver| {
            waiver.check == check.id && matches(waiver, item) && self.refusal(waiver, check).is_none()
        })
    }

    /// What a reader should know: waivers that may not be used, and those that match nothing.
    pub(super) fn notes(&self) -> Vec<String> {
        let unused = self.plan.waivers.iter().filter(|waiver| !self.used.contains(waiver.id.as_str()));
        unused
            .map(|waiver| {
                let refusal = match self.plan.check(&waiver.check) {
                    None => Some("no check of that name".to_owned()),
                    Some(check) => self.refusal(waiver, check),
                };
                match refusal {
                    Some(why) => format!("waiver {} for {} is not applied: {why}", waiver.id, waiver.check),
                    None => format!(
                        "waiver {} for {} is not used: nothing it covers was found",
                        waiver.id, waiver.check
                    ),
                }
            })
            .collect()
    }

    fn refusal(&self, waiver: &Waiver, check: &PlannedCheck) -> Option<String> {
        if check.severity == Severity::Blocker {
            Some("a blocker cannot be waived".to_owned())
        } else if check.dimension == Dimension::Rollback {
            Some("the rollback dimension cannot be waived".to_owned())
        } else if self.at_commit_point.names(check) {
            Some("the check is a condition of the commit point".to_owned())
        } else if waiver.requested_by == waiver.approved_by {
            Some("requested and approved by the same person".to_owned())
        } else if !self.plan.people.contains_key(&waiver.approved_by) {
            Some(format!("{} is not a person of this runbook", waiver.approved_by))
        } else if self.now < waiver.effective {
            Some(format!("in force from {}", waiver.effective))
        } else if self.now >= waiver.expires {
            Some(format!("expired at {}", waiver.expires))
        } else {
            None
        }
    }
}

/// `item` is a whole subject (`group audit-py, topic orders`), a part of it (`group audit-py`), or its name (`audit-py`).
fn matches(waiver: &Waiver, verdict: &ItemVerdict) -> bool {
    let Some(item) = &waiver.item else { return true };
    let subject = &verdict.item.subject;
    subject == item
        || subject
            .split(", ")
            .any(|part| part == item || part.split_once(' ').is_some_and(|(_, name)| name == item))
}

/// The checks and dimensions the commit point's gate requires.
#[derive(Default)]
struct Conditions {
    checks: BTreeSet<String>,
    dimensions: BTreeSet<String>,
}

impl Conditions {
    fn of(plan: &Plan) -> Conditions {
        let mut conditions = Conditions::default();
        let gates = plan
            .steps
            .iter()
            .filter(|step| step.commit_point || plan.commit_point.as_deref() == Some(step.id.as_str()));
        for gate in gates {
            conditions.collect(gate.with.get("require").unwrap_or(&gate.with));
        }
        conditions
    }

    fn collect(&mut self, tree: &Value) {
        match tree {
            Value::Object(members) => {
                for (key, value) in members {
                    match (key.as_str(), value.as_str()) {
                        ("check", Some(id)) => drop(self.checks.insert(id.to_owned())),
                        ("dimension", Some(id)) => drop(self.dimensions.insert(id.to_owned())),
                        _ => self.collect(value),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| self.collect(value)),
            _ => {}
        }
    }

    fn names(&self, check: &PlannedCheck) -> bool {
        self.checks.contains(&check.id) || self.dimensions.contains(check.dimension.id())
    }
}
