use std::collections::BTreeSet;

use runbook::world::{Reader, ReadersSeen};

use super::{NotObserved, groups};
use crate::{Cluster, Patience};

/// Every group of the cluster with the topics it has commits on.
pub(super) fn observe(cluster: &Cluster, patience: &Patience) -> Result<ReadersSeen, NotObserved> {
    let listed = cluster.list_groups(patience)?;
    let names: Vec<&str> = listed.iter().map(|group| group.group.as_str()).collect();
    let mut commits = cluster.commits(&names, patience)?;
    let mut readers = Vec::with_capacity(listed.len());
    for group in &listed {
        let topics: BTreeSet<String> = match commits.remove(&group.group) {
            Some(Ok(commits)) => commits.into_keys().map(|partition| partition.topic).collect(),
            Some(Err(code)) => {
                return Err(NotObserved::code(
                    cluster.name(),
                    &format!("the commits of group {}", group.group),
                    code,
                ));
            }
            None => BTreeSet::new(),
        };
        readers.push(Reader {
            group: group.group.clone(),
            kind: groups::kind(&group.kind),
            state: group.state.clone(),
            topics: topics.into_iter().collect(),
        });
    }
    Ok(ReadersSeen { readers })
}
