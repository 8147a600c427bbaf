use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BornSpan, Side};

/// What to measure. A probe holds everything that changes the answer and nothing that only changes the cost, so two
/// equal probes are one measurement. Lists are sorted by whoever builds the probe.
///
/// Times are milliseconds, sizes bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "probe", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Probe {
    /// Cluster id, brokers, controller, and the health of every partition. Answer: [`ClusterSeen`](super::ClusterSeen).
    Cluster { side: Side },
    /// Topics with id, partitions, replicas, ISR and configs with origin. Answer: [`TopicsSeen`](super::TopicsSeen).
    Topics { side: Side, topics: Vec<String> },
    /// Log start, last stable offset, high watermark of every partition. Answer: [`EndsSeen`](super::EndsSeen).
    Ends { side: Side, topics: Vec<String> },
    /// Log ends looked at twice, `over_ms` apart, and the transactions that are open. Answer: [`RestSeen`](super::RestSeen).
    Rest { side: Side, topics: Vec<String>, over_ms: u64 },
    /// Members, state and commits of groups, looked at twice, `over_ms` apart. Answer: [`GroupsSeen`](super::GroupsSeen).
    Groups { side: Side, groups: Vec<String>, over_ms: u64 },
    /// Every group of the cluster with the topics it has commits on or reads. Answer: [`ReadersSeen`](super::ReadersSeen).
    Readers { side: Side },
    /// The exact target position of every partition the group has a commit on, on either side.
    /// Answer: [`PositionsSeen`](super::PositionsSeen).
    Positions {
        group: String,
        topics: Vec<String>,
        isolation: Isolation,
        /// Spans of the target that are passed over as if they held nothing; how many visible records of
        /// them a position delivers is told.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<BornSpan>,
        /// Where it begins on the source without a commit there; `None`: such a partition is not provable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begins: Option<Begins>,
    },
    /// The exact position on one side (the target, unless said otherwise) of positions on the other that are told from
    /// elsewhere. Answer: [`TwinsSeen`](super::TwinsSeen).
    Twins {
        places: Vec<Place>,
        isolation: Isolation,
        #[serde(default = "to_target", skip_serializing_if = "is_target")]
        toward: Side,
        /// Spans of the target that are passed over as if they held nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<BornSpan>,
    },
    /// The visible records of the target from these places on: how many, how large, from where to where.
    /// Answer: [`BornSeen`](super::BornSeen).
    Born { from: Vec<Place>, isolation: Isolation },
    /// Lag of a group in records and event time, on every partition of these topics, whether it has a commit there or not.
    /// Answer: [`LagSeen`](super::LagSeen).
    Lag { side: Side, group: String, topics: Vec<String>, isolation: Isolation },
    /// The same of many groups at once, each on the partitions of those of these topics that it has a commit on.
    /// Answer: [`LagsSeen`](super::LagsSeen).
    Lags { side: Side, groups: BTreeMap<String, Isolation>, topics: Vec<String> },
    /// A topic compared whole, up to a cut of the source that the target gets `settle_ms` to reach: record by record, or
    /// by the latest value of each key where it is compacted. Answer: [`ContentSeen`](super::ContentSeen).
    Content {
        topic: String,
        isolation: Isolation,
        ignore_headers: Vec<String>,
        settle_ms: u64,
        /// `None`: everything is read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sample: Option<ContentSample>,
        /// Spans of the target that are passed over as if they held nothing. Of a compacted topic nothing is: who
        /// reads it gets the latest value of a key, wherever it was born.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<BornSpan>,
    },
    /// Whether the target holds the last visible source record of every partition, waited for until `within_ms` is over,
    /// and whether the source stood still meanwhile, at least `over_ms`. Answer: [`DrainedSeen`](super::DrainedSeen).
    Drained {
        topics: Vec<String>,
        isolation: Isolation,
        ignore_headers: Vec<String>,
        within_ms: u64,
        over_ms: u64,
        /// Spans of the target that are passed over as if they held nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<BornSpan>,
    },
    /// How far the replicator has copied, looked at twice, `over_ms` apart. Answer: [`ReplicationSeen`](super::ReplicationSeen).
    Replication { replicator: Replicator, topics: Vec<String>, over_ms: u64 },
    /// Connectors of the Connect cluster that runs the replicator, with their part in its flow.
    /// Answer: [`ConnectorsSeen`](super::ConnectorsSeen).
    Connectors { replicator: Replicator },
    /// How long the source keeps what a return needs. Answer: [`RetentionSeen`](super::RetentionSeen).
    Retention {
        side: Side,
        topics: Vec<String>,
        groups: Vec<String>,
        /// Those of the groups that begin at the log start of a topic they read, where they have no commit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        earliest: Vec<String>,
        over_ms: u64,
    },
    /// ACL bindings and the authoriser's defaults. Answer: [`AclsSeen`](super::AclsSeen).
    Acls { side: Side },
    /// The API keys and versions each broker offers. Answer: [`ApisSeen`](super::ApisSeen).
    Apis { side: Side },
    /// A real client's life on scratch objects: create, produce, consume, commit, transact, delete.
    /// Answer: [`ClientSeen`](super::ClientSeen).
    Client { side: Side, transactions: bool },
    /// What a real client, member of a scratch group that is given these positions on the target, is delivered first;
    /// the group itself is not touched. A record that is not there yet is waited for until `within_ms` is over.
    /// Answer: [`ResumeSeen`](super::ResumeSeen).
    Resume {
        group: String,
        isolation: Isolation,
        from: Vec<ResumeFrom>,
        ignore_headers: Vec<String>,
        within_ms: u64,
        /// Spans of the target that do not count as what lies before a position. What a client
        /// is delivered is told as it is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<BornSpan>,
    },
    /// A file beside the runbook. Answer: [`FileSeen`](super::FileSeen).
    File { path: String },
    /// A file beside the runbook that holds one JSON object of facts. Answer: [`OutputSeen`](super::OutputSeen).
    Document { path: String },
    /// What `cutover rehearse` wrote, a file beside the runbook. Answer: [`RehearsalSeen`](super::RehearsalSeen).
    Rehearsal { path: String },
    /// A command that prints one JSON object of facts. Answer: [`OutputSeen`](super::OutputSeen).
    Exec { argv: Vec<String>, env: BTreeMap<String, String>, timeout_ms: u64 },
    /// An HTTP request whose answer is JSON. Answer: [`OutputSeen`](super::OutputSeen).
    Http(HttpRequest),
    /// The judgement of another check of this run, for the same unit. Answer: [`JudgementSeen`](super::JudgementSeen).
    Judgement { check: String, unit: String },
    /// The plan in force, for checks that judge the runbook itself. Answer: [`PlanSeen`](super::PlanSeen).
    Plan,
}

fn to_target() -> Side {
    Side::Target
}

fn is_target(side: &Side) -> bool {
    *side == Side::Target
}

/// A position on one side; on the source unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub topic: String,
    pub partition: i32,
    /// The next record to read.
    pub offset: i64,
}

/// A position on both sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeFrom {
    pub topic: String,
    pub partition: i32,
    /// Source offset the group has committed.
    pub source: i64,
    /// Target offset of the same place.
    pub target: i64,
}

/// What a unit's consumers see of a partition.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    #[default]
    ReadCommitted,
    ReadUncommitted,
}

/// Where a group begins without a commit, as its `auto.offset.reset` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Begins {
    /// At the log start.
    Earliest,
    /// At the end of what it can see.
    Latest,
}

impl Begins {
    /// The place in a log that begins and, for whoever begins there, ends at these offsets. None where it holds nothing at
    /// all, up to `high_watermark`: a group begins there with whatever comes.
    pub fn place(self, log_start: i64, end: i64, high_watermark: i64) -> Option<i64> {
        let place = match self {
            Begins::Earliest => log_start,
            Begins::Latest => end,
        };
        (log_start < high_watermark).then_some(place)
    }
}

/// Which part of an ordered topic is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "mode", rename_all = "lowercase", deny_unknown_fields)]
pub enum ContentSample {
    /// So many places, each drawn on its own from the source offsets of all partitions together.
    Random { size: u64, seed: u64 },
    /// The first and the last so many records of each partition.
    Boundary { size: u64 },
}

/// The replicator, as far as measuring it needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replicator {
    /// `mirrormaker2`, `offset-preserving`, `dual-write` or `none`.
    pub tool: String,
    /// Alias of the source in the replicator's own configuration; names its internal topics.
    pub source_alias: String,
    pub target_alias: String,
    /// Base URL of the Connect cluster that runs it; `None` for dedicated mode.
    pub connect: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpRequest {
    /// `GET`, `PUT`, `POST`, `DELETE`.
    pub method: String,
    pub url: String,
    /// Values may hold `{secret: NAME}` markers as `{{secret NAME}}`; the value itself never gets here.
    pub headers: BTreeMap<String, String>,
    /// A JSON document, as text.
    pub body: Option<String>,
    /// Name of the secret sent as a bearer token.
    pub bearer: Option<String>,
    pub timeout_ms: u64,
}

impl Probe {
    /// The side a probe costs reads on, for bounded parallelism per cluster; `None`: both or neither.
    pub fn side(&self) -> Option<Side> {
        let mut sides = self.sides().into_iter();
        sides.next().filter(|_| sides.next().is_none())
    }

    /// The clusters it is put to.
    pub fn sides(&self) -> Vec<Side> {
        match self {
            Probe::Cluster { side }
            | Probe::Topics { side, .. }
            | Probe::Ends { side, .. }
            | Probe::Rest { side, .. }
            | Probe::Groups { side, .. }
            | Probe::Readers { side }
            | Probe::Lag { side, .. }
            | Probe::Lags { side, .. }
            | Probe::Retention { side, .. }
            | Probe::Acls { side }
            | Probe::Apis { side }
            | Probe::Client { side, .. } => vec![*side],
            Probe::Born { .. } => vec![Side::Target],
            Probe::Positions { .. }
            | Probe::Twins { .. }
            | Probe::Content { .. }
            | Probe::Drained { .. }
            | Probe::Resume { .. }
            | Probe::Replication { .. } => Side::BOTH.into(),
            Probe::Connectors { .. }
            | Probe::File { .. }
            | Probe::Document { .. }
            | Probe::Rehearsal { .. }
            | Probe::Exec { .. }
            | Probe::Http(_)
            | Probe::Judgement { .. }
            | Probe::Plan => Vec::new(),
        }
    }

    /// A short name for people: `positions of group settlement`, `topics on target`.
    pub fn title(&self) -> String {
        match self {
            Probe::Cluster { side } => format!("health of the {side} cluster"),
            Probe::Topics { side, topics } => format!("{} topics on {side}", topics.len()),
            Probe::Ends { side, topics } => format!("log ends of {} topics on {side}", topics.len()),
            Probe::Rest { side, topics, .. } => format!("whether {} topics rest on {side}", topics.len()),
            Probe::Connectors { .. } => "connectors of the replicator".to_owned(),
            Probe::Groups { side, groups, .. } => format!("activity of {} on {side}", groups.join(", ")),
            Probe::Readers { side } => format!("all groups on {side}"),
            Probe::Positions { group, .. } => format!("exact positions of group {group}"),
            Probe::Twins { places, toward: Side::Target, .. } => {
                format!("exact positions of {} places", places.len())
            }
            Probe::Twins { places, toward: Side::Source, .. } => {
                format!("exact positions of {} places of the target on the source", places.len())
            }
            Probe::Born { from, .. } => {
                format!("records behind {} places on target", from.len())
            }
            Probe::Document { path } => format!("document {path}"),
            Probe::Rehearsal { path } => format!("rehearsal {path}"),
            Probe::Lag { side, group, .. } => format!("lag of group {group} on {side}"),
            Probe::Lags { side, groups, .. } => match groups.keys().next() {
                Some(only) if groups.len() == 1 => format!("lag of group {only} on {side}"),
                _ => format!("lag of {} groups on {side}", groups.len()),
            },
            Probe::Content { topic, .. } => format!("content of topic {topic}"),
            Probe::Drained { .. } => "the last source records on the target".to_owned(),
            Probe::Replication { .. } => "replication".to_owned(),
            Probe::Retention { side, .. } => format!("retention on {side}"),
            Probe::Acls { side } => format!("ACLs on {side}"),
            Probe::Apis { side } => format!("APIs of {side}"),
            Probe::Client { side, .. } => format!("a real client on {side}"),
            Probe::Resume { group, .. } => format!("a client at the positions of group {group} on target"),
            Probe::File { path } => format!("file {path}"),
            Probe::Exec { argv, .. } => format!("command {}", argv.first().map_or("", |a| a.as_str())),
            Probe::Http(request) => format!("{} {}", request.method, request.url),
            Probe::Judgement { check, unit } => format!("verdict of {check} for {unit}"),
            Probe::Plan => "the plan".to_owned(),
        }
    }
}
