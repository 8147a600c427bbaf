//! What MirrorMaker 2 writes down about itself, read from its internal topics.
//!
//! The decoders are pure and take any bytes. What cannot be decoded is counted and never silently left out.

mod checkpoint;
mod connect_offset;
mod fields;
mod heartbeat;
mod latest;
mod names;
mod offset_sync;

pub use checkpoint::{Checkpoint, CheckpointKey, Checkpoints};
pub use connect_offset::{ConnectOffset, ConnectOffsets};
pub use fields::Malformed;
pub use heartbeat::{Heartbeat, Heartbeats};
pub use latest::Unreadable;
pub use names::{InternalTopic, InternalTopicKind, Names};
pub use offset_sync::{OffsetPair, OffsetSync, OffsetSyncs};
