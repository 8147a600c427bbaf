use runbook::world::{AclBinding, AclsSeen, Operation, PatternType, Permission, ResourceType};

use super::NotObserved;
use crate::{Acl, AclOperation, AclPattern, AclPermission, AclResource, Cluster, Patience};

/// Every ACL with what holds where there is none.
pub(super) fn observe(cluster: &Cluster, patience: &Patience) -> Result<AclsSeen, NotObserved> {
    let acls = cluster.acls(patience)?;
    let mut bindings: Vec<AclBinding> = acls.bindings.into_iter().map(binding).collect();
    bindings.sort();
    Ok(AclsSeen {
        authorizer: acls.authorizer,
        allow_everyone_if_no_acl: acls.allow_everyone_if_no_acl,
        super_users: acls.super_users,
        bindings,
    })
}

fn binding(acl: Acl) -> AclBinding {
    AclBinding {
        principal: acl.principal,
        host: acl.host,
        resource: match acl.resource {
            AclResource::Topic => ResourceType::Topic,
            AclResource::Group => ResourceType::Group,
            AclResource::Cluster => ResourceType::Cluster,
            AclResource::TransactionalId => ResourceType::TransactionalId,
            AclResource::DelegationToken => ResourceType::DelegationToken,
            AclResource::User => ResourceType::User,
            AclResource::Other(_) => ResourceType::Unknown,
        },
        name: acl.name,
        pattern: match acl.pattern {
            AclPattern::Literal => PatternType::Literal,
            AclPattern::Prefixed => PatternType::Prefixed,
            AclPattern::Other(_) => PatternType::Unknown,
        },
        operation: match acl.operation {
            AclOperation::All => Operation::All,
            AclOperation::Read => Operation::Read,
            AclOperation::Write => Operation::Write,
            AclOperation::Create => Operation::Create,
            AclOperation::Delete => Operation::Delete,
            AclOperation::Alter => Operation::Alter,
            AclOperation::Describe => Operation::Describe,
            AclOperation::ClusterAction => Operation::ClusterAction,
            AclOperation::DescribeConfigs => Operation::DescribeConfigs,
            AclOperation::AlterConfigs => Operation::AlterConfigs,
            AclOperation::IdempotentWrite => Operation::IdempotentWrite,
            AclOperation::Other(_) => Operation::Unknown,
        },
        permission: match acl.permission {
            AclPermission::Allow => Permission::Allow,
            AclPermission::Deny => Permission::Deny,
            AclPermission::Other(_) => Permission::Unknown,
        },
    }
}
