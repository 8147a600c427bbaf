//! ACL bindings that were created or deleted, as a later look shows them.

use super::sight::Sight;
use super::waiting::Waiting;
use crate::acl::{resource_word, spelled};
use crate::action::{Changeset, Settled};
use crate::world::{AclBinding, Command, Observations, PatternType, Permission, Probe};

/// Whether what the changes created is gone, and what they deleted is back.
pub(super) fn undone(changes: &Changeset, seen: &Observations) -> Settled {
    let mut waiting = Waiting::default();
    for change in &changes.changes {
        let Command::SetAcls { side, create, delete } = &change.command else { continue };
        let Some(acls) = waiting.need(Sight(seen).acls(&Probe::Acls { side: *side })) else { continue };
        for binding in create.iter().filter(|binding| acls.bindings.contains(binding)) {
            waiting.not_yet(format!("{} on {side}", described(binding)), "there", "gone");
        }
        for binding in delete.iter().filter(|binding| !acls.bindings.contains(binding)) {
            waiting.not_yet(format!("{} on {side}", described(binding)), "gone", "there");
        }
    }
    waiting.settled()
}

/// `DENY of Write for User:checkout on topic orders`.
pub(super) fn described(binding: &AclBinding) -> String {
    let permission = match binding.permission {
        Permission::Allow => "ALLOW",
        Permission::Deny => "DENY",
        Permission::Unknown => "binding",
    };
    let from = if binding.host == "*" { String::new() } else { format!(" from {}", binding.host) };
    let prefixed = if binding.pattern == PatternType::Prefixed { "names that begin with " } else { "" };
    format!(
        "{permission} of {} for {}{from} on {} {prefixed}{}",
        spelled(binding.operation),
        binding.principal,
        resource_word(binding.resource),
        binding.name
    )
}
