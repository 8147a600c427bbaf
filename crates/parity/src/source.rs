//! How records come in: one stream, and one partition that can be read anywhere.

mod bounds;
mod error;
mod fetches;
mod limit;
mod partition_log;
mod pull;
mod window;
mod with_undecided;

pub use bounds::{Bounds, Isolation};
pub use error::{ReadError, ReadErrorKind};
pub use fetches::Fetches;
pub use limit::Limit;
pub use partition_log::PartitionLog;
pub use pull::{Pull, RecordSource};
pub use window::Window;
pub use with_undecided::WithUndecided;
