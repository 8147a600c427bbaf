//! What principals of a unit may do on the source and not on the target, and the fewest bindings that grant it.

use std::collections::BTreeSet;

use crate::acl::{Authority, CLUSTER, Right, Rights, resource_word, resources};
use crate::unit::Unit;
use crate::world::{AclBinding, AclsSeen, Operation, PatternType, Permission, ResourceType};

/// A right somebody lacks on the target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Missing {
    pub(super) principal: String,
    pub(super) resource: ResourceType,
    pub(super) name: String,
    pub(super) right: Right,
}

/// What the comparison of both sides came to.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) missing: Vec<Missing>,
    /// The fewest ALLOW bindings that grant it, sorted.
    pub(super) create: Vec<AclBinding>,
    /// What of it a DENY takes away, in sentences.
    pub(super) denied: Vec<String>,
    /// Principals without any right on the source.
    pub(super) rightless: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// No name ends so: it stands for every name that a prefix covers.
const ANY_SUFFIX: char = '\n';

/// `Err`: a cluster does not tell what decides it.
pub(super) fn compare(
    unit: &Unit,
    principals: &[String],
    source: &AclsSeen,
    target: &AclsSeen,
) -> Result<Comparison, String> {
    let topics = unit.all_topics();
    let [source, target] = [source, target].map(|acls| Authority::new(acls, &topics, None, None));
    let mut found = Comparison::default();
    for principal in principals {
        understood(principal, &source, &target)?;
        one(unit, principal, &source, &target, &mut found)?;
    }
    found.create.sort();
    found.create.dedup();
    found.notes.extend(beyond(unit, principals, &source, &target, &found.create));
    found.notes.sort();
    found.notes.dedup();
    Ok(found)
}

fn understood(principal: &str, source: &Authority<'_>, target: &Authority<'_>) -> Result<(), String> {
    for (side, authority) in [("source", source), ("target", target)] {
        let count = authority.authorizer.not_understood(principal).count();
        if count > 0 {
            return Err(format!(
                "{count} ACLs of {principal} on {side} use words this version does not know"
            ));
        }
    }
    Ok(())
}

fn one(
    unit: &Unit,
    principal: &str,
    source: &Authority<'_>,
    target: &Authority<'_>,
    found: &mut Comparison,
) -> Result<(), String> {
    let mut may_anything = false;
    let mut writes = false;
    // The cluster is last: whether IDEMPOTENT_WRITE is needed depends on WRITE.
    for (resource, name) in in_order(unit, principal, source, target) {
        let pattern = pattern(principal, resource, &name, source);
        let rights = rights(principal, resource, &name, pattern, source, target);
        may_anything |= resource != ResourceType::Cluster && !rights.source.is_empty();
        if let Some(right) = rights.not_told.first() {
            return Err(format!(
                "whether {right} is allowed to {principal} on {} {name} depends on super users or on allow.everyone.if.no.acl.found, which a cluster does not tell: declare `super_users` and `allow_everyone`",
                resource_word(resource)
            ));
        }
        let subject = format!("{principal} on {} {name}", resource_word(resource));
        if !rights.missing_by_default.is_empty() {
            found.notes.push(format!(
                "{subject}: {} not granted, nothing restricts it on source",
                texts(&rights.missing_by_default)
            ));
        }
        for right in &rights.denied {
            found.denied.push(format!("{subject}: {right}"));
        }
        let granted = fewest(&rights);
        writes |= resource == ResourceType::Topic
            && granted.iter().any(|right| right.operation == Operation::Write && right.host.is_none());
        for right in
            granted.into_iter().filter(|right| !(right.operation == Operation::IdempotentWrite && writes))
        {
            found.create.push(AclBinding {
                principal: principal.to_owned(),
                host: right.host.clone().unwrap_or_else(|| "*".to_owned()),
                resource,
                name: name.clone(),
                pattern,
                operation: right.operation,
                permission: Permission::Allow,
            });
        }
        found.missing.extend(rights.missing.iter().map(|right| Missing {
            principal: principal.to_owned(),
            resource,
            name: name.clone(),
            right: right.clone(),
        }));
    }
    if !may_anything {
        found.rightless.push(principal.to_owned());
    }
    Ok(())
}

fn in_order(
    unit: &Unit,
    principal: &str,
    source: &Authority<'_>,
    target: &Authority<'_>,
) -> Vec<(ResourceType, String)> {
    let all: BTreeSet<_> = resources(unit, principal, &[], [source, target]);
    let (cluster, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(resource, _)| *resource == ResourceType::Cluster);
    others.into_iter().chain(cluster).collect()
}

/// Names are literal, but for transactional ids that the source grants by prefix.
fn pattern(principal: &str, resource: ResourceType, name: &str, source: &Authority<'_>) -> PatternType {
    let prefixed = resource == ResourceType::TransactionalId
        && source.acls.bindings.iter().any(|binding| {
            binding.resource == resource
                && binding.principal == principal
                && binding.name == name
                && binding.pattern == PatternType::Prefixed
                && binding.permission == Permission::Allow
        });
    if prefixed { PatternType::Prefixed } else { PatternType::Literal }
}

fn rights(
    principal: &str,
    resource: ResourceType,
    name: &str,
    pattern: PatternType,
    source: &Authority<'_>,
    target: &Authority<'_>,
) -> Rights {
    let mut asked = name.to_owned();
    if pattern == PatternType::Prefixed {
        asked.push(ANY_SUFFIX);
    }
    let mut rights = Rights::compare(principal, resource, &asked, source, target);
    if resource == ResourceType::Cluster {
        // The rest of the cluster is not the application's business.
        for list in [
            &mut rights.source,
            &mut rights.target,
            &mut rights.missing,
            &mut rights.denied,
            &mut rights.missing_by_default,
            &mut rights.excess,
            &mut rights.not_told,
        ] {
            list.retain(|right| right.operation == Operation::IdempotentWrite);
        }
    }
    rights
}

/// What of the missing rights has to be granted so that the others come with it.
fn fewest(rights: &Rights) -> Vec<Right> {
    use Operation::{Alter, AlterConfigs, Delete, Describe, DescribeConfigs, Read, Write};
    let brings = |giver: &Right, given: &Right| {
        let operations = match given.operation {
            Describe => matches!(giver.operation, Read | Write | Delete | Alter),
            DescribeConfigs => giver.operation == AlterConfigs,
            _ => false,
        };
        operations && (giver.host.is_none() || giver.host == given.host)
    };
    let wanted: Vec<&Right> = rights.missing.iter().filter(|right| !rights.denied.contains(right)).collect();
    wanted
        .iter()
        .filter(|given| !wanted.iter().any(|giver| brings(giver, given)))
        .map(|right| (*right).clone())
        .collect()
}

/// What principals may do on the target only, before or after `create`: to be equal they would need a DENY.
fn beyond(
    unit: &Unit,
    principals: &[String],
    source: &Authority<'_>,
    target: &Authority<'_>,
    create: &[AclBinding],
) -> Vec<String> {
    let mut acls = target.acls.clone();
    acls.bindings.extend(create.iter().cloned());
    let after = Authority::new(&acls, target.topics, None, None);
    let mut notes = Vec::new();
    for principal in principals {
        for (resource, name) in resources(unit, principal, &[], [source, target]) {
            let pattern = pattern(principal, resource, &name, source);
            let excess = rights(principal, resource, &name, pattern, source, &after).excess;
            if !excess.is_empty() {
                let on = if name == CLUSTER {
                    "the cluster".to_owned()
                } else {
                    format!("{} {name}", resource_word(resource))
                };
                notes.push(format!(
                    "{principal} may do more on target than on source, which only a DENY or a removal would change: {} on {on}",
                    texts(&excess)
                ));
            }
        }
        let any_id = source.acls.bindings.iter().any(|binding| {
            binding.resource == ResourceType::TransactionalId
                && binding.principal == *principal
                && binding.name == "*"
                && binding.pattern == PatternType::Literal
                && binding.permission == Permission::Allow
        });
        if any_id {
            notes.push(format!(
                "{principal} may use every transactional id on source (*): that is not granted, name the ids it uses in bindings of their own"
            ));
        }
    }
    notes
}

fn texts(rights: &[Right]) -> String {
    rights.iter().map(Right::to_string).collect::<Vec<_>>().join(", ")
}
