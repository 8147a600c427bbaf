//! Configurations of topics and brokers, each value with its origin.

use super::Cluster;
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use kafka_protocol::messages::DescribeConfigsRequest;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResult;
use kafka_protocol::protocol::StrBytes;
use std::collections::BTreeMap;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigOrigin {
    /// Set on the topic.
    Topic,
    /// Set on this broker while it ran.
    DynamicBroker,
    /// Set for all brokers while they ran.
    DynamicDefaultBroker,
    /// From the broker's file.
    StaticBroker,
    /// Kafka's default.
    Default,
    /// Set on the group.
    Group,
    /// Something newer, by Kafka's number.
    Other(i8),
}

impl ConfigOrigin {
    /// A word as in reports: `topic`, `dynamic-broker`, …
    pub fn word(self) -> &'static str {
        match self {
            ConfigOrigin::Topic => "topic",
            ConfigOrigin::DynamicBroker => "dynamic-broker",
            ConfigOrigin::DynamicDefaultBroker => "dynamic-default-broker",
            ConfigOrigin::StaticBroker => "broker",
            ConfigOrigin::Default => "default",
            ConfigOrigin::Group => "group",
            ConfigOrigin::Other(_) => "other",
        }
    }
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// None: the broker does not tell (sensitive, or of a plug-in it does not know).
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: ConfigOrigin,
    /// The broker hides the value.
    pub sensitive: bool,
}

/// Settings by key.
pub type Configs = BTreeMap<String, Config>;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
/// Topics per request: each has about 35 settings of some 60 bytes, so an answer is about 1 MiB.
const TOPICS_PER_REQUEST: usize = 500;

impl Cluster {
    /// Configurations of topics; a topic that is absent or not to be described has its code instead.
    pub fn topic_configs<S: AsRef<str>>(
        &self,
        names: &[S],
        patience: &Patience,
    ) -> Result<BTreeMap<String, Result<Configs, Code>>, ClusterError> {
        let mut all = BTreeMap::new();
        for chunk in names.chunks(TOPICS_PER_REQUEST) {
            let doing = format!("reading the configurations of {} topics", chunk.len());
            let answer = self.ask(&doing, patience, |connection| {
                connection
                    .call(patience, |_| request(chunk.iter().map(|name| (TOPIC, name.as_ref().to_owned()))))
            })?;
            for result in answer.results {
                all.insert(result.resource_name.to_string(), configs(result));
            }
            for name in chunk {
                // What the answer leaves out is unknown.
                all.entry(name.as_ref().to_owned()).or_insert(Err(Code(-1)));
            }
        }
        Ok(all)
    }

    /// The configuration of one broker, as it tells itself.
    pub fn broker_configs(&self, id: i32, patience: &Patience) -> Result<Configs, ClusterError> {
        let doing = format!("reading the configuration of broker {id}");
        let answer = self.insist(&doing, patience, || {
            self.pool.on(id, patience, |connection| {
                connection.call(patience, |_| request([(BROKER, id.to_string())].into_iter()))
            })
        })?;
        match answer.results.into_iter().next().map(configs) {
            Some(Ok(configs)) => Ok(configs),
            Some(Err(code)) => Err(code.into_error(self.name(), doing)),
            None => Err(Code(-1).into_error(self.name(), doing)),
        }
    }
}

fn request(resources: impl Iterator<Item = (i8, String)>) -> DescribeConfigsRequest {
    let resources = resources
        .map(|(kind, name)| {
            DescribeConfigsResource::default()
                .with_resource_type(kind)
                .with_resource_name(StrBytes::from_string(name))
                .with_configuration_keys(None)
        })
        .collect();
    DescribeConfigsRequest::default().with_resources(resources)
}

fn configs(result: DescribeConfigsResult) -> Result<Configs, Code> {
    Code::check(result.error_code)?;
    let configs = result.configs.into_iter().map(|config| {
        let origin = match config.config_source {
            1 => ConfigOrigin::Topic,
            2 => ConfigOrigin::DynamicBroker,
            3 => ConfigOrigin::DynamicDefaultBroker,
            4 => ConfigOrigin::StaticBroker,
            5 => ConfigOrigin::Default,
            8 => ConfigOrigin::Group,
            other => ConfigOrigin::Other(other),
        };
        let value = config.value.map(|value| value.to_string());
        (config.name.to_string(), Config { value, origin, sensitive: config.is_sensitive })
    });
    Ok(configs.collect())
}
