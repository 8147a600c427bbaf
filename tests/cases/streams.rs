use bytes::{BufMut, BytesMut};
use kafka_protocol::protocol::buf::{ByteBuf, ByteBufMut};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};
use lab::Cluster;

/// Kafka's number of the request `StreamsGroupHeartbeat`.
const KEY: i16 = 88;

/// A member of a group of the streams protocol (KIP-1071), which no client library of the tests speaks: one task that
/// reads one topic.
pub struct Heartbeat {
    group: String,
    topic: String,
    epoch: i32,
}

impl Heartbeat {
    /// Joins.
    pub fn join(group: &str, topic: &str) -> Heartbeat {
        Heartbeat { group: group.to_owned(), topic: topic.to_owned(), epoch: 0 }
    }

    /// The same member, leaving.
    pub fn leaving(&self) -> Heartbeat {
        Heartbeat { epoch: -1, ..Heartbeat::join(&self.group, &self.topic) }
    }

    /// Sends it to the coordinator, which a cluster of one broker is; answers Kafka's error code.
    pub fn send(&self, cluster: &Cluster) -> i16 {
        cutover_tests::call::<_, Answer>(&cluster.bootstrap, KEY, 0, self).0
    }

    /// The fields of version 0, in their order.
    fn body(&self) -> BytesMut {
        let mut body = BytesMut::new();
        string(&mut body, &self.group);
        string(&mut body, "AAAAAAAAAAAAAAAAAAAAAQ");
        body.put_i32(self.epoch);
        // Epoch of endpoints; no instance, no rack.
        body.put_i32(0);
        body.put_slice(&[0, 0]);
        if self.epoch < 0 {
            // Nothing else has changed: no timeout, no topology, no tasks of three kinds, no process, no endpoint.
            body.put_i32(-1);
            body.put_i8(-1);
            body.put_slice(&[0, 0, 0, 0]);
        } else {
            body.put_i32(30_000);
            body.put_i8(1);
            body.put_i32(0);
            // One subtopology with one source topic; no patterns, changelogs, repartitions (sinks, sources), groups.
            body.put_u8(2);
            string(&mut body, "0");
            body.put_u8(2);
            string(&mut body, &self.topic);
            body.put_slice(&[1, 1, 1, 1, 1]);
            body.put_slice(&[0, 0]);
            // It owns no task yet.
            body.put_slice(&[1, 1, 1]);
            string(&mut body, "process");
        }
        body.put_i8(-1);
        // No tags of the client, no offsets of tasks (two kinds), no shutdown, no further fields.
        body.put_slice(&[if self.epoch < 0 { 0 } else { 1 }, 0, 0, 0, 0]);
        body
    }
}

/// A compact string, shorter than 127 bytes.
fn string(body: &mut BytesMut, text: &str) {
    let length = u8::try_from(text.len() + 1).unwrap();
    assert!(length < 0x80, "longer lengths take more than a byte");
    body.put_u8(length);
    body.put_slice(text.as_bytes());
}

impl HeaderVersion for Heartbeat {
    fn header_version(_version: i16) -> i16 {
        2
    }
}

impl Encodable for Heartbeat {
    fn encode<B: ByteBufMut>(&self, buf: &mut B, _version: i16) -> anyhow::Result<()> {
        buf.put_slice(&self.body());
        Ok(())
    }

    fn compute_size(&self, _version: i16) -> anyhow::Result<usize> {
        Ok(self.body().len())
    }
}

/// The error code of the answer.
struct Answer(i16);

impl HeaderVersion for Answer {
    fn header_version(_version: i16) -> i16 {
        1
    }
}

impl Decodable for Answer {
    fn decode<B: ByteBuf>(buf: &mut B, _version: i16) -> anyhow::Result<Answer> {
        // Behind the throttle time.
        buf.get_i32();
        Ok(Answer(buf.get_i16()))
    }
}
