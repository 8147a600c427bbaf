use std::collections::BTreeMap;
use std::time::Duration;

use super::Held;
use super::look::look;
use crate::{Cluster, ClusterError, Code, NewCommit, Patience, TopicPartition};

/// What became of a write.
#[derive(Debug)]
pub(crate) struct Put {
    /// What the coordinator said of each partition, or why the call failed.
    pub told: Result<BTreeMap<TopicPartition, Result<(), Code>>, ClusterError>,
    /// Every commit of the group, read back.
    pub held: Result<BTreeMap<TopicPartition, Held>, ClusterError>,
    /// What to know beside.
    pub note: Option<String>,
}

/// Sets commits of one group, or takes them away (`None`), and reads them back, whatever the coordinator said: a call that
/// fails leaves open what it did. `is_new`: the group was not there before, so where nothing is left of it, it goes too.
///
/// `read_back`: how long reading back may take, even when the time is over or a person asked to stop.
pub(crate) fn put(
    cluster: &Cluster,
    group: &str,
    wanted: &BTreeMap<TopicPartition, Option<Held>>,
    is_new: bool,
    read_back: Duration,
    patience: &Patience,
) -> Put {
    let set: BTreeMap<TopicPartition, NewCommit> = wanted
        .iter()
        .filter_map(|(partition, to)| Some((partition.clone(), NewCommit::from(to.as_ref()?))))
        .collect();
    let gone: Vec<TopicPartition> =
        wanted.iter().filter(|(_, to)| to.is_none()).map(|(partition, _)| partition.clone()).collect();
    let told = cluster.write_commits(group, &set, patience).and_then(|mut told| {
        let deleted = cluster.delete_commits(group, &gone, patience).map_err(|error| {
            let sent = error.sent || !set.is_empty();
            error.sent(sent)
        });
        told.extend(deleted?);
        Ok(told)
    });
    let patience = Patience::new(read_back);
    let held = look(cluster, &[group.to_owned()], &patience)
        .map(|mut looks| looks.remove(group).map(|look| look.commits).unwrap_or_default());
    let is_emptied = !gone.is_empty() && is_new && held.as_ref().is_ok_and(BTreeMap::is_empty);
    let left = |why: String| format!("the group was not there before and could not be deleted: {why}");
    let note = is_emptied.then(|| match cluster.delete_group(group, &patience) {
        Ok(Ok(())) => None,
        Ok(Err(code)) => Some(left(code.to_string())),
        Err(error) => Some(left(error.to_string())),
    });
    Put { told, held, note: note.flatten() }
}
