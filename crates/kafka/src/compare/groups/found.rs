use std::collections::{BTreeMap, BTreeSet};

use super::glob::Glob;
use crate::{Cluster, ClusterError, GroupKind, GroupListing, Patience};

/// Which groups: names, patterns, or none for all of either side.
#[derive(Debug, Clone, Default)]
pub struct GroupSelection {
    /// Names and patterns with `*` and `?`. A group of exactly that name is meant even if it holds one of these.
    pub names: Vec<String>,
    /// Patterns of groups that are left out, unless they are named.
    pub exclude: Vec<String>,
}

/// A group that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundGroup {
    pub group: String,
    /// As the source lists it, else the target; [`GroupKind::Absent`]: neither lists it.
    pub kind: GroupKind,
    /// How each side lists it.
    pub source: Option<GroupListing>,
    pub target: Option<GroupListing>,
}

/// The groups of a selection.
#[derive(Debug, Clone, Default)]
pub struct FoundGroups {
    /// Sorted by name.
    pub groups: Vec<FoundGroup>,
    /// Patterns that no group of either side matches.
    pub unmatched: Vec<String>,
}

impl GroupSelection {
    /// Exactly these groups.
    pub fn named(names: &[String]) -> GroupSelection {
        GroupSelection { names: names.to_vec(), exclude: Vec::new() }
    }

    /// Looks for them on both sides: one request per broker.
    ///
    /// # Errors
    /// A side whose groups could not be listed.
    pub fn find(
        &self,
        source: &Cluster,
        target: &Cluster,
        patience: &Patience,
    ) -> Result<FoundGroups, ClusterError> {
        let list = |cluster: &Cluster| -> Result<BTreeMap<String, GroupListing>, ClusterError> {
            let listed = cluster.list_groups(patience)?;
            Ok(listed.into_iter().map(|listing| (listing.group.clone(), listing)).collect())
        };
        Ok(self.among(list(source)?, list(target)?))
    }

    fn among(
        &self,
        mut source: BTreeMap<String, GroupListing>,
        mut target: BTreeMap<String, GroupListing>,
    ) -> FoundGroups {
        let exclude: Vec<Glob> = self.exclude.iter().map(|pattern| Glob::new(pattern)).collect();
        let all: BTreeSet<&String> = source.keys().chain(target.keys()).collect();
        let kept = |name: &&&String| !exclude.iter().any(|pattern| pattern.matches(name));
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut unmatched = Vec::new();
        for wanted in &self.names {
            if !Glob::is_pattern(wanted) || all.contains(wanted) {
                names.insert(wanted.clone());
                continue;
            }
            let glob = Glob::new(wanted);
            let matching: Vec<&&String> = all.iter().filter(|name| glob.matches(name)).collect();
            if matching.is_empty() {
                unmatched.push(wanted.clone());
            }
            names.extend(matching.into_iter().filter(kept).map(|name| (*name).clone()));
        }
        if self.names.is_empty() {
            names.extend(all.iter().filter(kept).map(|name| (*name).clone()));
        }
        let groups = names
            .into_iter()
            .map(|group| {
                let (source, target) = (source.remove(&group), target.remove(&group));
                let listed = source.as_ref().or(target.as_ref());
                let kind = listed.map_or(GroupKind::Absent, |listed| listed.kind.clone());
                FoundGroup { group, kind, source, target }
            })
            .collect();
        FoundGroups { groups, unmatched }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str], kind: GroupKind) -> BTreeMap<String, GroupListing> {
        let listing = |name: &&str| GroupListing {
            group: (*name).to_owned(),
            kind: kind.clone(),
            state: "Empty".to_owned(),
            coordinator: 1,
        };
        names.iter().map(|name| ((*name).to_owned(), listing(name))).collect()
    }

    fn found(names: &[&str], exclude: &[&str]) -> (Vec<String>, Vec<String>) {
        let own = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        let selection = GroupSelection { names: own(names), exclude: own(exclude) };
        let found = selection.among(
            listed(&["pay-a", "pay-b", "audit", "odd*"], GroupKind::Classic),
            listed(&["pay-b", "only-here"], GroupKind::Share),
        );
        (found.groups.into_iter().map(|group| group.group).collect(), found.unmatched)
    }

    #[test]
    fn none_named_is_all_of_both_sides() {
        assert_eq!(found(&[], &[]).0, ["audit", "odd*", "only-here", "pay-a", "pay-b"]);
        assert_eq!(found(&[], &["pay-*", "o*"]).0, ["audit"]);
    }

    #[test]
    fn patterns_names_and_what_matches_nothing() {
        assert_eq!(found(&["pay-*", "gone"], &["pay-b"]).0, ["gone", "pay-a"]);
        assert_eq!(found(&["pay-b"], &["pay-*"]).0, ["pay-b"], "named is meant");
        assert_eq!(found(&["odd*"], &[]).0, ["odd*"], "a group may be called that");
        assert_eq!(found(&["x-*"], &[]), (vec![], vec!["x-*".to_owned()]));
    }

    #[test]
    fn the_source_says_what_kind_it_is() {
        let selection = GroupSelection::named(&["pay-b".into(), "only-here".into(), "gone".into()]);
        let found = selection
            .among(listed(&["pay-b"], GroupKind::Classic), listed(&["pay-b", "only-here"], GroupKind::Share));
        let kinds: Vec<_> = found.groups.iter().map(|group| &group.kind).collect();
        assert_eq!(kinds, [&GroupKind::Absent, &GroupKind::Share, &GroupKind::Classic]);
    }
}
