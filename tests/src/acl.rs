//! ACLs, created over a connection of our own: no client library of the tests can.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::{
    ApiKey, CreateAclsRequest, CreateAclsResponse, RequestHeader, ResponseHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use lab::Cluster;

/// No wait for a broker is longer than this.
const AT_MOST: Duration = Duration::from_secs(90);
const VERSION: i16 = 3;
const TOPIC: i8 = 2;
const LITERAL: i8 = 3;
pub const READ: i8 = 3;
pub const WRITE: i8 = 4;
pub const DESCRIBE: i8 = 8;
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
    let answer = call(cluster, &CreateAclsRequest::default().with_creations(vec![acl]));
    let codes: Vec<i16> = answer.results.iter().map(|result| result.error_code).collect();
    assert_eq!(codes, [0], "{cluster:?} refused the ACL");
}

fn call(cluster: &Cluster, request: &CreateAclsRequest) -> CreateAclsResponse {
    let mut frame = BytesMut::new();
    RequestHeader::default()
        .with_request_api_key(ApiKey::CreateAcls as i16)
        .with_request_api_version(VERSION)
        .with_client_id(Some(StrBytes::from_static_str("planted")))
        .encode(&mut frame, CreateAclsRequest::header_version(VERSION))
        .expect("the broker answers");
    request.encode(&mut frame, VERSION).expect("the broker answers");
    let mut sent = BytesMut::new();
    sent.put_i32(i32::try_from(frame.len()).expect("the broker answers"));
    sent.extend_from_slice(&frame);

    let mut socket = TcpStream::connect(&cluster.bootstrap).expect("the broker answers");
    socket.set_read_timeout(Some(AT_MOST)).expect("the broker answers");
    socket.write_all(&sent).expect("the broker answers");
    let mut length = [0; 4];
    socket.read_exact(&mut length).expect("the broker answers");
    let mut body = vec![0; usize::try_from(i32::from_be_bytes(length)).expect("the broker answers")];
    socket.read_exact(&mut body).expect("the broker answers");
    let mut body = Bytes::from(body);
    ResponseHeader::decode(&mut body, CreateAclsResponse::header_version(VERSION))
        .expect("the broker answers");
    CreateAclsResponse::decode(&mut body, VERSION).expect("the broker answers")
}
