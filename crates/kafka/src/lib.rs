//! The only code that speaks to a Kafka cluster.
pub mod properties;
