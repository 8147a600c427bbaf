//! One fetch of one partition: asked of its leader, by topic id where the cluster knows ids, repeated while a leader moves.

use super::fault;
use super::left_out::LeftOut;
use super::meter::Meter;
use super::options::ReadOptions;
use crate::Isolation;
use crate::cluster::{Cluster, TopicId, TopicState};
use crate::code::Code;
use crate::error::{ClusterError, ErrorKind};
use crate::patience::Patience;
use crate::records::{Aborted, AbortedTransaction};
use crate::topic_partition::TopicPartition;
use crate::wire::{Connection, Sent, WireError};
use bytes::Bytes;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{BrokerId, FetchRequest, FetchResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use parity::{ReadError, ReadErrorKind};
use std::sync::Arc;
use std::time::Duration;

/// The last version that names topics.
const BY_NAME: i16 = 12;
/// How long a broker may hold a request it has nothing for; below the cut there is always something, so this is rare.
const BROKER_WAIT_MS: i32 = 500;

/// Which partition, of which topic of this name.
#[derive(Clone)]
pub(super) struct Subject {
    pub cluster: Arc<Cluster>,
    pub partition: TopicPartition,
    /// None where the cluster has no ids.
    pub id: Option<TopicId>,
    pub options: ReadOptions,
    /// What is read as if it held nothing.
    pub left_out: LeftOut,
    pub meter: Arc<Meter>,
}

/// What one fetch brought.
pub(super) struct Fetched {
    /// Record batches; the last may be cut.
    pub records: Bytes,
    pub aborted: Aborted,
    /// Behind what the broker would hand out at this isolation.
    pub end: i64,
    /// The topic was named by its id, so that this cannot come from another one of its name.
    pub by_id: bool,
    /// True if the broker looked and found nothing; false if it held back (a quota).
    pub answered: bool,
}

/// A connection to the partition's leader, with at most one fetch on its way.
pub(super) struct Lane {
    broker: i32,
    connection: Connection,
    sent: Option<(i64, Sent<FetchRequest>)>,
}

impl Subject {
    fn name(&self) -> &str {
        self.cluster.name()
    }

    /// A fault of this partition.
    pub fn fault(&self, kind: ReadErrorKind, what: &str) -> ReadError {
        fault::of(self.name(), &self.partition, kind, what)
    }

    fn wire_fault(&self, error: WireError) -> ReadError {
        let doing = format!("reading {}", self.partition);
        fault::of_cluster(&self.partition, &ClusterError::from_wire(self.name(), doing, error))
    }

    /// Fetches from an offset on; `ahead` says which offset will be wanted after this answer, and that is asked for
    /// before this returns.
    pub fn fetch(
        &self,
        lane: &mut Option<Lane>,
        from: i64,
        bytes: u32,
        ahead: &dyn Fn(&Fetched) -> Option<i64>,
    ) -> Result<Fetched, ReadError> {
        // Waiting for what the rate allows is no stall.
        self.options.budget.wait(&self.options.patience);
        let patience = self.options.patience.at_most(self.options.stall);
        let mut pause = Duration::from_millis(50);
        loop {
            let fault = match self.attempt(lane, from, bytes, ahead, &patience) {
                Ok(fetched) if fetched.answered => return Ok(fetched),
                Ok(_) => self.fault(ReadErrorKind::TimedOut, "the broker holds records back (a quota?)"),
                Err(Attempt::Final(fault)) => return Err(fault),
                Err(Attempt::Passing(fault)) => fault,
            };
            if self.options.patience.is_stopped() {
                return Err(self.fault(ReadErrorKind::Stopped, "stopped by the caller"));
            }
            if patience.remaining() < pause {
                return Err(fault);
            }
            tracing::debug!(cluster = self.name(), partition = %self.partition, from, %fault, "fetching again");
            patience.pause(pause);
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    fn attempt(
        &self,
        lane: &mut Option<Lane>,
        from: i64,
        bytes: u32,
        ahead: &dyn Fn(&Fetched) -> Option<i64>,
        patience: &Patience,
    ) -> Result<Fetched, Attempt> {
        if self.options.budget.is_spent() {
            let what = format!("the read budget is spent after {} bytes", self.options.budget.used());
            return Err(Attempt::Final(self.fault(ReadErrorKind::OverBudget, &what)));
        }
        let mut own = match lane.take() {
            Some(lane) => lane,
            None => self.open(patience)?,
        };
        // An answer that is on its way but not to this question is of no use, nor is its connection.
        let sent = match own.sent.take() {
            Some((offset, sent)) if offset == from => sent,
            Some(_) => {
                own = self.open(patience)?;
                self.ask(&mut own, from, bytes, patience)?
            }
            None => self.ask(&mut own, from, bytes, patience)?,
        };
        let by_id = self.id.is_some() && sent.version() > BY_NAME;
        let answer = own.connection.receive(sent, patience).map_err(|error| self.classify(error))?;
        self.meter.fetched();
        let fetched = Fetched { by_id, ..self.read(answer)? };
        self.options.budget.spend(fetched.records.len() as u64);
        if let Some(next) = ahead(&fetched).filter(|_| fetched.answered && !self.options.budget.is_spent()) {
            let sent = self.ask(&mut own, next, bytes, patience)?;
            own.sent = Some((next, sent));
        }
        *lane = Some(own);
        Ok(fetched)
    }

    /// Connects to the leader.
    fn open(&self, patience: &Patience) -> Result<Lane, Attempt> {
        let broker =
            self.cluster.leader_for_reading(&self.partition, patience).map_err(|error| match error.kind {
                ErrorKind::Unreachable | ErrorKind::TimedOut => {
                    Attempt::Passing(fault::of_cluster(&self.partition, &error))
                }
                _ => Attempt::Final(fault::of_cluster(&self.partition, &error)),
            })?;
        let connection = self.cluster.lane(broker, patience).map_err(|error| self.classify(error))?;
        Ok(Lane { broker, connection, sent: None })
    }

    /// Gives a lane back for others to use, unless an answer is on its way.
    pub fn close(&self, lane: Option<Lane>) {
        if let Some(lane) = lane.filter(|lane| lane.sent.is_none()) {
            self.cluster.give_back(lane.broker, lane.connection);
        }
    }

    fn ask(
        &self,
        lane: &mut Lane,
        from: i64,
        bytes: u32,
        patience: &Patience,
    ) -> Result<Sent<FetchRequest>, Attempt> {
        let newest = if self.id.is_some() { i16::MAX } else { BY_NAME };
        let bytes = i32::try_from(bytes).unwrap_or(i32::MAX);
        let sent = lane.connection.send(newest, patience, |version| {
            let partition = FetchPartition::default()
                .with_partition(self.partition.partition)
                .with_fetch_offset(from)
                .with_partition_max_bytes(bytes);
            let topic = FetchTopic::default().with_partitions(vec![partition]);
            let topic = match self.id {
                Some(id) if version > BY_NAME => topic.with_topic_id(id.uuid()),
                _ => topic.with_topic(TopicName(StrBytes::from_string(self.partition.topic.clone()))),
            };
            let request = FetchRequest::default()
                .with_max_wait_ms(BROKER_WAIT_MS)
                .with_min_bytes(1)
                .with_max_bytes(bytes)
                .with_isolation_level(match self.options.isolation {
                    Isolation::ReadUncommitted => 0,
                    Isolation::ReadCommitted => 1,
                })
                .with_topics(vec![topic]);
            // A client, not a replica; and no fetch session.
            let request = if version < 15 { request.with_replica_id(BrokerId(-1)) } else { request };
            if version >= 7 { request.with_session_epoch(-1) } else { request }
        });
        sent.map_err(|error| self.classify(error))
    }

    fn read(&self, answer: FetchResponse) -> Result<Fetched, Attempt> {
        if let Some(code) = Code::of(answer.error_code) {
            return Err(self.refused(code));
        }
        let data = answer.responses.into_iter().flat_map(|topic| topic.partitions).next();
        let Some(data) = data.filter(|data| data.partition_index == self.partition.partition) else {
            return Ok(Fetched {
                records: Bytes::new(),
                aborted: Aborted::default(),
                end: -1,
                by_id: false,
                answered: false,
            });
        };
        if let Some(code) = Code::of(data.error_code) {
            return Err(self.refused(code));
        }
        let aborted: Vec<AbortedTransaction> = data
            .aborted_transactions
            .unwrap_or_default()
            .into_iter()
            .map(|told| AbortedTransaction {
                producer_id: told.producer_id.0,
                first_offset: told.first_offset,
            })
            .collect();
        let end = match self.options.isolation {
            Isolation::ReadUncommitted => data.high_watermark,
            Isolation::ReadCommitted => data.last_stable_offset,
        };
        let records = data.records.unwrap_or_default();
        // Under a quota an answer is empty and says nothing of the log.
        let answered = !records.is_empty() || end >= 0 && answer.throttle_time_ms == 0;
        Ok(Fetched { records, aborted: Aborted::new(aborted), end, by_id: false, answered })
    }

    /// What an error code of the broker means for this reading.
    fn refused(&self, code: Code) -> Attempt {
        match code {
            Code::UNKNOWN_TOPIC_ID | Code::INCONSISTENT_TOPIC_ID | Code::UNKNOWN_TOPIC_OR_PARTITION => {
                self.gone(code)
            }
            code if code.is_passing() => {
                self.cluster.forget_leader(&self.partition);
                Attempt::Passing(fault::of_code(self.name(), &self.partition, code, "reading"))
            }
            code => Attempt::Final(fault::of_code(self.name(), &self.partition, code, "reading")),
        }
    }

    /// The broker does not know the partition: it was deleted, or recreated, or this broker is behind.
    fn gone(&self, code: Code) -> Attempt {
        self.cluster.forget_leader(&self.partition);
        let patience = self.options.patience.at_most(self.options.stall);
        match self.check_identity(&patience) {
            Err(fault) => Attempt::Final(fault),
            Ok(()) => Attempt::Passing(fault::of_code(self.name(), &self.partition, code, "reading")),
        }
    }

    /// Fails if the topic is not the one this reader was made for any more.
    pub fn check_identity(&self, patience: &Patience) -> Result<(), ReadError> {
        let topics = self
            .cluster
            .topics(&[&self.partition.topic], patience)
            .map_err(|error| fault::of_cluster(&self.partition, &error))?;
        let Some(topic) = topics.first() else {
            return Err(self.fault(ReadErrorKind::Failed, "the cluster does not tell its metadata"));
        };
        match topic.state {
            TopicState::Present if topic.id != self.id => {
                let shown = |id: Option<TopicId>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
                let what = format!(
                    "the topic was deleted and created anew meanwhile: its id is {}, not {}",
                    shown(topic.id),
                    shown(self.id)
                );
                Err(self.fault(ReadErrorKind::Recreated, &what))
            }
            TopicState::Present
                if topic.partitions.iter().any(|found| found.partition == self.partition.partition) =>
            {
                Ok(())
            }
            TopicState::Present => Err(self.fault(ReadErrorKind::Missing, "the topic has no such partition")),
            TopicState::Absent => {
                Err(self.fault(ReadErrorKind::Missing, "there is no such topic; was it deleted meanwhile?"))
            }
            TopicState::NotAuthorised => {
                Err(fault::of_code(self.name(), &self.partition, Code::TOPIC_AUTHORIZATION_FAILED, "reading"))
            }
            TopicState::Failed(code) => {
                Err(fault::of_code(self.name(), &self.partition, code, "reading its metadata"))
            }
        }
    }

    fn classify(&self, error: WireError) -> Attempt {
        if error.is_passing() {
            self.cluster.forget_leader(&self.partition);
            return Attempt::Passing(self.wire_fault(error));
        }
        Attempt::Final(self.wire_fault(error))
    }
}

enum Attempt {
    /// Another attempt can help.
    Passing(ReadError),
    /// It cannot.
    Final(ReadError),
}
