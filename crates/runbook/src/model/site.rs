use schemars::JsonSchema;
use serde::Deserialize;

use super::{ApiVersion, ClusterId, Coordination, Duration, FilePath, Id, Metadata, Rate, Raw, Text, Url};
use crate::syntax::{List, Optional, Required, Span, Table};
use crate::verdict::Dimension;
use crate::world::Side;

/// Written once per migration by the platform team; every slice and runbook refers to it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SiteDoc {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub api_version: Required<ApiVersion>,
    pub kind: Required<SiteKind>,
    pub metadata: Required<Metadata>,
    /// Places the same runbook runs in: production, staging. `lab` is reserved.
    pub environments: Required<Table<Id, Environment>>,
    /// How data moves from source to target.
    pub replication: Required<Replication>,
    /// Everybody who votes, signs or is called.
    pub people: Optional<Table<Id, PersonDef>>,
    pub roles: Optional<Table<Id, RoleDef>>,
    /// How an application is stopped and started.
    pub apps: Optional<Apps>,
    /// References to secrets, never their values.
    pub secrets: Optional<Table<Id, Secret>>,
    pub policy: Optional<Policy>,
    pub coordination: Optional<Coordination>,
}

impl SiteDoc {
    /// Another environment that has one of these clusters, too: its name, and the side that is shared.
    pub fn shares_cluster<'a>(
        &'a self,
        environment: &str,
        ids: &[(Side, Option<&str>)],
    ) -> Option<(Side, &'a str)> {
        let others = self.environments.get().into_iter().flatten();
        let mut others = others.filter(|(name, _)| name.value.as_str() != environment);
        others.find_map(|(name, other)| {
            let theirs = other.value.cluster_ids();
            let shared = |id: &Option<&str>| id.is_some() && theirs.iter().any(|(_, their)| their == id);
            let (side, _) = ids.iter().find(|(_, id)| shared(id))?;
            Some((*side, name.value.as_str()))
        })
    }
}

impl Environment {
    /// The id of each side; `None` where none could be read.
    pub fn cluster_ids(&self) -> [(Side, Option<&str>); 2] {
        let clusters = self.clusters.get();
        let [source, target] = [clusters.map(|both| &both.source), clusters.map(|both| &both.target)]
            .map(|cluster| Some(cluster?.get()?.cluster_id.get()?.as_str()));
        [(Side::Source, source), (Side::Target, target)]
    }
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub enum SiteKind {
    Site,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub clusters: Required<Clusters>,
    /// `true`: for rehearsing, which stops applications and crosses the commit point. Needed where the site has no other
    /// environment.
    pub rehearse: Optional<bool>,
    /// Addresses of services, used as `{{ endpoints.NAME }}`.
    pub endpoints: Optional<Table<Id, Url>>,
    /// Values of parameters in this environment.
    pub parameters: Optional<Table<Id, Raw>>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clusters {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub source: Required<ClusterDef>,
    pub target: Required<ClusterDef>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// An ordinary Kafka client properties file.
    pub properties: Required<FilePath>,
    /// The id the cluster must report, or nothing runs.
    pub cluster_id: Required<ClusterId>,
    /// How fast validation may read from it.
    pub read_budget: Optional<Rate>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replication {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub tool: Required<Tool>,
    /// `SOURCE->TARGET`, with the replicator's own cluster aliases.
    pub flow: Optional<Text>,
    /// Whether topics keep their names on the target.
    pub topic_names: Optional<TopicNames>,
    /// Base URL of the Connect cluster that runs it; none for dedicated mode.
    pub connect: Optional<Url>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    Mirrormaker2,
    OffsetPreserving,
    DualWrite,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TopicNames {
    /// The same name on both sides.
    Identity,
    /// The source's alias and a dot before the name.
    Prefixed,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// Public key that signs; without one a vote is recorded as asserted.
    pub key: Optional<FilePath>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleDef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub people: Required<List<Id>>,
    /// Who answers when none of the people does.
    pub backup: Optional<List<Id>>,
    /// The dimensions this role's acceptance turns green.
    pub accepts: Optional<List<Dimension>>,
}

/// Templates over `app` and `n` (replicas), filled in when the step runs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Apps {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub via: Required<Via>,
    pub stop: Required<AppCall>,
    pub start: Required<AppCall>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    Http,
    Exec,
}

/// An HTTP request (`put`, `post`, `patch` with `json`, `bearer`) or a command (`argv`).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppCall {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    pub put: Optional<Url>,
    pub post: Optional<Url>,
    pub patch: Optional<Url>,
    pub json: Optional<Raw>,
    pub bearer: Optional<SecretRef>,
    pub argv: Optional<List<Text>>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretRef {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// Name of one of the `secrets`.
    pub secret: Required<Id>,
}

/// Where a secret is read from, exactly one of `env`, `file`, `exec`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// Name of an environment variable.
    pub env: Optional<Text>,
    pub file: Optional<FilePath>,
    /// A command that prints it.
    pub exec: Optional<List<Text>>,
    /// Id of a gate: the secret stays unread until it opened in this run.
    pub unlock_at: Optional<Id>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(rename = "$span")]
    #[schemars(skip)]
    pub span: Span,
    /// A waiver may not hold longer.
    pub waiver_max: Optional<Duration>,
    /// An acceptance may not be older.
    pub acceptance_max: Optional<Duration>,
    /// Roles that every poll asks.
    pub poll: Optional<List<Id>>,
}
