//! ACLs, created over a connection of our own: no client library of the tests can.

use std::time::{Duration, Instant};

use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::{
    ApiKey, CreateAclsRequest, CreateAclsResponse, DescribeAclsRequest, DescribeAclsResponse,
};
use kafka_protocol::protocol::StrBytes;
use lab::Cluster;

use crate::wire::call;

const VERSION: i16 = 3;
/// An ACL is shown within this time, or never.
const AT_MOST: Duration = Duration::from_secs(60);
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
    // The controller has it; the broker that is asked may learn it later.
    let filter = DescribeAclsRequest::default()
        .with_resource_type_filter(TOPIC)
        .with_resource_name_filter(Some(StrBytes::from_string(topic.to_owned())))
        .with_pattern_type_filter(LITERAL)
        .with_principal_filter(Some(StrBytes::from_string(principal.to_owned())))
        .with_host_filter(None)
        .with_operation(operation)
        .with_permission_type(permission);
    let end = Instant::now() + AT_MOST;
    loop {
        let told: DescribeAclsResponse =
            call(&cluster.bootstrap, ApiKey::DescribeAcls as i16, VERSION, &filter);
        assert_eq!(told.error_code, 0, "{cluster:?} does not tell its ACLs");
        if !told.resources.is_empty() {
            return;
        }
        assert!(Instant::now() < end, "{cluster:?} does not show the ACL");
        std::thread::sleep(Duration::from_millis(20));
    }
}
