//! The first connection, by the bootstrap addresses; and the pinned id.

use super::Cluster;
use super::leaders::Leaders;
use super::pool::{Pool, cluster_id, no_topics};
use crate::error::{ClusterError, ErrorKind};
use crate::patience::Patience;
use crate::properties::ClusterConfig;
use crate::reader::ReadBudget;
use crate::wire::{Connection, Traffic, WireError, WireErrorKind};
use std::sync::Arc;

impl Cluster {
    /// Connects by the first bootstrap address that answers. Tries each once: whoever waits at the keyboard wants the reason,
    /// not patience.
    pub fn connect(config: ClusterConfig, patience: &Patience) -> Result<Self, ClusterError> {
        const DOING: &str = "connecting";
        let traffic = Arc::new(Traffic::default());
        let mut failures: Vec<WireError> = Vec::new();
        for address in &config.bootstrap {
            let attempt =
                Connection::open(&config, address, &traffic, patience).and_then(|mut connection| {
                    let metadata = connection.call(patience, |_| no_topics()).map_err(after_login)?;
                    Ok((connection, metadata))
                });
            match attempt {
                Ok((connection, metadata)) => {
                    let id = cluster_id(&metadata);
                    tracing::debug!(
                        cluster = config.cluster,
                        id,
                        brokers = metadata.brokers.len(),
                        "connected"
                    );
                    return Ok(Cluster {
                        pool: Pool::new(config, id, traffic, &metadata, connection),
                        leaders: Leaders::default(),
                        read_budget: Arc::new(ReadBudget::unlimited()),
                    });
                }
                // A wrong password stays wrong at every broker; trying on may lock the account.
                Err(error) if matches!(error.kind, WireErrorKind::Sasl | WireErrorKind::Stopped) => {
                    return Err(ClusterError::from_wire(&config.cluster, DOING, error));
                }
                Err(error) => failures.push(error),
            }
        }
        Err(most_telling(&config.cluster, DOING, failures))
    }

    /// Fails unless this is the cluster it should be.
    pub fn expect_id(&self, expected: &str) -> Result<(), ClusterError> {
        if self.id() == expected {
            return Ok(());
        }
        let why = format!("its id is {}, expected {expected}", self.id());
        let error = ClusterError::new(self.name(), ErrorKind::WrongCluster, "comparing the cluster id", why);
        Err(error
            .at(self.config().bootstrap_list())
            .next("are source and target swapped, or is the address of another environment given?"))
    }

    /// Fails if both are one and the same cluster.
    pub fn expect_other_than(&self, other: &Cluster) -> Result<(), ClusterError> {
        if self.id() != other.id() || self.id().is_empty() {
            return Ok(());
        }
        let why = format!("it is the same cluster as the {} ({})", other.name(), self.id());
        let error = ClusterError::new(self.name(), ErrorKind::WrongCluster, "comparing the cluster ids", why);
        Err(error.next("give two different clusters"))
    }
}

/// A listener that wants a login answers ApiVersions and then hangs up.
fn after_login(error: WireError) -> WireError {
    match error.kind {
        WireErrorKind::Lost => WireError {
            kind: WireErrorKind::NoKafka,
            next: Some(
                "a listener that wants a SASL login does this: check security.protocol and port".to_owned(),
            ),
            ..error
        },
        _ => error,
    }
}

/// Of several addresses that failed, the failure that says most; the others are only listed.
fn most_telling(cluster: &str, doing: &str, mut failures: Vec<WireError>) -> ClusterError {
    let telling = |error: &WireError| match error.kind {
        WireErrorKind::Tls => 0,
        WireErrorKind::NoKafka
        | WireErrorKind::Malformed
        | WireErrorKind::Unsupported
        | WireErrorKind::WrongCluster => 1,
        WireErrorKind::TimedOut | WireErrorKind::Lost => 2,
        WireErrorKind::NotConnected => 3,
        WireErrorKind::NotResolved => 4,
        WireErrorKind::Sasl | WireErrorKind::Stopped => 5,
    };
    failures.sort_by_key(telling);
    let others: Vec<String> =
        failures.iter().skip(1).take(4).map(|error| format!("{}: {}", error.broker, error.why)).collect();
    let more = failures.len().saturating_sub(1 + others.len());
    let Some(mut error) =
        failures.into_iter().next().map(|error| ClusterError::from_wire(cluster, doing, error))
    else {
        return ClusterError::new(
            cluster,
            ErrorKind::Unreachable,
            doing,
            "no bootstrap address is configured",
        );
    };
    if !others.is_empty() {
        error.why = format!(
            "{} (also {}{})",
            error.why,
            others.join("; "),
            if more > 0 { format!("; and {more} more") } else { String::new() }
        );
    }
    error
}
