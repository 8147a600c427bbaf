//! The kinds of steps: what each may say, what it does to the world, how long it may take.
//!
//! Acting on a kind is the engine's part; this registry is what parser, lint and plan need.

mod kind;
mod look;
mod pages;
mod spec;

pub use kind::{STEP_KINDS, SideRule, StepKind, Undoes, WithRule, step_kind};
pub use look::{LOOKS, Look, holds, probes};
pub use pages::{ENGINE_KINDS, engine_page};
pub(crate) use pages::{place, summary};
pub use spec::{
    Checks, Condition, Decide, Guard, Hold, Leaf, ManualFacts, Poll, Require, Retry, RunIn, StepSpec,
    Timeout, Undo,
};
