use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kafka::observe::NotObserved;
use kafka::{Cluster, ClusterError, ErrorKind, Patience, TopicState};
use runbook::Side;
use runbook::plan::Plan;

use crate::exit::Failure;
use crate::sides::{configuration, unmeasured};

/// How long a cluster has to tell of its topics.
const ASKING: Duration = Duration::from_secs(20);

/// Both clusters of a plan: connected and pinned, or why not.
#[derive(Debug)]
pub struct PlannedSides {
    pub(super) source: Reached,
    pub(super) target: Reached,
}

/// A cluster, or why it could not be reached when the run began.
#[derive(Debug)]
pub enum Reached {
    Connected(Arc<Cluster>),
    Unreachable(ClusterError),
}

impl PlannedSides {
    /// Connects both. A side that cannot be reached is part of the outcome; one that is another cluster than the plan
    /// says stops everything.
    ///
    /// # Errors
    /// A configuration that is wrong, a cluster id that is not the pinned one, both sides being one cluster.
    pub fn connect(plan: &Plan, patience: &Patience) -> Result<PlannedSides, Failure> {
        let source = configuration("source", &plan.source.properties)?;
        let target = configuration("target", &plan.target.properties)?;
        let (source, target) = std::thread::scope(|scope| {
            let source = scope.spawn(|| Cluster::connect(source, patience));
            let target = Cluster::connect(target, patience);
            (source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), target)
        });
        let sides = PlannedSides {
            source: reached(source, plan.source.read_budget)?,
            target: reached(target, plan.target.read_budget)?,
        };
        for side in Side::BOTH {
            if let (Reached::Connected(cluster), Some(expected)) =
                (sides.reached(side), &plan.cluster(side).cluster_id)
            {
                cluster.expect_id(expected).map_err(unmeasured)?;
            }
        }
        if let (Reached::Connected(source), Reached::Connected(target)) = (&sides.source, &sides.target) {
            target.expect_other_than(source).map_err(unmeasured)?;
        }
        Ok(sides)
    }

    /// Whether both can be asked now: steps are not begun blind.
    ///
    /// # Errors
    /// The first that cannot, with the reason.
    pub fn both_are_reached(&self) -> Result<(), Failure> {
        for side in Side::BOTH {
            if let Reached::Unreachable(error) = self.reached(side) {
                return Err(unmeasured(error.clone()));
            }
        }
        Ok(())
    }

    /// Observed ids of the clusters that were reached.
    pub fn ids(&self) -> BTreeMap<Side, String> {
        let id = |side| match self.reached(side) {
            Reached::Connected(cluster) => Some((side, cluster.id().to_owned())),
            Reached::Unreachable(_) => None,
        };
        Side::BOTH.into_iter().filter_map(id).collect()
    }

    /// Ids of those of these topics that are there; empty where the cluster does not tell one.
    ///
    /// # Errors
    /// The side cannot be asked.
    pub fn topic_ids(&self, side: Side, topics: &[String]) -> Result<BTreeMap<String, String>, Failure> {
        let cluster = match self.reached(side) {
            Reached::Connected(cluster) => cluster,
            Reached::Unreachable(error) => return Err(unmeasured(error.clone())),
        };
        let told = cluster.topics(topics, &Patience::new(ASKING)).map_err(unmeasured)?;
        let there = told.into_iter().filter(|topic| topic.state != TopicState::Absent);
        Ok(there.map(|topic| (topic.name, topic.id.map(|id| id.to_string()).unwrap_or_default())).collect())
    }

    pub fn reached(&self, side: Side) -> &Reached {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    /// The cluster, or why nothing can be measured on it.
    pub(super) fn cluster(&self, side: Side) -> Result<&Arc<Cluster>, NotObserved> {
        match self.reached(side) {
            Reached::Connected(cluster) => Ok(cluster),
            Reached::Unreachable(error) => Err(error.clone().into()),
        }
    }
}

/// `rate`: bytes a second that all reading of records together may take of it.
fn reached(connected: Result<Cluster, ClusterError>, rate: Option<u64>) -> Result<Reached, Failure> {
    match connected {
        Ok(cluster) => Ok(Reached::Connected(Arc::new(cluster.with_read_rate(rate)))),
        Err(error) if error.kind == ErrorKind::WrongCluster => Err(unmeasured(error)),
        Err(error) => Ok(Reached::Unreachable(error)),
    }
}
