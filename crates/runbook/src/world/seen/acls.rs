use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// ACL bindings and what holds where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AclsSeen {
    /// False: the cluster has no authoriser, everybody may do everything.
    pub authorizer: bool,
    /// `allow.everyone.if.no.acl.found`; `None`: the broker does not tell.
    pub allow_everyone_if_no_acl: Option<bool>,
    /// `User:…`; `None`: the broker does not tell.
    pub super_users: Option<Vec<String>>,
    /// Sorted.
    pub bindings: Vec<AclBinding>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct AclBinding {
    /// `User:checkout`, `User:*`.
    pub principal: String,
    /// `*` or an address.
    pub host: String,
    pub resource: ResourceType,
    /// Resource name, prefix, or `*`.
    pub name: String,
    pub pattern: PatternType,
    pub operation: Operation,
    pub permission: Permission,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceType {
    Topic,
    Group,
    Cluster,
    TransactionalId,
    DelegationToken,
    User,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PatternType {
    Literal,
    Prefixed,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    All,
    Read,
    Write,
    Create,
    Delete,
    Alter,
    Describe,
    ClusterAction,
    DescribeConfigs,
    AlterConfigs,
    IdempotentWrite,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    Allow,
    Deny,
    Unknown,
}
