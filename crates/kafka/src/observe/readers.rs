use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use runbook::world::{Reader, ReadersSeen};

use super::{NotObserved, groups};
use crate::{Cluster, Group, Patience};

/// Between two generations a group does not tell what its members read; longer than this none of them lasts, as long
/// as the members answer.
const REBALANCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);

/// Every group of the cluster with the topics it has commits on and those its members read.
pub(super) fn observe(cluster: &Cluster, patience: &Patience) -> Result<ReadersSeen, NotObserved> {
    let described = settled(cluster, patience)?;
    let names: Vec<&str> = described.iter().map(|group| group.group.as_str()).collect();
    let mut commits = cluster.commits(&names, patience)?;
    let readers = described.iter().map(|group| {
        let (topics, unread): (BTreeSet<String>, Option<String>) = match commits.remove(&group.group) {
            Some(Ok(commits)) => (commits.into_keys().map(|partition| partition.topic).collect(), None),
            Some(Err(code)) => (BTreeSet::new(), Some(format!("its commits: {code}"))),
            None => (BTreeSet::new(), Some("its commits were not told".to_owned())),
        };
        let assigned: BTreeSet<&str> = group
            .members
            .iter()
            .flatten()
            .flat_map(|member| &member.assignment)
            .map(|partition| partition.topic.as_str())
            .collect();
        Reader {
            group: group.group.clone(),
            kind: groups::kind(&group.kind),
            state: group.state.clone(),
            topics: topics.into_iter().collect(),
            assigned: assigned.into_iter().map(str::to_owned).collect(),
            members: group.members.as_ref().map(|members| members.len() as u64),
            unread,
        }
    });
    Ok(ReadersSeen { readers: readers.collect() })
}

/// All groups; those between two generations are looked at again until they tell what their members have.
fn settled(cluster: &Cluster, patience: &Patience) -> Result<Vec<Group>, NotObserved> {
    let until = Instant::now() + REBALANCE;
    let mut groups = cluster.groups(patience)?;
    loop {
        let silent: Vec<String> = groups
            .iter()
            .filter(|group| !matches!(group.state.as_str(), "Stable" | "Empty" | "Dead" | ""))
            .map(|group| group.group.clone())
            .collect();
        if silent.is_empty() || Instant::now() >= until || patience.is_over() || patience.is_stopped() {
            return Ok(groups);
        }
        patience.pause(PAUSE);
        for again in cluster.describe_groups(&silent, patience)? {
            if let Some(group) = groups.iter_mut().find(|group| group.group == again.group) {
                *group = again;
            }
        }
    }
}
