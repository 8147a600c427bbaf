use serde::{Deserialize, Serialize};

use crate::side::Side;

/// One line of an application's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// It began to work: its client is connected and, if it consumes, has partitions.
    Started {
        /// Its cluster.
        side: Side,
        /// Its process.
        pid: i32,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// A record was written and acknowledged.
    Produced {
        /// The record's id.
        id: String,
        /// Where it lies.
        side: Side,
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// Offset.
        offset: i64,
        /// When it was acknowledged, in milliseconds since 1970.
        at: i64,
    },
    /// A record was refused, or given up; whether it lies in the log is not known.
    Refused {
        /// The record's id.
        id: String,
        /// The cluster it was meant for.
        side: Side,
        /// The topic.
        topic: String,
        /// The client's answer.
        why: String,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// A record was processed: from here on, processing it again is a duplicate.
    Processed {
        /// The record's id.
        id: String,
        /// The group it was read in.
        group: String,
        /// The cluster it was read from.
        side: Side,
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// Offset on that cluster.
        offset: i64,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// A position was committed, after everything before it had been processed.
    Committed {
        /// The group.
        group: String,
        /// The cluster.
        side: Side,
        /// Topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// The committed offset.
        offset: i64,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// The client reported an error and went on.
    Trouble {
        /// The cluster.
        side: Side,
        /// What it said.
        why: String,
        /// Milliseconds since 1970.
        at: i64,
    },
    /// It finished: everything is flushed and committed.
    Stopped {
        /// Its cluster.
        side: Side,
        /// Milliseconds since 1970.
        at: i64,
    },
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
