use std::collections::BTreeMap;
use std::time::Instant;

use futures_executor::block_on;
use rdkafka::admin::{AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::consumer::Consumer;

use crate::client;
use crate::cluster::Cluster;
use crate::error::{LabError, Result};
use crate::limits::{ADMIN_CALL, POLL};

/// A topic to be created.
///
/// `retention.ms` is -1 unless [`Topic::config`] says otherwise: with the broker's default of seven days, records
/// written with old timestamps vanish half a minute later, from the copy as well.
#[derive(Debug, Clone)]
pub struct Topic {
    name: String,
    partitions: i32,
    configs: BTreeMap<String, String>,
}

impl Topic {
    /// A topic of one partition, replicated to every broker.
    pub fn new(name: impl Into<String>) -> Self {
        let configs = BTreeMap::from([("retention.ms".to_owned(), "-1".to_owned())]);
        Topic { name: name.into(), partitions: 1, configs }
    }

    /// Number of partitions.
    #[must_use]
    pub fn partitions(mut self, partitions: i32) -> Self {
        self.partitions = partitions;
        self
    }

    /// One topic configuration.
    #[must_use]
    pub fn config(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.configs.insert(key.into(), value.to_string());
        self
    }
}

impl Cluster {
    /// Creates a topic, and waits until each of its partitions has a leader.
    ///
    /// # Errors
    /// Also if the topic exists.
    pub fn create_topic(&self, topic: &Topic) -> Result<()> {
        let replicas = i32::try_from(self.brokers.len()).unwrap_or(1);
        let mut new = NewTopic::new(&topic.name, topic.partitions, TopicReplication::Fixed(replicas));
        for (key, value) in &topic.configs {
            new = new.set(key, value);
        }
        let admin = client::admin(self)?;
        let what = || format!("create topic {}", topic.name);
        let results =
            block_on(admin.create_topics([&new], &options())).map_err(LabError::kafka(self.side, what()))?;
        for result in results {
            result.map_err(|(_, code)| {
                LabError::kafka(self.side, what())(rdkafka::error::KafkaError::AdminOp(code))
            })?;
        }
        self.await_topic(&topic.name, topic.partitions)
    }

    /// Deletes a topic.
    pub fn delete_topic(&self, topic: &str) -> Result<()> {
        let what = || format!("delete topic {topic}");
        let admin = client::admin(self)?;
        let results = block_on(admin.delete_topics(&[topic], &options()))
            .map_err(LabError::kafka(self.side, what()))?;
        for result in results {
            result.map_err(|(_, code)| {
                LabError::kafka(self.side, what())(rdkafka::error::KafkaError::AdminOp(code))
            })?;
        }
        Ok(())
    }

    /// Raises the number of partitions.
    pub fn add_partitions(&self, topic: &str, total: usize) -> Result<()> {
        let what = || format!("raise the partitions of {topic} to {total}");
        let admin = client::admin(self)?;
        let results = block_on(admin.create_partitions(&[NewPartitions::new(topic, total)], &options()))
            .map_err(LabError::kafka(self.side, what()))?;
        for result in results {
            result.map_err(|(_, code)| {
                LabError::kafka(self.side, what())(rdkafka::error::KafkaError::AdminOp(code))
            })?;
        }
        self.await_topic(topic, i32::try_from(total).unwrap_or(i32::MAX))
    }

    /// Deletes the records of a partition before an offset; its log then starts there.
    pub fn delete_records(&self, topic: &str, partition: i32, before: i64) -> Result<()> {
        let what = || format!("delete records of {topic}-{partition} before {before}");
        let mut offsets = rdkafka::TopicPartitionList::new();
        offsets
            .add_partition_offset(topic, partition, rdkafka::Offset::Offset(before))
            .map_err(LabError::kafka(self.side, what()))?;
        let admin = client::admin(self)?;
        let done = block_on(admin.delete_records(&offsets, &options()))
            .map_err(LabError::kafka(self.side, what()))?;
        for element in done.elements() {
            element.error().map_err(LabError::kafka(self.side, what()))?;
        }
        Ok(())
    }

    /// Waits until a topic has this many partitions and each has a leader.
    pub fn await_topic(&self, topic: &str, partitions: i32) -> Result<()> {
        let consumer = client::consumer(self, &[])?;
        let end = Instant::now() + ADMIN_CALL;
        loop {
            let metadata = consumer
                .fetch_metadata(Some(topic), ADMIN_CALL)
                .map_err(LabError::kafka(self.side, format!("look at topic {topic}")))?;
            let led = metadata
                .topics()
                .iter()
                .flat_map(|found| found.partitions())
                .filter(|partition| partition.leader() >= 0 && partition.error().is_none())
                .count();
            if i32::try_from(led).is_ok_and(|led| led >= partitions) {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(LabError::Unexpected {
                    cluster: self.side.to_string(),
                    what: format!("topic {topic}: {led} of {partitions} partitions have a leader"),
                });
            }
            std::thread::sleep(POLL);
        }
    }

    /// The partition numbers of a topic; empty if the topic does not exist.
    pub fn partitions(&self, topic: &str) -> Result<Vec<i32>> {
        let consumer = client::consumer(self, &[])?;
        let metadata = consumer
            .fetch_metadata(Some(topic), ADMIN_CALL)
            .map_err(LabError::kafka(self.side, format!("look at topic {topic}")))?;
        let found = metadata.topics().iter().flat_map(|found| found.partitions());
        Ok(found.map(|partition| partition.id()).collect())
    }

    /// First offset and end (high watermark) of each partition of a topic.
    pub fn watermarks(&self, topic: &str) -> Result<BTreeMap<i32, (i64, i64)>> {
        let consumer = client::consumer(self, &[])?;
        let look = |partition| {
            let ends = consumer.fetch_watermarks(topic, partition, ADMIN_CALL);
            ends.map_err(LabError::kafka(self.side, format!("watermarks of {topic}-{partition}")))
        };
        self.partitions(topic)?.into_iter().map(|partition| Ok((partition, look(partition)?))).collect()
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ADMIN_CALL)).operation_timeout(Some(ADMIN_CALL))
}
