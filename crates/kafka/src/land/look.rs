use std::collections::BTreeMap;

use super::Held;
use crate::{Cluster, ClusterError, Group, GroupKind, Patience, TopicPartition};

/// One look at one group on one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub kind: GroupKind,
    pub state: String,
    /// Who its members are; `None`: the cluster does not tell.
    pub members: Option<Vec<String>>,
    pub commits: BTreeMap<TopicPartition, Held>,
    /// What could not be told.
    pub untold: Vec<String>,
}

/// Looks at groups: members first, then commits, so that a member that comes between the two is seen by what it commits.
pub(crate) fn look(
    cluster: &Cluster,
    groups: &[String],
    patience: &Patience,
) -> Result<BTreeMap<String, Look>, ClusterError> {
    let described = cluster.describe_groups(groups, patience)?;
    let mut commits = cluster.commits(groups, patience)?;
    let side = cluster.name();
    Ok(described
        .into_iter()
        .map(|group| {
            let mut untold = Vec::new();
            let mut held = BTreeMap::new();
            match commits.remove(&group.group) {
                Some(Ok(commits)) => {
                    for (partition, commit) in commits {
                        match commit {
                            Ok(commit) => drop(held.insert(partition, Held::from(&commit))),
                            Err(code) => untold.push(format!("its {side} commit on {partition}: {code}")),
                        }
                    }
                }
                Some(Err(code)) => untold.push(format!("its {side} commits: {code}")),
                None => untold.push(format!("its {side} commits were not told")),
            }
            let members = members(&group);
            if members.is_none() {
                untold.push(format!("the {side} cluster does not tell its members"));
            }
            let name = group.group.clone();
            (name, Look { kind: group.kind, state: group.state, members, commits: held, untold })
        })
        .collect())
}

fn members(group: &Group) -> Option<Vec<String>> {
    let members = group.members.as_ref()?.iter().map(|member| {
        let instance = member.instance_id.as_ref();
        let instance = instance.map(|id| format!(", static member {id}")).unwrap_or_default();
        format!("{} at {}{instance}", member.client_id, member.host.trim_start_matches('/'))
    });
    Some(members.collect())
}
