use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_executor::block_on;
use parity::image::HeaderBuf;
use parity::{Ignore, Image};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _, Message};
use rdkafka::{ClientConfig, TopicPartitionList};
use runbook::world::{Isolation, Reason, RecordSeen, ResumeFrom};

use super::super::{NotObserved, client, record_image};
use crate::{Cluster, Code, NewCommit, Patience, TopicPartition};

/// Joining a group takes a rebalance, and the broker may wait 3 s for other members before the first; a client that has
/// nothing after this long says so.
const JOIN: Duration = Duration::from_secs(30);
/// How often a waiting consumer looks at the stop flag.
const POLL: Duration = Duration::from_millis(200);
/// A partition that delivers neither a record nor its end for this long is not read.
const ANSWER: Duration = Duration::from_secs(20);
/// Removing the group may have to wait until its member is out.
const REMOVE: Duration = Duration::from_secs(15);

/// What a partition delivered first.
#[derive(Debug, Clone)]
pub(super) enum Delivered {
    Record(RecordSeen),
    /// It came to the end.
    Nothing,
    Failed(String, Reason),
}

/// Every partition is given paused, so that each can be read alone.
struct Paused;

impl ClientContext for Paused {}

impl ConsumerContext for Paused {
    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(partitions) = rebalance
            && let Err(error) = consumer.pause(partitions)
        {
            // Reading goes on; what a partition delivers is still told by its name.
            tracing::debug!(%error, "partitions of a scratch group could not be paused");
        }
    }
}

type Client = BaseConsumer<Paused>;

/// A scratch group with the positions of another one, and its only member.
pub(super) struct Shadow<'a> {
    cluster: &'a Cluster,
    config: ClientConfig,
    group: String,
    patience: &'a Patience,
    consumer: Option<Client>,
    placed: bool,
}

impl<'a> Shadow<'a> {
    pub fn new(
        cluster: &'a Cluster,
        scratch: &str,
        group: &str,
        visible: Isolation,
        patience: &'a Patience,
    ) -> Shadow<'a> {
        let group = format!("{scratch}-resume-{group}");
        let mut config = cluster.config().client_config();
        config
            .set("group.id", &group)
            .set(
                "isolation.level",
                match visible {
                    Isolation::ReadCommitted => "read_committed",
                    Isolation::ReadUncommitted => "read_uncommitted",
                },
            )
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // A position outside the log must be told, not replaced by another one.
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            // One record of each partition is wanted, not a queue of them.
            .set("queued.min.messages", "1")
            .set("queued.max.messages.kbytes", "1024")
            .set("fetch.message.max.bytes", "65536")
            // How long a broker may hold back the answer that there is nothing.
            .set("fetch.wait.max.ms", "100");
        Shadow { cluster, config, group, patience, consumer: None, placed: false }
    }

    pub fn group(&self) -> &str {
        &self.group
    }

    /// Gives the scratch group its positions, and reads them back. `others` are partitions of the same topics that the
    /// group has no position on: the client is given them too, does not read them, and would complain of having no
    /// position there.
    pub fn place(
        &mut self,
        from: &[ResumeFrom],
        others: &BTreeMap<TopicPartition, i64>,
    ) -> Result<(), NotObserved> {
        let places = from.iter().map(|at| (TopicPartition::new(&at.topic, at.partition), at.target));
        let commits: BTreeMap<TopicPartition, NewCommit> = others
            .iter()
            .map(|(place, offset)| (place.clone(), *offset))
            .chain(places)
            .map(|(place, offset)| (place, NewCommit { offset, metadata: String::new() }))
            .collect();
        let refused = |place: &TopicPartition, code: Code| {
            let what = format!("committing {place} for the scratch group {}", self.group);
            NotObserved::code(self.cluster.name(), &what, code)
        };
        // Also a call that failed may have written.
        self.placed = true;
        for (place, told) in self.cluster.write_commits(&self.group, &commits, self.patience)? {
            told.map_err(|code| refused(&place, code))?;
        }
        let partitions: Vec<TopicPartition> = commits.keys().cloned().collect();
        let held = self
            .cluster
            .commits_on(&self.group, &partitions, self.patience)?
            .map_err(|code| refused(&partitions[0], code))?;
        for (place, commit) in &commits {
            let found = held.get(place).and_then(|told| told.as_ref().ok()).map(|commit| commit.offset);
            if found != Some(commit.offset) {
                let message = format!(
                    "{} cluster: the scratch group {} was given {} on {place} and holds {found:?}",
                    self.cluster.name(),
                    self.group,
                    commit.offset
                );
                return Err(NotObserved::new(Reason::Failed, message));
            }
        }
        Ok(())
    }

    /// Joins the group.
    pub fn begin(&mut self, topics: &[String]) -> Result<(), NotObserved> {
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        let consumer: Result<Client, KafkaError> = self.config.create_with_context(Paused);
        let consumer = consumer.and_then(|consumer| consumer.subscribe(&names).map(|()| consumer));
        self.consumer = Some(consumer.map_err(|error| self.broken(&error))?);
        Ok(())
    }

    fn broken(&self, error: &KafkaError) -> NotObserved {
        let reason = error.rdkafka_error_code().map_or(Reason::Failed, client::reason);
        let message = format!("{} cluster: a client in group {}: {error}", self.cluster.name(), self.group);
        NotObserved::new(reason, message)
    }

    /// Waits until the client has joined and was given all of these.
    pub fn join(&self, places: &[TopicPartition]) -> Result<(), NotObserved> {
        let Some(consumer) = &self.consumer else { return Ok(()) };
        let until = Instant::now() + JOIN;
        loop {
            let assigned = consumer.assignment().map_err(|error| self.broken(&error))?;
            let has =
                |place: &&TopicPartition| assigned.find_partition(&place.topic, place.partition).is_some();
            let Some(missing) = places.iter().find(|place| !has(place)) else { return Ok(()) };
            if Instant::now() >= until || self.patience.is_over() || self.patience.is_stopped() {
                let message = format!(
                    "{} cluster: a client in group {} was not given {missing} within {} s",
                    self.cluster.name(),
                    self.group,
                    JOIN.as_secs()
                );
                return Err(NotObserved::new(Reason::TimedOut, message));
            }
            match consumer.poll(POLL) {
                Some(Err(error)) if !passes(&error) => return Err(self.broken(&error)),
                _ => {}
            }
        }
    }

    /// The first record of a place; after its end it is waited for until `within` is over. No other partition is read
    /// meanwhile: ends and errors do not say which partition they are about.
    pub fn first(
        &self,
        place: &TopicPartition,
        ignore: &Ignore,
        within: Duration,
    ) -> Result<Delivered, NotObserved> {
        let Some(consumer) = &self.consumer else { return Ok(Delivered::Nothing) };
        let mut only = TopicPartitionList::new();
        only.add_partition(&place.topic, place.partition);
        consumer.resume(&only).map_err(|error| self.broken(&error))?;
        let delivered = self.poll(consumer, place, ignore, within);
        consumer.pause(&only).map_err(|error| self.broken(&error))?;
        Ok(delivered)
    }

    fn poll(
        &self,
        consumer: &Client,
        place: &TopicPartition,
        ignore: &Ignore,
        within: Duration,
    ) -> Delivered {
        let (answer, until) = (Instant::now() + ANSWER, Instant::now() + within);
        let mut ended = false;
        loop {
            if ended && Instant::now() >= until {
                return Delivered::Nothing;
            }
            if Instant::now() >= answer.max(until) || self.patience.is_over() || self.patience.is_stopped() {
                let why = format!("neither a record nor the end of {place} within {} s", ANSWER.as_secs());
                return Delivered::Failed(why, Reason::TimedOut);
            }
            match consumer.poll(POLL) {
                Some(Ok(message))
                    if message.topic() == place.topic && message.partition() == place.partition =>
                {
                    return Delivered::Record(seen(&message, ignore));
                }
                Some(Err(KafkaError::PartitionEOF(_))) => ended = true,
                Some(Err(error)) if !passes(&error) => {
                    let reason = error.rdkafka_error_code().map_or(Reason::Failed, client::reason);
                    return Delivered::Failed(error.to_string(), reason);
                }
                Some(Ok(_) | Err(_)) | None => {}
            }
        }
    }

    /// Leaves and deletes the group; what could not be removed.
    pub fn remove(&mut self) -> Vec<String> {
        if let Some(consumer) = self.consumer.take() {
            consumer.unsubscribe();
            drop(consumer);
        }
        if !self.placed {
            return Vec::new();
        }
        let until = Instant::now() + REMOVE;
        loop {
            if self.delete() {
                return Vec::new();
            }
            if Instant::now() >= until {
                return vec![format!("group {}", self.group)];
            }
            std::thread::sleep(POLL);
        }
    }

    fn delete(&self) -> bool {
        let admin: Result<AdminClient<DefaultClientContext>, KafkaError> = self.config.create();
        let Ok(admin) = admin else { return false };
        let options = AdminOptions::new().request_timeout(Some(REMOVE)).operation_timeout(Some(REMOVE));
        let answer = block_on(admin.delete_groups(&[&self.group], &options));
        matches!(answer.as_deref(), Ok([Ok(_)] | [Err((_, RDKafkaErrorCode::GroupIdNotFound))]))
    }
}

/// A broker that restarts; the client goes on by itself.
fn passes(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown)
    ) || matches!(error, KafkaError::PartitionEOF(_))
}

/// A record as the client hands it out.
fn seen(message: &BorrowedMessage<'_>, ignore: &Ignore) -> RecordSeen {
    let mut headers = HeaderBuf::new();
    for header in message.headers().into_iter().flat_map(|all| all.iter()) {
        headers.push(header.key.as_bytes(), header.value);
    }
    let image = Image {
        offset: message.offset(),
        timestamp: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key(),
        value: message.payload(),
        headers: headers.headers(),
    };
    record_image::seen(&image, ignore)
}
