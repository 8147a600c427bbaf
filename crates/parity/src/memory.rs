//! A partition in memory that behaves like one on a broker: markers, aborted records, holes, open
//! transactions, retention. For tests, here and in the crates that use this one.

mod log;
mod slot;
mod stream;

pub use log::MemoryLog;
pub use slot::{Entry, Slot};
