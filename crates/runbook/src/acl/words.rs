use crate::world::{Operation, ResourceType};

/// As `kafka-acls` spells it.
pub fn spelled(operation: Operation) -> &'static str {
    match operation {
        Operation::All => "All",
        Operation::Read => "Read",
        Operation::Write => "Write",
        Operation::Create => "Create",
        Operation::Delete => "Delete",
        Operation::Alter => "Alter",
        Operation::Describe => "Describe",
        Operation::ClusterAction => "ClusterAction",
        Operation::DescribeConfigs => "DescribeConfigs",
        Operation::AlterConfigs => "AlterConfigs",
        Operation::IdempotentWrite => "IdempotentWrite",
        Operation::Unknown => "unknown",
    }
}

/// `topic`, `group`, as `kafka-acls` names resources.
pub fn resource_word(resource: ResourceType) -> &'static str {
    match resource {
        ResourceType::Topic => "topic",
        ResourceType::Group => "group",
        ResourceType::Cluster => "cluster",
        ResourceType::TransactionalId => "transactional-id",
        ResourceType::DelegationToken => "delegation-token",
        ResourceType::User => "user",
        ResourceType::Unknown => "unknown",
    }
}
