use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};

/// Sends one request to a broker, the first of a list, over a connection of its own, for what no client library of the tests can say.
///
/// # Panics
/// If the broker cannot be reached or its answer cannot be read.
pub fn call<Q, A>(broker: &str, key: i16, version: i16, request: &Q) -> A
where
    Q: Encodable + HeaderVersion,
    A: Decodable + HeaderVersion,
{
    let mut frame = BytesMut::new();
    RequestHeader::default()
        .with_request_api_key(key)
        .with_request_api_version(version)
        .with_client_id(Some(StrBytes::from_static_str("cutover-tests")))
        .encode(&mut frame, Q::header_version(version))
        .expect("a header can be encoded");
    request.encode(&mut frame, version).expect("the request can be encoded");
    let mut sent = BytesMut::new();
    sent.put_i32(i32::try_from(frame.len()).expect("requests of tests are small"));
    sent.extend_from_slice(&frame);

    let broker = broker.split(',').next().unwrap_or(broker);
    let mut socket = TcpStream::connect(broker).unwrap_or_else(|error| panic!("{broker}: {error}"));
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket takes a timeout");
    socket.write_all(&sent).unwrap_or_else(|error| panic!("{broker}: {error}"));
    let mut length = [0; 4];
    socket.read_exact(&mut length).unwrap_or_else(|error| panic!("{broker}: {error}"));
    let length = usize::try_from(i32::from_be_bytes(length)).expect("a length is not negative");
    let mut body = vec![0; length];
    socket.read_exact(&mut body).unwrap_or_else(|error| panic!("{broker}: {error}"));
    let mut body = Bytes::from(body);
    ResponseHeader::decode(&mut body, A::header_version(version)).expect("a header");
    A::decode(&mut body, version).expect("an answer in the version that was asked for")
}
