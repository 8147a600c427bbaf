//! ACLs, created over a connection of our own: no client library of the tests can.

use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::{ApiKey, CreateAclsRequest, CreateAclsResponse};
use kafka_protocol::protocol::StrBytes;
use lab::Cluster;

use crate::wire::call;

const VERSION: i16 = 3;
const TOPIC: i8 = 2;
const LITERAL: i8 = 3;
pub const READ: i8 = 3;
pub const WRITE: i8 = 4;
pub const DESCRIBE: i8 = 8;
pub const DESCRIBE_CONFIGS: i8 = 10;
pub const DENY: i8 = 2;
pub const ALLOW: i8 = 3;

/// Gives (or denies) a principal one operation on a topic.
///
/// # Panics
/// If the cluster cannot be asked, or refuses.
pub fn create(cluster: &Cluster, principal: &str, topic: &str, operation: i8, permission: i8) {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let acl = AclCreation::default()
        .with_resource_type(TOPIC)
        .with_resource_name(text(topic))
        .with_resource_pattern_type(LITERAL)
        .with_principal(text(principal))
        .with_host(text("*"))
        .with_operation(operation)
        .with_permission_type(permission);
    let request = CreateAclsRequest::default().with_creations(vec![acl]);
    let answer: CreateAclsResponse = call(&cluster.bootstrap, ApiKey::CreateAcls as i16, VERSION, &request);
    let codes: Vec<i16> = answer.results.iter().map(|result| result.error_code).collect();
    assert_eq!(codes, [0], "{cluster:?} refused the ACL");
}
