use crate::verdict::{Finding, Item, Level};
use crate::world::{Observations, Probe};

use super::{FactSpec, Facts, Scope};

/// A kind of check, with its parameters. It asks and judges; it never touches the world.
pub trait Check: std::fmt::Debug + Send + Sync {
    /// What to measure, given what was seen so far. Asked again with the answers until nothing new comes, at most
    /// [`MAX_ROUNDS`](super::MAX_ROUNDS) times.
    fn ask(&self, scope: &Scope, seen: &Observations) -> Vec<Probe>;

    /// The facts every item carries: lint, manual and schema come from here.
    fn facts_of(&self) -> Vec<FactSpec>;

    /// The things to judge. `Err` says why they cannot be told: the verdict is then unknown. No items is unknown too.
    fn items(&self, scope: &Scope, seen: &Observations) -> Result<Vec<Item>, String>;

    /// The built-in rule over one item's facts; a runbook's `green:`/`yellow:` replaces exactly this. Findings name the
    /// item's subject.
    fn rule(&self, scope: &Scope, subject: &str, facts: &Facts) -> (Level, Vec<Finding>);
}
