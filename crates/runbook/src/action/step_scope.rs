use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::plan::{Plan, PlannedStep};
use crate::unit::Unit;
use crate::world::{Observation, Side};

/// What an action is applied to: one step of one plan, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct StepScope<'a> {
    pub plan: &'a Plan,
    pub unit: &'a Unit,
    pub step: &'a PlannedStep,
    /// What earlier steps that this one names (`from`) have kept, by step id.
    pub kept: &'a BTreeMap<String, Vec<Observation>>,
    /// The moment of deciding; comes from outside, so that deciding stays pure.
    pub now: Timestamp,
}

impl StepScope<'_> {
    /// `on:` of the step, or the side the kind is for.
    pub fn side(&self, default: Side) -> Side {
        self.step.on.unwrap_or(default)
    }
}
