use std::time::Duration;

use lab::{Cluster, Topic};
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};

/// The first record of every topic was written then, the next ones a millisecond apart: 2026-01-01.
pub const FIRST: i64 = 1_767_225_600_000;

/// A topic full of records that are the same every time.
#[derive(Debug, Clone)]
pub struct Fill {
    pub topic: String,
    pub partitions: i32,
    pub records: u64,
    /// Of each value; larger ones now and then are given by [`Fill::large_every`].
    pub size: usize,
    /// Every so many records one of 1 MiB less what Kafka adds; 0: none.
    pub large_every: u64,
    /// Different keys; 0: no keys.
    pub keys: u64,
    /// Source and target are written in batches of other sizes, as a replicator does.
    pub batch_bytes: u32,
    /// Records put before the others and then deleted from the source, so that offsets differ.
    pub lead: u64,
    pub faults: Faults,
    pub configs: Vec<(&'static str, String)>,
}

/// What of the target differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Faults {
    #[default]
    None,
    /// Every 1,000th record is not there, and after every 10,000 of a partition the last 100 come again.
    DropsAndRepeats,
}

impl Fill {
    pub fn new(topic: impl Into<String>, partitions: i32, records: u64) -> Fill {
        Fill {
            topic: topic.into(),
            partitions,
            records,
            size: 100,
            large_every: 0,
            keys: 0,
            batch_bytes: 64 << 10,
            lead: 0,
            faults: Faults::None,
            configs: Vec::new(),
        }
    }

    /// Creates the topic on both clusters and fills both at the same time.
    ///
    /// # Panics
    /// If a record cannot be written.
    pub fn both(&self, source: &Cluster, target: &Cluster) {
        let since = std::time::Instant::now();
        eprintln!("filling {} with {} records a side", self.topic, crate::table::thousands(self.records));
        let other = Fill { batch_bytes: self.batch_bytes / 2, lead: 0, ..self.clone() };
        let here = Fill { faults: Faults::None, ..self.clone() };
        std::thread::scope(|scope| {
            scope.spawn(|| here.one(source));
            scope.spawn(|| other.one(target));
        });
        eprintln!("  in {:.0} s", since.elapsed().as_secs_f64());
    }

    /// Creates the topic on one cluster and fills it.
    pub fn one(&self, cluster: &Cluster) {
        let mut topic = Topic::new(&self.topic).partitions(self.partitions);
        for (key, value) in &self.configs {
            topic = topic.config(*key, value);
        }
        cluster.create_topic(&topic).unwrap();
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", &cluster.bootstrap)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("linger.ms", "50")
            .set("batch.size", self.batch_bytes.to_string())
            .set("batch.num.messages", "100000")
            .set("message.max.bytes", "2000000")
            .set("queue.buffering.max.messages", "500000")
            .set("queue.buffering.max.kbytes", "262144")
            .create()
            .unwrap();
        let writer = Writer { fill: self, producer };
        for n in 0..self.lead * self.partitions.unsigned_abs() as u64 {
            writer.send(n, b"lead", None);
        }
        writer.all(0..self.records);
        writer.producer.flush(Duration::from_secs(120)).unwrap();
        if self.lead > 0 {
            for partition in 0..self.partitions {
                cluster.delete_records(&self.topic, partition, i64::try_from(self.lead).unwrap()).unwrap();
            }
        }
    }

    /// Writes more of the same kind behind what is there.
    pub fn more(&self, cluster: &Cluster, records: std::ops::Range<u64>) {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", &cluster.bootstrap)
            .set("enable.idempotence", "true")
            .set("compression.type", "lz4")
            .set("linger.ms", "50")
            .create()
            .unwrap();
        let writer = Writer { fill: self, producer };
        writer.all(records);
        writer.producer.flush(Duration::from_secs(120)).unwrap();
    }

    /// Records of a side that are dropped, and that come again, with [`Faults::DropsAndRepeats`].
    pub fn faults(&self) -> (u64, u64) {
        let dropped = (0..self.records).filter(|n| self.is_dropped(*n)).count() as u64;
        let repeated = (0..self.records).filter(|n| self.repeats_after(*n)).flat_map(|n| self.block(n));
        (dropped, repeated.filter(|n| !self.is_dropped(*n)).count() as u64)
    }

    fn is_dropped(&self, n: u64) -> bool {
        n % 1_000 == 500
    }

    fn repeats_after(&self, n: u64) -> bool {
        (n + 1).is_multiple_of(10_000 * self.partitions.unsigned_abs() as u64)
    }

    fn block(&self, n: u64) -> std::ops::RangeInclusive<u64> {
        n + 1 - 100 * self.partitions.unsigned_abs() as u64..=n
    }
}

struct Writer<'a> {
    fill: &'a Fill,
    producer: BaseProducer<DefaultProducerContext>,
}

impl Writer<'_> {
    fn all(&self, records: std::ops::Range<u64>) {
        let fill = self.fill;
        let (mut value, mut large) = (vec![0; fill.size], Vec::new());
        let mut write = |n: u64| {
            let key = (fill.keys > 0).then(|| format!("key-{:012}", n.wrapping_mul(0x9e37_79b9) % fill.keys));
            let is_large = fill.large_every > 0 && n % fill.large_every == fill.large_every - 1;
            if is_large {
                large.resize((1 << 20) - 2_000, 0);
                write_value(n, &mut large);
                self.send(n, &large, key.as_deref());
            } else {
                write_value(n, &mut value);
                self.send(n, &value, key.as_deref());
            }
        };
        for n in records {
            match fill.faults {
                Faults::None => write(n),
                Faults::DropsAndRepeats => {
                    if !fill.is_dropped(n) {
                        write(n);
                    }
                    if fill.repeats_after(n) {
                        fill.block(n).filter(|n| !fill.is_dropped(*n)).for_each(&mut write);
                    }
                }
            }
        }
    }

    fn send(&self, n: u64, value: &[u8], key: Option<&str>) {
        let partitions = self.fill.partitions.unsigned_abs() as u64;
        // A key stays in its partition.
        let partition =
            key.map_or(n, |key| key.bytes().fold(0u64, |sum, byte| sum * 31 % 65_521 + u64::from(byte)));
        let mut record = BaseRecord::<str, [u8]>::to(&self.fill.topic)
            .payload(value)
            .partition(i32::try_from(partition % partitions).unwrap())
            .timestamp(FIRST + i64::try_from(n).unwrap());
        record.key = key;
        while let Err((error, back)) = self.producer.send(record) {
            assert_eq!(
                error,
                KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull),
                "writing to {}",
                self.fill.topic
            );
            self.producer.poll(Duration::from_millis(20));
            record = back;
        }
    }
}

/// Twenty digits, then letters that compress to about half.
fn write_value(n: u64, value: &mut [u8]) {
    let mut rest = n;
    for at in (0..20.min(value.len())).rev() {
        value[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for chunk in value[20..].chunks_mut(16) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        for (index, byte) in chunk.iter_mut().enumerate() {
            *byte = b'a' + ((state >> (index * 4)) & 15) as u8;
        }
    }
}
