use std::ops::Range;
use std::time::Instant;

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::Record;
use crate::client::{self, Reader};
use crate::cluster::Cluster;
use crate::error::{LabError, Result};
use crate::limits::{ADMIN_CALL, PROBE};

/// First look this far back for the last record; behind it there may be only markers and aborted records.
const WINDOW: i64 = 100;

impl Cluster {
    /// The last record of a partition that a reader with this isolation sees; none if it sees none.
    pub fn last_record(&self, topic: &str, partition: i32, isolation: &str) -> Result<Option<Record>> {
        let what = format!("read the end of {topic}-{partition}");
        let (consumer, low, high) = self.reader_of(topic, partition, isolation, &what)?;
        let mut window = WINDOW;
        loop {
            let from = low.max(high.saturating_sub(window));
            if from >= high {
                return Ok(None);
            }
            let mut last = None;
            self.each_of(&consumer, topic, partition, from..high, &what, &mut |record| last = Some(record))?;
            if last.is_some() || from == low {
                return Ok(last);
            }
            window = window.saturating_mul(10);
        }
    }

    /// Whether this very record stands at `from` or behind.
    pub fn has_record_from(
        &self,
        topic: &str,
        partition: i32,
        from: i64,
        isolation: &str,
        wanted: &Record,
    ) -> Result<bool> {
        let what = format!("read {topic}-{partition} from {from} on");
        let (consumer, low, high) = self.reader_of(topic, partition, isolation, &what)?;
        let mut found = false;
        let mut look = |record| found |= record == *wanted;
        self.each_of(&consumer, topic, partition, from.max(low)..high, &what, &mut look)?;
        Ok(found)
    }

    /// All records of a partition that a reader with this isolation sees, in their order.
    pub fn records(&self, topic: &str, partition: i32, isolation: &str) -> Result<Vec<Record>> {
        let what = format!("read {topic}-{partition}");
        let (consumer, low, high) = self.reader_of(topic, partition, isolation, &what)?;
        let mut all = Vec::new();
        self.each_of(&consumer, topic, partition, low..high, &what, &mut |record| all.push(record))?;
        Ok(all)
    }

    /// A reader, and where the partition begins and ends now.
    fn reader_of(
        &self,
        topic: &str,
        partition: i32,
        isolation: &str,
        what: &str,
    ) -> Result<(Reader, i64, i64)> {
        let consumer = client::consumer(self, &options(isolation))?;
        let (low, high) = consumer
            .fetch_watermarks(topic, partition, ADMIN_CALL)
            .map_err(LabError::kafka(self.side, what))?;
        Ok((consumer, low, high))
    }

    /// Shows the visible records of these offsets, and no later ones: a topic that is written all the time has no end to be
    /// read to.
    fn each_of(
        &self,
        consumer: &Reader,
        topic: &str,
        partition: i32,
        offsets: Range<i64>,
        what: &str,
        each: &mut dyn FnMut(Record),
    ) -> Result<()> {
        let failed = || LabError::kafka(self.side, what);
        if offsets.is_empty() {
            return Ok(());
        }
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(topic, partition, Offset::Offset(offsets.start)).map_err(failed())?;
        consumer.assign(&assignment).map_err(failed())?;
        let end = Instant::now() + ADMIN_CALL;
        loop {
            match consumer.poll(PROBE) {
                Some(Ok(message)) if message.offset() >= offsets.end => return Ok(()),
                Some(Ok(message)) => {
                    let is_last = message.offset() + 1 == offsets.end;
                    each(record(&message));
                    if is_last {
                        return Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                Some(Err(error)) => return Err(failed()(error)),
                None if Instant::now() > end => {
                    return Err(LabError::Unexpected {
                        cluster: self.side.to_string(),
                        what: format!("{what}: no answer for {} s", ADMIN_CALL.as_secs()),
                    });
                }
                None => {}
            }
        }
    }
}

fn options(isolation: &str) -> [(&'static str, &str); 4] {
    [
        ("group.id", "cutover-lab"),
        ("isolation.level", isolation),
        ("enable.partition.eof", "true"),
        ("auto.offset.reset", "error"),
    ]
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    Record {
        partition: Some(message.partition()),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect(),
        timestamp: message.timestamp().to_millis(),
    }
}
