//! Access control lists, and what holds where there is none.

use super::Cluster;
use crate::code::Code;
use crate::error::{ClusterError, ErrorKind};
use crate::patience::Patience;
use kafka_protocol::messages::DescribeAclsRequest;
use std::fmt;
use std::time::Duration;

/// What an ACL is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AclResource {
    /// A topic.
    Topic,
    /// A group.
    Group,
    /// The cluster itself.
    Cluster,
    /// A transactional id.
    TransactionalId,
    /// A delegation token.
    DelegationToken,
    /// A user.
    User,
    /// Something newer, by Kafka's number.
    Other(i8),
}

/// How an ACL's name is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AclPattern {
    /// Exactly this name; `*` means all.
    Literal,
    /// Every name that begins so.
    Prefixed,
    /// Something newer, by Kafka's number.
    Other(i8),
}

/// What an ACL allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AclOperation {
    /// Everything.
    All,
    /// READ.
    Read,
    /// WRITE.
    Write,
    /// CREATE.
    Create,
    /// DELETE.
    Delete,
    /// ALTER.
    Alter,
    /// DESCRIBE.
    Describe,
    /// CLUSTER_ACTION.
    ClusterAction,
    /// DESCRIBE_CONFIGS.
    DescribeConfigs,
    /// ALTER_CONFIGS.
    AlterConfigs,
    /// IDEMPOTENT_WRITE.
    IdempotentWrite,
    /// CREATE_TOKENS, DESCRIBE_TOKENS, TWO_PHASE_COMMIT or something newer, by Kafka's number.
    Other(i8),
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AclPermission {
    /// ALLOW.
    Allow,
    /// DENY, which wins.
    Deny,
    /// Something newer, by Kafka's number.
    Other(i8),
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Acl {
    /// `User:checkout`, `User:*`.
    pub principal: String,
    /// `*` or an address.
    pub host: String,
    /// What it is about.
    pub resource: AclResource,
    /// Name, prefix, or `*`.
    pub name: String,
    /// How the name is meant.
    pub pattern: AclPattern,
    /// What is allowed or denied.
    pub operation: AclOperation,
    /// Yes or no.
    pub permission: AclPermission,
}

/// Every ACL of a cluster with its defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acls {
    /// False: there is no authoriser, everybody may do everything.
    pub authorizer: bool,
    /// The authoriser's class, if the broker tells.
    pub authorizer_class: Option<String>,
    /// `allow.everyone.if.no.acl.found`; None: not told.
    pub allow_everyone_if_no_acl: Option<bool>,
    /// `super.users`; None: not told.
    pub super_users: Option<Vec<String>>,
    /// Sorted.
    pub bindings: Vec<Acl>,
}

const ANY: i8 = 1;
/// How long one broker is waited for while there are others to ask.
const ONE_BROKER: Duration = Duration::from_secs(5);

impl Cluster {
    /// Every ACL. Without DESCRIBE on the cluster this fails: an empty list would look like no ACLs.
    pub fn acls(&self, patience: &Patience) -> Result<Acls, ClusterError> {
        const DOING: &str = "reading ACLs";
        let answer = self.ask(DOING, patience, |connection| {
            connection.call(patience, |_| {
                DescribeAclsRequest::default()
                    .with_resource_type_filter(ANY)
                    // None is any; the codec's own default, an empty text, would match nothing.
                    .with_resource_name_filter(None)
                    .with_principal_filter(None)
                    .with_host_filter(None)
                    .with_pattern_type_filter(ANY)
                    .with_operation(ANY)
                    .with_permission_type(ANY)
            })
        })?;
        let authorizer = match Code::of(answer.error_code) {
            None => true,
            Some(Code::SECURITY_DISABLED) => false,
            Some(code) => return Err(code.into_error(self.name(), DOING)),
        };
        let mut bindings: Vec<Acl> = answer
            .resources
            .into_iter()
            .flat_map(|resource| {
                let (kind, pattern) =
                    (AclResource::of(resource.resource_type), AclPattern::of(resource.pattern_type));
                let name = resource.resource_name.to_string();
                resource.acls.into_iter().map(move |acl| Acl {
                    principal: acl.principal.to_string(),
                    host: acl.host.to_string(),
                    resource: kind,
                    name: name.clone(),
                    pattern,
                    operation: AclOperation::of(acl.operation),
                    permission: AclPermission::of(acl.permission_type),
                })
            })
            .collect();
        bindings.sort();
        let mut acls = Acls {
            authorizer,
            authorizer_class: None,
            allow_everyone_if_no_acl: None,
            super_users: None,
            bindings,
        };
        self.defaults(&mut acls, patience)?;
        Ok(acls)
    }

    /// What brokers tell of their authoriser's defaults. Not being allowed to ask leaves them unknown.
    fn defaults(&self, acls: &mut Acls, patience: &Patience) -> Result<(), ClusterError> {
        // Any broker will do; one that has just died is still listed for some seconds.
        let (brokers, _) = self.brokers(patience)?;
        let mut configs = None;
        for (index, broker) in brokers.iter().enumerate() {
            let is_last = index + 1 == brokers.len();
            let enough = if is_last { patience.clone() } else { patience.at_most(ONE_BROKER) };
            match self.broker_configs(broker.id, &enough) {
                Ok(told) => {
                    configs = Some(told);
                    break;
                }
                Err(error) if error.kind == ErrorKind::NotAuthorised => return Ok(()),
                Err(error) if is_last => return Err(error),
                Err(_) => {}
            }
        }
        let Some(configs) = configs else { return Ok(()) };
        let value = |key: &str| configs.get(key).and_then(|config| config.value.clone());
        acls.authorizer_class = value("authorizer.class.name").filter(|class| !class.is_empty());
        let told = configs.contains_key("authorizer.class.name");
        acls.allow_everyone_if_no_acl = match configs.get("allow.everyone.if.no.acl.found") {
            Some(config) => config.value.as_deref().and_then(|value| value.trim().parse().ok()),
            // The setting is in the answer if it is in the broker's file; absent means Kafka's default.
            None if told => Some(false),
            None => None,
        };
        acls.super_users = match configs.get("super.users") {
            Some(config) => config.value.as_deref().map(|users| {
                users.split(';').map(str::trim).filter(|user| !user.is_empty()).map(str::to_owned).collect()
            }),
            None if told => Some(Vec::new()),
            None => None,
        };
        Ok(())
    }
}

/// As in `deny WRITE for User:checkout from * on topic orders`.
impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let permission = match self.permission {
            AclPermission::Allow => "allow",
            AclPermission::Deny => "deny",
            AclPermission::Other(_) => "an unknown permission for",
        };
        let operation = match self.operation {
            AclOperation::All => "ALL",
            AclOperation::Read => "READ",
            AclOperation::Write => "WRITE",
            AclOperation::Create => "CREATE",
            AclOperation::Delete => "DELETE",
            AclOperation::Alter => "ALTER",
            AclOperation::Describe => "DESCRIBE",
            AclOperation::ClusterAction => "CLUSTER_ACTION",
            AclOperation::DescribeConfigs => "DESCRIBE_CONFIGS",
            AclOperation::AlterConfigs => "ALTER_CONFIGS",
            AclOperation::IdempotentWrite => "IDEMPOTENT_WRITE",
            AclOperation::Other(_) => "an unknown operation",
        };
        let resource = match self.resource {
            AclResource::Topic => "topic",
            AclResource::Group => "group",
            AclResource::Cluster => "cluster",
            AclResource::TransactionalId => "transactional id",
            AclResource::DelegationToken => "delegation token",
            AclResource::User => "user",
            AclResource::Other(_) => "an unknown resource",
        };
        let name = match self.pattern {
            AclPattern::Literal => self.name.clone(),
            AclPattern::Prefixed => format!("{}* (prefix)", self.name),
            AclPattern::Other(_) => format!("{} (unknown pattern)", self.name),
        };
        write!(f, "{permission} {operation} for {} from {} on {resource} {name}", self.principal, self.host)
    }
}

impl AclResource {
    pub(super) fn of(number: i8) -> AclResource {
        match number {
            2 => AclResource::Topic,
            3 => AclResource::Group,
            4 => AclResource::Cluster,
            5 => AclResource::TransactionalId,
            6 => AclResource::DelegationToken,
            7 => AclResource::User,
            other => AclResource::Other(other),
        }
    }

    pub(super) fn number(self) -> i8 {
        match self {
            AclResource::Topic => 2,
            AclResource::Group => 3,
            AclResource::Cluster => 4,
            AclResource::TransactionalId => 5,
            AclResource::DelegationToken => 6,
            AclResource::User => 7,
            AclResource::Other(number) => number,
        }
    }
}

impl AclPattern {
    pub(super) fn of(number: i8) -> AclPattern {
        match number {
            3 => AclPattern::Literal,
            4 => AclPattern::Prefixed,
            other => AclPattern::Other(other),
        }
    }

    pub(super) fn number(self) -> i8 {
        match self {
            AclPattern::Literal => 3,
            AclPattern::Prefixed => 4,
            AclPattern::Other(number) => number,
        }
    }
}

impl AclOperation {
    pub(super) fn of(number: i8) -> AclOperation {
        match number {
            2 => AclOperation::All,
            3 => AclOperation::Read,
            4 => AclOperation::Write,
            5 => AclOperation::Create,
            6 => AclOperation::Delete,
            7 => AclOperation::Alter,
            8 => AclOperation::Describe,
            9 => AclOperation::ClusterAction,
            10 => AclOperation::DescribeConfigs,
            11 => AclOperation::AlterConfigs,
            12 => AclOperation::IdempotentWrite,
            other => AclOperation::Other(other),
        }
    }

    pub(super) fn number(self) -> i8 {
        match self {
            AclOperation::All => 2,
            AclOperation::Read => 3,
            AclOperation::Write => 4,
            AclOperation::Create => 5,
            AclOperation::Delete => 6,
            AclOperation::Alter => 7,
            AclOperation::Describe => 8,
            AclOperation::ClusterAction => 9,
            AclOperation::DescribeConfigs => 10,
            AclOperation::AlterConfigs => 11,
            AclOperation::IdempotentWrite => 12,
            AclOperation::Other(number) => number,
        }
    }
}

impl AclPermission {
    pub(super) fn of(number: i8) -> AclPermission {
        match number {
            2 => AclPermission::Deny,
            3 => AclPermission::Allow,
            other => AclPermission::Other(other),
        }
    }

    pub(super) fn number(self) -> i8 {
        match self {
            AclPermission::Deny => 2,
            AclPermission::Allow => 3,
            AclPermission::Other(number) => number,
        }
    }
}
