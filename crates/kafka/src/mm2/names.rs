//! What MirrorMaker 2 calls its internal topics.

/// Naming of one flow. Both settings of the replication policy that change internal names are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// `replication.policy.separator`, or `.` if `replication.policy.internal.topic.separator.enabled` is false.
    pub separator: String,
}

impl Default for Names {
    fn default() -> Self {
        Names { separator: ".".to_owned() }
    }
}

/// What an internal topic is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InternalTopicKind {
    /// Pairs of offsets.
    OffsetSyncs,
    /// Translated positions of groups.
    Checkpoints,
    /// Heartbeats, own or copied.
    Heartbeats,
    /// Connect's offsets, of dedicated mode.
    ConnectOffsets,
}

/// An internal topic that was recognised by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InternalTopic {
    /// What it is for.
    pub kind: InternalTopicKind,
    /// The alias in its name: of the other cluster for offset syncs, of the source for the rest; None for own heartbeats.
    pub alias: Option<String>,
    /// Its whole name.
    pub name: String,
}

impl Names {
    /// Pairs of offsets; `other` is the alias of the cluster on which they do not lie.
    pub fn offset_syncs(&self, other: &str) -> String {
        let s = &self.separator;
        format!("mm2-offset-syncs{s}{other}{s}internal")
    }

    /// Translated positions, on the target.
    pub fn checkpoints(&self, source: &str) -> String {
        let s = &self.separator;
        format!("{source}{s}checkpoints{s}internal")
    }

    /// Heartbeats as they arrive on the target.
    pub fn copied_heartbeats(&self, source: &str) -> String {
        format!("{source}{}heartbeats", self.separator)
    }

    /// Heartbeats where they are written.
    pub fn heartbeats(&self) -> String {
        "heartbeats".to_owned()
    }

    /// Connect's offsets of dedicated mode, on the target. In a Connect cluster the worker names it.
    pub fn connect_offsets(&self, source: &str) -> String {
        let s = &self.separator;
        format!("mm2-offsets{s}{source}{s}internal")
    }

    /// Recognises the internal topics among these names.
    pub fn recognise<'a>(&self, topics: impl IntoIterator<Item = &'a str>) -> Vec<InternalTopic> {
        let s = &self.separator;
        let internal = format!("{s}internal");
        let between = |name: &'a str, before: &str, after: &str| -> Option<&'a str> {
            name.strip_prefix(before)?.strip_suffix(after).filter(|alias| !alias.is_empty())
        };
        let mut found: Vec<InternalTopic> = topics
            .into_iter()
            .filter_map(|name| {
                let (kind, alias) = if name == "heartbeats" {
                    (InternalTopicKind::Heartbeats, None)
                } else if let Some(alias) = between(name, &format!("mm2-offset-syncs{s}"), &internal) {
                    (InternalTopicKind::OffsetSyncs, Some(alias))
                } else if let Some(alias) = between(name, &format!("mm2-offsets{s}"), &internal) {
                    (InternalTopicKind::ConnectOffsets, Some(alias))
                } else if let Some(alias) = between(name, "", &format!("{s}checkpoints{s}internal")) {
                    (InternalTopicKind::Checkpoints, Some(alias))
                } else {
                    (InternalTopicKind::Heartbeats, Some(between(name, "", &format!("{s}heartbeats"))?))
                };
                Some(InternalTopic { kind, alias: alias.map(str::to_owned), name: name.to_owned() })
            })
            .collect();
        found.sort();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for separator in [".", "_", "-"] {
            let names = Names { separator: separator.to_owned() };
            let all = [
                names.offset_syncs("aws.eu"),
                names.checkpoints("aws.eu"),
                names.copied_heartbeats("aws.eu"),
                names.connect_offsets("aws.eu"),
                names.heartbeats(),
                "orders".to_owned(),
                "mm2-configs.aws.internal".to_owned(),
            ];
            let found = names.recognise(all.iter().map(String::as_str));
            let kinds: Vec<_> = found.iter().map(|topic| (topic.kind, topic.alias.as_deref())).collect();
            let alias = Some("aws.eu");
            assert_eq!(
                kinds,
                [
                    (InternalTopicKind::OffsetSyncs, alias),
                    (InternalTopicKind::Checkpoints, alias),
                    (InternalTopicKind::Heartbeats, None),
                    (InternalTopicKind::Heartbeats, alias),
                    (InternalTopicKind::ConnectOffsets, alias),
                ]
            );
        }
        assert_eq!(Names::default().offset_syncs("gcp"), "mm2-offset-syncs.gcp.internal");
        assert_eq!(Names::default().checkpoints("aws"), "aws.checkpoints.internal");
    }
}
