//! MirrorMaker 2, as a process of its own or as connectors.

mod connect;
mod dedicated;
mod rest;

pub(crate) use connect::{await_flow, put_flow, remove_flow, worker};
pub(crate) use dedicated::{await_copying, mirrormaker};
pub use rest::Rest;

/// Name of the Connect worker's server.
pub const CONNECT: &str = "connect";

/// Name of the dedicated MirrorMaker's server.
pub const MIRRORMAKER: &str = "mirrormaker";
