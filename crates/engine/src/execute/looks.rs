//! What steps want to know, as the inquirer asks them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use runbook::action::{Action, Changeset, Settled, StepScope};
use runbook::plan::Plan;
use runbook::steps::{self, Condition};
use runbook::{Observation, Observations, Probe};

use crate::measure::Asker;

/// A step of the plan with what its kind does.
#[derive(Clone, Debug)]
pub(super) struct Acting {
    pub plan: Arc<Plan>,
    pub step: String,
    pub action: Arc<dyn Action>,
    pub kept: Arc<BTreeMap<String, Vec<Observation>>>,
}

impl Acting {
    /// The scope of its action at a moment; `None`: the plan does not have the step or its unit, which lint draws.
    pub fn scope(&self, now: Timestamp) -> Option<StepScope<'_>> {
        let step = self.plan.step(&self.step)?;
        let unit = match &step.unit {
            Some(unit) => self.plan.unit(unit)?,
            None => self.plan.units.first()?,
        };
        Some(StepScope { plan: &self.plan, unit, step, kept: &self.kept, now })
    }
}

/// A look for one purpose.
#[derive(Clone, Debug)]
pub(super) enum StepLook {
    Propose(Acting),
    /// What a step of the way back would ask, while nobody goes back.
    Follow(Acting),
    Settle(Acting, Changeset, Option<Condition>),
    Back(Acting, Changeset, Option<Condition>),
    Condition(Arc<Plan>, String, Condition),
    /// Where topics end that were closed.
    Closed(Probe),
}

impl Asker for StepLook {
    fn ask(&self, now: Timestamp, seen: &Observations) -> Vec<Probe> {
        match self {
            StepLook::Propose(acting) | StepLook::Follow(acting) => {
                acting.scope(now).map_or_else(Vec::new, |scope| acting.action.ask(&scope, seen))
            }
            StepLook::Settle(acting, changes, confirm) | StepLook::Back(acting, changes, confirm) => {
                let Some(scope) = acting.scope(now) else { return Vec::new() };
                let mut probes = match self {
                    StepLook::Back(..) => acting.action.look_back(&scope, changes, seen),
                    _ => acting.action.look(&scope, changes, seen),
                };
                if let Some(confirm) = confirm {
                    probes.extend(steps::probes(confirm, scope.plan, scope.unit));
                }
                probes
            }
            StepLook::Condition(plan, step, condition) => {
                let units = units_of(plan, step).into_iter();
                units.flat_map(|unit| steps::probes(condition, plan, unit)).collect()
            }
            StepLook::Closed(probe) => vec![probe.clone()],
        }
    }
}

impl StepLook {
    /// What the look says; `None`: it is a look before proposing.
    pub fn settled(&self, now: Timestamp, seen: &Observations) -> Option<Settled> {
        let lost = || Settled::Unknown { why: "the plan does not have the step's unit".to_owned() };
        Some(match self {
            StepLook::Propose(_) | StepLook::Follow(_) | StepLook::Closed(_) => return None,
            StepLook::Settle(acting, changes, confirm) | StepLook::Back(acting, changes, confirm) => {
                let Some(scope) = acting.scope(now) else { return Some(lost()) };
                let settled = match self {
                    StepLook::Back(..) => acting.action.undone(&scope, changes, seen),
                    _ => acting.action.settled(&scope, changes, seen),
                };
                match (settled, confirm) {
                    (Settled::Yes, Some(confirm)) if confirm.probe.is_some() => {
                        steps::holds(confirm, scope.plan, scope.unit, seen)
                    }
                    (settled, _) => settled,
                }
            }
            StepLook::Condition(plan, step, condition) => {
                let each = units_of(plan, step).into_iter();
                let each: Vec<Settled> = each.map(|unit| steps::holds(condition, plan, unit, seen)).collect();
                each.iter()
                    .find(|settled| **settled != Settled::Yes)
                    .or(each.first())
                    .cloned()
                    .unwrap_or_else(lost)
            }
        })
    }
}

/// The unit a condition is about; where its step names none, every one.
fn units_of<'a>(plan: &'a Plan, step: &str) -> Vec<&'a runbook::unit::Unit> {
    match plan.step(step).map(|step| &step.unit) {
        Some(Some(unit)) => plan.unit(unit).into_iter().collect(),
        Some(None) => plan.units.iter().collect(),
        None => Vec::new(),
    }
}
