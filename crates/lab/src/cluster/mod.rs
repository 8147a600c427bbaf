//! One Kafka cluster of the lab.

mod client_files;
mod format;
mod kraft;
mod ready;
mod record;
mod settings;
mod start;
mod zookeeper;

pub(crate) use client_files::write_client_files;
pub(crate) use format::Formatted;
pub(crate) use ready::await_brokers;
pub use record::{Broker, Cluster, User};
pub(crate) use start::{Start, start};
pub(crate) use zookeeper::{await_zookeeper, is_zookeeper};
