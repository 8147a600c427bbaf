//! Who led which partition when last asked.

use super::topics::{Topic, TopicState};
use crate::topic_partition::TopicPartition;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Remembered leaders. They may be out of date: a broker that is asked in vain says so.
#[derive(Default)]
pub(super) struct Leaders(RwLock<HashMap<String, Vec<Option<i32>>>>);

impl Leaders {
    /// Takes the leaders out of a metadata answer.
    pub fn learn(&self, topics: &[Topic]) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for topic in topics {
            if topic.state != TopicState::Present {
                known.remove(&topic.name);
                continue;
            }
            let mut leaders = Vec::new();
            for partition in &topic.partitions {
                // Partitions are numbered from 0 without gaps; anything else is not remembered.
                if usize::try_from(partition.partition) == Ok(leaders.len()) {
                    leaders.push(partition.leader);
                }
            }
            known.insert(topic.name.clone(), leaders);
        }
    }

    /// What was remembered of a topic gave no good answer.
    pub fn forget(&self, topic: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(topic);
    }

    /// The broker that led a partition.
    pub fn of(&self, partition: &TopicPartition) -> Option<i32> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(partition.partition).ok()?;
        *known.get(&partition.topic)?.get(index)?
    }
}
