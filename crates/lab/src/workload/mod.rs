//! Topics, records and positions, made quickly and exactly as told: what tests and the demo put into a lab.

mod copied;
mod generate;
mod last_record;
mod positions;
mod produce;
mod record;
mod topic;
mod transaction;

pub use generate::Generate;
pub use positions::Position;
pub use produce::{Produce, Written};
pub use record::Record;
pub use topic::Topic;
pub use transaction::Transaction;
