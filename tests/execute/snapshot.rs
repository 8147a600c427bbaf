//! Everything a cutover may change, as it stands on both clusters and at the replicator.

use std::collections::{BTreeMap, BTreeSet};

use cutover_tests::call;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::{
    ApiKey, DescribeAclsRequest, DescribeAclsResponse, DescribeConfigsRequest, DescribeConfigsResponse,
};
use kafka_protocol::protocol::StrBytes;
use lab::{Cluster, Rest, Side};
use serde_json::Value;

use crate::switch::Switch;
use crate::until;

const ANY: i8 = 1;
const TOPIC: i8 = 2;
/// Where a config comes from: set on the topic itself.
const OF_TOPIC: i8 = 1;

#[derive(Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub acls: [BTreeSet<String>; 2],
    pub topic_configs: [BTreeMap<String, String>; 2],
    /// Of the group on the target; on the source an application that works commits all the time.
    pub target_commits: BTreeMap<i32, i64>,
    pub connectors: BTreeMap<String, Value>,
    pub running: Vec<(String, Side)>,
}

impl Snapshot {
    /// What a switch of this lane could change now.
    pub fn of(switch: &Switch<'_>) -> Snapshot {
        let sides = [switch.source(), switch.target()];
        Snapshot {
            acls: sides.map(|cluster| {
                // Other tests of this lab have ACLs of their own.
                acls(cluster).into_iter().filter(|line| line.contains(switch.topic())).collect()
            }),
            topic_configs: sides.map(|cluster| topic_configs(cluster, switch.topic())),
            target_commits: switch.target().committed(switch.group(), switch.topic()).unwrap(),
            connectors: connectors(switch),
            running: switch.running(),
        }
    }
}

/// Every binding of a cluster, spelled out.
pub fn acls(cluster: &Cluster) -> BTreeSet<String> {
    let request = DescribeAclsRequest::default()
        .with_resource_type_filter(ANY)
        .with_resource_name_filter(None)
        .with_pattern_type_filter(ANY)
        .with_principal_filter(None)
        .with_host_filter(None)
        .with_operation(ANY)
        .with_permission_type(ANY);
    let answer: DescribeAclsResponse = call(&cluster.bootstrap, ApiKey::DescribeAcls as i16, 3, &request);
    assert_eq!(answer.error_code, 0, "{cluster:?} does not tell its ACLs");
    let resources = answer.resources.iter();
    resources
        .flat_map(|of| {
            of.acls.iter().map(move |acl| {
                format!(
                    "{} {} {} {} {} operation {} permission {}",
                    of.resource_type,
                    of.resource_name.as_str(),
                    of.pattern_type,
                    acl.principal.as_str(),
                    acl.host.as_str(),
                    acl.operation,
                    acl.permission_type
                )
            })
        })
        .collect()
}

/// What is set on the topic itself.
pub fn topic_configs(cluster: &Cluster, topic: &str) -> BTreeMap<String, String> {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(StrBytes::from_string(topic.to_owned()))
        .with_configuration_keys(None);
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
    let answer: DescribeConfigsResponse =
        call(&cluster.bootstrap, ApiKey::DescribeConfigs as i16, 4, &request);
    let configs = answer.results.iter().flat_map(|result| result.configs.iter());
    configs
        .filter(|config| config.config_source == OF_TOPIC)
        .map(|config| {
            let value = config.value.as_ref().map(|value| value.as_str().to_owned());
            (config.name.as_str().to_owned(), value.unwrap_or_default())
        })
        .collect()
}

/// The configurations of the lane's connectors.
pub fn connectors(switch: &Switch<'_>) -> BTreeMap<String, Value> {
    let rest = Rest::new(&switch.site.connect);
    let flow = switch.site.flow.split("-source->").next().unwrap().to_owned();
    ["source", "checkpoint", "heartbeat"]
        .map(|part| format!("{flow}-{part}"))
        .into_iter()
        .map(|name| {
            // A worker that has just been told something refuses to answer until it has settled.
            let mut config = None;
            until("the worker tells its connectors", || {
                config = rest.get(&format!("/connectors/{name}/config")).ok();
                config.is_some()
            });
            (name, config.unwrap())
        })
        .collect()
}
