//! The bindings of a fence: who is refused to write what.

use std::collections::BTreeSet;

use super::waiting::listed;
use crate::action::Refusal;
use crate::unit::Unit;
use crate::world::{AclBinding, Operation, PatternType, Permission, ResourceType};

/// The principals of the unit's producers, sorted, each once.
pub(super) fn principals(unit: &Unit) -> Result<Vec<String>, Refusal> {
    let mut wrong = Vec::new();
    let mut principals = BTreeSet::new();
    for (name, producer) in &unit.producers {
        match producer.principal.as_deref() {
            None => wrong.push(format!("producer {name} declares no principal")),
            Some("User:*") => wrong.push(format!("producer {name} is User:*, which is everybody")),
            Some("User:ANONYMOUS") => wrong.push(format!(
                "producer {name} is User:ANONYMOUS, which is everybody without a login, the replicator perhaps included"
            )),
            Some(principal) => {
                principals.insert(principal.to_owned());
            }
        }
    }
    if unit.producers.is_empty() {
        wrong.push(format!("unit {} names no producer", unit.name));
    }
    if wrong.is_empty() {
        return Ok(principals.into_iter().collect());
    }
    Err(Refusal::new(
        format!("there is nobody whom an ACL could refuse alone: {}", listed(wrong)),
        "declare the producers with principals of their own, or write backstop: none",
    ))
}

/// A DENY of WRITE for each of the principals on each of the topics, sorted.
pub(super) fn bindings(principals: &[String], topics: &[String]) -> Vec<AclBinding> {
    let mut all: Vec<AclBinding> = principals
        .iter()
        .flat_map(|principal| topics.iter().map(move |topic| binding(principal, topic)))
        .collect();
    all.sort();
    all
}

fn binding(principal: &str, topic: &str) -> AclBinding {
    AclBinding {
        principal: principal.to_owned(),
        host: "*".to_owned(),
        resource: ResourceType::Topic,
        name: topic.to_owned(),
        pattern: PatternType::Literal,
        operation: Operation::Write,
        permission: Permission::Deny,
    }
}
