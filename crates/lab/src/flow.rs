use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One flow of MirrorMaker 2: what it copies and how. All flows keep topic names (identity policy).
///
/// The intervals are short, so that a test need not wait for the defaults of a minute to ten minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Names its connectors: `NAME-source`, `NAME-checkpoint`, `NAME-heartbeat`.
    pub name: String,
    /// Alias of the source cluster; names the checkpoints topic on the target, so each flow has its own.
    pub source: String,
    /// Alias of the target cluster; names the offset-syncs topic on the source, so each flow has its own.
    pub target: String,
    /// Topics: regular expressions separated by commas.
    pub topics: String,
    /// Consumer groups, likewise.
    pub groups: String,
    /// `offset.lag.max`: how far the translation may lag behind, in records.
    pub offset_lag_max: u64,
    /// Whether translated positions are committed on the target.
    pub sync_groups: bool,
    /// Whether only committed records are copied; the default of MirrorMaker 2 is to copy aborted ones too.
    pub read_committed: bool,
    /// Interval of every periodic task, in seconds: new topics and groups, configs, checkpoints, group commits,
    /// heartbeats.
    pub interval_seconds: u32,
    /// Whether topic ACLs are copied; MirrorMaker's default is yes.
    pub sync_acls: bool,
    /// `tasks.max`.
    pub tasks: u16,
    /// More properties; they win over all of the above. In connectors mode they go to all three connectors.
    pub options: BTreeMap<String, String>,
}

impl Default for Flow {
    fn default() -> Self {
        Flow {
            name: "mirror".into(),
            source: "source".into(),
            target: "target".into(),
            topics: ".*".into(),
            groups: ".*".into(),
            offset_lag_max: 100,
            sync_groups: true,
            read_committed: false,
            interval_seconds: 1,
            sync_acls: true,
            tasks: 2,
            options: BTreeMap::new(),
        }
    }
}

impl Flow {
    /// A flow beside others: with a name and aliases of its own, for these topics and groups.
    pub fn named(name: &str, topics: impl Into<String>, groups: impl Into<String>) -> Self {
        Flow {
            name: name.into(),
            source: format!("{name}-source"),
            target: format!("{name}-target"),
            topics: topics.into(),
            groups: groups.into(),
            ..Flow::default()
        }
    }

    /// What both ways of running it say alike; the caller prefixes the keys.
    pub(crate) fn common(&self, replication_factor: u16) -> Vec<(&'static str, String)> {
        let seconds = self.interval_seconds.to_string();
        let factor = replication_factor.to_string();
        vec![
            ("topics", self.topics.clone()),
            ("groups", self.groups.clone()),
            ("replication.policy.class", "org.apache.kafka.connect.mirror.IdentityReplicationPolicy".into()),
            ("offset.lag.max", self.offset_lag_max.to_string()),
            ("refresh.topics.interval.seconds", seconds.clone()),
            ("refresh.groups.interval.seconds", seconds.clone()),
            ("sync.topic.configs.interval.seconds", seconds.clone()),
            ("sync.topic.acls.enabled", self.sync_acls.to_string()),
            ("sync.topic.acls.interval.seconds", seconds.clone()),
            ("emit.checkpoints.interval.seconds", seconds.clone()),
            ("emit.heartbeats.interval.seconds", seconds.clone()),
            ("sync.group.offsets.enabled", self.sync_groups.to_string()),
            ("sync.group.offsets.interval.seconds", seconds),
            ("replication.factor", factor.clone()),
            ("offset-syncs.topic.replication.factor", factor.clone()),
            ("checkpoints.topic.replication.factor", factor.clone()),
            ("heartbeats.topic.replication.factor", factor),
        ]
    }

    pub(crate) fn isolation(&self) -> &'static str {
        if self.read_committed { "read_committed" } else { "read_uncommitted" }
    }
}
