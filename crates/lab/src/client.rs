//! librdkafka clients of a lab's clusters, on the PLAINTEXT listeners.

use rdkafka::ClientConfig;
use rdkafka::admin::AdminClient;
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::KafkaError;

use crate::cluster::Cluster;
use crate::error::{LabError, Result};

/// Basic settings for any client of this cluster.
pub(crate) fn config(cluster: &Cluster) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &cluster.bootstrap).set("client.id", "cutover-lab");
    config
}

/// A consumer that says nothing by itself: what matters comes back from its calls, and a broker that is still
/// starting, or the end of a partition, is no error to a lab.
pub(crate) type Reader = BaseConsumer<Quiet>;

/// Keeps librdkafka's global errors out of the log.
pub(crate) struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "librdkafka");
    }
}

impl ConsumerContext for Quiet {}

/// A consumer that never commits by itself.
pub(crate) fn consumer(cluster: &Cluster, options: &[(&str, &str)]) -> Result<Reader> {
    let mut config = config(cluster);
    config.set("enable.auto.commit", "false");
    for (key, value) in options {
        config.set(*key, *value);
    }
    config.create_with_context(Quiet).map_err(LabError::kafka(cluster.side, "create a consumer"))
}

pub(crate) fn admin(cluster: &Cluster) -> Result<AdminClient<DefaultClientContext>> {
    config(cluster).create().map_err(LabError::kafka(cluster.side, "create an admin client"))
}
