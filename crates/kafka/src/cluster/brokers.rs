//! Brokers: addresses, racks, what each says it can do.

use super::{Broker, Cluster};
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::wire::ApiVersions;
use std::collections::BTreeMap;

/// What each broker says it can do.
pub type BrokerApis = BTreeMap<i32, Result<ApiVersions, ClusterError>>;

impl Cluster {
    /// Brokers that are alive now, by id, and the controller as clients see it.
    pub fn brokers(&self, patience: &Patience) -> Result<(Vec<Broker>, Option<i32>), ClusterError> {
        let answer = self.ask("listing brokers", patience, |connection| {
            connection.call(patience, |_| super::pool::no_topics())
        })?;
        self.pool.learn(&answer);
        Ok((self.pool.brokers(), self.pool.controller()))
    }

    /// What every broker says it can do. One that does not answer has its reason.
    pub fn api_versions(&self, patience: &Patience) -> BrokerApis {
        let jobs: BTreeMap<i32, ()> = self.pool.ids().into_iter().map(|id| (id, ())).collect();
        self.at_brokers(&jobs, patience, |connection, ()| {
            // The versions are those of when the connection was made; a broker restarted since has dropped it.
            Ok(connection.versions().clone())
        })
        .into_iter()
        .map(|(id, told)| {
            (id, told.map_err(|error| ClusterError::from_wire(self.name(), "reading API versions", error)))
        })
        .collect()
    }
}
