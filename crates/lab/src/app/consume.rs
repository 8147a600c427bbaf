use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sha2::{Digest, Sha256};

use super::entry::now;
use super::journal::Journal;
use super::{AppSpec, Entry};
use crate::error::{LabError, Result};
use crate::side::Side;

/// How long a last commit is tried again while its coordinator is away, a broker being restarted.
const LAST_COMMIT: Duration = Duration::from_secs(20);

/// The consuming half: process, note in the ledger, then commit; never the other way round.
pub(super) fn consume(
    spec: &AppSpec,
    group: &str,
    config: &ClientConfig,
    ledger: &Arc<Journal>,
    assigned: &Arc<AtomicBool>,
    stop: &AtomicBool,
) -> Result<()> {
    let failed = |what: &str| LabError::kafka(spec.side, what.to_owned());
    let work = Work {
        group: group.to_owned(),
        side: spec.side,
        ledger: ledger.clone(),
        assigned: assigned.clone(),
        done: Mutex::new(BTreeMap::new()),
    };
    let consumer: BaseConsumer<Work> = config
        .clone()
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", &spec.reset)
        .set("isolation.level", &spec.isolation)
        .create_with_context(work)
        .map_err(failed("create a consumer"))?;
    let topics: Vec<&str> = spec.consume.iter().map(String::as_str).collect();
    consumer.subscribe(&topics).map_err(failed("subscribe"))?;
    let every = Duration::from_millis(spec.commit_every_ms);
    let mut committed = Instant::now();
    let (begun, mut processed) = (Instant::now(), 0.0);
    while !stop.load(Ordering::Relaxed) {
        // It asks for no record before that one is due, so none is fetched that a stop would leave unprocessed.
        let due = spec.pace == 0.0 || processed < begun.elapsed().as_secs_f64() * spec.pace;
        if !due {
            std::thread::sleep(Duration::from_millis(2));
        }
        match due.then(|| consumer.poll(Duration::from_millis(50))).flatten() {
            None => {}
            Some(Ok(message)) => {
                consumer.context().process(&message);
                processed += 1.0;
            }
            Some(Err(error)) => {
                let why = error.to_string();
                ledger.note(&Entry::Trouble { side: spec.side, why, at: now() });
            }
        }
        if committed.elapsed() >= every {
            ledger.flush()?;
            consumer.context().commit(&consumer, Duration::ZERO);
            committed = Instant::now();
        }
    }
    ledger.flush()?;
    consumer.context().commit(&consumer, LAST_COMMIT);
    // Leaves the group at once, so that it is empty when this process has ended.
    drop(consumer);
    ledger.flush()
}

/// What was processed and not yet committed.
struct Work {
    group: String,
    side: Side,
    ledger: Arc<Journal>,
    assigned: Arc<AtomicBool>,
    done: Mutex<BTreeMap<(String, i32), i64>>,
}

impl Work {
    fn process(&self, message: &BorrowedMessage<'_>) {
        let (topic, partition, offset) = (message.topic().to_owned(), message.partition(), message.offset());
        self.ledger.note(&Entry::Processed {
            id: id_of(message),
            group: self.group.clone(),
            side: self.side,
            topic: topic.clone(),
            partition,
            offset,
            at: now(),
        });
        self.done().insert((topic, partition), offset + 1);
    }

    /// What cannot be committed is kept for the next time, or tried again for as long as `patience` lasts.
    fn commit(&self, consumer: &BaseConsumer<Work>, patience: Duration) {
        let end = Instant::now() + patience;
        loop {
            let done = self.done().clone();
            if done.is_empty() {
                return;
            }
            let mut list = TopicPartitionList::new();
            for ((topic, partition), offset) in &done {
                // The list is our own and the offsets come from records, so they are valid.
                let _ = list.add_partition_offset(topic, *partition, Offset::Offset(*offset));
            }
            match consumer.commit(&list, CommitMode::Sync) {
                Ok(()) => return self.committed(done),
                Err(error) => {
                    self.trouble(&error);
                    if Instant::now() > end || no_longer_ours(&error) {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    fn committed(&self, done: BTreeMap<(String, i32), i64>) {
        let mut open = self.done();
        for (place, offset) in done {
            if open.get(&place) == Some(&offset) {
                open.remove(&place);
            }
            let (topic, partition) = place;
            let (group, side, at) = (self.group.clone(), self.side, now());
            self.ledger.note(&Entry::Committed { group, side, topic, partition, offset, at });
        }
    }

    fn trouble(&self, error: &KafkaError) {
        self.ledger.note(&Entry::Trouble { side: self.side, why: error.to_string(), at: now() });
    }

    fn done(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, i32), i64>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// True if the group has gone on without this member: its commits will never be taken.
fn no_longer_ours(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{FencedInstanceId, IllegalGeneration, UnknownMemberId};
    matches!(error.rdkafka_error_code(), Some(IllegalGeneration | UnknownMemberId | FencedInstanceId))
}

impl ClientContext for Work {}

impl ConsumerContext for Work {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Revoke(_)) {
            // Partitions about to go to another member: what was processed must be committed before.
            if self.ledger.flush().is_ok() {
                self.commit(consumer, LAST_COMMIT);
            }
            // Whatever is left, another member may have gone on from there.
            self.done().clear();
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Assign(_)) {
            self.assigned.store(true, Ordering::Relaxed);
        }
    }

    fn commit_callback(&self, _: KafkaResult<()>, _: &TopicPartitionList) {}
}

/// The id in the value's JSON, which the lab's producers write; of any other record a digest of what a copy
/// has in common with it.
fn id_of(message: &BorrowedMessage<'_>) -> String {
    let value = message.payload().unwrap_or_default();
    let parsed = serde_json::from_slice::<serde_json::Value>(value).ok();
    if let Some(id) = parsed.as_ref().and_then(|value| value["id"].as_str()) {
        return id.to_owned();
    }
    let mut digest = Sha256::new();
    let time = message.timestamp().to_millis().unwrap_or(-1);
    digest.update(message.partition().to_be_bytes());
    digest.update(time.to_be_bytes());
    for part in [message.key(), message.payload()] {
        digest.update(part.map_or(u64::MAX, |part| part.len() as u64).to_be_bytes());
        digest.update(part.unwrap_or_default());
    }
    digest.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
