//! MirrorMaker 2, as a process of its own or as connectors.

mod connect;
mod dedicated;
mod replication;
mod rest;

pub(crate) use connect::remove_flow;
pub(crate) use replication::{Replication, check_flows};
pub use rest::Rest;

/// Name of the Connect worker's server.
pub const CONNECT: &str = "connect";

/// Name of the dedicated MirrorMaker's server.
pub const MIRRORMAKER: &str = "mirrormaker";
