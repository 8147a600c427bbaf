//! What a runbook can say and what it means: the language, the kinds of checks and steps, the plan, the rule that
//! turns evidence into a verdict.
//!
//! This crate must not know clusters, files, the network, the clock or threads: everything it judges comes in as an
//! [`Observation`](world::Observation), and everything it wants to know goes out as a [`Probe`](world::Probe).

pub mod acl;
pub mod action;
pub mod actions;
pub mod check;
pub mod checks;
pub mod expression;
mod limits;
pub mod lint;
pub mod load;
mod manual;
pub mod model;
mod outline;
pub mod plan;
pub mod rehearsal;
pub mod reversibility;
pub mod schemas;
mod shape;
pub mod steps;
pub mod syntax;
pub mod unit;
pub mod verdict;
pub mod world;

pub use load::load;
pub use plan::plan;
pub use shape::Expansion;
pub use syntax::explain;
pub use verdict::{Dimension, Level, Proof, Severity};
pub use world::{Observation, Observations, Probe, Side};
