use std::collections::BTreeMap;
use std::time::Instant;

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use crate::client;
use crate::cluster::Cluster;
use crate::error::{LabError, Result};
use crate::limits::{ADMIN_CALL, POLL};

/// A group's position in one partition: the offset of the record it will read next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Topic.
    pub topic: String,
    /// Partition.
    pub partition: i32,
    /// Committed offset.
    pub offset: i64,
}

impl Position {
    /// A position.
    pub fn new(topic: impl Into<String>, partition: i32, offset: i64) -> Self {
        Position { topic: topic.into(), partition, offset }
    }
}

impl Cluster {
    /// Commits positions for a group without members, as if it had stopped there.
    ///
    /// # Errors
    /// Also if the group has members.
    pub fn commit(&self, group: &str, positions: &[Position]) -> Result<()> {
        self.commit_with(group, positions, "")
    }

    /// The same with a metadata string on each commit.
    pub fn commit_with(&self, group: &str, positions: &[Position], metadata: &str) -> Result<()> {
        let what = format!("commit positions of group {group}");
        let consumer = client::consumer(self, &[("group.id", group)])?;
        let mut list = TopicPartitionList::new();
        for position in positions {
            let mut element = list.add_partition(&position.topic, position.partition);
            let set = element.set_offset(Offset::Offset(position.offset));
            set.map_err(LabError::kafka(self.side, &what))?;
            element.set_metadata(metadata);
        }
        let end = Instant::now() + ADMIN_CALL;
        loop {
            match consumer.commit(&list, CommitMode::Sync) {
                // A coordinator that has just come to be has to load first.
                Err(error) if is_passing(&error) && Instant::now() < end => std::thread::sleep(POLL),
                done => break done.map_err(LabError::kafka(self.side, &what))?,
            }
        }
        // A commit is reported as a whole; what the broker holds is what counts.
        let topics: std::collections::BTreeSet<&str> = positions.iter().map(|p| p.topic.as_str()).collect();
        for topic in topics {
            let held = self.committed(group, topic)?;
            for position in positions.iter().filter(|position| position.topic == topic) {
                if held.get(&position.partition) != Some(&position.offset) {
                    return Err(LabError::Unexpected {
                        cluster: self.side.to_string(),
                        what: format!("{what}: {position:?} was not taken over, it holds {held:?}"),
                    });
                }
            }
        }
        Ok(())
    }

    /// Committed positions of a group in a topic, by partition; partitions without a commit are left out.
    pub fn committed(&self, group: &str, topic: &str) -> Result<BTreeMap<i32, i64>> {
        let consumer = client::consumer(self, &[("group.id", group)])?;
        let mut list = TopicPartitionList::new();
        for partition in self.partitions(topic)? {
            list.add_partition(topic, partition);
        }
        let what = || format!("read positions of group {group} in {topic}");
        let held =
            consumer.committed_offsets(list, ADMIN_CALL).map_err(LabError::kafka(self.side, what()))?;
        let mut positions = BTreeMap::new();
        for element in held.elements() {
            element.error().map_err(LabError::kafka(self.side, what()))?;
            if let Offset::Offset(offset) = element.offset() {
                positions.insert(element.partition(), offset);
            }
        }
        Ok(positions)
    }
}

fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{CoordinatorLoadInProgress, CoordinatorNotAvailable, NotCoordinator};
    let code = error.rdkafka_error_code();
    code.is_some_and(|code| {
        [CoordinatorLoadInProgress, CoordinatorNotAvailable, NotCoordinator].contains(&code)
    })
}
