//! MirrorMaker 2, as a process of its own or as connectors.

mod connect;
mod dedicated;
mod replication;
mod rest;
mod steer;

pub(crate) use connect::{await_flow, remove_flow};
pub(crate) use replication::{Replication, check_flows};
pub use rest::Rest;
pub(crate) use steer::{await_noted, resume, set_copied, stop};

/// Name of the Connect worker's server.
pub const CONNECT: &str = "connect";

/// Name of the dedicated MirrorMaker's server.
pub const MIRRORMAKER: &str = "mirrormaker";
