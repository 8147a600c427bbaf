//! librdkafka clients of a lab's clusters, on the PLAINTEXT listeners.

use rdkafka::ClientConfig;
use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::BaseConsumer;

use crate::cluster::Cluster;
use crate::error::{LabError, Result};

/// Basic settings for any client of this cluster.
pub(crate) fn config(cluster: &Cluster) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &cluster.bootstrap).set("client.id", "cutover-lab");
    config
}

/// A consumer that never commits by itself.
pub(crate) fn consumer(cluster: &Cluster, options: &[(&str, &str)]) -> Result<BaseConsumer> {
    let mut config = config(cluster);
    config.set("enable.auto.commit", "false");
    for (key, value) in options {
        config.set(*key, *value);
    }
    config.create().map_err(LabError::kafka(cluster.side, "create a consumer"))
}

pub(crate) fn admin(cluster: &Cluster) -> Result<AdminClient<DefaultClientContext>> {
    config(cluster).create().map_err(LabError::kafka(cluster.side, "create an admin client"))
}
