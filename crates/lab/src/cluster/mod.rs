//! One Kafka cluster of the lab.

mod client_files;
mod format;
mod kraft;
mod ready;
mod record;

pub(crate) use client_files::write_client_files;
pub(crate) use format::Formatted;
pub(crate) use kraft::{Kraft, start};
pub(crate) use ready::await_brokers;
pub use record::{Broker, Cluster, User};
