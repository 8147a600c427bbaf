use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::Record;
use crate::client;
use crate::cluster::Cluster;
use crate::error::{LabError, Result};
use crate::limits::ADMIN_CALL;

/// How records are written. The default is the Java client's: acks of all, idempotent, uncompressed.
#[derive(Debug, Clone)]
pub struct Produce {
    /// Idempotent producer; its batches carry a producer id and sequence numbers.
    pub idempotent: bool,
    /// `none`, `gzip`, `snappy`, `lz4` or `zstd`.
    pub compression: String,
    /// More settings of librdkafka, which win.
    pub options: Vec<(String, String)>,
}

impl Default for Produce {
    fn default() -> Self {
        Produce { idempotent: true, compression: "none".into(), options: Vec::new() }
    }
}

/// Where a record came to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

impl Cluster {
    /// Writes records and waits until each is acknowledged; answers where each lies, in the order given.
    ///
    /// # Errors
    /// The first record that was refused; others may have been written.
    pub fn produce(
        &self,
        topic: &str,
        records: impl IntoIterator<Item = Record>,
        how: &Produce,
    ) -> Result<Vec<Written>> {
        let sender = Sender::new(self, how, None)?;
        sender.send(topic, records)
    }
}

/// A producer that remembers where each record came to lie.
pub(super) struct Sender {
    cluster: Cluster,
    pub(super) producer: BaseProducer<Deliveries>,
    deliveries: Deliveries,
}

#[derive(Clone, Default)]
pub(super) struct Deliveries(Arc<Mutex<Vec<Option<Delivery>>>>);

type Delivery = std::result::Result<Written, KafkaError>;

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, index: Self::DeliveryOpaque) {
        let result = match result {
            Ok(message) => Ok(Written { partition: message.partition(), offset: message.offset() }),
            Err((error, _)) => Err(error.clone()),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = all.get_mut(*index) {
            *slot = Some(result);
        }
    }
}

impl Sender {
    pub(super) fn new(cluster: &Cluster, how: &Produce, transactional_id: Option<&str>) -> Result<Self> {
        let mut config = client::config(cluster);
        config
            .set("enable.idempotence", how.idempotent.to_string())
            .set("acks", "all")
            .set("compression.type", &how.compression)
            // The Java client's partitioner for keyed records, so that keys meet where they do in production.
            .set("partitioner", "murmur2_random")
            .set("linger.ms", "5")
            .set("queue.buffering.max.messages", "100000")
            .set("queue.buffering.max.kbytes", "262144");
        if let Some(id) = transactional_id {
            config.set("transactional.id", id);
        }
        for (key, value) in &how.options {
            config.set(key, value);
        }
        let deliveries = Deliveries::default();
        let producer = config
            .create_with_context(deliveries.clone())
            .map_err(LabError::kafka(cluster.side, "create a producer"))?;
        Ok(Sender { cluster: cluster.clone(), producer, deliveries })
    }

    pub(super) fn failed(&self, what: &str) -> impl FnOnce(KafkaError) -> LabError + use<> {
        LabError::kafka(self.cluster.side, what.to_owned())
    }

    pub(super) fn send(
        &self,
        topic: &str,
        records: impl IntoIterator<Item = Record>,
    ) -> Result<Vec<Written>> {
        let what = format!("write to {topic}");
        let all = || self.deliveries.0.lock().unwrap_or_else(PoisonError::into_inner);
        all().clear();
        for (index, record) in records.into_iter().enumerate() {
            all().push(None);
            self.send_one(topic, &record, index).map_err(self.failed(&what))?;
        }
        self.producer.flush(ADMIN_CALL * 4).map_err(self.failed(&what))?;
        std::mem::take(&mut *all())
            .into_iter()
            .map(|slot| slot.unwrap_or(Err(KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut))))
            .collect::<std::result::Result<Vec<Written>, KafkaError>>()
            .map_err(self.failed(&what))
    }

    fn send_one(&self, topic: &str, record: &Record, index: usize) -> std::result::Result<(), KafkaError> {
        let mut message = BaseRecord::<[u8], [u8], Box<usize>>::with_opaque_to(topic, Box::new(index));
        message.key = record.key.as_deref();
        message.payload = record.value.as_deref();
        message.partition = record.partition;
        message.timestamp = record.timestamp;
        if !record.headers.is_empty() {
            let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
            for (name, value) in &record.headers {
                headers = headers.insert(Header { key: name, value: value.as_deref() });
            }
            message.headers = Some(headers);
        }
        loop {
            match self.producer.send(message) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    self.producer.poll(Duration::from_millis(50));
                    message = back;
                }
                Err((error, _)) => return Err(error),
            }
        }
    }
}
