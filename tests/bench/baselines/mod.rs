//! What ours is compared with, each built here from its source.

pub mod java;
pub mod python;
pub mod rdkafka;
pub mod shell;
