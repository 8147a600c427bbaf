use runbook::world::{AclBinding, Operation, PatternType, Permission, ResourceType};

use crate::{Acl, AclOperation, AclPattern, AclPermission, AclResource};

/// For people; a binding that cannot be named says why.
pub(super) fn shown(binding: &AclBinding) -> String {
    exact(binding).map_or_else(|why| why, |acl| acl.to_string())
}

/// The binding in Kafka's terms. What this program has no word for cannot be named exactly.
pub(super) fn exact(binding: &AclBinding) -> Result<Acl, String> {
    let unknown =
        |what: &str| format!("an ACL for {} has {what} this program does not know", binding.principal);
    let empty =
        |what: &str| format!("an ACL for {:?} on {:?} has no {what}", binding.principal, binding.name);
    for (text, what) in [(&binding.principal, "principal"), (&binding.host, "host"), (&binding.name, "name")]
    {
        if text.is_empty() {
            return Err(empty(what));
        }
    }
    Ok(Acl {
        principal: binding.principal.clone(),
        host: binding.host.clone(),
        resource: match binding.resource {
            ResourceType::Topic => AclResource::Topic,
            ResourceType::Group => AclResource::Group,
            ResourceType::Cluster => AclResource::Cluster,
            ResourceType::TransactionalId => AclResource::TransactionalId,
            ResourceType::DelegationToken => AclResource::DelegationToken,
            ResourceType::User => AclResource::User,
            ResourceType::Unknown => return Err(unknown("a resource type")),
        },
        name: binding.name.clone(),
        pattern: match binding.pattern {
            PatternType::Literal => AclPattern::Literal,
            PatternType::Prefixed => AclPattern::Prefixed,
            PatternType::Unknown => return Err(unknown("a pattern type")),
        },
        operation: match binding.operation {
            Operation::All => AclOperation::All,
            Operation::Read => AclOperation::Read,
            Operation::Write => AclOperation::Write,
            Operation::Create => AclOperation::Create,
            Operation::Delete => AclOperation::Delete,
            Operation::Alter => AclOperation::Alter,
            Operation::Describe => AclOperation::Describe,
            Operation::ClusterAction => AclOperation::ClusterAction,
            Operation::DescribeConfigs => AclOperation::DescribeConfigs,
            Operation::AlterConfigs => AclOperation::AlterConfigs,
            Operation::IdempotentWrite => AclOperation::IdempotentWrite,
            Operation::Unknown => return Err(unknown("an operation")),
        },
        permission: match binding.permission {
            Permission::Allow => AclPermission::Allow,
            Permission::Deny => AclPermission::Deny,
            Permission::Unknown => return Err(unknown("a permission")),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding() -> AclBinding {
        AclBinding {
            principal: "User:ann".into(),
            host: "*".into(),
            resource: ResourceType::Topic,
            name: "orders".into(),
            pattern: PatternType::Prefixed,
            operation: Operation::Write,
            permission: Permission::Deny,
        }
    }

    #[test]
    fn only_what_can_be_named_exactly_is_named() {
        assert_eq!(shown(&binding()), "deny WRITE for User:ann from * on topic orders* (prefix)");
        for wrong in [
            AclBinding { resource: ResourceType::Unknown, ..binding() },
            AclBinding { pattern: PatternType::Unknown, ..binding() },
            AclBinding { operation: Operation::Unknown, ..binding() },
            AclBinding { permission: Permission::Unknown, ..binding() },
            AclBinding { principal: String::new(), ..binding() },
            AclBinding { host: String::new(), ..binding() },
            AclBinding { name: String::new(), ..binding() },
        ] {
            assert!(exact(&wrong).is_err(), "{wrong:?}");
        }
    }
}
