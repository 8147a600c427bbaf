//! Kafka Connect's REST interface, as far as replication is measured: which connectors run, in which state, how
//! configured, and how far MirrorMaker 2 has copied.
//!
//! And what is changed there: settings and states of single connectors, looked at first and again after.

mod client;
mod connector;
mod connectors_seen;
mod mirror;
mod offsets;
mod set_settings;
mod set_state;
mod settings;

#[cfg(test)]
mod tests;

pub use client::Connect;
pub use connector::Connector;
pub use mirror::{Mirror, MirrorRole};
pub use offsets::CopiedOffset;
