//! One connection per broker, opened when needed, replaced when broken.

use crate::patience::Patience;
use crate::properties::{BrokerAddress, ClusterConfig};
use crate::wire::{Connection, Traffic, WireError, WireErrorKind};
use kafka_protocol::messages::{MetadataRequest, MetadataResponse};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A broker as the cluster advertises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Node id.
    pub id: i32,
    /// Where it listens.
    pub address: BrokerAddress,
    /// `broker.rack`.
    pub rack: Option<String>,
}

type Slot = Arc<Mutex<Option<Connection>>>;

/// Connections for reading records that nobody uses now.
type Lanes = Arc<Mutex<Vec<Connection>>>;

/// Idle connections kept for each broker: as many as threads probe at once.
const IDLE_LANES: usize = 8;

struct Node {
    broker: Broker,
    slot: Slot,
    lanes: Lanes,
}

struct Known {
    nodes: BTreeMap<i32, Node>,
    controller: Option<i32>,
}

/// Connections to every broker of one cluster.
pub(crate) struct Pool {
    pub config: ClusterConfig,
    pub cluster_id: String,
    pub traffic: Arc<Traffic>,
    known: Mutex<Known>,
}

impl Pool {
    /// Starts with the connection that a bootstrap address gave; it is kept where a broker says that this address is its
    /// own, which that of a load balancer is not.
    pub fn new(
        config: ClusterConfig,
        cluster_id: String,
        traffic: Arc<Traffic>,
        metadata: &MetadataResponse,
        connection: Connection,
    ) -> Self {
        let pool = Pool {
            config,
            cluster_id,
            traffic,
            known: Mutex::new(Known { nodes: BTreeMap::new(), controller: None }),
        };
        pool.learn(metadata);
        let slot = lock(&pool.known)
            .nodes
            .values()
            .find(|node| node.broker.address.to_string() == connection.broker())
            .map(|node| Arc::clone(&node.slot));
        if let Some(slot) = slot {
            *lock(&slot) = Some(connection);
        }
        pool
    }

    /// Brokers that are alive, by id.
    pub fn brokers(&self) -> Vec<Broker> {
        lock(&self.known).nodes.values().map(|node| node.broker.clone()).collect()
    }

    /// Ids of the brokers that are alive.
    pub fn ids(&self) -> Vec<i32> {
        lock(&self.known).nodes.keys().copied().collect()
    }

    /// The controller as clients see it.
    pub fn controller(&self) -> Option<i32> {
        lock(&self.known).controller
    }

    /// Takes the brokers out of a metadata answer.
    pub fn learn(&self, metadata: &MetadataResponse) {
        if metadata.brokers.is_empty() {
            return;
        }
        let mut known = lock(&self.known);
        let mut old = std::mem::take(&mut known.nodes);
        for broker in &metadata.brokers {
            let Ok(port) = u16::try_from(broker.port) else { continue };
            let id = broker.node_id.0;
            let broker = Broker {
                id,
                address: BrokerAddress { host: broker.host.to_string(), port },
                rack: broker.rack.as_ref().map(ToString::to_string),
            };
            let (slot, lanes) = match old.remove(&id) {
                Some(node) if node.broker.address == broker.address => (node.slot, node.lanes),
                _ => (Slot::default(), Lanes::default()),
            };
            known.nodes.insert(id, Node { broker, slot, lanes });
        }
        let controller = metadata.controller_id.0;
        known.controller = known.nodes.contains_key(&controller).then_some(controller);
    }

    /// Works on the connection to one broker. A connection that broke while idle is replaced once.
    pub fn on<R>(
        &self,
        id: i32,
        patience: &Patience,
        mut work: impl FnMut(&mut Connection) -> Result<R, WireError>,
    ) -> Result<R, WireError> {
        let found = lock(&self.known)
            .nodes
            .get(&id)
            .map(|node| (node.broker.address.clone(), Arc::clone(&node.slot)));
        let Some((address, slot)) = found else {
            let why = format!("broker {id} is not in the cluster's metadata");
            return Err(
                WireError::new(WireErrorKind::NotConnected, format!("id {id}"), why).next("is it down?")
            );
        };
        let mut slot = lock(&slot);
        loop {
            let fresh = slot.is_none();
            let connection = match &mut *slot {
                Some(connection) => connection,
                empty => empty.insert(self.open(&address, patience)?),
            };
            let outcome = work(connection);
            let Err(error) = &outcome else { return outcome };
            let broken = !matches!(error.kind, WireErrorKind::Unsupported);
            if broken {
                // After a stop or a timeout an answer may still be on its way: this connection is of no use any more.
                *slot = None;
            }
            if error.kind != WireErrorKind::Lost || fresh {
                return outcome;
            }
        }
    }

    /// Works on any broker; goes on to the next when one fails in passing.
    pub fn any<R>(
        &self,
        patience: &Patience,
        mut work: impl FnMut(&mut Connection) -> Result<R, WireError>,
    ) -> Result<R, WireError> {
        let mut first: Option<WireError> = None;
        for id in self.ids() {
            match self.on(id, patience, &mut work) {
                Err(error) if error.is_passing() && !patience.is_over() => first = first.or(Some(error)),
                outcome => return outcome,
            }
        }
        Err(first.unwrap_or_else(|| {
            WireError::new(
                WireErrorKind::NotConnected,
                self.config.bootstrap_list(),
                "the cluster names no broker that is alive",
            )
        }))
    }

    /// A connection of one's own to one broker, for reading records beside everything else.
    pub fn lane(&self, id: i32, patience: &Patience) -> Result<Connection, WireError> {
        let found = lock(&self.known)
            .nodes
            .get(&id)
            .map(|node| (node.broker.address.clone(), Arc::clone(&node.lanes)));
        let Some((address, lanes)) = found else { return Err(not_in_metadata(id)) };
        // The guard must be gone before a connection is opened: others may want theirs meanwhile.
        let idle = lock(&lanes).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => self.open(&address, patience),
        }
    }

    /// Gives back a connection on which no answer is outstanding.
    pub fn give_back(&self, id: i32, connection: Connection) {
        let found = lock(&self.known)
            .nodes
            .get(&id)
            .map(|node| (node.broker.address.to_string(), Arc::clone(&node.lanes)));
        if let Some((address, lanes)) = found {
            let mut lanes = lock(&lanes);
            if lanes.len() < IDLE_LANES && connection.broker() == address {
                lanes.push(connection);
            }
        }
    }

    /// Every new connection proves that it leads to the same cluster: names and addresses can change hands.
    fn open(&self, address: &BrokerAddress, patience: &Patience) -> Result<Connection, WireError> {
        let mut connection =
            Connection::open(&self.config, address, &self.traffic, patience).map_err(|error| {
                let from_us = self.config.bootstrap.contains(address);
                match error.kind {
                WireErrorKind::NotResolved | WireErrorKind::NotConnected if !from_us => error.next(
                    "this address is not from the configuration but from the brokers' advertised.listeners: \
                     it must be reachable from here",
                ),
                // The cluster has answered before: a broker that is being started or ended accepts and breaks off, and
                // is not taken for something that speaks no Kafka until the time is over.
                WireErrorKind::NoKafka => WireError { kind: WireErrorKind::Lost, ..error },
                _ => error,
            }
            })?;
        let metadata = connection.call(patience, |_| no_topics())?;
        let theirs = cluster_id(&metadata);
        if theirs != self.cluster_id {
            let why = format!("this broker belongs to cluster {theirs}, not to {}", self.cluster_id);
            return Err(WireError::new(WireErrorKind::WrongCluster, address, why)
                .next("has the address changed hands? nothing was read from it"));
        }
        self.learn(&metadata);
        Ok(connection)
    }
}

fn not_in_metadata(id: i32) -> WireError {
    let why = format!("broker {id} is not in the cluster's metadata");
    WireError::new(WireErrorKind::NotConnected, format!("id {id}"), why).next("is it down?")
}

/// Asks for brokers and cluster id only.
pub(crate) fn no_topics() -> MetadataRequest {
    MetadataRequest::default().with_topics(Some(Vec::new())).with_allow_auto_topic_creation(false)
}

/// The cluster id; clusters without one share the empty id.
pub(crate) fn cluster_id(metadata: &MetadataResponse) -> String {
    metadata.cluster_id.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in one caller leaves nothing half done that another could not replace.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
