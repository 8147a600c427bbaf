//! Raw requests, for what no client library of the tests can do.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::{CreateAclsRequest, CreateAclsResponse, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Sends one request over a new PLAINTEXT connection.
pub fn call<R, A>(bootstrap: &str, key: i16, version: i16, request: &R) -> A
where
    R: Encodable + HeaderVersion,
    A: Decodable + HeaderVersion,
{
    let mut frame = BytesMut::new();
    frame.put_i32(0);
    let header = RequestHeader::default()
        .with_request_api_key(key)
        .with_request_api_version(version)
        .with_correlation_id(1)
        .with_client_id(Some(StrBytes::from_static_str("raw")));
    header.encode(&mut frame, R::header_version(version)).unwrap();
    request.encode(&mut frame, version).unwrap();
    let length = i32::try_from(frame.len() - 4).unwrap();
    frame[..4].copy_from_slice(&length.to_be_bytes());
    let mut socket = TcpStream::connect(bootstrap).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    socket.write_all(&frame).unwrap();
    let mut length = [0; 4];
    socket.read_exact(&mut length).unwrap();
    let mut body = vec![0; usize::try_from(length.as_slice().get_i32()).unwrap()];
    socket.read_exact(&mut body).unwrap();
    let mut body = Bytes::from(body);
    ResponseHeader::decode(&mut body, A::header_version(version)).unwrap();
    A::decode(&mut body, version).unwrap()
}

/// Kafka's numbers: resource 2 topic, 3 group, 4 cluster; pattern 3 literal, 4 prefixed; permission 2 deny, 3 allow.
pub fn create_acl(bootstrap: &str, principal: &str, resource: (i8, &str, i8), operation: i8, permission: i8) {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let acl = AclCreation::default()
        .with_resource_type(resource.0)
        .with_resource_name(text(resource.1))
        .with_resource_pattern_type(resource.2)
        .with_principal(text(principal))
        .with_host(text("*"))
        .with_operation(operation)
        .with_permission_type(permission);
    let answer: CreateAclsResponse =
        call(bootstrap, 30, 3, &CreateAclsRequest::default().with_creations(vec![acl]));
    assert_eq!(answer.results.iter().map(|result| result.error_code).collect::<Vec<_>>(), [0]);
}
