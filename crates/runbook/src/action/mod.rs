//! What a step of a runbook does to the world: a kind of action looks, proposes commands with their way back, and says
//! from an independent look whether they have worked. It never touches the world itself.

mod action_trait;
mod changeset;
mod settled;
mod step_scope;

pub use action_trait::Action;
pub use changeset::{Change, Changeset, Refusal, WayBack};
pub use settled::Settled;
pub use step_scope::StepScope;
