//! What a fence would change beside what it is for.

use std::collections::{BTreeMap, BTreeSet};

use super::waiting::listed;
use crate::acl::{Authorizer, OTHER_HOST, Request, operations, spelled};
use crate::action::Refusal;
use crate::unit::Unit;
use crate::world::{AclBinding, AclsSeen, Operation, PatternType, Permission, ResourceType, Side};

/// Stands for everybody whom no binding names; no real principal has a line feed in its name.
const ANYBODY_ELSE: &str = "User:\n";

/// Refuses where ACLs do not bind a principal at all, or where it cannot be told whom they bind.
pub(super) fn enforceable(side: Side, acls: &AclsSeen, principals: &[String]) -> Result<(), Refusal> {
    if !acls.authorizer {
        return Err(Refusal::new(
            format!("{side} has no authoriser: an ACL would refuse nobody"),
            "stop the producers and write backstop: none",
        ));
    }
    let (Some(super_users), Some(_)) = (&acls.super_users, acls.allow_everyone_if_no_acl) else {
        let what = match (&acls.super_users, acls.allow_everyone_if_no_acl) {
            (None, None) => "super.users and allow.everyone.if.no.acl.found",
            (None, _) => "super.users",
            _ => "allow.everyone.if.no.acl.found",
        };
        return Err(Refusal {
            why: format!("{side} does not tell {what}: whom a DENY would lock out cannot be told"),
            next: "declare `super_users` and `allow_everyone` of the step, or write backstop: none"
                .to_owned(),
            unmeasured: true,
        });
    };
    let beyond: Vec<&str> = principals
        .iter()
        .map(String::as_str)
        .filter(|whom| super_users.iter().any(|user| user == whom))
        .collect();
    if !beyond.is_empty() {
        return Err(Refusal::new(
            format!("{} is a super user on {side}: a DENY does not stop it", beyond.join(", ")),
            "stop the producer and write backstop: none, or give it a principal of its own",
        ));
    }
    let strange = acls.bindings.iter().filter(|binding| {
        binding.resource == ResourceType::Topic
            && (binding.operation == Operation::Unknown
                || binding.pattern == PatternType::Unknown
                || binding.permission == Permission::Unknown)
    });
    match strange.count() {
        0 => Ok(()),
        count => Err(Refusal::unmeasured(format!(
            "{count} ACLs of topics on {side} use words this version does not know: whom a DENY would lock out cannot be told"
        ))),
    }
}

/// Refuses where the new bindings change any right but that of a fenced principal to write.
pub(super) fn nobody_else(
    side: Side,
    unit: &Unit,
    before: &AclsSeen,
    new: &[AclBinding],
    fenced: &[String],
) -> Result<(), Refusal> {
    let topics: BTreeSet<&str> = new.iter().map(|binding| binding.name.as_str()).collect();
    let known = known(unit, before);
    // By topic, then by whom: the rights that change.
    let mut lost: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for topic in topics {
        let (before, after) = on_topic(before, new, topic);
        let hosts = hosts(&after);
        for principal in &known {
            for operation in operations(ResourceType::Topic) {
                if *operation == Operation::Write && fenced.contains(principal) {
                    continue;
                }
                let changes = hosts.iter().any(|host| {
                    let request = Request {
                        principal,
                        host,
                        resource: ResourceType::Topic,
                        name: topic,
                        operation: *operation,
                    };
                    let decide = |acls| Authorizer::new(acls, None, None).decide(&request).allowed();
                    decide(&before) != decide(&after)
                });
                if changes {
                    lost.entry(topic).or_default().entry(principal).or_default().insert(spelled(*operation));
                }
            }
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    let open = lost.keys().filter(|topic| !before.bindings.iter().any(|binding| concerns(binding, topic)));
    let open: Vec<&str> = open.copied().collect();
    let sentences = lost.iter().map(|(topic, whose)| {
        let whose = whose.iter().map(|(principal, rights)| {
            let rights = match rights.len() == operations(ResourceType::Topic).len() {
                true => "everything".to_owned(),
                false => rights.iter().copied().collect::<Vec<_>>().join(", "),
            };
            let whom = if *principal == ANYBODY_ELSE { "everybody no ACL names" } else { principal };
            format!("{whom} ({rights})")
        });
        format!("topic {topic}: {}", some(whose.collect()))
    });
    let lost = listed(sentences.collect());
    if open.is_empty() {
        return Err(Refusal::new(
            format!("the DENY would change more than the right to write on {side}: {lost}"),
            "stop the producers and write backstop: none",
        ));
    }
    Err(Refusal::new(
        format!(
            "topic {} has no ACL on {side} and allow.everyone.if.no.acl.found is true: the first DENY would lock out everybody else: {lost}",
            open.join(", ")
        ),
        "grant everybody who uses it what they need first, or write backstop: none",
    ))
}

/// The bindings that concern one topic, before and after: a cluster may have many thousands of others.
fn on_topic(before: &AclsSeen, new: &[AclBinding], topic: &str) -> (AclsSeen, AclsSeen) {
    let only = |bindings: &mut dyn Iterator<Item = &AclBinding>| AclsSeen {
        authorizer: before.authorizer,
        allow_everyone_if_no_acl: before.allow_everyone_if_no_acl,
        super_users: before.super_users.clone(),
        bindings: bindings.filter(|binding| concerns(binding, topic)).cloned().collect(),
    };
    (only(&mut before.bindings.iter()), only(&mut before.bindings.iter().chain(new)))
}

/// All other hosts, and those that a binding names.
fn hosts(acls: &AclsSeen) -> BTreeSet<&str> {
    let named = acls.bindings.iter().map(|binding| binding.host.as_str()).filter(|host| *host != "*");
    named.chain([OTHER_HOST]).collect()
}

/// The first few of many names.
fn some(mut names: Vec<String>) -> String {
    const SHOWN: usize = 8;
    let others = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let shown = names.join(", ");
    if others == 0 { shown } else { format!("{shown} and {others} more") }
}

/// Everybody who is known by name, and one who stands for all others.
fn known(unit: &Unit, acls: &AclsSeen) -> BTreeSet<String> {
    let super_users = acls.super_users.iter().flatten().cloned();
    acls.bindings
        .iter()
        .map(|binding| binding.principal.clone())
        .filter(|principal| principal != "User:*")
        .chain(super_users)
        .chain(unit.all_principals())
        .chain(["User:ANONYMOUS".to_owned(), ANYBODY_ELSE.to_owned()])
        .collect()
}

fn concerns(binding: &AclBinding, topic: &str) -> bool {
    binding.resource == ResourceType::Topic
        && match binding.pattern {
            PatternType::Prefixed => topic.starts_with(&binding.name),
            _ => binding.name == topic || binding.name == "*",
        }
}

/// Who beside the fenced may still write to a topic, super users left out; `None`: nobody.
pub(super) fn still_writing(unit: &Unit, acls: &AclsSeen, topic: &str, fenced: &[String]) -> Option<String> {
    let (acls, _) = on_topic(acls, &[], topic);
    let may = |principal: &str| {
        let (resource, operation) = (ResourceType::Topic, Operation::Write);
        let request = Request { principal, host: OTHER_HOST, resource, name: topic, operation };
        Authorizer::new(&acls, None, None).decide(&request).allowed() == Some(true)
    };
    if may(ANYBODY_ELSE) {
        return Some("everybody else".to_owned());
    }
    let is_super = |whom: &String| acls.super_users.iter().flatten().any(|user| user == whom);
    let mut others: Vec<String> = known(unit, &acls).into_iter().collect();
    others.retain(|whom| !fenced.contains(whom) && !is_super(whom) && may(whom));
    (!others.is_empty()).then(|| some(others))
}
