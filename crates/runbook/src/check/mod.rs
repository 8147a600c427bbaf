//! What a check is, and the one function that turns evidence into a verdict.

mod check_trait;
mod facts;
mod judge;
mod rule;
mod scope;

pub use check_trait::Check;
pub use facts::{FactSpec, FactType, Facts};
pub use judge::{MAX_ROUNDS, judge};
pub use rule::{Condition, Rule};
pub use scope::Scope;
