use crate::verdict::Item;
use crate::world::{Observations, Probe};

use super::{FactSpec, Facts, Ruling, Scope};

/// A kind of check, with its parameters. It asks and judges; it never touches the world.
pub trait Check: std::fmt::Debug + Send + Sync {
    /// What to measure, given what was seen so far. Asked again with the answers until nothing new comes, at most
    /// [`MAX_ROUNDS`](super::MAX_ROUNDS) times. Everything the verdict rests on is named every time: what is asked for
    /// and not answered makes the verdict unknown.
    fn ask(&self, scope: &Scope<'_>, seen: &Observations) -> Vec<Probe>;

    /// The facts every item carries: lint, manual and schema come from here.
    fn facts_of(&self) -> Vec<FactSpec>;

    /// The things to judge, each subject once. What is asked for in the unit and absent from an answer is an
    /// [unknown item](Item::unknown), never left out. `Err` says why the items cannot be told: the verdict is then
    /// unknown. No items is unknown too.
    fn items(&self, scope: &Scope<'_>, seen: &Observations) -> Result<Vec<Item>, String>;

    /// The built-in rule over one item's facts; a runbook's `green:`/`yellow:` replaces exactly this.
    fn rule(&self, scope: &Scope<'_>, subject: &str, facts: &Facts) -> Ruling;
}
