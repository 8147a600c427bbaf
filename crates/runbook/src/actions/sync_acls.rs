//! Grants the unit's principals on the target what they may do on the source and may not there.
//!
//! ## What it does
//! Asks the question of `acl-parity`: effective permissions of each principal on the unit's topics and groups, on the
//! transactional ids its bindings name, and whether it may write idempotently on the cluster. For what the source allows
//! and the target refuses it creates the fewest ALLOW bindings: literal names, the host the right is for, no DESCRIBE
//! beside a READ or WRITE that brings it, no IDEMPOTENT_WRITE beside a WRITE. A transactional id that the source grants
//! by prefix is granted by prefix: nobody lists the ids themselves.
//!
//! ## Why it matters
//! MirrorMaker 2 copies ACLs of literal topic names only: no groups, no prefixes, no WRITE. After the switch producers are
//! refused, and consumers cannot join their group.
//!
//! ## How it is settled
//! Every binding is there, and the question is answered the same on both sides: nothing is missing on the target.
//!
//! ## Its way back
//! Exactly the bindings that were created are deleted.
//!
//! ## What it refuses
//! A right that a DENY takes away on the target: no ALLOW helps, and this step deletes nothing. A principal that may do
//! nothing on the source: misspelt, or its rights come from elsewhere. A cluster of which neither itself nor the step
//! tells super users and default, or whose bindings use words this version does not know.
//!
//! ## What it does not do
//! It never creates a DENY and never removes anything. A principal that may more on the target, or would need a DENY to
//! be equal, is noted. Administrative operations that the source allows only because nothing restricts them are noted
//! too, not granted. It creates no users, no credentials and no quotas.
//!
//! ## Example
//! ```yaml
//! id: grant-target
//! do: sync-acls
//! with: { principals: unit }
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::Names;
use super::bindings::{self, described};
use super::missing_rights::{Comparison, compare};
use super::sight::Sight;
use super::waiting::{Waiting, listed};
use crate::acl::{PerSide, resource_word, told};
use crate::action::{Action, Change, Changeset, Refusal, Settled, StepScope};
use crate::unit::Unit;
use crate::world::{Command, Observations, Probe, Side};

/// Parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncAcls {
    /// `unit`, or names of principals, each `User:…`.
    principals: Names,
    /// Super users of a cluster that does not tell them, for example `{target: []}`.
    #[serde(default)]
    super_users: PerSide<Vec<String>>,
    /// `allow.everyone.if.no.acl.found` of a cluster that does not tell it.
    #[serde(default)]
    allow_everyone: PerSide<bool>,
}

const SOURCE: Probe = Probe::Acls { side: Side::Source };
const TARGET: Probe = Probe::Acls { side: Side::Target };

impl SyncAcls {
    fn principals(&self, unit: &Unit) -> Vec<String> {
        let all = unit.all_principals();
        self.principals.among(all.iter().map(String::as_str))
    }

    fn compare(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Comparison, String> {
        let of = |side, seen| told(side, seen, &self.super_users, &self.allow_everyone);
        let source = of(Side::Source, Sight(seen).acls(&SOURCE)?);
        let target = of(Side::Target, Sight(seen).acls(&TARGET)?);
        compare(scope.unit, &self.principals(scope.unit), &source, &target)
    }
}

impl Action for SyncAcls {
    fn ask(&self, _: &StepScope<'_>, _: &Observations) -> Vec<Probe> {
        vec![SOURCE, TARGET]
    }

    fn propose(&self, scope: &StepScope<'_>, seen: &Observations) -> Result<Changeset, Refusal> {
        if self.principals(scope.unit).is_empty() {
            return Err(Refusal::new(
                format!("unit {} names no principal", scope.unit.name),
                "declare `principals` of the unit, or leave the step out",
            ));
        }
        let found = self.compare(scope, seen).map_err(Refusal::unmeasured)?;
        if !found.rightless.is_empty() {
            let whom = found.rightless.join(", ");
            return Err(Refusal::new(
                format!(
                    "{whom} may do nothing in this unit on source: misspelt, or its rights come from elsewhere"
                ),
                "correct the principals of the unit",
            ));
        }
        if !found.denied.is_empty() {
            return Err(Refusal::new(
                format!("a DENY takes away on target what source allows: {}", listed(found.denied)),
                "find the DENY with kafka-acls --list, have its owner remove it, then run this step again",
            ));
        }
        let changes = if found.create.is_empty() {
            Changeset::default()
        } else {
            let create = found.create;
            let command = Command::SetAcls { side: Side::Target, create, delete: Vec::new() };
            Changeset::new([Change::guarded(command)?])
        };
        Ok(Changeset { notes: found.notes, ..changes })
    }

    fn look(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![SOURCE, TARGET]
    }

    fn settled(&self, scope: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        let mut waiting = Waiting::default();
        let acls = waiting.need(Sight(seen).acls(&TARGET));
        for change in &changes.changes {
            let Command::SetAcls { create, .. } = &change.command else { continue };
            let Some(acls) = acls else { continue };
            for binding in create.iter().filter(|binding| !acls.bindings.contains(binding)) {
                waiting.not_yet(format!("{} on target", described(binding)), "absent", "there");
            }
        }
        if let Some(found) = waiting.need(self.compare(scope, seen)) {
            for missing in found.missing {
                let (resource, name) = (resource_word(missing.resource), missing.name);
                waiting.not_yet(
                    format!("{} for {} on {resource} {name} on target", missing.right, missing.principal),
                    "refused",
                    "allowed, as on source",
                );
            }
        }
        waiting.settled()
    }

    fn look_back(&self, _: &StepScope<'_>, _: &Changeset, _: &Observations) -> Vec<Probe> {
        vec![TARGET]
    }

    fn undone(&self, _: &StepScope<'_>, changes: &Changeset, seen: &Observations) -> Settled {
        bindings::undone(changes, seen)
    }
}
