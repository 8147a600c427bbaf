//! Log start, last stable offset, high watermark.

use super::Cluster;
use super::offsets::{Isolation, OffsetSpec, receive, send};
use crate::code::Code;
use crate::error::ClusterError;
use crate::patience::Patience;
use crate::topic_partition::TopicPartition;
use std::collections::BTreeMap;

/// What is asked for, in the order it has to be read in.
const KINDS: [(OffsetSpec, Isolation); 3] = [
    (OffsetSpec::Earliest, Isolation::ReadUncommitted),
    (OffsetSpec::Latest, Isolation::ReadCommitted),
    (OffsetSpec::Latest, Isolation::ReadUncommitted),
];

/// The bounds of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// First offset that may still be there.
    pub log_start: i64,
    /// Everything below is decided: committed, aborted, or outside transactions.
    pub last_stable: i64,
    /// Everything below is replicated.
    pub high_watermark: i64,
}

impl Ends {
    /// Behind the last offset a reader at this isolation can read.
    pub fn end(&self, isolation: Isolation) -> i64 {
        match isolation {
            Isolation::ReadCommitted => self.last_stable,
            Isolation::ReadUncommitted => self.high_watermark,
        }
    }
}

impl Cluster {
    /// The bounds of partitions. Read in this order: log start, then last stable offset, then high watermark, so that
    /// `log_start ≤ last_stable ≤ high_watermark` holds however much is written or purged meanwhile.
    pub fn ends(
        &self,
        partitions: &[TopicPartition],
        patience: &Patience,
    ) -> Result<BTreeMap<TopicPartition, Result<Ends, Code>>, ClusterError> {
        if let Some(ends) = self.ends_at_once(partitions, patience) {
            return Ok(ends);
        }
        let with =
            |spec| partitions.iter().map(|partition| (partition.clone(), spec)).collect::<BTreeMap<_, _>>();
        let starts = self.list_offsets(&with(OffsetSpec::Earliest), Isolation::ReadUncommitted, patience)?;
        let latest = with(OffsetSpec::Latest);
        let stable = self.list_offsets(&latest, Isolation::ReadCommitted, patience)?;
        let highs = self.list_offsets(&latest, Isolation::ReadUncommitted, patience)?;
        let mut ends = BTreeMap::new();
        for partition in latest.into_keys() {
            let offset =
                |told: &BTreeMap<TopicPartition, Result<super::Listed, Code>>| match told.get(&partition) {
                    Some(Ok(listed)) => listed.offset.ok_or(Code(-1)),
                    Some(Err(code)) => Err(*code),
                    None => Err(Code(-1)),
                };
            let told = offset(&starts).and_then(|log_start| {
                let (last_stable, high_watermark) = (offset(&stable)?, offset(&highs)?);
                Ok(Ends { log_start, last_stable, high_watermark })
            });
            ends.insert(partition, told);
        }
        Ok(ends)
    }

    /// The same in one exchange with each leader: all three requests are on their way before the first answer is awaited.
    /// A broker works on those of one connection one after the other, so that the order holds. `None`: something wants
    /// another attempt, or a leader is not known.
    fn ends_at_once(
        &self,
        partitions: &[TopicPartition],
        patience: &Patience,
    ) -> Option<BTreeMap<TopicPartition, Result<Ends, Code>>> {
        let mut by_leader: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
        for partition in partitions {
            by_leader.entry(self.leaders.of(partition)?).or_default().push(partition.clone());
        }
        let asked = self.at_brokers(&by_leader, patience, |connection, partitions| {
            let mut sent = Vec::with_capacity(KINDS.len());
            for (spec, isolation) in KINDS {
                let wanted = partitions.iter().map(|partition| (partition, spec));
                sent.push(send(connection, wanted, isolation, patience)?);
            }
            sent.into_iter().map(|sent| receive(connection, sent, patience)).collect::<Result<Vec<_>, _>>()
        });
        let mut ends = BTreeMap::new();
        for (leader, told) in asked {
            let told = told.ok()?;
            for partition in by_leader.get(&leader)? {
                let offset = |kind: usize| told.get(kind)?.get(partition)?.as_ref().ok()?.offset;
                let (log_start, last_stable, high_watermark) = (offset(0)?, offset(1)?, offset(2)?);
                ends.insert(partition.clone(), Ok(Ends { log_start, last_stable, high_watermark }));
            }
        }
        Some(ends)
    }
}
