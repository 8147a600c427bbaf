//! Decides which measurement comes next, drives it, and hands what came back to the one function that judges.
//!
//! This crate must not know Kafka, templates or terminals. The world is a [`World`]: somebody else's implementation
//! that answers probes. What happens is written to a [`journal::Run`] first and told to listeners ([`Live`]) after; a
//! listener can neither slow a run down nor change it.

mod error;
pub mod execute;
mod limits;
mod live;
mod measure;
pub mod memory;
mod stop;
mod world;

pub use error::RunError;
pub use live::Live;
pub use measure::{CheckEnd, Checks, Options, ReadyCheck, check_run, select};
pub use stop::StopHandle;
pub use world::{Limits, Progress, Pulse, Stop, World};
