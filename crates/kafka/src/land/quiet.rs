use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::look::Look;
use super::{Held, Refusal};
use crate::{GroupKind, TopicPartition};

/// What counts as standing still.
#[derive(Debug, Clone, Copy)]
pub struct QuietOptions {
    /// How long between the two looks: twice the interval at which the consumers commit.
    pub over: Duration,
    /// How long after the write it is looked at once more.
    pub watch: Duration,
    /// The group may go on on the source: what is landed is where it stood.
    pub source_active: bool,
}

/// Why a group does not stand still on one side, from two looks at it and from the commits it was measured by.
pub(super) fn disquiet(
    side: &str,
    expected: &BTreeMap<TopicPartition, Held>,
    looks: [&Look; 2],
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let members: BTreeSet<&String> = looks.iter().flat_map(|look| look.members.iter().flatten()).collect();
    if !members.is_empty() {
        let who: Vec<&str> = members.iter().map(|member| member.as_str()).collect();
        refusals.push(Refusal::group(
            format!("it has members on the {side} cluster: {}", who.join("; ")),
            "stop its consumers there; a static member stays until its session timeout has passed",
        ));
    } else if let Some(look) = looks.iter().find(|look| !is_still(look)) {
        refusals.push(Refusal::group(
            format!("it is {} on the {side} cluster", look.state),
            "stop its consumers there and wait until the group is Empty",
        ));
    }
    for untold in looks.iter().flat_map(|look| &look.untold).collect::<BTreeSet<_>>() {
        let next = "give this principal DESCRIBE on the group and its topics";
        refusals.push(Refusal::group(untold.clone(), next).not_measured());
    }
    let seen = [expected, &looks[0].commits, &looks[1].commits];
    for partition in seen.iter().flat_map(|commits| commits.keys()).collect::<BTreeSet<_>>() {
        let held = seen.map(|commits| commits.get(partition));
        for pair in held.windows(2) {
            if pair[0] != pair[1] {
                refusals.push(Refusal::partition(
                    partition,
                    format!("its {side} commit moved from {} to {}", shown(pair[0]), shown(pair[1])),
                    "somebody commits for this group without being a member (an assign() consumer, or a replicator \
                     that syncs groups): stop it",
                ));
                break;
            }
        }
    }
    refusals
}

/// Whether nobody takes part in the group, by its state.
pub(crate) fn is_still(look: &Look) -> bool {
    look.kind == GroupKind::Absent
        || look.state.is_empty()
        || look.state.eq_ignore_ascii_case("empty")
        || look.state.eq_ignore_ascii_case("dead")
}

pub(super) fn shown(held: Option<&Held>) -> String {
    held.map_or_else(|| "none".to_owned(), |held| held.offset.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(members: &[&str], state: &str, offset: Option<i64>) -> Look {
        Look {
            kind: GroupKind::Classic,
            state: state.to_owned(),
            members: Some(members.iter().map(|member| (*member).to_owned()).collect()),
            commits: commits(offset),
            untold: Vec::new(),
        }
    }

    fn commits(offset: Option<i64>) -> BTreeMap<TopicPartition, Held> {
        let held = offset.map(|offset| Held { offset, metadata: String::new() });
        held.into_iter().map(|held| (TopicPartition::new("t", 0), held)).collect()
    }

    fn refused(expected: Option<i64>, one: &Look, two: &Look) -> Vec<String> {
        disquiet("target", &commits(expected), [one, two]).into_iter().map(|refusal| refusal.why).collect()
    }

    #[test]
    fn only_a_group_without_members_whose_commits_stay_is_still() {
        let still = look(&[], "Empty", Some(5));
        assert_eq!(refused(Some(5), &still, &still), Vec::<String>::new());
        assert!(refused(Some(5), &look(&["a"], "Stable", Some(5)), &still)[0].contains("members"));
        assert!(refused(Some(5), &still, &look(&["a"], "Stable", Some(5)))[0].contains("members"));
        assert_eq!(
            refused(Some(5), &still, &look(&[], "Empty", Some(6))),
            ["its target commit moved from 5 to 6"]
        );
        assert_eq!(
            refused(Some(4), &still, &still),
            ["its target commit moved from 4 to 5"],
            "since it was measured"
        );
        assert_eq!(refused(None, &still, &still), ["its target commit moved from none to 5"]);
        assert!(refused(Some(5), &look(&[], "PreparingRebalance", Some(5)), &still)[0].contains("Preparing"));
    }

    #[test]
    fn what_is_not_told_is_not_measured() {
        let mut untold = look(&[], "Empty", Some(5));
        untold.members = None;
        untold.untold.push("the target cluster does not tell its members".to_owned());
        let refusals = disquiet("target", &commits(Some(5)), [&untold, &untold]);
        assert!(matches!(&refusals[..], [refusal] if refusal.unknown), "{refusals:?}");
    }
}
