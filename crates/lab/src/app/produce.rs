use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::entry::now;
use super::journal::Journal;
use super::{AppSpec, Entry};
use crate::error::{LabError, Result};
use crate::limits::ADMIN_CALL;
use crate::side::Side;

/// The producing half of an application: steady writes until it is told to stop, then a flush.
pub(super) fn produce(
    spec: &AppSpec,
    config: &ClientConfig,
    run: &str,
    ledger: &Arc<Journal>,
    acknowledged: &Arc<AtomicU64>,
    stop: &AtomicBool,
) -> Result<()> {
    let mut producer = connect(spec, config, ledger, acknowledged)?;
    let begun = Instant::now();
    let mut sent = 0u64;
    while !stop.load(Ordering::Relaxed) {
        let due = (begun.elapsed().as_secs_f64() * spec.rate) as u64;
        while sent < due && !stop.load(Ordering::Relaxed) {
            let topic = &spec.produce[usize::try_from(sent).unwrap_or(0) % spec.produce.len()];
            send(spec, &producer, run, topic, sent, ledger);
            sent += 1;
        }
        producer.poll(Duration::from_millis(20));
        ledger.flush()?;
        if let Some((code, why)) = producer.client().fatal_error() {
            // An idempotent producer that was refused once refuses everything after; an application restarts it.
            ledger.note(&Entry::Trouble { side: spec.side, why: format!("{code}: {why}"), at: now() });
            std::thread::sleep(Duration::from_millis(500));
            producer = connect(spec, config, ledger, acknowledged)?;
        }
    }
    let flushed = producer.flush(ADMIN_CALL);
    ledger.flush()?;
    flushed.map_err(LabError::kafka(spec.side, "flush the producer"))
}

fn connect(
    spec: &AppSpec,
    config: &ClientConfig,
    ledger: &Arc<Journal>,
    acknowledged: &Arc<AtomicU64>,
) -> Result<BaseProducer<Acks>> {
    let mut config = config.clone();
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "5");
    let acks = Acks { side: spec.side, ledger: ledger.clone(), acknowledged: acknowledged.clone() };
    config.create_with_context(acks).map_err(LabError::kafka(spec.side, "create a producer"))
}

fn send(spec: &AppSpec, producer: &BaseProducer<Acks>, run: &str, topic: &str, n: u64, ledger: &Journal) {
    let id = format!("{}-{run}-{n:07}", spec.name);
    let key = (spec.keys > 0).then(|| format!("key-{}", n % spec.keys.max(1)));
    let mut value = format!("{{\"id\":\"{id}\",\"n\":{n},\"amount\":{},\"pad\":\"", n % 1000);
    while value.len() + 2 < spec.size {
        value.push('.');
    }
    value.push_str("\"}");
    let mut record = BaseRecord::<str, str, Box<String>>::with_opaque_to(topic, Box::new(id)).payload(&value);
    record.key = key.as_deref();
    loop {
        match producer.send(record) {
            Ok(()) => return,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(Duration::from_millis(20));
                record = back;
            }
            Err((error, back)) => {
                let id = *back.delivery_opaque;
                let why = error.to_string();
                ledger.note(&Entry::Refused { id, side: spec.side, topic: topic.into(), why, at: now() });
                return;
            }
        }
    }
}

/// Writes each acknowledgement into the ledger.
struct Acks {
    side: Side,
    ledger: Arc<Journal>,
    acknowledged: Arc<AtomicU64>,
}

impl ClientContext for Acks {}

impl ProducerContext for Acks {
    type DeliveryOpaque = Box<String>;

    fn delivery(&self, result: &DeliveryResult<'_>, id: Box<String>) {
        let (side, at, id) = (self.side, now(), *id);
        match result {
            Ok(message) => {
                self.ledger.note(&Entry::Produced {
                    id,
                    side,
                    topic: message.topic().into(),
                    partition: message.partition(),
                    offset: message.offset(),
                    at,
                });
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, message)) => {
                let (topic, why) = (message.topic().into(), error.to_string());
                self.ledger.note(&Entry::Refused { id, side, topic, why, at });
            }
        }
    }
}
