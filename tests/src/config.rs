//! Settings of topics, changed while they are there, over a connection of our own.

use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::{ApiKey, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};
use kafka_protocol::protocol::StrBytes;
use lab::Cluster;

use crate::wire::call;

const VERSION: i16 = 1;
const TOPIC: i8 = 2;
const SET: i8 = 0;

/// Sets one setting of a topic. Brokers apply it a moment later.
///
/// # Panics
/// If the cluster cannot be asked, or refuses.
pub fn set(cluster: &Cluster, topic: &str, name: &str, value: &str) {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let config = AlterableConfig::default()
        .with_name(text(name))
        .with_config_operation(SET)
        .with_value(Some(text(value)));
    let resource = AlterConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(text(topic))
        .with_configs(vec![config]);
    let request = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
    let key = ApiKey::IncrementalAlterConfigs as i16;
    let answer: IncrementalAlterConfigsResponse = call(&cluster.bootstrap, key, VERSION, &request);
    let codes: Vec<i16> = answer.responses.iter().map(|response| response.error_code).collect();
    assert_eq!(codes, [0], "{cluster:?} refused {name}={value}: {answer:?}");
}
