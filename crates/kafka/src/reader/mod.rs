//! Reading records of one partition, through the seam of the crate `parity`: windows anywhere, and bounded streams.
//!
//! Fetch requests of our own: one request is one data fetch, markers and holes are known and not guessed, and a topic
//! that was recreated is told apart by its id. Two things must never happen here: an error that looks like "no records",
//! and a record at or above the cut.

pub(crate) mod fault;
mod fetch;
mod left_out;
mod meter;
mod options;
mod partition_reader;
mod stream;

pub use left_out::LeftOut;
pub use meter::{Meter, ReadBudget};
pub use options::ReadOptions;
pub use partition_reader::PartitionReader;
