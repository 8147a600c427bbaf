use super::produce::Sender;
use super::{Produce, Record, Written};
use crate::cluster::Cluster;
use crate::error::Result;
use crate::limits::ADMIN_CALL;

/// A transactional producer.
///
/// A transaction that is neither committed nor aborted when this is dropped hangs: it holds the last stable
/// offset until `transaction.timeout.ms` (60 s unless the options say otherwise) has passed.
pub struct Transaction {
    sender: Sender,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl Cluster {
    /// A producer with this transactional id; it fences an earlier one with the same id.
    pub fn transactions(&self, id: &str, how: &Produce) -> Result<Transaction> {
        let sender = Sender::new(self, how, Some(id))?;
        let init = rdkafka::producer::Producer::init_transactions(&sender.producer, ADMIN_CALL);
        init.map_err(sender.failed("begin transactions"))?;
        Ok(Transaction { sender })
    }
}

impl Transaction {
    /// Begins a transaction.
    pub fn begin(&self) -> Result<()> {
        let begun = rdkafka::producer::Producer::begin_transaction(&self.sender.producer);
        begun.map_err(self.sender.failed("begin a transaction"))
    }

    /// Writes records within the transaction; answers where they lie once the broker has them, committed or not.
    pub fn send(&self, topic: &str, records: impl IntoIterator<Item = Record>) -> Result<Vec<Written>> {
        self.sender.send(topic, records)
    }

    /// Commits it: a marker follows in each partition.
    pub fn commit(&self) -> Result<()> {
        let done = rdkafka::producer::Producer::commit_transaction(&self.sender.producer, ADMIN_CALL);
        done.map_err(self.sender.failed("commit a transaction"))
    }

    /// Aborts it: its records stay in the log and no reader with read_committed sees them.
    pub fn abort(&self) -> Result<()> {
        let done = rdkafka::producer::Producer::abort_transaction(&self.sender.producer, ADMIN_CALL);
        done.map_err(self.sender.failed("abort a transaction"))
    }
}
