//! What readers of records need of a cluster.

use super::{Cluster, TopicState};
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use crate::wire::{Connection, WireError};

impl Cluster {
    /// The leader of a partition, remembered or asked for.
    pub(crate) fn leader_for_reading(
        &self,
        partition: &TopicPartition,
        patience: &Patience,
    ) -> Result<i32, ClusterError> {
        if let Some(leader) = self.leaders.of(partition) {
            return Ok(leader);
        }
        let doing = format!("looking for the leader of {partition}");
        let topics = self.topics(&[&partition.topic], patience)?;
        let code = match topics.first().map(|topic| topic.state) {
            Some(TopicState::Present) => match self.leaders.of(partition) {
                Some(leader) => return Ok(leader),
                None => Code::LEADER_NOT_AVAILABLE,
            },
            Some(TopicState::Absent) => Code::UNKNOWN_TOPIC_OR_PARTITION,
            Some(TopicState::NotAuthorised) => Code::TOPIC_AUTHORIZATION_FAILED,
            Some(TopicState::Failed(code)) => code,
            None => Code(-1),
        };
        let mut error = code.into_error(self.name(), doing);
        if code.is_passing() {
            error.kind = crate::ErrorKind::TimedOut;
        }
        Err(error)
    }

    /// The remembered leader gave no good answer.
    pub(crate) fn forget_leader(&self, partition: &TopicPartition) {
        self.leaders.forget(&partition.topic);
    }

    /// A connection of one's own to a broker.
    pub(crate) fn lane(&self, broker: i32, patience: &Patience) -> Result<Connection, WireError> {
        self.pool.lane(broker, patience)
    }

    /// Gives it back, with no answer outstanding.
    pub(crate) fn give_back(&self, broker: i32, connection: Connection) {
        self.pool.give_back(broker, connection);
    }
}
