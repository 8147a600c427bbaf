use std::time::Duration;

use futures_executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use runbook::world::{ClientStep, Reason};

use super::step::{Failed, step};
use crate::{Cluster, Patience};

/// No single step waits longer; a step that does is `timed out`, and the next is tried.
const STEP: Duration = Duration::from_secs(15);
/// How often a waiting consumer looks at the stop flag.
const POLL: Duration = Duration::from_millis(200);

/// The scratch objects and what was done with them.
pub(super) struct Life<'a> {
    config: ClientConfig,
    topic: String,
    group: String,
    transactional_id: String,
    patience: &'a Patience,
    /// Values a reader at read_committed must see, in order.
    written: Vec<String>,
    pub steps: Vec<ClientStep>,
}

impl<'a> Life<'a> {
    /// `scratch` names the run; every object's name begins with it.
    pub fn new(cluster: &Cluster, scratch: &str, patience: &'a Patience) -> Life<'a> {
        let mut config = cluster.config().client_config();
        let limit = STEP.as_millis().to_string();
        config.set("message.timeout.ms", &limit).set("transaction.timeout.ms", &limit);
        let name = |what: &str| format!("{scratch}-{what}-{}", cluster.name());
        Life {
            config,
            topic: name("topic"),
            group: name("group"),
            transactional_id: name("transaction"),
            patience,
            written: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The whole life, in order.
    pub fn live(&mut self, transactions: bool) {
        self.run("create-topic", Life::create_topic);
        let there = self.succeeded("create-topic");
        self.run_if(there, "describe-configs", Life::describe_configs);
        self.run_if(there, "produce", |life| life.produce(false));
        self.run_if(there, "produce-idempotent", |life| life.produce(true));
        if transactions {
            self.run_if(there, "transaction-commit", |life| life.transact(true));
            self.run_if(there, "transaction-abort", |life| life.transact(false));
        }
        self.run_if(there, "consume", Life::consume);
        self.run_if(there, "commit", Life::commit);
        let committed = self.succeeded("commit");
        self.run_if(committed, "read-commit", Life::read_commit);
        self.run_if(committed, "delete-group", Life::delete_group);
        self.run_if(there, "delete-topic", Life::delete_topic);
    }

    /// Scratch objects that were made and not removed.
    pub fn left_behind(&self) -> Vec<String> {
        let mut left = Vec::new();
        if self.succeeded("create-topic") && !self.succeeded("delete-topic") {
            left.push(format!("topic {}", self.topic));
        }
        if self.succeeded("commit") && !self.succeeded("delete-group") {
            left.push(format!("group {}", self.group));
        }
        left
    }

    fn succeeded(&self, name: &str) -> bool {
        self.steps.iter().any(|step| step.step == name && step.ok)
    }

    fn run(&mut self, name: &str, work: impl FnOnce(&mut Self) -> Result<(), Failed>) {
        let over = self.patience.is_over();
        // What was made is removed even when the time is over.
        let done = if over && !name.starts_with("delete") {
            step(name, || Err(Failed { error: "no time left".to_owned(), reason: Reason::TimedOut }))
        } else {
            step(name, || work(self))
        };
        self.steps.push(done);
    }

    /// A step that lacks what it needs is not tried, and says which step failed.
    fn run_if(&mut self, possible: bool, name: &str, work: impl FnOnce(&mut Self) -> Result<(), Failed>) {
        if possible {
            return self.run(name, work);
        }
        let failed = self.steps.iter().find(|step| !step.ok);
        let error = failed.map_or_else(String::new, |step| format!("not tried: {} failed", step.step));
        let reason = failed.and_then(|step| step.reason).unwrap_or(Reason::Failed);
        self.steps.push(step(name, || Err(Failed { error, reason })));
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>, Failed> {
        Ok(self.config.create()?)
    }

    fn create_topic(&mut self) -> Result<(), Failed> {
        // -1: the replication factor this cluster gives by default.
        let topic = NewTopic::new(&self.topic, 1, TopicReplication::Fixed(-1));
        let answer = block_on(self.admin()?.create_topics([&topic], &options()))?;
        one(answer)
    }

    fn describe_configs(&mut self) -> Result<(), Failed> {
        let about = ResourceSpecifier::Topic(&self.topic);
        let answer = block_on(self.admin()?.describe_configs([&about], &options()))?;
        match answer.into_iter().next() {
            Some(Ok(configs)) if configs.entries.is_empty() => {
                Err(Failed::new("the topic has no configs at all"))
            }
            Some(Ok(_)) => Ok(()),
            Some(Err(code)) => Err(code.into()),
            None => Err(Failed::new("no answer for the topic")),
        }
    }

    fn produce(&mut self, idempotent: bool) -> Result<(), Failed> {
        let mut config = self.config.clone();
        let producer: FutureProducer =
            config.set("enable.idempotence", idempotent.to_string()).set("acks", "all").create()?;
        let value = if idempotent { "idempotent" } else { "plain" };
        self.send(&producer, value)?;
        self.written.push(value.to_owned());
        Ok(())
    }

    fn transact(&mut self, commit: bool) -> Result<(), Failed> {
        let mut config = self.config.clone();
        let producer: FutureProducer = config.set("transactional.id", &self.transactional_id).create()?;
        producer.init_transactions(STEP)?;
        producer.begin_transaction()?;
        let value = if commit { "committed" } else { "aborted" };
        self.send(&producer, value)?;
        if commit {
            producer.commit_transaction(STEP)?;
            self.written.push(value.to_owned());
        } else {
            producer.abort_transaction(STEP)?;
        }
        Ok(())
    }

    fn send(&self, producer: &FutureProducer, value: &str) -> Result<(), Failed> {
        let record = FutureRecord::to(&self.topic).key("cutover").payload(value);
        block_on(producer.send(record, STEP)).map(drop).map_err(|(error, _)| error.into())
    }

    fn consumer(&self) -> Result<BaseConsumer, Failed> {
        let mut config = self.config.clone();
        config
            .set("group.id", &self.group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true");
        Ok(config.create()?)
    }

    /// Reads to the end: exactly what was written and committed, in order.
    fn consume(&mut self) -> Result<(), Failed> {
        let consumer = self.consumer()?;
        consumer.assign(&self.partition(Offset::Beginning)?)?;
        let mut read = Vec::new();
        let patience = self.patience.renewed(STEP);
        loop {
            match consumer.poll(POLL) {
                Some(Ok(message)) => {
                    read.push(String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned());
                }
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) => return Err(error.into()),
                None if patience.is_over() || patience.is_stopped() => {
                    let error = format!(
                        "the end was not reached within {} s, {} records read",
                        STEP.as_secs(),
                        read.len()
                    );
                    return Err(Failed { error, reason: Reason::TimedOut });
                }
                None => {}
            }
        }
        if read != self.written {
            return Err(Failed::new(format!("read {read:?} instead of {:?}", self.written)));
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Failed> {
        Ok(self.consumer()?.commit(&self.partition(Offset::Offset(1))?, CommitMode::Sync)?)
    }

    fn read_commit(&mut self) -> Result<(), Failed> {
        let committed = self.consumer()?.committed_offsets(self.partition(Offset::Invalid)?, STEP)?;
        let found =
            committed.elements().first().map(rdkafka::topic_partition_list::TopicPartitionListElem::offset);
        if found != Some(Offset::Offset(1)) {
            return Err(Failed::new(format!("committed offset 1 and read back {found:?}")));
        }
        Ok(())
    }

    fn delete_group(&mut self) -> Result<(), Failed> {
        let answer = block_on(self.admin()?.delete_groups(&[&self.group], &options()))?;
        one(answer)
    }

    fn delete_topic(&mut self) -> Result<(), Failed> {
        let answer = block_on(self.admin()?.delete_topics(&[&self.topic], &options()))?;
        one(answer)
    }

    fn partition(&self, offset: Offset) -> Result<TopicPartitionList, Failed> {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, 0, offset)?;
        Ok(list)
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(STEP)).operation_timeout(Some(STEP))
}

/// The one result of a call about one thing.
fn one<T>(answer: Vec<Result<T, (String, rdkafka::types::RDKafkaErrorCode)>>) -> Result<(), Failed> {
    match answer.into_iter().next() {
        Some(Ok(_)) => Ok(()),
        Some(Err((_, code))) => Err(code.into()),
        None => Err(Failed::new("no answer for what was asked")),
    }
}
