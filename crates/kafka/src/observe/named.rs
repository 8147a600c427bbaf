use std::collections::BTreeMap;

use runbook::world::Reason;

use super::NotObserved;
use crate::{Cluster, Ends, Patience, Topic, TopicPartition, TopicState};

/// Every partition of topics that must all be there, sorted.
pub(super) fn partitions(
    cluster: &Cluster,
    topics: &[String],
    patience: &Patience,
) -> Result<Vec<TopicPartition>, NotObserved> {
    partitions_of(cluster, &cluster.topics(topics, patience)?)
}

/// The same of topics that were described.
pub(super) fn partitions_of(cluster: &Cluster, told: &[Topic]) -> Result<Vec<TopicPartition>, NotObserved> {
    let mut all = Vec::new();
    for topic in told {
        let what = || format!("topic {}", topic.name);
        match topic.state {
            TopicState::Present => {
                all.extend(topic.partitions.iter().map(|p| TopicPartition::new(&topic.name, p.partition)));
            }
            TopicState::Absent => {
                return Err(NotObserved::new(
                    Reason::Failed,
                    format!("{} cluster: {} does not exist", cluster.name(), what()),
                ));
            }
            TopicState::NotAuthorised => {
                let message = format!("{} cluster: not authorised to describe {}", cluster.name(), what());
                return Err(NotObserved::new(Reason::Unauthorised, message));
            }
            TopicState::Failed(code) => return Err(NotObserved::code(cluster.name(), &what(), code)),
        }
    }
    all.sort();
    Ok(all)
}

/// The bounds of all of them; one that cannot be told fails the whole.
pub(super) fn ends(
    cluster: &Cluster,
    partitions: &[TopicPartition],
    patience: &Patience,
) -> Result<BTreeMap<TopicPartition, Ends>, NotObserved> {
    cluster
        .ends(partitions, patience)?
        .into_iter()
        .map(|(partition, told)| match told {
            Ok(ends) => Ok((partition, ends)),
            Err(code) => Err(NotObserved::code(cluster.name(), &format!("the ends of {partition}"), code)),
        })
        .collect()
}
