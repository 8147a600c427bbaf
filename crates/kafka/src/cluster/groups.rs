//! Every group of every type, found and named.

use super::Cluster;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::wire::WireError;
use kafka_protocol::messages::ListGroupsRequest;
use std::collections::BTreeMap;

/// Which protocol a group speaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// Not there.
    Absent,
    /// Consumers with the classic rebalance protocol, or commits without any (`kafka-consumer-groups`, `assign`).
    Classic,
    /// Consumers of KIP-848.
    Consumer,
    /// A share group (KIP-932).
    Share,
    /// A streams group (KIP-1071).
    Streams,
    /// Something else that coordinates itself through Kafka, by its protocol type: `connect`, `sr`, …
    Other(String),
}

/// A group as the brokers list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupListing {
    /// Group id.
    pub group: String,
    /// Which protocol.
    pub kind: GroupKind,
    /// Kafka's word: `Stable`, `Empty`, …; empty where brokers are older than 2.6.
    pub state: String,
    /// The broker that keeps it.
    pub coordinator: i32,
}

impl Cluster {
    /// Every group this principal may describe, by name: one request per broker. A broker that does not answer fails the
    /// call, since its groups would be missing.
    pub fn list_groups(&self, patience: &Patience) -> Result<Vec<GroupListing>, ClusterError> {
        const DOING: &str = "listing groups";
        let mut pause = super::FIRST_PAUSE;
        loop {
            // Brokers come and go: those of now are asked.
            self.brokers(patience)?;
            let jobs: BTreeMap<i32, ()> = self.pool.ids().into_iter().map(|id| (id, ())).collect();
            let answers = self.at_brokers(&jobs, patience, |connection, ()| {
                connection.call(patience, |_| ListGroupsRequest::default())
            });
            let mut groups: BTreeMap<String, GroupListing> = BTreeMap::new();
            let mut failure: Option<Failure> = None;
            for (broker, answer) in answers {
                match answer {
                    Err(error) => failure = Some(Failure::Wire(error)),
                    Ok(answer) => match Code::of(answer.error_code) {
                        Some(code) => failure = Some(Failure::Code(code, broker)),
                        None => groups.extend(answer.groups.into_iter().map(|told| {
                            let group = told.group_id.0.to_string();
                            let kind = kind(&told.group_type, &told.protocol_type);
                            (
                                group.clone(),
                                GroupListing {
                                    group,
                                    kind,
                                    state: told.group_state.to_string(),
                                    coordinator: broker,
                                },
                            )
                        })),
                    },
                }
            }
            let Some(failure) = failure else { return Ok(groups.into_values().collect()) };
            if !failure.is_passing() || patience.remaining() < pause || patience.is_stopped() {
                return Err(match failure {
                    Failure::Wire(error) => ClusterError::from_wire(self.name(), DOING, error),
                    Failure::Code(code, broker) => {
                        code.into_error(self.name(), DOING).at(format!("id {broker}"))
                    }
                });
            }
            patience.pause(pause);
            pause = (pause * 2).min(super::LONGEST_PAUSE);
        }
    }
}

enum Failure {
    Wire(WireError),
    Code(Code, i32),
}

impl Failure {
    fn is_passing(&self) -> bool {
        match self {
            Failure::Wire(error) => error.is_passing(),
            Failure::Code(code, _) => code.is_passing(),
        }
    }
}

/// The type where the broker tells it (since 3.8), else the protocol type.
fn kind(group_type: &str, protocol_type: &str) -> GroupKind {
    match (group_type.to_ascii_lowercase().as_str(), protocol_type) {
        ("consumer", _) => GroupKind::Consumer,
        ("share", _) | ("", "share") => GroupKind::Share,
        ("streams", _) | ("", "streams") => GroupKind::Streams,
        ("classic" | "", "consumer" | "") => GroupKind::Classic,
        ("classic" | "", other) => GroupKind::Other(other.to_owned()),
        (other, _) => GroupKind::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(kind("Classic", "consumer"), GroupKind::Classic);
        assert_eq!(kind("", ""), GroupKind::Classic);
        assert_eq!(kind("Consumer", "consumer"), GroupKind::Consumer);
        assert_eq!(kind("Share", "share"), GroupKind::Share);
        assert_eq!(kind("Streams", "streams"), GroupKind::Streams);
        assert_eq!(kind("Classic", "connect"), GroupKind::Other("connect".into()));
        assert_eq!(kind("Future", "x"), GroupKind::Other("future".into()));
    }
}
