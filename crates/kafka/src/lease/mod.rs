//! What keeps a second conductor on another machine out: a transactional id named after the unit.
//!
//! Who takes the lease gets a new epoch of that id, and the cluster refuses every older one from then on. Nothing is
//! stored that could outlive its holder: a conductor that is gone needs no one to release it, the next simply takes it.
//! Who took it last stands in a record of the topic, for people alone.

mod error;
mod holder;

pub use error::LeaseError;
use holder::Named;

use std::sync::{Arc, Mutex, PoisonError};

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::{
    AddPartitionsToTxnRequest, EndTxnRequest, InitProducerIdRequest, ProducerId, TopicName, TransactionalId,
};
use kafka_protocol::protocol::StrBytes;

use crate::cluster::{Cluster, TopicState};
use crate::code::Code;
use crate::error::{ClusterError, ErrorKind};
use crate::patience::Patience;

/// A transaction is begun and given up at once. One that a crash leaves open is given up by the cluster after so long,
/// and holds back nothing but readers of the lease's own topic until then.
const TRANSACTION_MS: i32 = 10_000;

/// The lease of one unit, held until somebody else takes it.
pub struct Lease {
    cluster: Arc<Cluster>,
    topic: String,
    unit: String,
    producer: i64,
    epoch: i16,
    /// One transaction of an id at a time: two effects at once ask one after the other.
    asking: Mutex<()>,
}

impl Lease {
    /// Takes the lease of a unit; whoever held it before is kept from its next effect.
    ///
    /// # Errors
    /// The topic is not there, a right is missing, or the cluster cannot be reached: then the lease is not held.
    pub fn take(
        cluster: &Arc<Cluster>,
        topic: &str,
        unit: &str,
        patience: &Patience,
    ) -> Result<Lease, LeaseError> {
        check_topic(cluster, topic, patience)?;
        let id = name(unit);
        let doing = format!("taking the lease of unit {unit}");
        let request = InitProducerIdRequest::default()
            .with_transactional_id(Some(transactional(&id)))
            .with_transaction_timeout_ms(TRANSACTION_MS)
            // Neither id nor epoch: a new epoch, whoever had the last one.
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1);
        let answer = cluster
            .in_transaction(&doing, &id, patience, &request, |answer| Code::of(answer.error_code))
            .map_err(|failed| explained(cluster, topic, unit, failed.into_error(cluster, &doing)))?;
        Ok(Lease {
            cluster: Arc::clone(cluster),
            topic: topic.to_owned(),
            unit: unit.to_owned(),
            producer: answer.producer_id.0,
            epoch: answer.producer_epoch,
            asking: Mutex::default(),
        })
    }

    /// Writes into the lease's topic who holds it, so that whoever loses it can be told.
    ///
    /// # Errors
    /// Why it was not written; the lease is held all the same.
    pub fn name_holder(&self, by: &str) -> Result<(), String> {
        let named = Named { by: by.to_owned(), producer: self.producer, epoch: self.epoch };
        holder::write(&self.cluster, &self.topic, &name(&self.unit), &named)
    }

    /// Which unit it is of.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Whether nobody else has taken the lease: the cluster lets this epoch begin a transaction, which is given up again.
    ///
    /// # Errors
    /// [`LeaseError::Taken`] when somebody else has; anything else when that cannot be told.
    pub fn still_ours(&self, patience: &Patience) -> Result<(), LeaseError> {
        let _one_at_a_time = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.begin(patience).and_then(|()| self.give_up(patience));
        told.map_err(|error| match error {
            LeaseError::Taken { unit, id, .. } => {
                let own = (self.producer, self.epoch);
                let by = holder::read(&self.cluster, &self.topic, &id, own, patience);
                LeaseError::Taken { unit, id, by }
            }
            other => other,
        })
    }

    fn begin(&self, patience: &Patience) -> Result<(), LeaseError> {
        let topic = AddPartitionsToTxnTopic::default()
            .with_name(TopicName(StrBytes::from_string(self.topic.clone())))
            .with_partitions(vec![0]);
        let id = name(&self.unit);
        let request = AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(transactional(&id))
            .with_v3_and_below_producer_id(ProducerId(self.producer))
            .with_v3_and_below_producer_epoch(self.epoch)
            .with_v3_and_below_topics(vec![topic]);
        let doing = format!("asking whether the lease of unit {} is still ours", self.unit);
        let told = self.cluster.in_transaction(&doing, &id, patience, &request, |answer| {
            let topics = &answer.results_by_topic_v3_and_below;
            let first = topics.first().and_then(|topic| topic.results_by_partition.first());
            Code::of(first.map_or(-1, |partition| partition.partition_error_code))
        });
        told.map(drop).map_err(|failed| self.judged(failed, &doing))
    }

    fn give_up(&self, patience: &Patience) -> Result<(), LeaseError> {
        let id = name(&self.unit);
        let request = EndTxnRequest::default()
            .with_transactional_id(transactional(&id))
            .with_producer_id(ProducerId(self.producer))
            .with_producer_epoch(self.epoch)
            .with_committed(false);
        let doing = format!("asking whether the lease of unit {} is still ours", self.unit);
        let told = self
            .cluster
            .in_transaction(&doing, &id, patience, &request, |answer| Code::of(answer.error_code));
        match told {
            // The answer to an earlier attempt was lost: it was given up then, or by its own time.
            Err(failed) if failed.code() == Some(Code::INVALID_TXN_STATE) => Ok(()),
            told => told.map(drop).map_err(|failed| self.judged(failed, &doing)),
        }
    }

    fn judged(&self, failed: crate::cluster::NotInTransaction, doing: &str) -> LeaseError {
        match failed.code() {
            Some(Code::INVALID_PRODUCER_EPOCH | Code::PRODUCER_FENCED) => {
                LeaseError::Taken { unit: self.unit.clone(), id: name(&self.unit), by: None }
            }
            // Ids that nobody used for `transactional.id.expiration.ms` are forgotten, with all their epochs.
            Some(Code::INVALID_PRODUCER_ID_MAPPING) => LeaseError::Expired { unit: self.unit.clone() },
            _ => explained(&self.cluster, &self.topic, &self.unit, failed.into_error(&self.cluster, doing)),
        }
    }
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Lease { topic, unit, producer, epoch, .. } = self;
        write!(f, "Lease({unit} by {topic}, producer {producer} epoch {epoch})")
    }
}

/// The transactional id of a unit's lease.
fn name(unit: &str) -> String {
    format!("cutover-lease-{unit}")
}

fn transactional(id: &str) -> TransactionalId {
    TransactionalId(StrBytes::from_string(id.to_owned()))
}

/// The topic is named by the site, so it is not made behind anybody's back.
fn check_topic(cluster: &Cluster, topic: &str, patience: &Patience) -> Result<(), LeaseError> {
    let doing = format!("looking for topic {topic}, by which conductors find each other");
    let state = cluster.topics(&[topic], patience)?.pop().map(|topic| topic.state);
    let bootstrap = cluster.config().bootstrap_list();
    match state {
        Some(TopicState::Present) => Ok(()),
        Some(TopicState::NotAuthorised) => {
            let error =
                ClusterError::new(cluster.name(), ErrorKind::NotAuthorised, doing, "DESCRIBE is missing");
            Err(error.next(acl(&bootstrap, &["Describe", "Write"], &format!("--topic {topic}"))).into())
        }
        Some(TopicState::Failed(code)) => Err(code.into_error(cluster.name(), doing).into()),
        Some(TopicState::Absent) | None => {
            let replicas = cluster.broker_count().clamp(1, 3);
            let create = format!(
                "create it: kafka-topics.sh --bootstrap-server {bootstrap} --create --topic {topic} --partitions 1 \
                 --replication-factor {replicas}"
            );
            let error = ClusterError::new(cluster.name(), ErrorKind::NoSuchTopic, doing, "it does not exist");
            Err(error.next(create).into())
        }
    }
}

/// Says which right is missing, where one is.
fn explained(cluster: &Cluster, topic: &str, unit: &str, error: ClusterError) -> LeaseError {
    let bootstrap = cluster.config().bootstrap_list();
    let missing = if error.why.contains("TRANSACTIONAL_ID_AUTHORIZATION_FAILED") {
        acl(&bootstrap, &["Describe", "Write"], &format!("--transactional-id {}", name(unit)))
    } else if error.why.contains("TOPIC_AUTHORIZATION_FAILED") {
        acl(&bootstrap, &["Describe", "Write"], &format!("--topic {topic}"))
    } else {
        return error.into();
    };
    error.next(missing).into()
}

fn acl(bootstrap: &str, operations: &[&str], resource: &str) -> String {
    let granted =
        operations.iter().map(|operation| operation.to_uppercase()).collect::<Vec<_>>().join(" and ");
    let operations: String = operations.iter().map(|operation| format!(" --operation {operation}")).collect();
    format!(
        "grant {granted}: kafka-acls.sh --bootstrap-server {bootstrap} --add --allow-principal User:...{operations} {resource}"
    )
}
