use super::{Cluster, User};
use crate::error::Result;
use crate::properties::Properties;

/// Writes the client properties files of one cluster: `SIDE.properties` and `SIDE-USER-sasl.properties`.
pub(crate) fn write_client_files(cluster: &Cluster, users: &[User]) -> Result<()> {
    Properties::default()
        .set("bootstrap.servers", &cluster.bootstrap)
        .set("security.protocol", "PLAINTEXT")
        .write(&cluster.properties)?;
    for user in users {
        Properties::default()
            .set("bootstrap.servers", &cluster.sasl_bootstrap)
            .set("security.protocol", "SASL_PLAINTEXT")
            .set("sasl.mechanism", "SCRAM-SHA-256")
            .set(
                "sasl.jaas.config",
                format!(
                    "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"{}\" password=\"{}\";",
                    user.name, user.password
                ),
            )
            .write(&cluster.sasl_properties(&user.name))?;
    }
    Ok(())
}
