use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kafka::observe::NotObserved;
use kafka::properties::ClusterConfig;
use kafka::{Cluster, ClusterError, ErrorKind, Patience, TopicState};
use runbook::Side;
use runbook::plan::Plan;

use super::line::{Dial, Line, Pace};
use crate::commands::check::CONNECTING;
use crate::exit::Failure;
use crate::sides::{configuration, unmeasured};

/// How long a cluster has to tell of its topics.
const ASKING: Duration = Duration::from_secs(20);

/// Both clusters of a plan: connected and pinned, or why not. A side that could not be reached is tried again when it is
/// asked for, and proves then what it would have had to prove at first.
pub struct PlannedSides {
    pub(super) source: Line<Arc<Cluster>>,
    pub(super) target: Line<Arc<Cluster>>,
    met: Met,
}

/// The clusters that proved who they are: each is compared with the other, whichever is reached last.
#[derive(Clone, Default)]
struct Met(Arc<Mutex<BTreeMap<Side, Arc<Cluster>>>>);

impl PlannedSides {
    /// Connects both. A side that cannot be reached is part of the outcome; one that is another cluster than the plan
    /// says stops everything.
    ///
    /// # Errors
    /// A configuration that is wrong, a cluster id that is not the pinned one, both sides being one cluster.
    pub fn connect(plan: &Plan, patience: &Patience) -> Result<PlannedSides, Failure> {
        let met = Met::default();
        let [source, target] = [Way::new(plan, Side::Source, &met)?, Way::new(plan, Side::Target, &met)?];
        let first = std::thread::scope(|scope| {
            let at_source = scope.spawn(|| source.dial(patience));
            let at_target = target.dial(patience);
            [at_source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), at_target]
        });
        let wrong = first
            .iter()
            .find_map(|first| first.as_ref().err().filter(|error| error.kind == ErrorKind::WrongCluster));
        if let Some(error) = wrong {
            return Err(unmeasured(error.clone()));
        }
        let [at_source, at_target] = first;
        Ok(PlannedSides {
            source: Line::new(at_source, source.again(), Pace::REAL),
            target: Line::new(at_target, target.again(), Pace::REAL),
            met,
        })
    }

    /// Whether both can be asked now: steps are not begun blind.
    ///
    /// # Errors
    /// The first that cannot, with the reason.
    pub fn both_are_reached(&self) -> Result<(), Failure> {
        Side::BOTH.into_iter().try_for_each(|side| self.reached(side).map(|_| ()).map_err(unmeasured))
    }

    /// Observed ids of the clusters that were reached.
    pub fn ids(&self) -> BTreeMap<Side, String> {
        let id = |side| Some((side, self.reached(side).ok()?.id().to_owned()));
        Side::BOTH.into_iter().filter_map(id).collect()
    }

    /// Ids of those of these topics that are there; empty where the cluster does not tell one.
    ///
    /// # Errors
    /// The side cannot be asked.
    pub fn topic_ids(&self, side: Side, topics: &[String]) -> Result<BTreeMap<String, String>, Failure> {
        let cluster = self.reached(side).map_err(unmeasured)?;
        let told = cluster.topics(topics, &Patience::new(ASKING)).map_err(unmeasured)?;
        let there = told.into_iter().filter(|topic| topic.state != TopicState::Absent);
        Ok(there.map(|topic| (topic.name, topic.id.map(|id| id.to_string()).unwrap_or_default())).collect())
    }

    /// The cluster, or why it is not reached, as it stands: nothing is tried.
    pub fn reached(&self, side: Side) -> Result<Arc<Cluster>, ClusterError> {
        self.line(side).now()
    }

    /// The cluster, tried again if need be; or why nothing can be done with it.
    pub(super) fn asked(&self, side: Side, patience: &Patience) -> Result<Arc<Cluster>, ClusterError> {
        self.line(side).get(patience)
    }

    /// The same for measuring on it.
    pub(super) fn cluster(&self, side: Side, patience: &Patience) -> Result<Arc<Cluster>, NotObserved> {
        self.asked(side, patience).map_err(NotObserved::from)
    }

    /// Tries again what is not reached, also what was refused, as its configuration says now.
    ///
    /// # Errors
    /// A configuration that is wrong, a side that answers and is another cluster than the plan says.
    pub(super) fn mend(&self, plan: &Plan, patience: &Patience) -> Result<(), Failure> {
        for side in Side::BOTH {
            let way = || Way::new(plan, side, &self.met).map(Way::again);
            match self.line(side).get_anew(patience, way)? {
                Err(error) if error.kind == ErrorKind::WrongCluster => return Err(unmeasured(error)),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn line(&self, side: Side) -> &Line<Arc<Cluster>> {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }
}

/// How one side is connected, and what it has to prove.
struct Way {
    side: Side,
    config: ClusterConfig,
    /// Bytes a second that all reading of records together may take of it.
    rate: Option<u64>,
    pinned: Option<String>,
    met: Met,
}

impl Way {
    fn new(plan: &Plan, side: Side, met: &Met) -> Result<Way, Failure> {
        let planned = plan.cluster(side);
        Ok(Way {
            side,
            config: configuration(side.word(), &planned.properties)?,
            rate: planned.read_budget,
            pinned: planned.cluster_id.clone(),
            met: met.clone(),
        })
    }

    fn dial(&self, patience: &Patience) -> Result<Arc<Cluster>, ClusterError> {
        let cluster = Cluster::connect(self.config.clone(), patience)?.with_read_rate(self.rate);
        names_a_broker(&cluster)?;
        if let Some(expected) = &self.pinned {
            cluster.expect_id(expected)?;
        }
        self.met.meet(self.side, Arc::new(cluster))
    }

    /// An attempt has the time that the first one had, however little whoever asks has left.
    fn again(self) -> Dial<Arc<Cluster>> {
        Arc::new(move || self.dial(&Patience::new(CONNECTING)))
    }
}

impl Met {
    fn meet(&self, side: Side, cluster: Arc<Cluster>) -> Result<Arc<Cluster>, ClusterError> {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, other)) = met.iter().find(|(met, _)| **met != side) {
            cluster.expect_other_than(other)?;
        }
        met.insert(side, Arc::clone(&cluster));
        Ok(cluster)
    }
}

/// A broker that is being started may name none that is alive, itself not either. Over such a connection no broker would
/// ever be found, so it is none.
fn names_a_broker(cluster: &Cluster) -> Result<(), ClusterError> {
    // Without time nobody is asked: only the names are wanted.
    if !cluster.api_versions(&Patience::new(Duration::ZERO)).is_empty() {
        return Ok(());
    }
    Err(ClusterError {
        cluster: cluster.name().to_owned(),
        kind: ErrorKind::Unreachable,
        broker: Some(cluster.config().bootstrap_list()),
        doing: "connecting".to_owned(),
        why: "the cluster names no broker that is alive".to_owned(),
        next: Some("is it being started?".to_owned()),
        sent: false,
    })
}
