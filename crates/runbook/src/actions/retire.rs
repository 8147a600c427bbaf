//! Ends the move of the unit: what of its fence on the source is left, stays or goes.
//!
//! ## What it does
//! With `keep_fence: true` (the default) nothing: it names the bindings that keep the source closed. With `keep_fence:
//! false` it deletes them: each DENY of WRITE, literal, for a principal of the unit's producers on a topic of the unit.
//!
//! ## Why it matters
//! A source that is open again while the target is the truth takes records that nobody ever reads. A fence that stays
//! for good is found years later by somebody who does not know why it is there.
//!
//! ## How it is settled
//! With `keep_fence: false`: none of these bindings is there any more. Otherwise as soon as the bindings were seen.
//!
//! ## Its way back
//! The bindings that were deleted are created again.
//!
//! ## What it refuses
//! A source whose bindings cannot be read; with `keep_fence: false` also producers without a principal of their own.
//!
//! ## What it does not do
//! It does not delete topics, groups or connectors, and does not start or stop anything. A binding of the same words that
//! was there before the fence cannot be told from it, and goes too.
//!
//! ## Example
//! ```yaml
//! id: retire
//! do: retire
//! with: { keep_fence: true }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::bindings::{self, described};
use super::denied_writes;
use super::sight::Sight;
use super::waiting::Waiting;
use crate::action::{Action, Change, Changeset, Refusal, Settled, StepScope};
use crate::unit::Unit;
use crate::world::{AclBinding, Command, Observations, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retire {
    /// Leave the source closed for writing.
    #[serde(default = "kept")]
    keep_fence: bool,
}

fn kept() -> bool {
    true
}

const ACLS: Probe = Probe::Acls { side: Side::Source };

/// The bindings of the unit's fence that are there, sorted.
fn fence(unit: &Unit, seen: &Observations, principals: &[String]) -> Result<Vec<AclBinding>, String> {
    let acls = Sight(seen).acls(&ACLS)?;
    let mut fence = denied_writes::bindings(principals, &unit.all_topics());
    fence.retain(|binding| acls.bindings.contains(binding));
    Ok(fence)
}

impl Action for Retire {
    fn ask(&self, _: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        vec![ACLS]
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        let principals = match denied_writes::principals(scope.unit) {
            Ok(principals) => principals,
            // Whoever has no principal was not fenced by one.
            Err(_) if self.keep_fence => Vec::new(),
            Err(refusal) => return Err(refusal),
        };
        let delete = fence(scope.unit, seen, &principals).map_err(Refusal::unmeasured)?;
        if delete.is_empty() {
            return Ok(Changeset::default().note("no binding of a fence is on source"));
        }
        if self.keep_fence {
            let notes = delete.iter().map(|binding| format!("stays on source: {}", described(binding)));
            return Ok(Changeset { notes: notes.collect(), ..Changeset::default() });
        }
        let command = Command::SetAcls { side: Side::Source, create: Vec::new(), delete };
        Ok(Changeset::new([Change::guarded(command)?]))
    }

    fn look(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![ACLS]
    }

    fn settled(&self, scope: &StepScope<'_>, _: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        let principals = denied_writes::principals(scope.unit).unwrap_or_default();
        let left = waiting.need(fence(scope.unit, seen, &principals)).unwrap_or_default();
        for binding in left.iter().filter(|_| !self.keep_fence) {
            waiting.not_yet(format!("{} on source", described(binding)), "there", "gone");
        }
        waiting.settled()
    }

    fn look_back(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![ACLS]
    }

    fn undone(&self, _: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        bindings::undone(changes, seen)
    }
}
