//! One cluster: who it is, what it holds, how far it is. Everything blocks, with an end to every wait.

mod acls;
mod alter_acls;
mod alter_configs;
mod brokers;
mod change;
mod commits;
mod configs;
mod connect;
mod coordinators;
mod delete_commits;
mod denial;
mod describe_groups;
mod ends;
mod groups;
mod leaders;
mod log_sizes;
mod offsets;
mod pool;
mod producers;
mod reading;
mod topics;
mod transactions;
mod write_commits;

pub use acls::{Acl, AclOperation, AclPattern, AclPermission, AclResource, Acls};
pub use brokers::BrokerApis;
pub use commits::{Commit, Commits};
pub use configs::{Config, ConfigOrigin, Configs};
pub use denial::Denial;
pub use describe_groups::{Group, Member};
pub use ends::Ends;
pub use groups::{GroupKind, GroupListing};
pub use offsets::{Isolation, Listed, OffsetSpec};
pub use pool::Broker;
pub use producers::WritingTransaction;
pub use topics::{Partition, Topic, TopicId, TopicState};
pub(crate) use transactions::NotInTransaction;
pub use write_commits::NewCommit;

use crate::error::ClusterError;
use crate::patience::Patience;
use crate::properties::ClusterConfig;
use crate::reader::ReadBudget;
use crate::wire::{Connection, Traffic, WireError};
use leaders::Leaders;
use pool::Pool;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A connected cluster. Shared between threads by reference.
pub struct Cluster {
    pool: Pool,
    leaders: Leaders,
    read_budget: Arc<ReadBudget>,
}

impl Cluster {
    /// `source`, `target` or what the configuration was called.
    pub fn name(&self) -> &str {
        &self.pool.config.cluster
    }

    /// The configuration it was connected with.
    pub fn config(&self) -> &ClusterConfig {
        &self.pool.config
    }

    /// The cluster id, the same for as long as this value lives: every connection is checked against it.
    pub fn id(&self) -> &str {
        &self.pool.cluster_id
    }

    /// How much was asked so far.
    pub fn traffic(&self) -> &Traffic {
        &self.pool.traffic
    }

    /// The same cluster, of which all readers of records together take at most so many bytes a second.
    #[must_use]
    pub fn with_read_rate(self, rate: Option<u64>) -> Cluster {
        Cluster { read_budget: Arc::new(ReadBudget::new(rate, None)), ..self }
    }

    /// What all readers of records of this cluster share.
    pub fn read_budget(&self) -> &Arc<ReadBudget> {
        &self.read_budget
    }

    /// A patience of the configured `default.api.timeout.ms`.
    pub fn patience(&self) -> Patience {
        Patience::new(self.pool.config.call_timeout)
    }

    /// Works on any broker, again and again while the failure can pass and there is time.
    fn ask<R>(
        &self,
        doing: &str,
        patience: &Patience,
        mut work: impl FnMut(&mut Connection) -> Result<R, WireError>,
    ) -> Result<R, ClusterError> {
        self.insist(doing, patience, || self.pool.any(patience, &mut work))
    }

    /// Tries again with growing pauses while the failure can pass and there is time.
    fn insist<R>(
        &self,
        doing: &str,
        patience: &Patience,
        mut attempt: impl FnMut() -> Result<R, WireError>,
    ) -> Result<R, ClusterError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match attempt() {
                Err(error)
                    if error.is_passing() && patience.remaining() > pause && !patience.is_stopped() =>
                {
                    tracing::debug!(cluster = self.name(), doing, %error, "trying again");
                    patience.pause(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                outcome => {
                    return outcome.map_err(|error| ClusterError::from_wire(self.name(), doing, error));
                }
            }
        }
    }

    /// Runs one job per broker, all brokers at once; answers by broker.
    fn at_brokers<J: Sync, R: Send>(
        &self,
        jobs: &BTreeMap<i32, J>,
        patience: &Patience,
        work: impl Fn(&mut Connection, &J) -> Result<R, WireError> + Sync,
    ) -> BTreeMap<i32, Result<R, WireError>> {
        let one = |id: i32, job: &J| self.pool.on(id, patience, |connection| work(connection, job));
        if jobs.len() <= 1 {
            return jobs.iter().map(|(id, job)| (*id, one(*id, job))).collect();
        }
        std::thread::scope(|scope| {
            let running: Vec<_> =
                jobs.iter().map(|(id, job)| (*id, scope.spawn(move || one(*id, job)))).collect();
            running
                .into_iter()
                .map(|(id, thread)| {
                    (id, thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                })
                .collect()
        })
    }
}

/// A leader election takes some 100 ms at best, so less is wasted.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// More would let an answer wait for nothing after a broker is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("name", &self.name()).field("id", &self.id()).finish_non_exhaustive()
    }
}
