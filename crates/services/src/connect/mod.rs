//! Kafka Connect's REST interface, as far as replication is measured: which connectors run, in which state, how
//! configured, and how far MirrorMaker 2 has copied.
//!
//! Reads only. Pausing, stopping and altering connectors belong here later, beside [`Connect::connectors`].

mod client;
mod connector;
mod mirror;
mod offsets;
mod settings;

#[cfg(test)]
mod tests;

pub use client::Connect;
pub use connector::Connector;
pub use mirror::{Mirror, MirrorRole};
pub use offsets::CopiedOffset;
