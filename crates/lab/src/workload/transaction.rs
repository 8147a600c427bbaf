use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rdkafka::consumer::Consumer;

use super::produce::Sender;
use super::{Produce, Record, Written};
use crate::client::{self, Reader};
use crate::cluster::Cluster;
use crate::error::{LabError, Result};
use crate::limits::{ADMIN_CALL, POLL};

/// A transactional producer.
///
/// A transaction that is neither committed nor aborted when this is dropped hangs: it holds the last stable
/// offset until `transaction.timeout.ms` (60 s unless the options say otherwise) has passed.
pub struct Transaction {
    sender: Sender,
    cluster: Cluster,
    looker: Reader,
    /// Of each partition written to, the last offset.
    written: Mutex<BTreeMap<(String, i32), i64>>,
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
        let looker = client::consumer(self, &[("isolation.level", "read_committed")])?;
        Ok(Transaction { sender, cluster: self.clone(), looker, written: Mutex::default() })
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
        let written = self.sender.send(topic, records)?;
        let mut last = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        for at in &written {
            last.insert((topic.to_owned(), at.partition), at.offset);
        }
        Ok(written)
    }

    /// Commits it, and waits until its marker stands in each partition.
    pub fn commit(&self) -> Result<()> {
        let done = rdkafka::producer::Producer::commit_transaction(&self.sender.producer, ADMIN_CALL);
        done.map_err(self.sender.failed("commit a transaction"))?;
        self.await_markers()
    }

    /// Aborts it: its records stay in the log and no reader with read_committed sees them. Waits for its markers.
    pub fn abort(&self) -> Result<()> {
        let done = rdkafka::producer::Producer::abort_transaction(&self.sender.producer, ADMIN_CALL);
        done.map_err(self.sender.failed("abort a transaction"))?;
        self.await_markers()
    }

    /// The coordinator answers before the markers are written; what is written next would come to lie before them.
    fn await_markers(&self) -> Result<()> {
        let written = std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner));
        let end = Instant::now() + ADMIN_CALL;
        for ((topic, partition), last) in written {
            let what = || format!("wait for the marker of a transaction in {topic}-{partition}");
            loop {
                let stable = self.looker.fetch_watermarks(&topic, partition, ADMIN_CALL);
                if stable.map_err(LabError::kafka(self.cluster.side, what()))?.1 > last {
                    break;
                }
                if Instant::now() > end {
                    let cluster = self.cluster.side.to_string();
                    return Err(LabError::Unexpected { cluster, what: what() });
                }
                std::thread::sleep(POLL / 20);
            }
        }
        Ok(())
    }
}
