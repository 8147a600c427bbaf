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
        let options = [
            ("group.id", "cutover-lab"),
            ("isolation.level", isolation),
            ("enable.partition.eof", "true"),
            ("auto.offset.reset", "error"),
        ];
        let consumer = client::consumer(self, &options)?;
        let (low, high) = consumer
            .fetch_watermarks(topic, partition, ADMIN_CALL)
            .map_err(LabError::kafka(self.side, &what))?;
        let mut window = WINDOW;
        loop {
            let from = low.max(high.saturating_sub(window));
            if from >= high {
                return Ok(None);
            }
            let last = self.last_from(&consumer, topic, partition, from, &what)?;
            if last.is_some() || from == low {
                return Ok(last);
            }
            window = window.saturating_mul(10);
        }
    }

    fn last_from(
        &self,
        consumer: &Reader,
        topic: &str,
        partition: i32,
        from: i64,
        what: &str,
    ) -> Result<Option<Record>> {
        let failed = || LabError::kafka(self.side, what);
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(topic, partition, Offset::Offset(from)).map_err(failed())?;
        consumer.assign(&assignment).map_err(failed())?;
        let end = Instant::now() + ADMIN_CALL;
        let mut last = None;
        loop {
            match consumer.poll(PROBE) {
                Some(Ok(message)) => last = Some(record(&message)),
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(last),
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
