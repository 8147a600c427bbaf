//! The replicator's sync of topic configs.

use super::waiting::listed;
use super::{exclusion, flow, java_regex};
use crate::action::{Refusal, StepScope};
use crate::world::{ConnectorSeen, Observations};

const ENABLED: &str = "sync.topic.configs.enabled";
const INTERVAL: &str = "sync.topic.configs.interval.seconds";
const EXCLUDED: &str = "config.properties.exclude";

/// MirrorMaker's own value of the interval, in seconds.
const INTERVAL_SECONDS: u64 = 600;

/// What MirrorMaker does not sync where `config.properties.exclude` is not set, in every version since 2.4.
const EXCLUDED_BY_DEFAULT: &str = "follower.replication.throttled.replicas, leader.replication.throttled.replicas, message.timestamp.difference.max.ms, message.timestamp.type, unclean.leader.election.enable, min.insync.replicas";

/// The source connectors of the flow that sync configs of the topics.
pub(super) struct ConfigSync {
    syncing: Vec<Syncing>,
}

struct Syncing {
    connector: String,
    enabled: String,
    excluded: String,
    own_filter: Option<String>,
    interval_ms: u64,
}

impl ConfigSync {
    /// # Errors
    /// The settings of the replicator could not be seen.
    pub(super) fn of(
        scope: &StepScope<'_>,
        seen: &Observations,
        topics: &[String],
    ) -> Result<ConfigSync, Refusal> {
        let sources = flow::sources(scope, seen, "whether the replicator puts topic configs back")?;
        let syncing = sources
            .into_iter()
            .filter(|connector| flow::is_on(connector, ENABLED))
            .filter(|connector| !topics.iter().all(|topic| exclusion::TOPICS.leaves_out(connector, topic)))
            .map(syncing)
            .collect::<Result<_, Refusal>>()?;
        Ok(ConfigSync { syncing })
    }

    /// The longest interval; `None`: nothing is synced.
    pub(super) fn interval_ms(&self) -> Option<u64> {
        self.syncing.iter().map(|sync| sync.interval_ms).max()
    }

    /// # Errors
    /// A key would be put back.
    pub(super) fn leaves_alone(&self, keys: &[&str]) -> Result<(), Refusal> {
        let mut against = Vec::new();
        for sync in &self.syncing {
            if let Some(class) = &sync.own_filter {
                against.push(format!(
                    "connector {} chooses configs by {class}, which need not heed {EXCLUDED}",
                    sync.connector
                ));
                continue;
            }
            for key in keys.iter().filter(|key| !java_regex::surely_matches(&sync.excluded, key)) {
                against.push(format!(
                    "connector {} syncs {key} ({ENABLED} {}, not in {EXCLUDED})",
                    sync.connector, sync.enabled
                ));
            }
        }
        if against.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(
            format!("the replicator would put it back: {}", listed(against)),
            format!("add the keys to {EXCLUDED} of the connector, or set {ENABLED}=false"),
        ))
    }
}

fn syncing(connector: &ConnectorSeen) -> Result<Syncing, Refusal> {
    let seconds = match connector.settings.get(INTERVAL) {
        None => INTERVAL_SECONDS,
        Some(text) => text.trim().parse().map_err(|_| {
            Refusal::unmeasured(format!("{INTERVAL} of connector {} is {text:?}", connector.connector))
        })?,
    };
    let enabled = connector.settings.get(ENABLED).map_or("not set, which is true", String::as_str);
    let excluded = flow::setting(connector, EXCLUDED, "config.properties.blacklist");
    let own = flow::own_filter(connector, "config.property.filter.class", "DefaultConfigPropertyFilter");
    Ok(Syncing {
        connector: connector.connector.clone(),
        enabled: enabled.to_owned(),
        excluded: excluded.unwrap_or(EXCLUDED_BY_DEFAULT).to_owned(),
        own_filter: own.map(str::to_owned),
        interval_ms: seconds.saturating_mul(1000),
    })
}
