//! What a check is, and the one function that turns evidence into a verdict.

mod check_trait;
mod counted;
mod facts;
mod judge;
mod millis;
mod moment;
mod rule;
mod ruling;
mod scope;

pub use check_trait::Check;
pub(crate) use counted::counted;
pub use facts::{FactSpec, FactType, Facts};
pub use judge::{MAX_ROUNDS, judge};
pub use millis::{Millis, spoken};
pub use moment::moment;
pub use rule::{Condition, OWN_RULE, Rule};
pub use ruling::Ruling;
pub use scope::Scope;
