use std::collections::BTreeSet;
use std::fmt;

use super::{Authority, Decision, Request, spelled};
use crate::unit::Unit;
use crate::world::{Operation, PatternType, ResourceType};

/// The name under which Kafka keeps ACLs of the cluster itself.
pub const CLUSTER: &str = "kafka-cluster";

/// A host that no binding names: it stands for all others.
pub const OTHER_HOST: &str = "";

/// An operation, from every host or from one: `Read`, `Read from 10.0.0.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    pub operation: Operation,
    /// `None`: every host that no binding names.
    pub host: Option<String>,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            None => f.write_str(spelled(self.operation)),
            Some(host) => write!(f, "{} from {host}", spelled(self.operation)),
        }
    }
}

/// What the comparison of one principal's rights on one resource came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    pub source: Vec<Right>,
    pub target: Vec<Right>,
    /// Needed on the target and refused there.
    pub missing: Vec<Right>,
    /// Those of `missing` that a DENY takes away.
    pub denied: Vec<Right>,
    /// Administrative operations refused on the target that nothing restricts on the source.
    pub missing_by_default: Vec<Right>,
    /// Allowed on the target only.
    pub excess: Vec<Right>,
    /// What a cluster does not tell.
    pub not_told: Vec<Right>,
}

impl Rights {
    pub fn compare(
        principal: &str,
        resource: ResourceType,
        name: &str,
        source: &Authority<'_>,
        target: &Authority<'_>,
    ) -> Rights {
        let mut rights = Rights::default();
        let hosts = hosts(principal, resource, [source, target]);
        for operation in operations(resource) {
            let mut elsewhere = None;
            for host in &hosts {
                let request = Request { principal, host, resource, name, operation: *operation };
                let decisions = (source.decide(&request), target.decide(&request));
                // A named host says something of its own only where it differs from all the others.
                if *host == OTHER_HOST {
                    elsewhere = Some(decisions);
                } else if elsewhere == Some(decisions) {
                    continue;
                }
                let host = (*host != OTHER_HOST).then(|| (*host).to_owned());
                rights.add(Right { operation: *operation, host }, decisions);
            }
        }
        rights
    }

    fn add(&mut self, right: Right, (source, target): (Decision, Decision)) {
        for (list, decision) in [(&mut self.source, source), (&mut self.target, target)] {
            if decision.allowed() == Some(true) {
                list.push(right.clone());
            }
        }
        match (source.allowed(), target.allowed()) {
            (Some(true), Some(false)) if source == Decision::Unrestricted && !moves_data(right.operation) => {
                self.missing_by_default.push(right);
            }
            (Some(true), Some(false)) => {
                if target == Decision::Denied {
                    self.denied.push(right.clone());
                }
                self.missing.push(right);
            }
            (Some(false), Some(true)) => self.excess.push(right),
            (None, _) | (_, None) => self.not_told.push(right),
            _ => {}
        }
    }
}

/// What a unit needs rights on: its topics, its groups, the cluster, and the transactional ids that bindings of the
/// principal name.
pub fn resources(
    unit: &Unit,
    principal: &str,
    transactional_ids: &[String],
    clusters: [&Authority<'_>; 2],
) -> BTreeSet<(ResourceType, String)> {
    let named = clusters.into_iter().flat_map(|authority| &authority.acls.bindings).filter(|binding| {
        binding.resource == ResourceType::TransactionalId
            && binding.principal == principal
            && (binding.pattern == PatternType::Prefixed || binding.name != "*")
    });
    let transactional = transactional_ids.iter().cloned().chain(named.map(|binding| binding.name.clone()));
    let topics = unit.all_topics().into_iter().map(|name| (ResourceType::Topic, name));
    let groups = unit.groups.keys().map(|name| (ResourceType::Group, name.clone()));
    topics
        .chain(groups)
        .chain(transactional.map(|name| (ResourceType::TransactionalId, name)))
        .chain([(ResourceType::Cluster, CLUSTER.to_owned())])
        .collect()
}

/// All other hosts first, then those that a binding of this principal names.
pub fn hosts<'a>(principal: &str, resource: ResourceType, clusters: [&Authority<'a>; 2]) -> Vec<&'a str> {
    let named: BTreeSet<&str> = clusters
        .into_iter()
        .flat_map(|authority| &authority.acls.bindings)
        .filter(|binding| binding.resource == resource && binding.host != "*")
        .filter(|binding| binding.principal == principal || binding.principal == "User:*")
        .map(|binding| binding.host.as_str())
        .collect();
    [OTHER_HOST].into_iter().chain(named).collect()
}

/// Without these an application that worked on the source stops on the target, however it came by them.
fn moves_data(operation: Operation) -> bool {
    matches!(operation, Operation::Read | Operation::Write | Operation::Describe | Operation::IdempotentWrite)
}

/// What can be done to a resource of that type.
pub fn operations(resource: ResourceType) -> &'static [Operation] {
    use Operation::*;
    match resource {
        ResourceType::Topic => &[Read, Write, Create, Delete, Alter, Describe, DescribeConfigs, AlterConfigs],
        ResourceType::Group => &[Read, Delete, Describe],
        ResourceType::TransactionalId => &[Write, Describe],
        ResourceType::Cluster => {
            &[Create, ClusterAction, DescribeConfigs, AlterConfigs, IdempotentWrite, Alter, Describe]
        }
        ResourceType::DelegationToken | ResourceType::User | ResourceType::Unknown => &[],
    }
}
